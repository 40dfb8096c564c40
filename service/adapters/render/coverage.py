"""Gaps in coverage in words: the same sentence in digests, on pages and at receivers."""

from dataclasses import replace
from datetime import datetime

from service.adapters.render.clean import HEADLINE, NAME, clean
from service.adapters.render.words import country
from service.core.health import Gap, gap_sentence

LANGUAGES = {
    "ar": "Arabic",
    "be": "Belarusian",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hy": "Armenian",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "ko": "Korean",
    "ku": "Kurdish",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "so": "Somali",
    "sw": "Swahili",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "zh": "Chinese",
}


def gap_name(gap: Gap) -> str:
    """Return `Ukraine`, `Persian`, `shipping`, or an empty string for feeds bound to nothing."""
    if gap.axis == "topic":
        return clean(gap.code, NAME)
    names = LANGUAGES.get(gap.code, gap.code) if gap.axis == "language" else country(gap.code)
    return clean(names, NAME)


def gap_words(gap: Gap, now: datetime) -> str:
    """Say the gap in a sentence that is safe to show."""
    short = replace(gap, names=tuple(clean(name, NAME) for name in gap.names))
    return clean(gap_sentence(short, gap_name(gap), now), HEADLINE * 2)
