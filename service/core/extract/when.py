"""When it happened: "overnight", "early Thursday", "on Wednesday", as a stretch of UTC. See `clock` for whose hours."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from service.core.extract.clock import DAY, hours_of, instants, last, latest, midnight, shown
from service.core.extract.pages import ACTIONS, WEAPONS, Leaf, evidence, sentences, tags_of
from service.core.report import Evidence, Interval, Place
from service.core.text import Page, Unit, day_beside

# Local hours, from and to; beyond 24 is the next day.
_NIGHT, _NIGHT_OF, _TONIGHT = (-4, 8), (18, 32), (17, 30)
# What is told of a morning may have been soon after midnight: outlets say so of the hours before they woke.
_PARTS = {"early": (0, 9), "late": (17, 24), "morning": (0, 12), "afternoon": (12, 18), "evening": (17, 24)}
_DAWN = 4
_A_DAY, _SOON = timedelta(days=1), timedelta(hours=9)
_LONGEST_MONTH = 31
_SENTENCES, _WORDS = 60, 300


class When(NamedTuple):
    """A stretch of time and the words it was read from."""

    interval: Interval
    evidence: Evidence


def when(leaves: Sequence[Leaf], told_at: datetime, place: Place | None) -> When | None:
    """Return when it happened, as the first sentence about it says."""
    local = shown(told_at, place)
    for leaf in leaves:
        for where in islice(sentences(leaf.page), _SENTENCES):
            if tags_of(leaf.page, where).isdisjoint(ACTIONS):
                continue
            found = next(_expressions(leaf, where[:_WORDS], local), None)
            if found:
                return found._replace(interval=instants(_not_to_come(found.interval, local), place))
    return None


def _not_to_come(interval: Interval, local: datetime) -> Interval:
    """Return a time that has begun: "Saturday night", told on Saturday morning, is the night before.

    Where it lacks hours only, the feed may write its local time as UTC: then it may be either day. A whole day is
    that of an outlet to the east.
    """
    ahead = interval.start - local
    if ahead <= timedelta(0) or interval.end - interval.start >= _A_DAY:
        return interval
    return Interval(interval.start - _A_DAY, interval.end - (_A_DAY if ahead > _SOON else timedelta(0)))


def _expressions(leaf: Leaf, where: range, local: datetime) -> Iterator[When]:
    """Yield what a sentence says of the time, in local hours written as UTC."""
    page = leaf.page
    spoken = _anchor(page, where, local)
    for at in where:
        if any("followed" in page.units[n].tags for n in range(max(at - 6, where.start), at)):
            continue
        found = _found(page, at, where, spoken, local)
        if found:
            interval, first, end = found
            yield When(interval, evidence("occurred", leaf, first, end))


def _found(page: Page, at: int, where: range, spoken: datetime, local: datetime) -> tuple[Interval, int, int] | None:
    """Return the time that the words at this unit tell, and the first and last of them."""
    tags = page.units[at].tags
    if _is_when_it_was_said(page, at, where):
        return None
    if "overnight" in tags and "night_to" not in tags and _day_follows(page, at, where, "months"):
        return None
    return (
        _named(page, at, where, spoken, local)
        or _weekday(page, at, where, local)
        or dated(page, at, where, local)
        or _days_ago(page, at, where, local)
        or _part(page, at, where, local)
    )


def _is_when_it_was_said(page: Page, at: int, where: range) -> bool:
    """Say whether it is when somebody spoke: "told reporters overnight", not "said overnight strikes killed"."""
    units, tags = page.units, page.units[at].tags
    if not ({"overnight", "today", "yesterday"} & tags or "weekdays" in units[at].means) or tags & ACTIONS:
        return False
    behind = [units[n].tags for n in range(at + 1, min(at + 4, where.stop))]
    if behind and behind[0] & {*ACTIONS, *WEAPONS}:
        return False
    light = {"place_word", "at_time", "article"} | (
        {"overnight", "weekdays", "by"} if "weekdays" in units[at].means else set()
    )
    before = [n for n in range(at - 1, max(at - 6, where.start - 1), -1) if not units[n].tags & light]
    if before and units[before[0]].tags & {"say", "spoken"}:
        return True
    issued = len(before) > 1 and not units[before[0]].tags & ACTIONS and "spoken" in units[before[1]].tags
    reacted = bool(before) and "reaction" in units[before[0]].tags
    deed = any(said & {*ACTIONS, *WEAPONS} for said in behind[:2])
    return issued or (reacted and not deed) or _speaks_then(page, at, where)


def _speaks_then(page: Page, at: int, where: range) -> bool:
    """Say whether the verb behind a day is of speech, and nothing was done before: "Norland on Sunday called on"."""
    units = page.units
    if at == where.start or at + 1 not in where or "weekdays" not in units[at].means:
        return False
    speaks = bool(units[at + 1].tags & {"say", "spoken", "reaction"}) and not units[at + 1].tags & ACTIONS
    return speaks and tags_of(page, range(where.start, at)).isdisjoint(ACTIONS)


def _day_follows(page: Page, at: int, where: range, *tables: str) -> bool:
    """Say whether the day is named just behind: "in the early hours of Friday", "the night of August 26"."""
    wanted = tables or ("weekdays", "months")
    behind = range(at + 1, min(at + 4, where.stop))
    return any(table in page.units[n].means for n in behind for table in wanted)


def _named(page: Page, at: int, where: range, spoken: datetime, local: datetime) -> tuple[Interval, int, int] | None:
    """Read "overnight", "today", "this morning", "yesterday evening", "over the weekend", "since dawn"."""
    tags = page.units[at].tags
    if "since_dawn" in tags:
        return Interval(*_since_dawn(page, at, where, local)), at, at
    if "overnight" in tags:
        return hours_of(spoken, _NIGHT), at, at
    if "tonight" in tags:
        return hours_of(_evening_of(local), _TONIGHT), at, at
    if tags & {"today", "yesterday"}:
        day = midnight(local) - timedelta(days="yesterday" in tags)
        behind = page.units[at + 1].tags if at + 1 in where else frozenset()
        part = next((part for part in _PARTS if part in tags or part in behind), None)
        hours = _PARTS[part] if part else _NIGHT_OF if "overnight" in behind else DAY
        day = _evening_of(local) if hours == _PARTS["evening"] and "today" in tags else day
        return hours_of(day, hours), at, at if hours == DAY or (part and part in tags) else at + 1
    if "weekend" in tags:
        return hours_of(last(local, 5), (0, 48)), at, at
    return None


def _evening_of(local: datetime) -> datetime:
    """Return the day whose evening is the last that has begun: who says "tonight" after midnight means yesterday's."""
    return midnight(local - timedelta(hours=_TONIGHT[0]))


