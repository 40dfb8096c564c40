"""What is still open about an event: the missing, the day and place of talks, how long a truce lasts."""

from collections.abc import Sequence

import pytest

from service.core.codec import interval_json
from service.core.develop import OPERATOR
from service.core.event import Claim
from service.core.report import Count, Interval, Report
from tests.core.accounts import CAIRO, GENEVA, NOON, account, at, count, night, strike, talks
from tests.core.test_develop import DAILY, POST, WIRE, Story, story

Told = tuple[str, float, Report]


def day(days: int) -> Interval:
    """Return a whole day of Geneva, so many after the test's."""
    return Interval(at(24 * days - 13), at(24 * days + 11))


def told(*said: Told) -> Story:
    return story(*(account(n, outlet, report, hours=hours) for n, (outlet, hours, report) in enumerate(said, 1)))


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ([(WIRE, 0, strike(missing=count(12)))], count(12)),
        ([(WIRE, 0, strike(killed=count(3)))], None),
        ([(WIRE, 0, strike(missing=count(12))), (DAILY, 1, strike(missing=count(14)))], count(12, 14)),
        ([(WIRE, 0, strike(missing=count(12))), (DAILY, 6, strike(missing=count(3)))], count(3)),
        ([(WIRE, 0, strike(missing=count(12, None))), (WIRE, 1, strike(missing=count(9, None)))], count(9, None)),
        ([(WIRE, 0, strike(missing=count(12))), (DAILY, 6, strike(killed=count(9)))], count(12)),
        ([(WIRE, 0, strike(missing=count(12))), (DAILY, 40, strike(killed=count(21)))], None),
        ([(WIRE, 0, strike(missing=count(12))), (WIRE, 40, strike(killed=count(21), missing=count(2)))], count(2)),
    ],
)
def test_the_missing_are_as_many_as_was_said_last_until_a_day_of_tolls_names_none(
    said: Sequence[Told], missing: Count | None
) -> None:
    assert told(*said).now.missing == missing


def test_fewer_missing_is_no_correction_and_is_not_told_alone() -> None:
    tale = told((WIRE, 0, strike(missing=count(12))))
    development = tale.tell(account(2, DAILY, strike(missing=count(3)), hours=6))
    assert development
    assert (development.change, development.material) == ("toll_changed", False)


def test_a_round_up_does_not_say_how_many_are_missing_in_one_town() -> None:
    tale = told((WIRE, 0, strike(place=CAIRO, killed=count(2))), (DAILY, 1, strike(missing=count(40), several=True)))
    assert tale.now.missing is None


@pytest.mark.parametrize(
    ("said", "planned"),
    [
        ([(WIRE, 0, talks(status="scheduled"))], None),
        ([(WIRE, 0, talks(planned=day(3)))], day(3)),
        ([(WIRE, 0, talks(planned=day(3))), (DAILY, 5, talks(planned=day(9)))], day(9)),
        ([(WIRE, 5, talks(planned=day(9))), (DAILY, 0, talks(planned=day(3)))], day(9)),
        ([(WIRE, 0, talks(planned=day(3))), (DAILY, 5, talks(planned=Interval(at(0), at(168))))], day(3)),
        ([(WIRE, 0, talks(planned=Interval(at(0), at(168)))), (DAILY, 5, talks(planned=day(3)))], day(3)),
    ],
)
def test_talks_are_planned_for_the_day_that_was_named_last(said: Sequence[Told], planned: Interval | None) -> None:
    assert told(*said).now.planned == planned


def test_talks_that_are_moved_are_told_and_a_day_that_is_only_closer_is_not() -> None:
    tale = told((WIRE, 0, talks(status="scheduled", planned=day(3))))
    moved = tale.tell(account(2, DAILY, talks(status="scheduled", planned=day(9)), hours=5))
    assert moved
    assert (moved.change, moved.material) == ("status_changed", True)
    assert next((delta.field, delta.before, delta.after) for delta in moved.deltas) == (
        "planned",
        interval_json(day(3)),
        interval_json(day(9)),
    )
    closer = tale.tell(account(3, POST, talks(status="scheduled", planned=Interval(at(216), at(219))), hours=6))
    assert closer
    assert not closer.material


def test_a_day_for_talks_that_broke_off_is_no_news_of_them() -> None:
    tale = told((WIRE, 0, talks(status="collapsed", planned=day(3))))
    moved = tale.tell(account(2, DAILY, talks(planned=day(9)), hours=5))
    assert moved
    assert (tale.now.planned, moved.material) == (day(9), False)


@pytest.mark.parametrize(
    ("said", "parties", "mediators"),
    [
        ([("A", "B", "C")], ("A", "B"), ("C",)),
        ([("A", "B", "B")], ("A", "B"), ()),
        ([("A", "B", "C"), ("A", "C", "B"), ("A", "B", "C")], ("A", "B"), ("C",)),
        ([("A", "B", "C"), ("A", "C", "B")], ("A", "B", "C"), ()),
    ],
)
def test_nobody_is_a_party_and_a_mediator(
    said: Sequence[tuple[str, str, str]], parties: Sequence[str], mediators: Sequence[str]
) -> None:
    outlets = (WIRE, DAILY, POST)
    tale = told(*((outlets[n], n, talks(parties=(a, b), mediators=(c,))) for n, (a, b, c) in enumerate(said)))
    assert (tale.now.parties, tale.now.mediators) == (parties, mediators)


def test_talks_are_held_where_most_say_and_a_truce_lasts_as_long_as_most_say() -> None:
    tale = told(
        (WIRE, 0, talks(place=GENEVA, venue=GENEVA, duration_h=72)),
        (DAILY, 1, talks(place=CAIRO, venue=CAIRO, duration_h=48)),
        (POST, 2, talks(place=CAIRO, duration_h=72)),
    )
    assert (tale.now.venue, tale.now.duration_h) == (GENEVA, 72)
    assert told((WIRE, 0, talks(place=GENEVA))).now.venue is None


def test_what_an_operator_says_stands() -> None:
    tale = told((WIRE, 0, talks(status="scheduled", planned=day(3), venue=CAIRO, duration_h=48)))
    place = {"name": "Geneva", "country": "CH", "lat": 46.2, "lon": 6.15, "precision": "city"}
    for field, value in (("planned", interval_json(day(4))), ("venue", place), ("duration_h", 72)):
        tale.by_hand.append(
            Claim(
                field=field,
                value=value,
                report_id=1,
                entry_id=1,
                outlet=OPERATOR,
                url=None,
                quote="a person looked",
                told_at=NOON,
            )
        )
    tale.again()
    assert (tale.now.planned, tale.now.venue, tale.now.duration_h) == (day(4), GENEVA, 72)


def test_an_old_time_of_a_strike_plans_nothing() -> None:
    assert told((WIRE, 0, strike(occurred=night()))).now.planned is None
