"""Numbers of people as texts give them: "at least eight", "between 16 and 25", "two dozen", "several", "a woman".

| words | count |
|---|---|
| eight | 8 to 8 |
| at least eight | 8 or more |
| more than eight, over eight | 9 or more |
| up to eight, as many as eight | at most 8 |
| dozens, several | 24, 3 or more |
"""

import re
from typing import NamedTuple

from service.core.report import Count
from service.core.text import Page, Unit

_DIGITS = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,7}")
_TENS, _UNITS = range(20, 100, 10), range(1, 10)
_SINGULAR = 4


class Quantity(NamedTuple):
    """A number in a text: units `first` to `last`, both included. `vague` where nobody counted."""

    people: Count
    first: int
    last: int
    vague: bool = False


def quantity(page: Page, at: int) -> Quantity | None:  # noqa: PLR0911  one return for each way to say a number
    """Return the number of people whose words begin at this unit, if any do."""
    units = page.units
    if at >= len(units) or (at and ("none" in units[at - 1].tags or "months" in units[at - 1].means)):
        return None
    between = _between(page, at)
    if between:
        return between
    bound = units[at].means.get("bounds")
    number = at + 1 if bound else at
    if bound and number + 1 < len(units) and "single" in units[number].tags and "powers" in units[number + 1].means:
        number += 1
    if number >= len(units) or units[number].sentence != units[at].sentence:
        return None
    if "vague" in units[number].tags:
        return Quantity(Count(int(units[number].means["vague"]), None), at, number, vague=True)
    parsed = _number(page, number)
    if parsed is None:
        return None if bound else _single(page, at)
    value, last = parsed
    if last + 1 < len(units) and "not_people" in units[last + 1].tags:
        return None
    return Quantity(bounded(bound, value), at, last)


def bounded(bound: str | None, value: int) -> Count:
    """Return what a bound makes of a number."""
    match bound:
        case "min":
            return Count(value, None)
        case "over":
            return Count(value + 1, None)
        case "max":
            return Count(None, value)
        case "under":
            return Count(None, max(value - 1, 0))
        case _:
            return Count(value, value)


def _between(page: Page, at: int) -> Quantity | None:
    """Read "between 16 and 25"."""
    if not page.units[at].tags & {"between"}:
        return None
    low = _number(page, at + 1)
    if low is None or low[1] + 2 >= len(page.units) or not page.units[low[1] + 1].tags & {"and"}:
        return None
    high = _number(page, low[1] + 2)
    return Quantity(Count(low[0], high[0]), at, high[1]) if high and high[0] >= low[0] else None


def _number(page: Page, at: int) -> tuple[int, int] | None:
    """Return the number beginning at this unit and the position of its last unit."""
    units, value, here = page.units, 0, at
    part: int | None = None
    while here < len(units) and units[here].sentence == units[at].sentence:
        unit = units[here]
        if "powers" in unit.means:
            if part is None and here > at:
                break
            value, part = value + (part or 1) * int(unit.means["powers"]), 0
        elif (simple := _simple(unit)) is not None and part in (None, 0) and not (part is None and here > at):
            part = simple
        elif part is not None and (more := _composed(page, here, part)):
            part += more[0]
            here = more[1]
        elif not ("and" in unit.tags and value and _simple_at(page, here + 1)):
            break
        here += 1
    return (value + (part or 0), here - 1) if here > at else None


def _composed(page: Page, at: int, part: int) -> tuple[int, int] | None:
    """Return what these words add to the ones before, and where they end: "двадцать | три", "ثلاثة | وعشرون"."""
    joined = "and" in page.units[at].tags
    last = at + joined
    if not _simple_at(page, last) or "numerals" not in page.units[at - 1].means:
        return None
    more = int(page.units[last].means["numerals"])
    units_first = joined and part in _UNITS and more in _TENS
    return (more, last) if units_first or (part in _TENS and more in _UNITS) else None


def _simple_at(page: Page, at: int) -> bool:
    return at < len(page.units) and "numerals" in page.units[at].means


def _simple(unit: Unit) -> int | None:
    if "numerals" in unit.means:
        return int(unit.means["numerals"])
    if _DIGITS.fullmatch(unit.norm):
        return int(unit.norm.replace(",", "").replace(".", ""))
    return None


def _single(page: Page, at: int) -> Quantity | None:
    """Read "a 54-year-old journalist", "another child": one person, named by a noun close behind."""
    units = page.units
    if "single" not in units[at].tags:
        # Languages without an article: the bare word for one person, on the list `lone`.
        return Quantity(Count(1, 1), at, at) if "lone" in units[at].tags else None
    if at + 1 < len(units) and "powers" in units[at + 1].means:
        number = _number(page, at + 1)
        return Quantity(Count(number[0], number[0]), at, number[1]) if number else None
    if at + 1 < len(units) and "be" in units[at + 1].tags and units[at + 1].sentence == units[at].sentence:
        return Quantity(Count(1, 1), at, at)  # "another was injured"
    for here in range(at + 1, min(at + 1 + _SINGULAR, len(units))):
        unit = units[here]
        counted = "numerals" in unit.means
        if (
            counted
            or unit.sentence != units[at].sentence
            or unit.tags & {"of", "place_word", "raid", "attack", "strike", "and"}
        ):
            return None
        if "person" in unit.tags:
            return Quantity(Count(1, 1), at, here)
    return None
