"""Digests on the right days: around every jump of every clock, on weekdays, and how far one reaches back."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from service.core.digest import between, first_due, local_date_of, window
from tests.core.digest_oracle import TIMES, check_zone, stretches, wall

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def test_the_yardstick_sees_what_happened_in_apia() -> None:
    """30 December 2011 never was there; and Nuuk's clock went over midnight in March 2026."""
    eve = datetime(2011, 12, 20, tzinfo=UTC)
    dates = dict(wall(stretches(ZoneInfo("Pacific/Apia"), eve, eve + timedelta(days=20)), time(7)))
    assert {day.day for day in dates if day.month == 12 and day.day > 28} == {29, 31}
    check_zone("Pacific/Apia", TIMES[::7], eve, eve + timedelta(days=20))
    spring = datetime(2026, 3, 20, tzinfo=UTC)
    check_zone("America/Nuuk", TIMES, spring, spring + timedelta(days=15))


def test_around_every_jump_of_every_clock_there_is_each_date_has_one_digest() -> None:
    """Zones whose clocks show the same over three years are one. All 48 times and all dates: `make bench`."""
    clocks = {tuple(stretches(ZoneInfo(zone), START, END)): zone for zone in ZONES}
    assert len(clocks) > 40
    for number, (parts, zone) in enumerate(clocks.items()):
        for _, jump, _ in parts[:-1]:
            check_zone(zone, TIMES[number % 12 :: 12], jump - timedelta(days=2), jump + timedelta(days=2))


@pytest.mark.parametrize("tz", ["Europe/Kyiv", "America/Nuuk", "Pacific/Chatham", "Africa/Cairo"])
@pytest.mark.parametrize("days", [(1,), (1, 4), (6, 7), (1, 2, 3, 4, 5)])
def test_on_chosen_weekdays_alone(tz: str, days: tuple[int, ...]) -> None:
    after, seen = START, []
    while after < START + timedelta(days=400):
        after = first_due(tz, time(23, 30), after=after, days=days)
        seen.append(local_date_of(after, tz, time(23, 30)))
    assert {day.isoweekday() for day in seen} == set(days)
    assert len(seen) == len(set(seen))
    assert all(later - earlier <= timedelta(days=between(days)) for earlier, later in pairwise(seen))


@pytest.mark.parametrize(("days", "longest"), [((), 1), ((1,), 7), ((1, 4), 4), ((6, 7), 6), ((1, 2, 3, 4, 5), 3)])
def test_between_two_digests_lie_so_many_days(days: tuple[int, ...], longest: int) -> None:
    assert between(days) == longest


def test_a_weekly_digest_covers_its_week_and_the_one_that_was_missed() -> None:
    made = datetime(2026, 3, 5, 7, 0, 20, tzinfo=UTC)
    for weeks in (1, 2):
        last = made - timedelta(weeks=weeks, seconds=15)
        assert window(last, made, created_at=START, days=(4,)).start == last
    assert window(None, made, created_at=made, days=(4,)).start == made - timedelta(weeks=1)
