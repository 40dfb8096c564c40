"""Entries that tell of strikes in two countries: no fact of one is told as the other's."""

from datetime import UTC, datetime, timedelta

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.report import Report
from service.pipeline.judge import Judging
from service.resources import shipped
from tests.core.reading import entry

THURSDAY = datetime(2026, 1, 15, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def judging() -> Judging:
    return Judging(load_lexicons([shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())


def told(report: Report) -> str:
    """Return where, who whom, how many and what else in one line."""
    place = report.place.name if report.place else "-"
    killed = report.killed.min if report.killed else "-"
    others = ", ".join(f"{other.place.name} {other.killed.min if other.killed else '-'}" for other in report.others)
    return f"{place} | {report.actor or '-'} > {report.target or '-'} | {killed} | {' '.join(report.weapon)} | {others}"


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        (
            "Drones strike Belgorod, killing 2; missiles hit Kyiv, killing 5",
            "",
            "Belgorod | - > Russia | 2 | drone | Kyiv 5",
        ),
        (
            "Drones strike Belgorod, killing 2, as missiles hit Kyiv, killing 5",
            "",
            "Belgorod | - > Russia | 2 | drone | Kyiv 5",
        ),
        (
            "Missiles hit Kyiv, killing 5; drones strike Belgorod, killing 2",
            "",
            "Kyiv | - > Ukraine | 5 | missile | Belgorod 2",
        ),
        (
            "Ukrainian drones kill two in Belgorod; Russian missiles kill five in Kyiv",
            "",
            "Belgorod | Ukraine > Russia | 2 | drone | Kyiv 5",
        ),
        (
            "Russian missiles kill five in Kyiv, Ukrainian drones kill two in Belgorod",
            "",
            "Kyiv | Russia > Ukraine | 5 | missile | Belgorod 2",
        ),
        (
            "Missiles hit Odesa as drones strike Belgorod, killing 2",
            "",
            "Belgorod | - > Russia | 2 | drone | Odesa -",
        ),
        (
            "Russia strikes Sumy after Ukraine hits Belgorod, killing two",
            "",
            "Sumy | Russia > Ukraine | - |  | Belgorod 2",
        ),
        (
            "Houthi missile hits Eilat, Israel strikes Sanaa in response, killing 12",
            "",
            "Sanaa | Israel > Yemen | 12 |  | Eilat -",
        ),
        ("Israel strikes Hodeidah port in response to Houthi missile", "", "Hodeidah | Israel > Yemen | - |  | "),
        ("Israeli strikes kill 5 in Gaza, one in Lebanon", "", "Gaza Strip | Israel > Palestine | 5 |  | Lebanon 1"),
        (
            "Israeli strikes kill five in Khan Younis, one in Nabatieh",
            "",
            "Khan Younis | Israel > Palestine | 5 |  | Nabatieh 1",
        ),
        (
            "Two killed in Belgorod by Ukrainian drone",
            "The governor said it hit a car. Russian missiles killed five people in Kyiv earlier on Thursday.",
            "Belgorod | Ukraine > Russia | 2 | drone missile | Kyiv 5",
        ),
        (
            "Drones strike Belgorod, killing 2; missiles hit Kyiv, killing 5",
            "The governor spoke of two dead in Belgorod. Ballistic missiles struck Kyiv before dawn on Thursday.",
            "Belgorod | - > Russia | 2 | drone | Kyiv 5",
        ),
        (
            "Дрони вдарили по Бєлгороду, двоє загиблих; ракети влучили в Київ, загинули п'ятеро",
            "",
            "Belgorod | - > Russia | 2 | drone | Kyiv 5",
        ),
        (
            "Ein Toter bei Drohnenangriff auf Belgorod, Raketen treffen Kiew",
            "",
            "Belgorod | - > Russia | 1 | drone | Kyiv -",
        ),
        (
            "Un mort dans une frappe de drone à Belgorod ; des missiles frappent Kiev",
            "",
            "Belgorod | - > Russia | 1 | drone | Kyiv -",
        ),
        # One side and one country: nothing is parted.
        (
            "Russian strike on Kherson kills three, drones hit Odesa port",
            "",
            "Kherson | Russia > Ukraine | 3 | drone | Odesa -",
        ),
        (
            "Israeli strike kills three in Nabatieh, Lebanon says",
            "",
            "Nabatieh | Israel > Lebanon | 3 |  | ",
        ),
        (
            "Missile kills 8 in Dnipro, 5 more in Pavlohrad",
            "",
            "Ukraine | - > Ukraine | 13 | missile | Dnipro 8, Pavlohrad 5",
        ),
    ],
)
def test_each_half_keeps_to_itself(title: str, summary: str, expected: str, judging: Judging) -> None:
    (judgement,) = judging.judge([entry(title, summary, at=THURSDAY)])
    found = next(report for report in judgement.reports if report.kind == "strike")
    assert told(found) == expected


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        ("Moscow endorses strikes on Kharkiv", "", "Kharkiv | - > Ukraine | - |  | "),
        ("China, Iran slam Venezuela strikes as others urge calm", "", "Venezuela | - > Venezuela | - |  | "),
        ("Russia-Ukraine war live: Both sides accuse other of launching attacks", "", "- | - > - | - |  | "),
        (
            "Artillery fire from M23 rebels kills six people in Uvira",
            "",
            "Uvira | M23 > - | 6 | artillery | ",
        ),
        (
            "Moscow says Kyiv behind drone attack on Voronezh depot",
            "",
            "Voronezh | Ukraine > Russia | - | drone | ",
        ),
        (
            "Poland scrambles jets as Russia attacks western Ukraine; eight wounded in Lviv",
            "",
            "Lviv | Russia > Ukraine | - |  | ",
        ),
        ("Ukraina zaatakowała nocą hotel na okupowanym przez Rosję Krymie", "", "Crimea | Ukraine > Russia | - |  | "),
        ("Rosja zaatakowała przy granicy. Łuck w ogniu", "", "Lutsk | Russia > Ukraine | - |  | "),
        ("Rosja zaatakowała dronami tuż przy granicy", "", "- | Russia > - | - | drone | "),
        ("Drohnenangriff auf die von Russland besetzte Krim", "", "Crimea | - > Ukraine | - | drone | "),
        (
            "Izrael zaatakował cele w Libanie",
            "Trwa nacisk na rząd w Bejrucie. Naloty trafiły Hezbollah w Libanie.",
            "Lebanon | Israel > Lebanon | - | air | ",
        ),
        (
            "Russian strike on Kharkiv kills two",
            "KYIV, Jan 14 (Wire) - Russian missiles struck a building in Kharkiv.",
            "Kharkiv | Russia > Ukraine | 2 | missile | ",
        ),
        (
            "Explosions rock Caracas",
            "Strikes were also seen in the states of Aragua and Miranda, the government said.",
            "Caracas | - > Venezuela | - |  | ",
        ),
    ],
)
def test_who_and_where_where_more_is_named(title: str, summary: str, expected: str, judging: Judging) -> None:
    (judgement,) = judging.judge([entry(title, summary, at=THURSDAY)])
    found = next(report for report in judgement.reports if report.kind == "strike")
    assert told(found) == expected


