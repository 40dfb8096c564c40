"""When an endpoint is left alone, for how long, and when it is given up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.core.retry import Bout, Health, health
from service.core.subscription import Channel

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FINE = Channel(channel_id=1, kind="webhook", address="https://desk.example/hook")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def after(
    channel: Channel = FINE,
    *,
    tries: int = 1,
    failed: int = 1,
    well: bool = False,
    asked_s: float | None = None,
    busy: bool = False,
) -> Health:
    return health(channel, Bout(ended=1, well=well, tries=tries, failed=failed, asked_s=asked_s, busy=busy), now=NOW)


@pytest.mark.parametrize(
    ("tries", "failed", "opens"), [(9, 9, False), (10, 6, False), (10, 7, True), (40, 27, False), (40, 28, True)]
)
def test_the_breaker_opens_at_seven_failures_in_ten_of_at_least_ten(tries: int, failed: int, *, opens: bool) -> None:
    found = after(tries=tries, failed=failed)
    assert (found.trips, found.paused_until) == ((1, NOW + 5 * MINUTE) if opens else (0, None))


def test_each_time_it_waits_twice_as_long_up_to_an_hour() -> None:
    waits = []
    for trips in range(1, 7):
        found = after(replace(FINE, trips=trips, paused_until=NOW - MINUTE))
        assert (found.trips, found.disable) == (trips + 1, "")
        assert found.paused_until is not None
        waits.append((found.paused_until - NOW) // MINUTE)
    assert waits == [10, 20, 40, 60, 60, 60]


def test_while_it_is_open_what_was_still_under_way_changes_nothing() -> None:
    channel = replace(FINE, trips=1, paused_until=NOW + MINUTE)
    found = after(channel, tries=20, failed=20)
    assert (found.trips, found.paused_until) == (1, NOW + MINUTE)


def test_a_success_among_failures_ends_the_streak_but_not_the_breaker() -> None:
    ill = replace(FINE, failing_since=NOW - 6 * DAY, failures=99, trips=2, paused_until=NOW - MINUTE)
    found = after(ill, tries=4, failed=1, well=True)
    assert (found.failing_since, found.failures, found.trips, found.disable) == (None, 0, 0, "")
    assert after(ill, tries=10, failed=9, well=True).trips == 1


@pytest.mark.parametrize(
    ("since", "failures", "ends"),
    [(5 * DAY, 9, True), (5 * DAY - MINUTE, 99, False), (30 * DAY, 3, False), (5 * DAY, 8, False)],
)
def test_after_five_days_without_one_success_it_is_given_up(since: timedelta, failures: int, *, ends: bool) -> None:
    """Two failures a month apart are no five days of failing."""
    found = after(replace(FINE, failing_since=NOW - since, failures=failures))
    assert bool(found.disable) == ends
    assert (found.failing_since, found.failures) == (NOW - since, failures + 1)


@pytest.mark.parametrize(
    ("asked_s", "busy", "wait"),
    [(30, False, 30), (0, False, 0), (3600, False, 3600), (None, True, 60), (600, True, 600)],
)
def test_who_asks_us_to_wait_is_left_alone_for_so_long(asked_s: float | None, *, busy: bool, wait: int) -> None:
    found = after(asked_s=asked_s, busy=busy)
    assert (found.paused_until, found.trips) == (NOW + timedelta(seconds=wait), 0)


@pytest.mark.parametrize("asked_s", [3601, 86_400, float("inf")])
def test_who_asks_for_more_than_we_wait_is_asked_again_with_one_message(asked_s: float) -> None:
    found = after(asked_s=asked_s)
    assert (found.paused_until, found.trips) == (NOW + timedelta(hours=1), 1)
    again = after(replace(FINE, trips=1, paused_until=NOW - MINUTE), asked_s=asked_s)
    assert (again.paused_until, again.trips) == (NOW + timedelta(hours=1), 2)


def test_a_first_failure_is_noted_and_nothing_else() -> None:
    assert after() == Health(failing_since=NOW, failures=1, trips=0, paused_until=None)
