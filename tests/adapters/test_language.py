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
        ("21 Palestinians, including six children, die in Israeli raids", None, "en"),
        ("Un bombardeo israelí mata a cinco palestinos en Gaza", None, "es"),
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


@pytest.mark.parametrize("says_so", [False, True])
@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("uk", "Удар по Херсону: загинула дитина"),
        ("uk", "Москва порушила перемир'я"),
        ("uk", "Ворожий дрон атакував потяг"),
        ("uk", "Вороги вдарили по порту, горять склади"),
        ("uk", "Путин та Трамп домовились про паузу у боях"),  # noqa: RUF001
        ("ru", "Удар по Херсону: погибла женщина"),
        ("ru", "Москва нарушила перемирие"),
        ("ru", "Вражеский дрон атаковал поезд"),
        ("ru", "Над Брянском сбито восемь дронов"),
        ("ru", "Трамп анонсировал встречу с Путиным в Анкаре"),  # noqa: RUF001
    ],
)
def test_two_languages_are_told_apart_without_their_letters(
    language: TextLanguage, lang: str, text: str, *, says_so: bool
) -> None:
    """Short titles have none of the letters that only one has, and not every feed says what it is."""
    assert language.of(text, lang if says_so else None) == lang
