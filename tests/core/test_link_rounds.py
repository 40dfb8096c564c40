"""Rounds of talks and breaches of truces: which are one event, and that the repair pass holds to what linking says."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from service.core.event import Account, Candidate
from service.core.link.cues import follows, is_next_round, names_round, reacts, round_number
from service.core.link.repair import repair
from service.core.report import Report
from tests.core.accounts import CAIRO, GENEVA, KHARKIV, SUMY, account, talks
from tests.core.test_link import ask, known

SIDES = ("Northland", "Southland")
LATER = 60
"""Hours after the first report, and more than a day after the last."""


def meeting(status: str | None, **slots: object) -> Report:
    return talks(**({"place": GENEVA, "venue": GENEVA, "parties": SIDES, "status": status} | slots))


def told(number: int, report: Report, hours: float, title: str) -> Account:
    return account(number, f"Wire {number}", report, hours=hours, title=title)


def round_one(outcome: str = "collapsed", outlets: int = 12) -> Candidate:
    """Return talks that everybody told of, from the opening to the outcome."""
    opened = told(1, meeting("under_way"), 0, "Truce talks open in Geneva")
    titles = ("Truce talks in Geneva end", "Geneva truce talks are over", "No word from Geneva truce talks")
    ended = (told(2 + n, meeting(outcome), 20 + n, titles[n % 3]) for n in range(outlets))
    return known(opened, *ended)


@pytest.mark.parametrize("outcome", ["agreed", "extended", "stalled", "collapsed"])
@pytest.mark.parametrize(
    "title",
    [
        "Second round of truce talks set for Geneva",
        "Наступний раунд переговорів про перемир'я пройде в Женеві",
        "Второй раунд переговоров пройдёт в Женеве",
        "الجولة الثانية من محادثات الهدنة في جنيف",
        "Zweite Gesprächsrunde über Waffenruhe in Genf",
        "סבב שני של שיחות הפסקת אש בז'נבה",
    ],
)
def test_a_further_round_of_talks_that_are_over_is_another_however_many_told_of_the_first(
    outcome: str, title: str
) -> None:
    assert ask(told(99, meeting("scheduled"), LATER, title), round_one(outcome)).event_id is None


@pytest.mark.parametrize(
    ("title", "status", "hours"),
    [
        ("Geneva talks end without truce, second round next week", "stalled", 30),
        ("Northland blames Southland for end of Geneva talks", None, 26),
        ("Truce talks in Geneva resume after lunch", "under_way", 6),
    ],
)
def test_how_the_first_round_ended_is_told_of_the_first(title: str, status: str | None, hours: float) -> None:
    assert ask(told(99, meeting(status), hours, title), round_one(outlets=4)).event_id == 1


def test_a_round_that_was_announced_may_be_the_one_that_opens() -> None:
    ahead = known(told(1, meeting("scheduled"), 0, "Northland and Southland to meet again in Geneva"))
    opens = told(2, meeting("under_way"), 48, "Second round of truce talks opens in Geneva")
    assert ask(opens, ahead).event_id == 1


def test_once_they_talk_anew_news_is_of_the_newer_round() -> None:
    opened = told(50, meeting("scheduled"), LATER, "Second round of truce talks set for Geneva")
    second = replace(known(opened, event_id=2))
    agreed = told(51, meeting("agreed"), LATER + 36, "Northland and Southland agree truce in Geneva")
    assert ask(agreed, round_one(), second).event_id == 2


TRUCE = known(
    told(1, meeting("agreed", place=KHARKIV, venue=None), 0, "Northland and Southland agree truce in Kharkiv"),
    told(2, meeting("agreed", place=KHARKIV, venue=None), 1, "Kharkiv truce agreed by Northland and Southland"),
)


def breach(hours: float, title: str = "Truce in Kharkiv violated") -> Account:
    return told(int(hours) + 100, meeting("violated", place=KHARKIV, venue=None), hours, title)


def test_each_day_of_breaches_is_an_event_of_its_own() -> None:
    yesterdays = known(breach(0), breach(3))
    assert ask(breach(8), yesterdays).event_id == 1
    assert ask(breach(26, "Kharkiv truce violated, Northland says"), yesterdays).event_id is None
    assert ask(breach(26, "Northland condemns Kharkiv truce violation"), yesterdays).event_id == 1


def test_the_first_breach_of_a_fresh_truce_is_told_of_the_truce() -> None:
    assert ask(breach(15, "Northland says Southland broke Kharkiv truce"), TRUCE).event_id == 1
    broken = known(*TRUCE.accounts, breach(20), breach(21))
    assert ask(breach(24, "Northland and Southland at odds over breach of Kharkiv truce"), broken).event_id == 1


def mixed(*places: Mapping[str, object]) -> Candidate:
    """Return one event of six outlets that take turns in where they place it."""
    titles = ("Envoys speak of truce", "Truce is near, say mediators", "Delegates discuss a truce")
    return known(*(told(n, meeting("under_way", **places[n % len(places)]), n, titles[n % 3]) for n in range(1, 7)))


def test_the_repair_pass_parts_two_venues_but_no_venue_from_the_town_the_truce_is_for() -> None:
    held = {"place": GENEVA, "venue": GENEVA}
    for place in (KHARKIV, SUMY):
        assert repair([mixed(held, {"place": place, "venue": None})], frozenset({1})).splits == ()
    (split,) = repair([mixed(held, {"place": CAIRO, "venue": CAIRO})], frozenset({1})).splits
    assert len(split.report_ids) == 3
    assert "Geneva" in split.reason


def test_the_repair_pass_merges_talks_told_twice_but_no_further_round() -> None:
    first = round_one(outlets=4)
    again = told(40, meeting("stalled"), 26, "Truce talks in Geneva end with blame")
    second = told(40, meeting("scheduled"), 30, "Second round of truce talks in Geneva set for Friday")
    assert [merge.gone for merge in repair([first, known(again, event_id=2)], frozenset({2})).merges] == [2]
    assert repair([first, known(second, event_id=2)], frozenset({2})).merges == ()


@pytest.mark.parametrize(
    ("title", "further"),
    [
        ("Drugą rundę rozmów zapowiedziano na piątek", True),
        ("До третього раунду готуються обидві сторони", True),
        ("Round two of talks opens", True),
        ("Se reanudan las conversaciones", False),
        ("Talks enter second day", False),
        ("Delegates round up second thoughts", False),
    ],
)
def test_a_title_may_name_a_further_round_in_any_language(title: str, *, further: bool) -> None:
    assert names_round(title) is further


def test_titles_are_read_as_they_are_written() -> None:
    """Accents, й and ة are met in titles as in patterns."""
    assert is_next_round("Se reanudan las conversaciones")
    assert is_next_round("استئناف المحادثات في جنيف")
    assert follows("Les survivants cherchés sous les décombres")
    assert follows("انتشال جثث من تحت الأنقاض")
    assert reacts("Sąsiedzi potępiają nalot")


@pytest.mark.parametrize(
    ("before", "title", "same"),
    [
        ("Second round of truce talks opens in Geneva", "Third round of truce talks opens in Geneva", False),
        ("Second round of truce talks opens in Geneva", "Second round of truce talks in Geneva goes on", True),
        ("Round three of truce talks opens in Geneva", "Fourth round of truce talks opens in Geneva", False),
        ("Другий раунд переговорів в Женеві", "Third round of truce talks opens in Geneva", False),
        ("La deuxième ronde: deuxième round à Genève", "Second round of truce talks opens in Geneva", True),
    ],
)
def test_rounds_are_told_apart_by_their_numbers(*, before: str, title: str, same: bool) -> None:
    talking = known(told(1, meeting("under_way"), 0, before))
    assert ask(told(99, meeting("under_way"), 20, title), talking).event_id == (
        talking.event.event_id if same else None
    )


def test_the_number_of_a_round_is_read_in_any_language() -> None:
    titles = {
        "Second round of talks": 2,
        "3rd round of talks": 3,
        "Четвертий раунд переговорів": 4,
        "Пятый раунд переговоров": 5,
        "Троїсті переговори": None,
        "Talks resume": None,
        "Zweite Gesprächsrunde in Genf": 2,
        "الجولة الثالثة من المفاوضات": 3,
        "סבב שני של שיחות": 2,
    }
    assert {title: round_number(title) for title in titles} == titles
