"""Strikes that a text dates by a day long gone: "the October 7 attack", told in January."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from service.core.detect.weigh import Leaf
from service.core.text import Page

_LONG = timedelta(days=8)
_BEFORE, _BEHIND = 4, 6
_DEEDS = frozenset({"strike", "raid", "attack", "pound", "barrage"})
# What is told before the day is news of its own: "Strike kills the man behind the October 7 attack".
_FRESH = frozenset({"strike", "raid", "pound", "hit", "kill", "wound", "dead"})
_LONGEST_MONTH = 31
# In the title, and in a lead, which may only recall it.
_WEIGHTS = (0.6, 0.4)


def long_gone(leaves: Sequence[Leaf], told_at: datetime) -> Iterator[float]:
    """Yield how much it speaks against news that a day more than a week before is named beside the deed."""
    yield from islice((weight for leaf, weight in zip(leaves, _WEIGHTS, strict=False) if _dates(leaf.page, told_at)), 1)


def _dates(page: Page, told_at: datetime) -> bool:
    """Say whether the one deed that the text tells of is dated so."""
    days = [at for at in page.by_tag.get("months", ()) if _is_long_gone(page, at, told_at)]
    return any(_is_of_the_deed(page, at) for at in (*page.by_tag.get("old_attack", ()), *days))


def _is_of_the_deed(page: Page, day: int) -> bool:
    units = page.units
    near = (*range(day + 1, min(day + _BEHIND + 1, len(units))), *range(day - 1, max(day - _BEFORE, 0) - 1, -1))
    deeds = (at for at in near if units[at].tags & _DEEDS and units[at].sentence == units[day].sentence)
    deed = next(deeds, None)
    return deed is not None and not any(unit.tags & _FRESH for unit in units[: min(day, deed)])


def _is_long_gone(page: Page, at: int, told_at: datetime) -> bool:
    units = page.units
    near = (units[n].norm for n in (at + 1, at - 1) if 0 <= n < len(units))
    day = next((int(norm) for norm in near if norm.isdecimal() and len(norm) <= len("31")), 0)
    if not 1 <= day <= _LONGEST_MONTH:
        return False
    month = int(units[at].means["months"])
    days = (_day(told_at, year, month, day) for year in (told_at.year, told_at.year - 1))
    last = next((told_of for told_of in days if told_of and told_of <= told_at + timedelta(days=1)), told_at)
    return told_at - last > _LONG


def _day(told_at: datetime, year: int, month: int, day: int) -> datetime | None:
    try:
        return told_at.replace(year=year, month=month, day=day)
    except ValueError:
        return None
