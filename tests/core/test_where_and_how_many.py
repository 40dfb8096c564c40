"""A number that counts several towns is no single town's, in any language, in any order of reports."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.link import link
from service.core.report import Count, Other, Place, Report
from service.pipeline.judge import Judging
from service.resources import shipped
from tests.core.accounts import KHARKIV, SUMY, UKRAINE, account, count, entry_of, night, strike
from tests.core.reading import entry
from tests.core.test_develop import story
from tests.core.test_link import known

TOLD = datetime(2026, 1, 15, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def judging() -> Judging:
    return Judging(load_lexicons([shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())


def read(judging: Judging, title: str, summary: str = "") -> Report:
    (judgement,) = judging.judge([entry(title, summary, at=TOLD)])
    return next(report for report in judgement.reports if report.kind == "strike")


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Overnight strikes on two Ukrainian cities kill eight", ""),
        ("Overnight strikes on two Ukrainian cities kill eight", "Three people died in Kharkiv and five in Odesa."),
        ("Overnight strikes kill eight in Ukraine", "Russian strikes on Kharkiv and Odesa killed eight people."),
        ("Russian strikes on Kharkiv and Odesa kill eight", ""),
        ("Eight killed in Russian strikes on Kharkiv and Odesa", "The mayor of Kharkiv called it a terrible night."),
        ("Russian missiles hit Kharkiv, Odesa and Dnipro, killing eight", ""),
        ("Russia bombs Kharkiv and Odesa with missiles", "Eight people were killed, officials said."),
        ("Russian drones kill two in Kharkiv and six in Odesa", ""),
        ("Two Ukrainian cities hit by Russian missiles, eight dead", ""),
        ("Strikes across three Ukrainian regions kill eight", ""),
        (
            "Russian strikes across Ukraine kill eight",
            "Five of the dead were in Kharkiv, at a hostel.",
        ),
        ("Росія вдарила по Харкову й Одесі, вісім загиблих", ""),
        ("Нічні удари по двох містах України: восьмеро загиблих", ""),
        ("Удары по двум городам Украины: восемь погибших", ""),
        ("Россия ударила по Харькову и Одессе, восемь погибших", ""),
        ("مقتل ثمانية أشخاص في غارات روسية على مدينتين أوكرانيتين", ""),
        ("مقتل ثمانية أشخاص في غارات روسية على خاركيف وأوديسا", ""),
        ("שמונה הרוגים בתקיפות רוסיות בשתי ערים באוקראינה", ""),
        ("שמונה הרוגים בתקיפות רוסיות בחרקיב ובאודסה", ""),
        ("Des frappes russes sur deux villes ukrainiennes font huit morts", ""),
        ("Des frappes russes sur Kharkiv et Odessa font huit morts", ""),
        ("Ataques rusos contra dos ciudades ucranianas dejan ocho muertos", ""),
        ("Ataques rusos contra Járkov y Odesa dejan ocho muertos", ""),
        ("Russische Angriffe auf zwei ukrainische Städte: acht Tote", ""),
        ("Russische Raketen treffen Charkiw und Odessa, acht Tote", ""),
        ("Rosyjskie ataki rakietowe na dwa ukraińskie miasta, osiem osób zabitych", ""),
        ("Rosyjskie rakiety uderzyły w Charków i Odessę, osiem osób nie żyje", ""),
    ],
)
def test_what_counts_several_towns_is_placed_around_them(title: str, summary: str, judging: Judging) -> None:
    report = read(judging, title, summary)
    assert report.place
    assert (report.several, report.place.name, report.place.precision) == (True, "Ukraine", "country")
    assert report.killed == Count(8, 8)
    assert all(other.killed != Count(8, 8) for other in report.others)


@pytest.mark.parametrize(
    ("title", "country", "actor"),
    [
        ("Київ звинуватив Москву в ударі по лікарні", "UA", "Russia"),
        ("Киев обвинил Москву в ударе по больнице", "UA", "Russia"),
        ("Москва обвинила Киев в ударе по больнице", "RU", "Ukraine"),
        ("اتهمت كييف موسكو بقصف مستشفى", "UA", "Russia"),
        ("Kiew wirft Moskau Angriff auf Krankenhaus mit Raketen vor", "UA", "Russia"),
        ("Kiev accuse Moscou d'une frappe contre un hôpital", "UA", "Russia"),
    ],
)
def test_who_is_accused_is_not_where_it_was(title: str, country: str, actor: str, judging: Judging) -> None:
    report = read(judging, title)
    assert report.place
    assert (report.place.country, report.actor, report.place.precision) == (country, actor, "country")


@pytest.mark.parametrize(
    ("title", "country"),
    [
        ("غارة إسرائيلية على طرابلس شمال لبنان تقتل ثلاثة", "LB"),
        ("قصف على طرابلس شمال لبنان يوقع ثلاثة قتلى", "LB"),
        ("غارة على مدينة طرابلس اللبنانية تقتل ثلاثة", "LB"),
        ("غارة جوية على طرابلس تقتل ثلاثة", "LY"),
        ("قصف على طرابلس يوقع ثلاثة قتلى في ليبيا", "LY"),
        ("Frappe aérienne sur Tripoli : trois morts", "LY"),
        ("שלושה הרוגים בתקיפה בטריפולי בצפון לבנון", "LB"),
    ],
)
def test_a_capital_with_a_namesake_is_where_the_text_says(title: str, country: str, judging: Judging) -> None:
    place = read(judging, title).place
    assert place
    assert (place.name, place.country) == ("Tripoli", country)


@pytest.mark.parametrize(
    ("title", "place", "killed"),
    [
        ("Russian strike on Kharkiv kills two, blackouts in several regions", "Kharkiv", 2),
        ("Strike on Kharkiv kills two; other cities hit", "Kharkiv", 2),
        ("Drones launched from Kursk hit Kharkiv, killing two", "Kharkiv", 2),
        ("Drones hit residential areas of Kharkiv, killing two", "Kharkiv", 2),
        ("Two killed in strikes across Kyiv", "Kyiv", 2),
        ("Russian attack on Kyiv and Kyiv region kills four", "Kyiv", 4),
        ("Missile strike on Odesa kills three, Kyiv and Moscow trade blame", "Odesa", 3),
        ("Drone strike kills three in Kharkiv's Saltivka and Kholodna Hora districts", "Kharkiv", 3),
        ("Israeli strike on house in Khan Younis in Gaza Strip kills 30", "Khan Younis", 30),
        ("Russian strikes on two Ukrainian cities kill three in Odesa", "Odesa", 3),
    ],
)
def test_what_counts_one_town_stays_its_own(title: str, place: str, killed: int, judging: Judging) -> None:
    """Other towns may be named beside it: as where it came from, who speaks, or what else was hit."""
    report = read(judging, title)
    assert report.place
    assert (report.several, report.place.name, report.killed) == (False, place, Count(killed, killed))


@pytest.mark.parametrize(
    ("title", "place", "killed", "injured"),
    [
        ("Rafah strike kills two, Khan Younis strike kills three", "Rafah", 2, None),
        ("Strike on School No 7 in Kupiansk kills 3", "Kupiansk", 3, None),
        ("Missile hits block No. 15 in Kyiv, killing 6", "Kyiv", 6, None),
        ("Russian strike kills three in Kherson, five wounded in Nikopol", "Kherson", 3, None),
        ("Two dead in Odesa, 12 hurt in Kharkiv in Russian drone strikes", "Odesa", 2, None),
        ("Russian strike kills three in Kherson, five wounded in Kherson hospital", "Kherson", 3, 5),
    ],
)
def test_what_another_town_suffered_is_not_this_ones(
    title: str, place: str, killed: int, injured: int | None, judging: Judging
) -> None:
    report = read(judging, title)
    assert report.place
    assert report.killed
    assert (report.place.name, report.killed.min) == (place, killed)
    assert (report.injured.min if report.injured else None) == injured


def test_no_number_before_a_comma_is_the_next_towns(judging: Judging) -> None:
    (other,) = read(judging, "Kharkiv strike kills two, Sumy strike wounds three").others
    assert (other.place.name, other.killed) == ("Sumy", None)


def test_the_towns_of_a_sum_are_noted_each_with_its_own(judging: Judging) -> None:
    lead = "Russian strikes on Kharkiv and Odesa killed eight people, three in Kharkiv and five in Odesa."
    report = read(judging, "Overnight strikes on two Ukrainian cities kill eight", lead)
    assert [(other.place.name, other.killed) for other in report.others] == [
        ("Kharkiv", Count(3, 3)),
        ("Odesa", Count(5, 5)),
    ]


def round_up(*others: Other, place: Place = UKRAINE) -> Report:
    return replace(strike(place=place, occurred=night(), actor="Russia", killed=count(8)), several=True, others=others)


def in_kharkiv(low: int) -> Report:
    return strike(place=KHARKIV, occurred=night(), actor="Russia", killed=count(low))


def test_a_round_up_adds_a_source_to_a_town_and_no_number() -> None:
    told = story(
        account(1, "Northern Wire", in_kharkiv(3), title="Three killed in Kharkiv"),
        account(2, "Meridian Daily", round_up(), hours=5, title="Strikes on two cities kill eight"),
    )
    assert (told.now.killed, told.now.sources, told.now.headline) == (count(3), 2, "Three killed in Kharkiv")
    assert told.now.place == KHARKIV


def test_a_round_up_says_what_it_counts_in_the_town() -> None:
    here, there = Other(place=KHARKIV, killed=count(4)), Other(place=SUMY, killed=count(4))
    told = story(
        account(1, "Northern Wire", in_kharkiv(3)),
        account(2, "Meridian Daily", round_up(here, there), hours=5),
    )
    assert told.now.killed == count(4)


def test_the_sum_is_the_toll_of_a_wave_that_is_known_as_a_whole() -> None:
    told = story(account(1, "Meridian Daily", round_up(), title="Strikes on two cities kill eight"))
    assert (told.now.killed, told.now.headline) == (count(8), "Strikes on two cities kill eight")


IN_KHARKIV, IN_SUMY = Other(place=KHARKIV, killed=count(3)), Other(place=SUMY, killed=count(5))


@pytest.mark.parametrize(
    ("why", "others", "decision"),
    [
        ("all that it counts is known", (IN_KHARKIV,), "joined"),
        ("five more may have died where nobody told of it", (IN_KHARKIV, IN_SUMY), "possibly"),
        ("so where it names no town", (), "possibly"),
    ],
)
def test_a_round_up_joins_a_town_it_counts_in_if_it_hides_no_other(
    why: str, others: tuple[Other, ...], decision: str
) -> None:
    town = account(1, "Northern Wire", in_kharkiv(3), title="Three killed in Kharkiv")
    told = account(2, "Meridian Daily", round_up(*others), hours=5, title="Strikes on two cities kill eight")
    assert link(entry_of(told), told.report, [known(town)], now=told.told_at).decision == decision, why


def test_a_town_with_its_own_toll_is_only_perhaps_what_a_round_up_told_of() -> None:
    """Joined, it would turn the wave's eight into its own three, and tell that as a correction."""
    wave = account(1, "Meridian Daily", round_up(), title="Strikes on two cities kill eight")
    told = account(2, "Northern Wire", in_kharkiv(3), hours=1, title="Three killed in Kharkiv")
    found = link(entry_of(told), told.report, [known(wave)], now=told.told_at)
    assert found.decision in ("possibly", "new")
