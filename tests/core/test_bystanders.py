"""Who stands by is neither who struck nor where: an outlet, who backs a side, whose border it is, whose firm."""

from dataclasses import replace

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.report import Kind, Report
from service.pipeline.judge import Judging
from service.resources import shipped
from tests.core.reading import entry


@pytest.fixture(scope="module")
def judging() -> Judging:
    return Judging(load_lexicons([shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())


def told(judging: Judging, lang: str, text: str, kind: Kind = "strike") -> Report:
    title, _, summary = text.partition(" | ")
    [judged] = judging.judge([replace(entry(title, summary), lang=lang)])
    return next(report for report in judged.reports if report.kind == kind)


@pytest.mark.parametrize(
    ("lang", "text", "sides"),
    [
        ("en", "Air strikes kill six at Aden port - Israel Weekly Review", ("YE", None, "Yemen")),
        ("en", "Drone strike kills two in Odesa — The Moscow Herald", ("UA", None, "Ukraine")),
        (
            "pl",
            "Eksplozje po nalocie w Trypolisie, dwie osoby nie żyją - Kurier Wschodni Polska",
            ("LY", None, "Libya"),
        ),
        ("en", "Saudi jets bomb camp of forces backed by the UAE in Yemen", ("YE", "Saudi Arabia", "Yemen")),
        (
            "pl",
            "Saudyjskie lotnictwo zbombardowało wspierane przez ZEA siły w Jemenie",
            ("YE", "Saudi Arabia", "Yemen"),
        ),
        ("en", "Russian missiles hit Lutsk, near the border with Poland", ("UA", "Russia", "Ukraine")),
        ("pl", "Rosyjskie drony uderzyły w Łuck przy granicy z Polską", ("UA", "Russia", "Ukraine")),
        (
            "fr",
            "Une frappe de drone tue six civils au Soudan près de la frontière avec le Tchad",
            ("SD", None, "Sudan"),
        ),
        (
            "es",
            "Un ataque con drones mata a seis civiles en Sudán cerca de la frontera con Chad",
            ("SD", None, "Sudan"),
        ),
        ("ar", "مقتل ستة مدنيين في غارة بطائرة مسيرة في السودان قرب الحدود مع تشاد", ("SD", None, "Sudan")),
        ("de", "Drohnenangriff im Sudan nahe der Grenze mit dem Tschad tötet sechs Menschen", ("SD", None, "Sudan")),
        ("ru", "Удар дрона в Судане у границы с Чадом: погибли шесть человек", ("SD", None, "Sudan")),  # noqa: RUF001
        ("uk", "Російські ракети вдарили по Луцьку на кордоні з Польщею", ("UA", "Russia", "Ukraine")),
        ("en", "Russian drones hit American company's plant in Dnipro", ("UA", "Russia", "Ukraine")),
        (
            "pl",
            "Rosjanie zbombardowali należące do amerykańskiej firmy zakłady w Dnieprze",
            ("UA", "Russia", "Ukraine"),
        ),
        ("pl", "Rosyjskie rakiety uderzyły w Ukrainę, morze ognia - Polskie Wieści 24", ("UA", "Russia", "Ukraine")),
    ],
)
def test_who_stands_by_is_no_side_and_no_place(
    judging: Judging, lang: str, text: str, sides: tuple[str, str | None, str]
) -> None:
    report = told(judging, lang, text)
    assert report.place
    assert (report.place.country, report.actor, report.target) == sides


def test_who_speaks_behind_a_dash_is_no_outlet(judging: Judging) -> None:
    report = told(judging, "en", "At least four killed in missile strike overnight - Gaza Health Ministry")
    assert report.place
    assert report.place.country == "PS"


def test_whose_border_it_is_may_be_a_party_to_talks(judging: Judging) -> None:
    report = told(judging, "en", "Thailand agrees truce on its border with Cambodia after peace talks", "talks")
    assert set(report.parties) == {"Thailand", "Cambodia"}
