"""Strikes that a text dates by a day or a month long gone: "the October 7 attack", "5,000 drones in December"."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from service.core.detect.weigh import Leaf
from service.core.text import Page, day_beside

_LONG = timedelta(days=8)
_BEFORE, _BEHIND = 4, 6
_DEEDS = frozenset({"strike", "raid", "attack", "pound", "barrage"})
# What is told before the day is news of its own: "Strike kills the man behind the October 7 attack".
_FRESH = frozenset({"strike", "raid", "pound", "hit", "kill", "wound", "dead"})
_SENT = _DEEDS | {"launch", "drone", "missile", "artillery", "bomb"}
_WITHIN = frozenset({"in", "located", "place_word"})
# In the title, and in a lead, which may only recall it.
_WEIGHTS = (0.6, 0.4)


def long_gone(leaves: Sequence[Leaf], told_at: datetime) -> Iterator[float]:
    """Yield how much it speaks against news that a day or month more than a week before is named with the deed."""
    dated = [weight for leaf, weight in zip(leaves, _WEIGHTS, strict=False) if _dates(leaf.page, told_at)]
    title = leaves[0].page
    if not dated and any(_sums_up(title, at, told_at) for at in title.by_tag.get("months", ())):
        dated = [_WEIGHTS[0]]
    yield from dated[:1]


def _dates(page: Page, told_at: datetime) -> bool:
    """Say whether the one deed that the text tells of is dated so."""
    days = [at for at in page.by_tag.get("months", ()) if _is_long_gone(page, at, told_at)]
    return any(_is_of_the_deed(page, at) for at in (*page.by_tag.get("old_attack", ()), *days))


def _sums_up(page: Page, month: int, told_at: datetime) -> bool:
    """Say whether what was sent in a whole month, over for more than a week, is told: "5,000 drones in December"."""
    units = page.units
    if not month or not units[month - 1].tags & _WITHIN or _day_of(page, month):
        return False
    number = int(units[month].means["months"])
    ended = told_at.replace(year=told_at.year - (number > told_at.month), month=number, day=1) + timedelta(days=30)
    sent = any(unit.tags & _SENT for unit in units if unit.sentence == units[month].sentence)
    return sent and told_at - ended > _LONG and not any(unit.tags & _FRESH for unit in units[:month])


def _is_of_the_deed(page: Page, day: int) -> bool:
    units = page.units
    near = (*range(day + 1, min(day + _BEHIND + 1, len(units))), *range(day - 1, max(day - _BEFORE, 0) - 1, -1))
    deeds = (at for at in near if units[at].tags & _DEEDS and units[at].sentence == units[day].sentence)
    deed = next(deeds, None)
    return deed is not None and not any(unit.tags & _FRESH for unit in units[: min(day, deed)])


def _is_long_gone(page: Page, at: int, told_at: datetime) -> bool:
    day = _day_of(page, at)
    if not day:
        return False
    month = int(page.units[at].means["months"])
    days = (_day(told_at, year, month, day) for year in (told_at.year, told_at.year - 1))
    last = next((told_of for told_of in days if told_of and told_of <= told_at + timedelta(days=1)), told_at)
    return told_at - last > _LONG


def _day_of(page: Page, month: int) -> int:
    """Return the day of the month that stands beside its name, or 0."""
    day = day_beside(page, month)
    return int(page.units[day].norm) if day is not None else 0


def _day(told_at: datetime, year: int, month: int, day: int) -> datetime | None:
    try:
        return told_at.replace(year=year, month=month, day=day)
    except ValueError:
        return None
