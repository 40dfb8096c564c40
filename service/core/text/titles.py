"""A title without what is not news in it: the publisher's name behind it, the label in front."""

import re

_PUBLISHER = re.compile(r"\s+[-\u2013\u2014|]\s+[^-\u2013\u2014|]{2,40}$")
_LABELS = (
    "live",
    "live updates?",
    "watch",
    "video",
    "photos?",
    "breaking",
    "breaking news",
    "updated?",
    r"update \d+",
    "exclusive",
    "scoop",
    "urgent",
    "just in",
    "en direct",
    "direct",
    "última hora",
    "eilmeldung",
    "наживо",
    "оновлено",
    "обновлено",
    "срочно",
    "терміново",
    "عاجل",
)
_LABEL = re.compile(rf"^(?:(?:{'|'.join(_LABELS)})(?:\s*[:|]|\s+[-\u2013\u2014])\s*)+", re.IGNORECASE)
_SUFFIX_WORDS = 6
_TITLE_WORDS = 4
_LONGEST_SUFFIX = 64
"""A suffix with its dash and blanks is shorter. Hostile titles are long, and this is asked for each name in them."""


def bare_title(title: str) -> str:
    """Return `Strike on Kyiv kills two` for `LIVE: Strike on Kyiv kills two - Northern Wire`.

    What stands behind a dash goes only if it is short and a whole title is left: `Strike - two dead` stays as it is.
    """
    text = _LABEL.sub("", title.strip()) or title.strip()
    return text[: publisher_at(text)].strip()


def publisher_at(title: str) -> int:
    """Return where the publisher's name behind a title begins: the whole length where there is none."""
    found = _PUBLISHER.search(title, max(len(title) - _LONGEST_SUFFIX, 0))
    if not found or len(found.group().split()) > _SUFFIX_WORDS:
        return len(title)
    if len(title[: found.start()].split(maxsplit=_TITLE_WORDS)) >= _TITLE_WORDS:
        return found.start()
    return len(title)
