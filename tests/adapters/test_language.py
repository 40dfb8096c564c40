"""The language of a text."""

import pytest

from service.adapters.language import TextLanguage


@pytest.fixture(scope="module")
def language() -> TextLanguage:
    return TextLanguage()


@pytest.mark.parametrize(
    ("text", "declared", "lang"),
    [
        ("At least eight people were killed when missiles hit the port, officials said", None, "en"),
        ("Les frappes ont tué trente personnes dans la nuit de mercredi à jeudi", None, "fr"),
        ("Внаслідок удару по місту загинули троє людей", None, "uk"),
        ("Удары по городу унесли жизни троих, сообщили власти", None, "ru"),
        ("غارة جوية على المدينة", None, "ar"),
        ("תקיפה אווירית בעיר", None, "he"),
        ("Kyiv hit", "en-GB", "en"),
        ("Kyiv hit", None, "en"),
        ("US-Kampfjets bombardieren IS-Stellungen in Syrien", "de", "de"),
        ("US jets hit IS camp in Syria", "en-us", "en"),
        ("Israel ataca Beirut", "es", "es"),
        ("Удар по Kyiv: четверо загиблих", "uk", "uk"),
        ("12:30", None, "und"),
        ("", "uk", "uk"),
    ],
)
def test_a_text_has_its_language(language: TextLanguage, text: str, declared: str | None, lang: str) -> None:
    assert language.of(text, declared) == lang
