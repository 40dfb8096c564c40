"""Quiet hours go by the clock on the reader's wall, to the minute, over midnight and over changes of the clocks."""

from datetime import UTC, datetime, time, timedelta

import pytest

from service.core.quiet import is_quiet, quiet_until
from service.core.subscription import Quiet

NIGHT = Quiet(start=time(22, 30), end=time(6, 45))
NOON = Quiet(start=time(12, 0), end=time(13, 30))
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "tz", "now", "until"),
    [
        (NOON, "UTC", "2026-03-01T11:59:59", None),
        (NOON, "UTC", "2026-03-01T12:00", "2026-03-01T13:30"),
        (NOON, "UTC", "2026-03-01T13:29:59.9", "2026-03-01T13:30"),
        (NOON, "UTC", "2026-03-01T13:30", None),
        (NIGHT, "UTC", "2026-03-01T22:29:59", None),
        (NIGHT, "UTC", "2026-03-01T22:30:01", "2026-03-02T06:45"),
        (NIGHT, "UTC", "2026-03-01T00:00", "2026-03-01T06:45"),
        (NIGHT, "Europe/Kyiv", "2026-03-01T20:30", "2026-03-02T04:45"),
        (NIGHT, "Asia/Kathmandu", "2026-03-01T16:45", "2026-03-02T01:00"),
        # The clocks go forward in the night: it is an hour shorter. Back: an hour longer.
        (NIGHT, "Europe/Paris", "2026-03-28T22:00", "2026-03-29T04:45"),
        (NIGHT, "Europe/Paris", "2026-10-24T22:00", "2026-10-25T05:45"),
        # The end itself is jumped over, 02:00 to 03:00.
        (Quiet(start=time(1), end=time(2, 30)), "Europe/Paris", "2026-03-29T00:30", "2026-03-29T01:00"),
        # The end comes twice: quiet each time the clock says so.
        (Quiet(start=time(1), end=time(2, 30)), "Europe/Paris", "2026-10-25T00:10", "2026-10-25T00:30"),
        (Quiet(start=time(1), end=time(2, 30)), "Europe/Paris", "2026-10-25T01:10", "2026-10-25T01:30"),
        # Hours that end when they begin are none.
        (Quiet(start=time(7), end=time(7)), "UTC", "2026-03-01T07:00", None),
        (None, "UTC", "2026-03-01T12:30", None),
    ],
)
def test_when_it_is_quiet_and_until_when(quiet: Quiet | None, tz: str, now: str, until: str | None) -> None:
    assert quiet_until(quiet, tz, at(now)) == (at(until) if until else None)


@pytest.mark.parametrize("tz", ["Europe/Paris", "America/Sao_Paulo", "Australia/Lord_Howe", "America/Nuuk"])
@pytest.mark.parametrize("day", ["2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24"])
@pytest.mark.parametrize("quiet", [NIGHT, Quiet(start=time(23, 50), end=time(2, 10))])
def test_quiet_ends_with_the_first_minute_that_is_not(tz: str, day: str, quiet: Quiet) -> None:
    """Against the plain reading, for every 37th minute of two days around each change of the clocks."""
    for step in range(0, 2 * 24 * 60, 37):
        now = at(day) + MINUTE * step
        until = quiet_until(quiet, tz, now)
        assert (until is not None) == is_quiet(quiet, tz, now)
        if until is not None:
            assert not is_quiet(quiet, tz, until)
            assert all(is_quiet(quiet, tz, now + MINUTE * n) for n in range((until - now) // MINUTE))
