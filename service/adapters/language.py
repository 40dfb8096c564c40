"""The language of a text: its script first, then its letters. The only place that knows py3langid."""

import re
from collections import Counter
from threading import Lock
from typing import Any, cast

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_ENOUGH = 1000
_SHORT = 60
_SURE = 0.9
_LATIN = ("de", "en", "es", "fr", "id", "it", "nl", "pl", "pt", "ro", "sv", "tr", "cs", "hu", "fi", "da", "no", "vi")
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
_PERSIAN = re.compile(r"[پچژگ]")


class TextLanguage:
    """Implements `ports.world.Language`."""

    def __init__(self) -> None:
        """Load the model, about half a second."""
        self._lock = Lock()
        self._model: Any = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._model.set_languages([*_LATIN])

    def of(self, text: str, declared: str | None) -> str:
        """Return the primary tag of the text's language. What the feed declares decides where the text does not."""
        text = text[:_ENOUGH]
        said = (declared or "").replace("_", "-").split("-")[0].lower()
        script = _script(text)
        if script == "latin":
            return self._latin(text, said)
        if script == "cyrillic":
            return _cyrillic(text, said)
        if script == "arabic":
            return "fa" if _PERSIAN.search(text) and said != "ar" else (said or "ar")
        return script or said or "und"

    def _latin(self, text: str, said: str) -> str:
        if said in _LATIN and len(text) < _SHORT:
            return said
        with self._lock:
            lang, sure = cast(tuple[str, float], self._model.classify(text))
        if sure >= _SURE:
            return str(lang)
        return said if said in _LATIN else "en"


def _script(text: str) -> str:
    counts = Counter({name: len(letters.findall(text)) for name, letters in _SCRIPTS})
    name, count = counts.most_common(1)[0]
    return name if count else ""


def _cyrillic(text: str, said: str) -> str:
    ukrainian, russian = len(_UKRAINIAN.findall(text)), len(_RUSSIAN.findall(text))
    if ukrainian != russian:
        return "uk" if ukrainian > russian else "ru"
    return said or "ru"
