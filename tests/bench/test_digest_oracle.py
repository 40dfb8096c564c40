"""One digest for each local date, in every zone there is, at 48 times of the day, over three years: by brute force."""

import time as clock
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from tests.core.digest_oracle import TIMES, check_zone, stretches

pytestmark = pytest.mark.bench


def test_every_zone_every_half_hour_three_years() -> None:
    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    zones = sorted(available_timezones() - {"localtime", "Factory"})
    began, checked = clock.process_time(), 0
    alike: dict[object, int] = {}  # zones whose clocks show the same all these years are one
    for zone in zones:
        parts = tuple(stretches(ZoneInfo(zone), start - timedelta(days=3), end + timedelta(days=3)))
        if parts not in alike:
            alike[parts] = check_zone(zone, TIMES, start, end)
        checked += alike[parts]
    spent = clock.process_time() - began
    figures = f"{checked:,} digests in {len(zones)} zones ({len(alike)} clocks) × {len(TIMES)} times"
    print(f"\n{figures}: one for each date; {spent:.0f} s of CPU")  # noqa: T201
    assert checked > len(zones) * len(TIMES) * 1094
    assert TIMES[1] == time(0, 30)
    assert end - start == timedelta(days=1095)
