"""Hours of a reader's own day in which alerts wait.

It is quiet whenever the clock on the reader's wall says so, whatever that clock does: where it is set back and the
hour comes twice, it is quiet twice; where it jumps over the end, quiet ends with the jump.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.core.subscription import Quiet

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FURTHEST = timedelta(hours=30)
"""No quiet hours end later than this: a day, and what clocks are changed by."""


def quiet_until(quiet: Quiet | None, tz: str, at: datetime) -> datetime | None:
    """Return when the quiet hours end in which this instant lies, to the minute, in UTC; None where it lies in none.

    Hours that end when they begin are none.
    """
    if quiet is None or not is_quiet(quiet, tz, at):
        return None
    wall = at.astimezone(ZoneInfo(tz)).time()
    left = _minutes(quiet.end) - _minutes(wall)
    start = at.astimezone(UTC).replace(second=0, microsecond=0)
    ends = start + timedelta(minutes=left % (24 * 60))
    if _offset(tz, at) == _offset(tz, ends - MINUTE) == _offset(tz, ends):
        return ends
    # The clocks change on the way: go along minute by minute.
    steps = (start + MINUTE * step for step in range(1, 2 * DAY // MINUTE))
    return next(step for step in steps if not is_quiet(quiet, tz, step))


def is_quiet(quiet: Quiet, tz: str, at: datetime) -> bool:
    """Whether the reader's clock shows one of these hours."""
    wall = at.astimezone(ZoneInfo(tz)).time().replace(second=0, microsecond=0)
    if quiet.start <= quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _offset(tz: str, at: datetime) -> timedelta | None:
    return at.astimezone(ZoneInfo(tz)).utcoffset()