@pytest.mark.parametrize(
    ("title", "summary", "attribution"),
    [
        ("Moscow says Kyiv behind drone attack on Voronezh depot", "", "accused"),
        (
            "Russia accuses Ukraine of killing 27 people in attack on Kherson",
            "Ukraine says it only strikes military targets.",
            "accused",
        ),
        (
            "Russia accuses Ukraine of killing 27 people in attack on Kherson",
            "Ukraine denied striking the town.",
            "denied",
        ),
    ],
)
def test_how_the_actor_is_known(title: str, summary: str, attribution: str, judging: Judging) -> None:
    (judgement,) = judging.judge([entry(title, summary, at=THURSDAY)])
    assert next(report for report in judgement.reports if report.kind == "strike").attribution == attribution


@pytest.mark.parametrize(
    ("title", "summary", "day"),
    [
        ("Air strikes kill 40 in Khartoum", "The army said overnight that strikes had hit the city.", None),
        ("Air strikes kill 40 in Khartoum", "The ministry condemned the strike in a statement on Monday.", None),
        ("Air strikes kill 40 in Khartoum", "The army said overnight missile fire hit the city.", 15),
        ("Air strikes kill 40 in Khartoum", "The strikes hit the city on Monday, a statement said.", 12),
    ],
)
def test_when_somebody_spoke_is_not_when_it_was(title: str, summary: str, day: int | None, judging: Judging) -> None:
    (judgement,) = judging.judge([entry(title, summary, at=THURSDAY)])
    found = next(report for report in judgement.reports if report.kind == "strike").occurred
    assert (found.end - timedelta(hours=3)).day == day if found else day is None


@pytest.mark.parametrize(
    ("title", "summary", "weapon"),
    [
        ("Israeli jets strike Nabatieh, seven dead", "", ("air",)),
        ("NATO scrambles F-16 fighter jets after Russian drone attack", "Drones hit Izmail.", ("drone",)),
        (
            "IDF strikes Hezbollah site in southern Lebanon",
            "In a false alarm, a missile interceptor was fired near Haifa.",
            (),
        ),
        ("Israeli tank fire kills four near Rafah", "", ("artillery",)),
    ],
)
def test_a_weapon_is_what_it_was_done_with(title: str, summary: str, weapon: tuple[str, ...], judging: Judging) -> None:
    (judgement,) = judging.judge([entry(title, summary, at=THURSDAY)])
    assert next(report for report in judgement.reports if report.kind == "strike").weapon == weapon