def _since_dawn(page: Page, at: int, where: range, local: datetime) -> tuple[datetime, datetime]:
    """Return the time from dawn until it was told, or until that day was over: "since dawn", "since dawn on Friday"."""
    days = (page.units[n].means.get("weekdays") for n in range(at + 1, min(at + 3, where.stop)))
    weekday = next((int(day) for day in days if day), None)
    day = midnight(local - timedelta(hours=_DAWN)) if weekday is None else last(local, weekday)
    dawn = day + timedelta(hours=_DAWN)
    return dawn, max(min(local, day + timedelta(days=1)), dawn + timedelta(hours=1))


def dated(
    page: Page, at: int, where: range, local: datetime, *, ahead: bool = False
) -> tuple[Interval, int, int] | None:
    """Read "January 20", "20 January", "the night of Jan. 20": the latest such day, or the next one `ahead`."""
    units = page.units
    feast = units[at].means.get("feasts")
    if feast:
        found = latest(local, *map(int, feast.split()), ahead=ahead)
        return (hours_of(found, DAY), at, at) if found else None
    month = units[at].means.get("months")
    number = day_beside(page, at) if month else None
    if month is None or number is None or number not in where:
        return None
    day = latest(local, int(month), int(units[number].norm), ahead=ahead)
    first, end = min(at, number), max(at, number)
    before = frozenset().union(*(units[n].tags for n in range(max(first - 3, where.start), first)))
    hours = _NIGHT if "night_to" in before else _NIGHT_OF if "overnight" in before else DAY
    return (hours_of(day, hours), first, end) if day else None


def _is_day(unit: Unit) -> bool:
    return unit.norm.isdecimal() and len(unit.norm) <= len("31") and 1 <= int(unit.norm) <= _LONGEST_MONTH


def _days_ago(page: Page, at: int, where: range, local: datetime) -> tuple[Interval, int, int] | None:
    """Read "two days ago", "a day ago", "two nights ago"."""
    units = page.units
    if at + 2 not in where or "ago" not in units[at + 2].tags or not units[at + 1].tags & {"day_word", "night_word"}:
        return None
    number = units[at].means.get("numerals") or (units[at].norm if _is_day(units[at]) else None)
    number = number or ("1" if "single" in units[at].tags else None)
    if number is None or int(number) > _LONGEST_MONTH:
        return None
    nights = "night_word" in units[at + 1].tags
    day = midnight(local) - timedelta(days=int(number) - nights)
    return hours_of(day, _NIGHT if nights else DAY), at, at + 2


def _part(page: Page, at: int, where: range, local: datetime) -> tuple[Interval, int, int] | None:
    """Read "at dawn", "in the evening" as that part of the day it was told, or of the day before if it was to come."""
    units = page.units
    named = _day_follows(page, at, where)
    spoken = any(units[n].tags & {"place_word", "at_time"} for n in range(max(at - 2, where.start), at + 1))
    if named or not spoken:
        return None
    for part, hours in _PARTS.items():
        if part in units[at].tags:
            day = midnight(local)
            began = day + timedelta(hours=hours[0])
            return hours_of(day if began <= local else day - timedelta(days=1), hours), at, at
    return None


def _weekday(page: Page, at: int, where: range, local: datetime) -> tuple[Interval, int, int] | None:
    """Read "on Wednesday", "early Thursday", "Monday night". A day right after "said" tells when somebody spoke."""
    units = page.units
    if "weekdays" not in units[at].means:
        return None
    before = range(max(at - 2, where.start), at)
    if any("say" in units[n].tags for n in before):
        return None
    day = last(local, int(units[at].means["weekdays"]))
    after = at + 1 if at + 1 in where else at
    if "overnight" in units[after].tags:
        return hours_of(day, _NIGHT_OF), at, after
    for part, hours in _PARTS.items():
        if part in units[after].tags and after != at:
            return hours_of(day, hours), at, after
        first = next((n for n in before if part in units[n].tags), None)
        if first is not None:
            return hours_of(day, hours), first, at
    return hours_of(day, DAY), at, at


def _anchor(page: Page, where: range, local: datetime) -> datetime:
    """Return the day whose morning ended the night: the weekday the sentence names, else the day it was told."""
    for at in where:
        means = page.units[at].means
        earlier = any("followed" in page.units[n].tags for n in range(max(at - 6, where.start), at))
        if "weekdays" in means and not earlier:
            next_day = (n for n in range(at + 1, min(at + 3, where.stop)) if "weekdays" in page.units[n].means)
            morning = page.units[next(next_day, at)]  # "the night from Wednesday to Thursday"
            return last(local, int(morning.means["weekdays"]))
    return midnight(local)
