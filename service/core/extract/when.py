"""When it happened: "overnight", "early Thursday", "on Wednesday", as a stretch of UTC.

The hours are the place's own, taken from its longitude: an hour for every 15 degrees. No zone table is needed, and an
error of an hour or two does not move a night to another day.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from service.core.extract.pages import ACTIONS, Leaf, evidence, sentences, tags_of
from service.core.report import Evidence, Interval, Place
from service.core.text import Page, Unit

# Local hours, from and to; beyond 24 is the next day.
_NIGHT = (-4, 8)
_PARTS = {"early": (0, 9), "late": (17, 24), "morning": (4, 12), "afternoon": (12, 18), "evening": (17, 24)}
_DAY = (0, 24)
_AHEAD = timedelta(hours=9)
_LONGEST_MONTH = 31


class When(NamedTuple):
    """A stretch of time and the words it was read from."""

    interval: Interval
    evidence: Evidence


def when(leaves: Sequence[Leaf], told_at: datetime, place: Place | None) -> When | None:
    """Return when it happened, as the first sentence about it says."""
    shift = timedelta(hours=round(place.lon / 15)) if place else timedelta()
    local = told_at.astimezone(UTC) + shift
    for leaf in leaves:
        for where in sentences(leaf.page):
            if tags_of(leaf.page, where).isdisjoint(ACTIONS):
                continue
            found = next(_expressions(leaf, where, local), None)
            if found:
                start, end = found.interval
                return When(Interval(start - shift, end - shift), found.evidence)
    return None


def _expressions(leaf: Leaf, where: range, local: datetime) -> Iterator[When]:
    """Yield what a sentence says of the time, in local hours written as UTC."""
    page = leaf.page
    spoken = _anchor(page, where, local)
    for at in where:
        if any("followed" in page.units[n].tags for n in range(max(at - 6, where.start), at)):
            continue
        found = _found(page, at, where, spoken, local)
        if found:
            first, last = found[1:] if len(found) > 1 else (at, at)
            yield When(found[0], evidence("occurred", leaf, first, last))


def _found(
    page: Page, at: int, where: range, spoken: datetime, local: datetime
) -> tuple[Interval] | tuple[Interval, int, int] | None:
    """Return the time that the words at this unit tell, and its units where they are more than this one."""
    tags = page.units[at].tags
    if "overnight" in tags and "night_to" not in tags and _day_follows(page, at, where, "months"):
        return None
    return (
        _named(page.units[at], spoken, local)
        or _weekday(page, at, where, local)
        or _dated(page, at, where, local)
        or _days_ago(page, at, where, local)
        or _part(page, at, where, local)
    )


def _day_follows(page: Page, at: int, where: range, *tables: str) -> bool:
    """Say whether the day is named just behind: "in the early hours of Friday", "the night of August 26"."""
    wanted = tables or ("weekdays", "months")
    behind = range(at + 1, min(at + 4, where.stop))
    return any(table in page.units[n].means for n in behind for table in wanted)


def _named(unit: Unit, spoken: datetime, local: datetime) -> tuple[Interval] | None:
    if "overnight" in unit.tags:
        return (_hours(spoken, _NIGHT),)
    if "today" in unit.tags:
        return (_hours(_midnight(local), _DAY),)
    if "yesterday" in unit.tags:
        return (_hours(_midnight(local) - timedelta(days=1), _DAY),)
    if "weekend" in unit.tags:
        return (_hours(_last(local, 5), (0, 48)),)
    return None


def _dated(page: Page, at: int, where: range, local: datetime) -> tuple[Interval, int, int] | None:
    """Read "January 20", "20 January", "the night of Jan. 20": the latest such day."""
    units = page.units
    month = units[at].means.get("months")
    number = next((n for n in (at + 1, at - 1) if n in where and _is_day(units[n])), None)
    if month is None or number is None:
        return None
    day = _latest(local, int(month), int(units[number].norm))
    first, last = min(at, number), max(at, number)
    before = frozenset().union(*(units[n].tags for n in range(max(first - 3, where.start), first)))
    hours = _NIGHT if "night_to" in before else (18, 32) if "overnight" in before else _DAY
    return (_hours(day, hours), first, last) if day else None


def _is_day(unit: Unit) -> bool:
    return unit.norm.isdecimal() and len(unit.norm) <= len("31") and 1 <= int(unit.norm) <= _LONGEST_MONTH


def _latest(local: datetime, month: int, day: int) -> datetime | None:
    """Return midnight of the latest such day that is not to come, or None where there is no such day."""
    soon = local + _AHEAD
    for year in (soon.year, soon.year - 1):
        try:
            found = _midnight(soon).replace(year=year, month=month, day=day)
        except ValueError:
            continue
        if found <= soon:
            return found
    return None


def _days_ago(page: Page, at: int, where: range, local: datetime) -> tuple[Interval, int, int] | None:
    """Read "two days ago"."""
    units = page.units
    if at + 2 not in where or "day_word" not in units[at + 1].tags or "ago" not in units[at + 2].tags:
        return None
    number = units[at].means.get("numerals") or (units[at].norm if _is_day(units[at]) else None)
    if number is None or int(number) > _LONGEST_MONTH:
        return None
    return _hours(_midnight(local) - timedelta(days=int(number)), _DAY), at, at + 2


def _part(page: Page, at: int, where: range, local: datetime) -> tuple[Interval, int, int] | None:
    """Read "at dawn", "in the evening" as that part of the day it was told, or of the day before if it was to come."""
    units = page.units
    named = _day_follows(page, at, where)
    spoken = any(units[n].tags & {"place_word", "at_time"} for n in range(max(at - 2, where.start), at + 1))
    if named or not spoken:
        return None
    for part, hours in _PARTS.items():
        if part in units[at].tags:
            day = _midnight(local)
            began = day + timedelta(hours=hours[0])
            return _hours(day if began <= local else day - timedelta(days=1), hours), at, at
    return None


def _weekday(page: Page, at: int, where: range, local: datetime) -> tuple[Interval, int, int] | None:
    """Read "on Wednesday", "early Thursday", "Monday night". A day right after "said" tells when somebody spoke."""
    units = page.units
    if "weekdays" not in units[at].means:
        return None
    before = range(max(at - 2, where.start), at)
    if any("say" in units[n].tags for n in before):
        return None
    day = _last(local, int(units[at].means["weekdays"]))
    after = at + 1 if at + 1 in where else at
    if "overnight" in units[after].tags:
        return _hours(day, (18, 32)), at, after
    for part, hours in _PARTS.items():
        if part in units[after].tags and after != at:
            return _hours(day, hours), at, after
        first = next((n for n in before if part in units[n].tags), None)
        if first is not None:
            return _hours(day, hours), first, at
    return _hours(day, _DAY), at, at


def _anchor(page: Page, where: range, local: datetime) -> datetime:
    """Return the day whose morning ended the night: the weekday the sentence names, else the day it was told."""
    for at in where:
        means = page.units[at].means
        earlier = any("followed" in page.units[n].tags for n in range(max(at - 6, where.start), at))
        if "weekdays" in means and not earlier:
            next_day = (n for n in range(at + 1, min(at + 3, where.stop)) if "weekdays" in page.units[n].means)
            morning = page.units[next(next_day, at)]  # "the night from Wednesday to Thursday"
            return _last(local, int(morning.means["weekdays"]))
    return _midnight(local)


def _last(local: datetime, weekday: int) -> datetime:
    """Return midnight of the latest such weekday, today included, and the next day where it begins within hours.

    The hours are rough, and an outlet east of the place is a day ahead: its Saturday is never last week's.
    """
    soon = local + _AHEAD
    today = soon if soon.weekday() == weekday else local
    return _midnight(today) - timedelta(days=(today.weekday() - weekday) % 7)


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _hours(day: datetime, hours: tuple[int, int]) -> Interval:
    return Interval(day + timedelta(hours=hours[0]), day + timedelta(hours=hours[1]))
