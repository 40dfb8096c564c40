"""The language of a text: its script first, then its letters. The only place that knows py3langid."""

import re
from collections import Counter
from functools import cache
from threading import Lock
from typing import Any, cast

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from service.core.text import flat, seen

_ENOUGH = 1000
_SHORT = 100
_SURE = 0.9
_LATIN = ("de", "en", "es", "fr", "id", "it", "nl", "pl", "pt", "ro", "sv", "tr", "cs", "hu", "fi", "da", "no", "vi")
# Small and frequent words that tell languages apart where a title is too short for its letters to.
_FREQUENT = {
    "en": "the of and to for with at by from on in an is are was were has have after before over says said as its his "
    "their under near new war us kills killed dead strike strikes attack attacks missile missiles drone drones talks "
    "including raids israeli russian ukrainian palestinians wounded children",
    "de": "der die das und in im den dem des mit von zu zum zur auf bei nach für ist sind wird wurde ein eine einer "
    "nicht aus wie an um vor über unter gegen mehr als am sich neue neuer erneut jahre tote krieg stadt armee "
    "greift angriff angriffe drohnen raketen ziele",
    "fr": "le la les des du de et en dans sur pour par une un au aux est sont ont avec après contre qui que pas plus "
    "selon il morts ans guerre ce frappe frappes attaque tués",
    "es": "el la los las de del y en con por para una un al es son ha han contra tras su que no se más según lo "
    "muertos guerra años nueva ataca ataque ataques misiles mueren a mata matan israelí israelíes rusos bombardeo "
    "bombardeos heridos palestinos",
    "pl": "w na za po dla od nie się jest są przez że pod nad oraz ze jak wojny osób atak ataku rosja rosyjski",
    "it": "il lo gli della per con una un che non nel dopo sono contro",
    "pt": "os da dos das por para uma um não após contra que",
    "nl": "de het een van en op voor met bij door naar niet zijn na in",
}
_COMMON: dict[str, list[str]] = {}
for _lang, _list in _FREQUENT.items():
    for _word in dict.fromkeys(_list.split()):
        _COMMON.setdefault(_word, []).append(_lang)
_WORDS = re.compile(r"[^\W\d_]+")
_TELLING = 2
_CLOSE = 1  # a vote more or less does not outweigh what the feed says of itself
_INITIALS = re.compile(r"[A-Z]{2,4}")  # "US", "IS": names, whatever word they look like
_SCRIPTS = (
    ("cyrillic", re.compile(r"[\u0400-\u052f]")),
    ("arabic", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("latin", re.compile(r"[A-Za-zÀ-ɏ]")),
)
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")
_RUSSIAN = re.compile(r"[ыэъёЫЭЪЁ]")
_CYRILLIC = ("uk", "ru", "bg", "sr", "mk", "be", "kk")
_ARABIC = ("ar", "fa", "ur", "ps", "ckb")
_PERSIAN = re.compile(r"[پچژگ]")


def _words(*, whole: str, begun: str, ended: str, other: str) -> re.Pattern[str]:
    one_of = [f"(?:{listed.replace(' ', '|')})" for listed in (whole, begun, ended)]
    return re.compile(rf"\b(?:{one_of[0]}|{one_of[1]}\w*|\w{{3,}}{one_of[2]}|{other})\b")


# Of the two, the words, beginnings and endings that only one has, for a text without any of those letters.
_READS_UKRAINIAN = _words(
    whole="що щоб та й але у з зі від після цього або щодо має буде будуть ще вже був було були поки вночі уночі "  # noqa: RUF001
    "вранці уранці зранку вчора року ппо зсу сбу дснс дрони ракети удари переговори горять",  # noqa: RUF001
    begun="росіян ворог ворож загин загибл поранен постражд пошкод знеструм вибух влуч ураж будин мешкан перемов домов "
    "угод зустр припин вогн завда безпек окупант загарбник перехопл знищ атакув передан повернут запуще випуще "
    "лікарн вбит пожеж нафт уламк",
    ended="ець ння ття лля ував увала ували увати бий вий дий зий лий мий ний пий рий сий тий",
    other=r"\w+[сзц]ьк\w+|\w+['’\u02bc][єїюяеуао]\w*",
)
_READS_RUSSIAN = _words(
    whole="что но и из с со к ко о от после или под его также во для при более еще уже был было были ночью утром вчера "  # noqa: RUF001
    "года пво всу мчс мид",
    begun="враг погиб ранен пострада повре обесточ взрыв обстрел уничтож попад перегов соглаш встреч прекращ огонь "
    "огня плен перемири удалос безопас оккупант сообщ нанес убит дом жител",
    ended="ец ние ния нию нием тие тия ой ая ое ую лся тся ов ев",  # noqa: RUF001
    other=r"\w+[^ь\W]ск(?:ий|ого|ому|ие|их|ом)",  # noqa: RUF001
)


class TextLanguage:
    """Implements `ports.world.Language`."""

    def __init__(self) -> None:
        """Load the model, about half a second for the first in a process."""
        self._model, self._lock = _model()

    def of(self, text: str, declared: str | None) -> str:
        """Return the primary tag of the text's language. What the feed declares decides where the text does not."""
        text = " ".join(seen(flat(text[: 4 * _ENOUGH])).split())[:_ENOUGH]
        said = (declared or "").replace("_", "-").split("-")[0].lower()
        script = _script(text)
        if script == "latin":
            return self._latin(text, said)
        if script == "cyrillic":
            return _cyrillic(text, said)
        if script == "arabic":
            return said if said in _ARABIC else "fa" if len(_PERSIAN.findall(text)) > 1 else "ar"
        return script or said or "und"

    def _latin(self, text: str, said: str) -> str:
        words = [word for word in _WORDS.findall(text) if not _INITIALS.fullmatch(word)] or _WORDS.findall(text)
        votes = Counter(lang for word in words for lang in _COMMON.get(word.lower(), ()))
        (first, most), (_, more) = (*votes.most_common(2), ("", 0), ("", 0))[:2]
        if said in _FREQUENT and votes[said] and votes[said] >= most - _CLOSE:
            return said
        if (most >= _TELLING and most > more) or (said == first and most):
            return first
        if said in _LATIN and len(text) < _SHORT:
            return said
        with self._lock:
            lang, sure = cast(tuple[str, float], self._model.classify(text))
        if sure >= _SURE:
            return str(lang)
        return said if said in _LATIN else "en"


@cache
def _model() -> tuple[Any, Lock]:
    """Return the model, and the lock that whoever asks it must hold."""
    model: Any = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages([*_LATIN])
    return model, Lock()


def _script(text: str) -> str:
    counts = Counter({name: len(letters.findall(text)) for name, letters in _SCRIPTS})
    name, count = counts.most_common(1)[0]
    return name if count else ""


def _cyrillic(text: str, said: str) -> str:
    """Tell the two by their letters, then by their words, where what the feed says is one word more."""
    ukrainian, russian = len(_UKRAINIAN.findall(text)), len(_RUSSIAN.findall(text))
    if ukrainian == russian:
        text = text.lower()
        ukrainian = len(_READS_UKRAINIAN.findall(text)) + (said == "uk")
        russian = len(_READS_RUSSIAN.findall(text)) + (said == "ru")
    if ukrainian != russian:
        return "uk" if ukrainian > russian else "ru"
    return said if said in _CYRILLIC else "ru"
