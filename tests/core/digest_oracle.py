"""What a wall clock shows, minute by minute where it jumps: the yardstick for when digests are due.

It knows nothing of how `core.digest` finds its instants. It lists the stretches in which a zone's offset stays the same
and asks of each local date when its clock first shows the time, or first shows a later one.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.core.digest import first_due, local_date_of

TIMES = [time(n // 2, 30 * (n % 2)) for n in range(48)]
DAY = timedelta(days=1)


def stretches(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[datetime, datetime, timedelta]]:
    """Return (from, to, offset) in UTC, found by looking once a day and then closing in."""
    found, begin = [], start
    at = start
    while at < end:
        later = min(at + DAY, end)
        if _offset(zone, at) != _offset(zone, later):
            jump = _close_in(zone, at, later)
            found.append((begin, jump, _offset(zone, at)))
            begin = jump
        at = later
    return [*found, (begin, end, _offset(zone, begin))]


def _close_in(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    old = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        low, high = (middle, high) if _offset(zone, middle) == old else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def wall(parts: Sequence[tuple[datetime, datetime, timedelta]], at: time) -> Iterator[tuple[date, datetime]]:
    """Yield each local date with the instant its clock first shows `at` or, where a gap swallows it, the first after.

    A date whose clock never shows anything (one that was skipped) is not there.
    """
    due: dict[date, datetime] = {}
    begun: set[date] = set()
    for begin, end, offset in parts:
        day = (begin + offset).date()
        while True:
            midnight = datetime.combine(day, time(), UTC) - offset
            if midnight >= end:
                break
            if max(midnight, begin) < min(midnight + DAY, end):
                for earlier in [known for known in begun if known < day and known not in due]:
                    due[earlier] = max(midnight, begin)  # the day was over before its clock showed the time
                begun.add(day)
                shown = datetime.combine(day, at, UTC) - offset
                if day not in due and shown < end and max(shown, begin) < midnight + DAY:
                    due[day] = max(shown, begin)
            day += DAY
    yield from sorted(due.items())


def check_zone(name: str, times: Sequence[time], start: datetime, end: datetime) -> int:
    """Walk through a zone's digests and hold them against the clock. Return how many there were."""
    zone, margin = ZoneInfo(name), 3 * DAY
    parts = stretches(zone, start - margin, end + margin)
    checked = 0
    for at in times:
        expected = [(day, due) for day, due in wall(parts, at) if start < due < end]
        after = start
        for day, due in expected:
            found = first_due(name, at, after=after)
            assert (local_date_of(found, name, at), found) == (day, due), (name, at, day)
            after = found
        assert first_due(name, at, after=after) >= end, (name, at)
        dates = [day for day, _ in expected]
        assert len(dates) == len(set(dates))
        checked += len(dates)
    return checked
