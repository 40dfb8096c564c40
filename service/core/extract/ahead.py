"""When talks are to be held, and how long a truce is to last."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from service.core.extract.clock import DAY, first_ahead, hours_of, instants, midnight, shown
from service.core.extract.numbers import quantity
from service.core.extract.pages import Leaf, evidence, sentences, tags_of
from service.core.extract.when import When, dated
from service.core.report import Evidence, Interval, Place
from service.core.text import Page

_TALKS = frozenset({"truce", "peace_talks", "talks", "envoy"})
_TRUCE = frozenset({"truce", "peace_talks", "extended"})
_MET = frozenset({"talks"})
_NEAR, _FAR = 4, 8
_LONGEST_H = 24 * 366
_SOON, _WEEK = 3, 7


class Lasts(NamedTuple):
    """How many hours a truce is to last, and the words that say so."""

    hours: int
    evidence: Evidence


def planned(leaves: Sequence[Leaf], told_at: datetime, place: Place | None) -> When | None:
    """Return when talks are to be held, as the first sentence about talks to come says: never a time gone by."""
    for leaf in leaves:
        for where in sentences(leaf.page):
            tags = tags_of(leaf.page, where)
            if tags.isdisjoint(_TALKS) or "scheduled" not in tags:
                continue
            for at in where:
                found = _at(leaf.page, at, where, told_at, place)
                if found and not _begun(leaf.page, found[0], range(where.start, at), told_at):
                    interval, first, last = found
                    return When(interval, evidence("planned", leaf, first, last, sure=0.8))
    return None


def _begun(page: Page, interval: Interval, before: range, told_at: datetime) -> bool:
    """Say whether the day has begun and nothing before it says that it is ahead: "visited on Saturday to discuss"."""
    return interval.start <= told_at and "scheduled" not in tags_of(page, before)


def _at(page: Page, at: int, where: range, told_at: datetime, place: Place | None) -> tuple[Interval, int, int] | None:
    """Return the time to come that the words at this unit tell, in UTC, and its units."""
    local = shown(told_at, place)
    found = _day(page, at, where, local)
    if found is None:
        return None
    interval, first, last = found
    return (instants(interval, place), first, last) if interval.end > local else None


def _day(page: Page, at: int, where: range, local: datetime) -> tuple[Interval, int, int] | None:
    unit, today = page.units[at], midnight(local)
    if unit.tags & {"today", "tonight", "tomorrow"}:
        return hours_of(today + timedelta(days="tomorrow" in unit.tags), DAY), at, at
    if "next_week" in unit.tags:
        monday = today + timedelta(days=7 - today.weekday())
        return Interval(monday, monday + timedelta(days=_WEEK)), at, at
    if "coming_days" in unit.tags:
        return Interval(today, today + timedelta(days=_WEEK)), at, at
    if "weekend" in unit.tags:
        return hours_of(first_ahead(local, 5), (0, 48)), at, at
    if "weekdays" in unit.means and not any("say" in page.units[n].tags for n in range(max(at - 2, where.start), at)):
        day = first_ahead(local, int(unit.means["weekdays"]))
        return hours_of(day, DAY), at, at
    return dated(page, at, where, local, ahead=True)


def duration(leaves: Sequence[Leaf]) -> Lasts | None:
    """Return how long the truce is to last: "a 60-day truce", "extended by three weeks", "for another 72 hours"."""
    for leaf in leaves:
        units = leaf.page.units
        for at in leaf.page.by_tag.get("durations", ()):
            number, first = _counted(leaf.page, at)
            hours = number * int(units[at].means["durations"])
            if number and hours <= _LONGEST_H and _is_a_truces(leaf.page, first, at):
                return Lasts(hours, evidence("duration_h", leaf, first, at, sure=0.8))
    return None


def _is_a_truces(page: Page, first: int, at: int) -> bool:
    """Say whether the time is a truce's, not one that held for so long, nor one in which people met."""
    units = page.units
    before = [n for n in range(first - 1, max(first - _FAR, 0) - 1, -1) if units[n].sentence == units[at].sentence]
    behind = [n for n in range(at + 1, min(at + _NEAR + 1, len(units))) if units[n].sentence == units[at].sentence]
    if any(units[n].tags & {"ago"} for n in (*before, *behind)) or units[max(first - 1, 0)].tags & {"aftermath"}:
        return False
    met = next((n for n in before if units[n].tags & _MET and not units[n].tags & _TRUCE), None)
    if any(units[n].tags & _TRUCE and (met is None or n > met) for n in before[:_NEAR]):
        return True
    apart = {"place_word", "talks", "stalled"} if met is not None else set[str]()
    return any(units[n].tags & _TRUCE and not tags_of(page, range(at + 1, n)) & apart for n in behind)


def _counted(page: Page, at: int) -> tuple[int, int]:
    """Return the number before a word such as "days", and where it begins; 0 where there is none."""
    units = page.units
    for first in range(max(at - _SOON, 0), at):
        unit = units[first]
        if unit.sentence != units[at].sentence:
            continue
        if unit.norm.isdecimal() and len(unit.norm) <= _SOON:
            return int(unit.norm), first
        if "numerals" in unit.means:
            return int(unit.means["numerals"]), first
        if "single" in unit.tags and first == at - 1:
            return 1, first
        found = quantity(page, first)
        if found and found.people.min == found.people.max and found.people.min and found.last < at:
            return found.people.min, first
    return 0, at
