"""The repair pass holds to what linking holds to: places that are who struck, days of reactions, tolls of towns."""

from dataclasses import replace

import pytest

from service.core.event import Account, Candidate
from service.core.link.repair import Repairs, repair
from service.core.link.where import compared
from service.core.report import Count, Place, Report
from tests.core.accounts import KHARKIV, KYIV, SUMY, UKRAINE, account, count, night, strike
from tests.core.test_link import ask, known

RUSSIA = Place(name="Russia", country="RU", lat=60.0, lon=100.0, precision="country")
CAIRO = Place(name="Cairo", country="EG", lat=30.06, lon=31.25, precision="city")
RUSSIAN = {"actor": "Russia", "target": "Ukraine", "occurred": night(), "weapon": ("missile",)}
TITLES = (
    "Missile hits market",
    "Market burns after strike",
    "Rescuers at struck market",
    "What is known of the strike",
)


def told(number: int, report: Report, hours: float = 0, title: str = "") -> Account:
    return account(number, f"Wire {number}", report, hours=hours, title=title or TITLES[number % 4])


def mixed(*reports: Report) -> Candidate:
    """Return one event of two outlets for each of these reports."""
    return known(*(told(n, reports[n // 2], n / 10) for n in range(2 * len(reports))))


def looked_at(*events: Candidate) -> Repairs:
    return repair(events, frozenset(one.event.event_id for one in events))


def test_two_towns_with_tolls_of_their_own_are_parted() -> None:
    two = mixed(strike(place=KYIV, killed=count(9), **RUSSIAN), strike(place=SUMY, killed=count(2), **RUSSIAN))
    (split,) = looked_at(two).splits
    assert split.reason == "Kyiv is not Sumy"


@pytest.mark.parametrize("said", [count(9, None), count(7, None)], ids=["at least as many", "at least not many fewer"])
def test_two_names_for_the_place_of_as_many_dead_are_not_parted(said: Count) -> None:
    two = mixed(strike(place=KYIV, killed=count(9), **RUSSIAN), strike(place=SUMY, killed=said, **RUSSIAN))
    assert looked_at(two).splits == ()


def test_one_who_misreads_a_town_as_the_venue_parts_no_talks() -> None:
    about = Report(kind="talks", new=True, confidence=0.9, place=SUMY, parties=("Northland", "Southland"))
    held = replace(about, place=CAIRO, venue=CAIRO)
    misread = replace(about, venue=SUMY)
    accounts = [told(n, report, n / 10) for n, report in enumerate([held, held, *[about] * 4, misread])]
    assert looked_at(known(*accounts)).splits == ()
    assert len(looked_at(known(*(told(n, (held, misread)[n // 2], n / 10) for n in range(4)))).splits) == 1


def test_who_struck_taken_for_where_parts_nothing() -> None:
    misread = strike(place=RUSSIA, killed=count(9), **RUSSIAN)
    assert looked_at(mixed(strike(place=KYIV, killed=count(9), **RUSSIAN), misread)).splits == ()
    by_others = replace(misread, actor=None, target=None)
    nobody = strike(place=KYIV, killed=count(9), occurred=night(), weapon=("missile",))
    assert len(looked_at(mixed(nobody, by_others)).splits) == 1


def test_reactions_with_a_day_of_their_own_are_not_parted_from_the_strike() -> None:
    day_after = replace(strike(place=KYIV, killed=count(9), **RUSSIAN), occurred=night(2))
    first = [told(n, strike(place=KYIV, killed=count(9), **RUSSIAN), n) for n in range(2)]

    def with_later(title: str) -> Candidate:
        return known(*first, *(told(n, day_after, 36 + n, f"{title} {n}") for n in (2, 3)))

    assert looked_at(with_later("Leaders condemn strike on Kyiv")).splits == ()
    assert len(looked_at(with_later("Missiles hit Kyiv")).splits) == 1


MANY = strike(place=UKRAINE, killed=count(23), **RUSSIAN)
FEW = strike(place=KHARKIV, killed=count(5), **RUSSIAN)


@pytest.mark.parametrize(("first", "then"), [(MANY, FEW), (FEW, MANY)], ids=["many first", "few first"])
def test_a_town_with_far_fewer_dead_than_the_countrys_strike_may_be_another(first: Report, then: Report) -> None:
    """Whichever is told first."""
    event = known(told(1, first, title="Jets bomb funeral"))
    assert ask(told(2, then, 1, title="Bombs fall on tea shop"), event).event_id is None
    other = known(told(2, then, 1, title="Bombs fall on tea shop"), event_id=2)
    assert looked_at(event, other).merges == ()


@pytest.mark.parametrize(("title", "merged"), [("Second bombing of Kyiv in a day kills nine", False), ("", True)])
def test_a_strike_that_is_counted_as_one_more_is_not_made_the_first(title: str, *, merged: bool) -> None:
    """Unless nobody calls it that: then its toll may have risen."""
    by_russia = {"actor": "Russia", "target": "Ukraine", "weapon": ("missile",)}
    morning = known(told(1, strike(place=KYIV, killed=count(4), **by_russia)))
    evening = [told(n, strike(place=KYIV, killed=count(9), **by_russia), n + 7, title) for n in (2, 3)]
    assert bool(looked_at(morning, known(*evening, event_id=2)).merges) is merged


TOWN = replace(KHARKIV, name="Eastmoor", population=160_000)
NEXT = replace(TOWN, name="Westmoor", lat=TOWN.lat + 0.15, population=110_000)


def test_two_cities_side_by_side_are_no_suburbs_of_each_other() -> None:
    assert compared(TOWN, NEXT).weight == 0.0
    assert compared(TOWN, replace(NEXT, population=9_000)).weight > 0
    event = known(told(1, strike(place=TOWN, killed=count(13), **RUSSIAN), title="School hit in Eastmoor"))
    near = told(2, strike(place=NEXT, killed=count(2), **RUSSIAN), 1, "Drone kills two brothers in Westmoor")
    assert ask(near, event).event_id is None


def test_a_country_may_have_two_towns_of_one_name() -> None:
    namesake = replace(TOWN, lat=TOWN.lat - 4, admin="14")
    assert compared(TOWN, namesake).weight < 0
    event = known(told(1, strike(place=TOWN, injured=count(1), **RUSSIAN), title="Warehouse hit in Eastmoor"))
    other = strike(place=namesake, injured=count(1), actor="Ukraine", target="Russia", occurred=night())
    assert ask(told(2, other, 1, "Shells fall on Eastmoor"), event).event_id is None
