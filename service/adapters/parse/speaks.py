"""Which country a feed speaks from, as far as its language tag and its host's ending tell."""

from urllib.parse import urlsplit

_BY_LANGUAGE = {
    "he": "IL",
    "iw": "IL",
    "hi": "IN",
    "bn": "BD",
    "ur": "PK",
    "zh": "CN",
    "uk": "UA",
    "ar": "SA",
    "fa": "IR",
}
_REGION = 2


def country_of(language: str, url: str) -> str | None:
    """Return ISO 3166 alpha-2: the tag's region, else the host's country ending, else the language's main country."""
    primary, *subtags = language.replace("_", "-").split("-")
    for subtag in subtags:
        if len(subtag) == _REGION and subtag.isalpha():
            return subtag.upper()
    try:
        ending = (urlsplit(url).hostname or "").rpartition(".")[2]
    except ValueError:
        ending = ""
    if len(ending) == _REGION and ending.isalpha() and ending not in {"eu", "tv", "me", "io", "co"}:
        return ending.upper()
    return _BY_LANGUAGE.get(primary.lower())
