"""What servers and documents wish: they make us slower, within reason."""

from collections.abc import Collection
from datetime import datetime, timedelta
from http import HTTPStatus

HINT_CAP = timedelta(hours=24)
RETRY_AFTER_CAP = timedelta(days=7)
TOO_MUCH = timedelta(hours=1)
"""How long to leave a host alone that says 429 and not for how long, or for no time, times the failures in a row."""

HOURS_OF_DAY = 24
DAYS_OF_WEEK = 7


def wished(wait: timedelta, why: str, *, fresh_s: float, away_s: float | None) -> tuple[timedelta, str]:
    """Stretch the wait to what the server asks for. Seconds may be anything a header can hold."""
    hint = min(timedelta(seconds=_finite(fresh_s)), HINT_CAP)
    asked = timedelta(seconds=_finite(away_s or 0))
    if asked > max(wait, hint):
        return asked, "the server asked us to come back later"
    return (hint, "the server says its answer stays fresh that long") if hint > wait else (wait, why)


def keep_away(status: int | None, retry_after_s: float | None, failures: int) -> timedelta | None:
    """Return how long everybody is to leave this host alone, after a poll that failed with this status."""
    if status is None or status < HTTPStatus.BAD_REQUEST:
        return None
    asked = timedelta(seconds=_finite(retry_after_s or 0))
    if asked:
        return asked
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return min(TOO_MUCH * max(failures, 1), HINT_CAP)
    return None


def outside(at: datetime, *, hours: Collection[int], days: Collection[int]) -> datetime:
    """Return `at`, or the end of the skipped hours and days (GMT, 0 is Monday) that it falls into.

    A feed that wants no polls at any hour, or on any day, is not understood: `at` stands.
    """
    if len(set(hours)) >= HOURS_OF_DAY or len(set(days)) >= DAYS_OF_WEEK:
        return at
    free = at
    while free.hour in hours or free.weekday() in days:
        whole_day = free.weekday() in days
        free = free.replace(hour=0 if whole_day else free.hour, minute=0, second=0, microsecond=0)
        free += timedelta(days=1) if whole_day else timedelta(hours=1)
    return free


def _finite(seconds: float) -> float:
    """Keep a hostile header from overflowing a timedelta."""
    return min(max(seconds, 0.0), RETRY_AFTER_CAP.total_seconds())
