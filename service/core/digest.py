"""When a reader's daily digest is due, what stretch of time it covers, and in what order it tells things.

One digest for each local date, however the zone's clock jumps:
- a wall time that happens twice (clocks go back) means its first occurrence;
- a wall time that never happens (clocks go forward over it) means the first instant after the gap, even where that is
  already the next date (Nuuk 2026-03-28 23:30);
- a date that never happens (Apia 2011-12-30) has no digest.
Over the dates these instants only ever grow, so "the first instant after now" finds each exactly once.
Who wants it on some weekdays only is asked about those dates alone; the weekday is that of the date it is for.

A digest covers everything since the one before it, so that nothing falls between two and nothing is told twice. What it
covers is counted by the ids of developments, which grow in the order they are kept: a development that bears an earlier
time than the last digest and was kept after it, or a clock that was set back, loses nothing.
What changed is what changed since this reader's own last word on an event, whenever that was: who never heard of an
event hears of it as new, and of its withdrawal not at all.
After downtime there is one digest for all of it: `window` reaches back to where the last one ended, and the next is due
at `first_due` after now.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from service.core.event import Development, Event
from service.core.report import Count

MAX_DAYS = 7
"""Over what is due anyway, a digest reaches back so far after downtime: nobody reads a month of news in one mail."""
WEEK = 7
FURTHEST = timedelta(days=2 * WEEK + 1)
"""No digest is due later than this: one a week, whose next date does not exist."""

Standing = Literal["retracted", "corrected", "new", "updated", "unchanged"]

_ORDER: dict[Standing, int] = {"new": 0, "updated": 0, "corrected": 0, "retracted": 1, "unchanged": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The half-open stretch a digest covers; `reason` says why it starts where it does."""

    start: datetime
    end: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a subscription's earlier digests told. `end` and `upto` are where the last one ended, by time and by id.

    `told` is at which revision each event was told last, over the digests of late; `last` those of the very last one,
    and `items` how many events that had. None where there was none.
    """

    end: datetime | None = None
    upto: int | None = None
    items: int | None = None
    last: Mapping[int, int] = field(default_factory=dict)
    told: Mapping[int, int] = field(default_factory=dict)


class Item(Protocol):
    """What `arrange` needs to know of an event in a digest: its developments in the window, oldest first."""

    @property
    def event(self) -> Event:
        """Return the event as it stands now."""
        ...

    @property
    def developments(self) -> Sequence[Development]:
        """Return what happened to it in the window."""
        ...


AnyItem = TypeVar("AnyItem", bound=Item)


def first_due(tz: str, at: time, *, after: datetime, days: Collection[int] = ()) -> datetime:
    """Return the next instant (UTC) strictly after `after` at which the digest for some local date is due.

    `days` are ISO weekdays, 1 for Monday; none means every day.
    """
    zone = ZoneInfo(tz)
    start = after.astimezone(zone).date() - timedelta(days=1)
    due = _instants(zone, at, start, days=2 * WEEK + 3)
    return next(instant for day, instant in due if instant > after and (not days or day.isoweekday() in days))


def local_date_of(due: datetime, tz: str, at: time | None = None) -> date:
    """Return the local date whose digest is due at this instant.

    With `at` this also holds where the gap pushed it over midnight; without, or where the reader has changed their
    hour since, it is the date on the reader's calendar at that instant.
    """
    zone = ZoneInfo(tz)
    today = due.astimezone(zone).date()
    if at is None:
        return today
    dates = (day for day, instant in _instants(zone, at, today - timedelta(days=1), days=2) if instant == due)
    return next(dates, today)


def window(
    last_end: datetime | None, end: datetime, *, created_at: datetime, days: Collection[int] = (), max_days: int = 0
) -> Window:
    """Return what a digest made now covers: from the end of the last one, or from when the reader subscribed.

    The very first one reaches back a day (a week, where there is one a week), so that it shows what digests are like.
    None reaches back over a week more than the longest stretch between two of its days, or over `max_days`.
    """
    usual = between(days)
    max_days = max_days or (MAX_DAYS if usual == 1 else MAX_DAYS + usual + 1)
    oldest = end - timedelta(days=max_days)
    if last_end is None:
        start = max(min(created_at, end - timedelta(days=usual)), oldest)
        return Window(start=min(start, end), end=end, reason="the first digest of this subscription")
    if last_end < oldest:
        return Window(start=oldest, end=end, reason=f"the last digest ended over {max_days} days ago")
    return Window(start=min(last_end, end), end=end, reason="since the last digest")


def between(days: Collection[int]) -> int:
    """Return how many days lie at most between two digests on these weekdays: 1 for every day, 7 for one a week."""
    held = sorted(set(days)) or list(range(1, WEEK + 1))
    return max(following - day for day, following in zip(held, [*held[1:], held[0] + WEEK], strict=True))


def arrange(items: Sequence[AnyItem]) -> list[AnyItem]:
    """Put the gravest first: new and changed before taken back before unchanged, then by killed, injured, sources."""
    return sorted(items, key=_rank)


def since_told(
    event: Event, developments: Sequence[Development], *, told: int | None, within: Collection[int], wanted: bool
) -> Sequence[Development] | None:
    """Return what a digest has to say of an event, oldest first; None where it has nothing to say of it.

    `within` are the revisions that came in the stretch it covers. Who never heard of it (`told` None) is told if it is
    `wanted` and stands. Who did hears of what is material, wanted or not: what they were told must not stay wrong. An
    event nobody has reported for a week is no news to who never heard of it, because it is put right now.
    """
    if told is None:
        steps = [item for item in developments if item.revision in within]
        return steps if wanted and event.state == "live" and not _put_right_late(event, steps) else None
    later = [item for item in developments if item.revision > told]
    return later if any(item.material for item in later) else None


def _put_right_late(event: Event, steps: Sequence[Development]) -> bool:
    late = (item.change == "corrected" and item.at - event.last_seen > timedelta(days=MAX_DAYS) for item in steps)
    return bool(steps) and all(late)


def standing(item: Item) -> Standing:
    """Say what happened to an event in the window, for the list of what changed."""
    if item.event.state == "retracted":
        return "retracted"
    changes = {development.change for development in item.developments if development.material}
    if "new" in changes:
        return "new"
    if "corrected" in changes:
        return "corrected"
    return "updated" if changes else "unchanged"


def _rank(item: Item) -> tuple[int, int, int, int, float, int]:
    event = item.event
    latest = -event.last_seen.timestamp()
    people = _most(event.killed), _most(event.injured)
    return _ORDER[standing(item)], -people[0], -people[1], -event.sources, latest, event.event_id


def _most(count: Count | None) -> int:
    return max(count.min or 0, count.max or 0) if count else 0


def _instants(zone: ZoneInfo, at: time, start: date, days: int = 5) -> Iterator[tuple[date, datetime]]:
    """Yield (local date, UTC instant) for the dates from `start` on that exist in the zone."""
    for offset in range(days):
        day = start + timedelta(days=offset)
        if _instant(zone, day, time(0)).astimezone(zone).date() == day:
            yield day, _instant(zone, day, at)


def _instant(zone: ZoneInfo, day: date, at: time) -> datetime:
    """Return the first instant that shows this wall time, or the first after the gap that swallows it."""
    wall = datetime.combine(day, at, tzinfo=zone)  # fold=0: the first of two
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    return _gap_end(zone, wall.replace(fold=1).astimezone(UTC), instant)


def _gap_end(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Find, to the second, the jump between an instant before it and one at or after it (PEP 495 gives both)."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = before.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        jumped = datetime.fromtimestamp(middle, zone).utcoffset() != old
        low, high = (low, middle) if jumped else (middle, high)
    return datetime.fromtimestamp(high, UTC)
