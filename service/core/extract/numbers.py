"""Numbers of people as texts give them: "at least eight", "between 16 and 25", "two dozen", "several", "a woman".

| words | count | bound |
|---|---|---|
| eight | 8 to 8 | exact |
| about eight | 8 to 8 | about |
| at least eight, eight or more | 8 or more | at_least |
| more than eight, over eight | 9 or more | over |
| nearly eighty, almost eighty | 72 to 80 | about |
| up to eight, as many as eight | at most 8 | up_to |
| fewer than eight | at most 7 | under |
| between 16 and 25, 16 to 25, 16-25, seven or eight | 16 to 25 | between |
| dozens, several | 24, 3 or more | vague |
"""

import re
from typing import NamedTuple

from service.core.extract.digits import decimal, grouped, is_cut, plain
from service.core.report import Bound, Count
from service.core.text import Page, Unit

_TENS, _UNITS = range(20, 100, 10), range(1, 10)
_SINGULAR = 4
_NEARLY = 10  # "nearly 50" lacks at most a tenth
_SHORT = 3
_RANGE = re.compile(r"\s?(?:[-\u2010-\u2015/]|&(?:[nm]dash|#82(?:09|1[0-2]));)\s?")
_BOUNDS: dict[str, Bound] = {
    "min": "at_least", "over": "over", "max": "up_to", "under": "under", "about": "about", "nearly": "about",
}  # fmt: skip


class Quantity(NamedTuple):
    """A number in a text: units `first` to `last`, both included. `vague` where nobody counted."""

    people: Count
    first: int
    last: int
    vague: bool = False
    bound: Bound = "exact"


def quantity(page: Page, at: int) -> Quantity | None:  # noqa: PLR0911  one return for each way to say a number
    """Return the number of people whose words begin at this unit, if any do."""
    units = page.units
    if at >= len(units) or (at and ("none" in units[at - 1].tags or "months" in units[at - 1].means)):
        return None
    if is_age(page, at) or _is_parents(page, at):
        return None
    between = _between(page, at) or _range(page, at)
    if between:
        return None if _of_things(page, between.last) else between
    bound = units[at].means.get("bounds")
    number = at + 1 if bound else at
    if bound and number + 1 < len(units) and "single" in units[number].tags and "powers" in units[number + 1].means:
        number += 1
    if number >= len(units) or units[number].sentence != units[at].sentence:
        return None
    if "vague" in units[number].tags:
        return Quantity(Count(int(units[number].means["vague"]), None), at, number, vague=True, bound="vague")
    parsed = _number(page, number)
    if parsed is None:
        return None if bound else _single(page, at)
    value, last = parsed
    if _of_things(page, last):
        return None
    behind = _bound_behind(page, last)
    if behind and not bound:
        return Quantity(bounded(behind[0], value), at, behind[1], bound=_BOUNDS[behind[0]])
    return Quantity(bounded(bound, value), at, last, bound=_BOUNDS.get(bound or "", "exact"))


def _bound_behind(page: Page, last: int) -> tuple[str, int] | None:
    """Return the bound behind a number, or behind the people it counts, and the last unit that is the number's."""
    units = page.units
    for at in range(last + 1, min(last + 3, len(units))):
        if "bounds_after" in units[at].means and units[at].sentence == units[last].sentence:
            return units[at].means["bounds_after"], at if at == last + 1 else last
        if not units[at].tags & {"people", "person", "child"}:
            return None
    return None


def _of_things(page: Page, last: int) -> bool:
    """Say whether it counts no people: what stands right behind it is none; not in "the third victim of strikes"."""
    units = page.units
    if units[last].tags & {"dead", "hurt"} or last + 1 >= len(units):
        return False
    parted = any(sign in page.text[units[last].end : units[last + 1].start] for sign in ",;:")
    return "not_people" in units[last + 1].tags and units[last + 1].sentence == units[last].sentence and not parted


def is_age(page: Page, at: int) -> bool:
    """Say whether a number is how old somebody was: "a toddler, 3, was killed", "women aged 45 and 52"."""
    units, text = page.units, page.text
    if not at or not units[at].norm.isdigit():
        return False
    if "aged" in units[at - 1].tags or (at > 2 and "and" in units[at - 1].tags and "aged" in units[at - 3].tags):  # noqa: PLR2004  "aged | 45 | and | 52"
        return True
    if at + 1 >= len(units):
        return False
    before, after = text[units[at - 1].end : units[at].start], text[units[at].end : units[at + 1].start]
    enclosed = ("," in before and after.startswith(",")) or ("(" in before and after.startswith(")"))
    if enclosed and (units[at - 1].tags & {"person", "child", "lone"} or units[at - 1].capital):
        return True
    return _is_one_of_ages(page, at)


def _is_parents(page: Page, at: int) -> bool:
    """Say whether a number is how many children somebody had: "a mother of two"."""
    units = page.units
    return at > 1 and "of" in units[at - 1].tags and "parent" in units[at - 2].tags


def _is_one_of_ages(page: Page, at: int) -> bool:
    """Read "two women, 34 and 71, were killed": set off by signs, behind those who are so old."""
    units, text = page.units, page.text
    first, last = at, at
    while first > 1 and (before := _age_next(page, first, -1)) is not None:
        first = before
    while last + 1 < len(units) and (behind := _age_next(page, last, 1)) is not None:
        last = behind
    if first == last or first < 1 or last + 1 >= len(units):
        return False
    opens = text[units[first - 1].end : units[first].start].strip()
    closes = text[units[last].end : units[last + 1].start].strip()[:1]
    return (opens, closes) in {(",", ","), ("(", ")")} and bool(units[first - 1].tags & {"people", "person", "child"})


def _age_next(page: Page, at: int, step: int) -> int | None:
    """Return the age that a comma or an "and" ties to this one."""
    units = page.units
    joined = 0 <= at + step < len(units) and "and" in units[at + step].tags
    here = at + step * (1 + joined)
    if not 0 <= here < len(units) or not (units[here].norm.isdigit() and len(units[here].norm) < _SHORT):
        return None
    between = page.text[units[min(at, here)].end : units[max(at, here)].start].strip()
    return here if joined or between == "," else None


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
        case "nearly":
            return Count(value - max(value // _NEARLY, 1), value)
        case _:
            return Count(value, value)


def _between(page: Page, at: int) -> Quantity | None:
    """Read "between 16 and 25", "between 16 to 25", "from 16 to 25"."""
    if not page.units[at].tags & {"between", "from_word"}:
        return None
    low = _number(page, at + 1)
    if low is None or low[1] + 2 >= len(page.units) or not page.units[low[1] + 1].tags & {"and", "up_to_word"}:
        return None
    rises = at > 0 and "rises" in page.units[at - 1].tags
    if "from_word" in page.units[at].tags and (rises or "up_to_word" not in page.units[low[1] + 1].tags):
        return None
    return _spanned(page, at, low[0], low[1] + 2)


def _range(page: Page, at: int) -> Quantity | None:
    """Read "16 to 25", "10-12", "eight or nine"."""
    units = page.units
    low = _number(page, at)
    if low is None or low[1] + 1 >= len(units):
        return None
    behind = units[low[1] + 1]
    if behind.sentence != units[at].sentence:
        return None
    if _RANGE.fullmatch(page.text[units[low[1]].end : behind.start]):
        return _spanned(page, at, low[0], low[1] + 1)
    if low[1] + 2 >= len(units) or not behind.tags & {"up_to_word", "or"}:
        return None
    if at and units[at - 1].tags & {"climbs", "rises", "by", "from_word"} and "up_to_word" in behind.tags:
        return None
    return _spanned(page, at, low[0], low[1] + 2)


def _spanned(page: Page, first: int, low: int, at: int) -> Quantity | None:
    high = _number(page, at)
    if high is None or high[0] < low:
        return None
    return Quantity(Count(low, high[0]), first, high[1], bound="between")


def _number(page: Page, at: int) -> tuple[int, int] | None:
    """Return the number beginning at this unit and the position of its last unit."""
    units, value, here = page.units, 0, at
    part: int | None = None
    whole = grouped(page, at) or decimal(page, at)
    if whole or is_cut(page, at):
        return whole
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
    return plain(unit.norm)


def _single(page: Page, at: int) -> Quantity | None:
    """Read "a 54-year-old journalist", "another child": one person, named by a noun close behind."""
    units = page.units
    if "single" not in units[at].tags:
        return _unnumbered(page, at)
    if at + 1 < len(units) and "powers" in units[at + 1].means:
        number = _number(page, at + 1)
        return Quantity(Count(number[0], number[0]), at, number[1]) if number else None
    suffers = at + 1 < len(units) and units[at + 1].sentence == units[at].sentence and "be" in units[at + 1].tags
    if suffers or _is_other(page, at):
        return Quantity(Count(1, 1), at, at)
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


def _is_other(page: Page, at: int) -> bool:
    """Say whether the word alone is a person: "another injured", "another critically wounded", "إصابة آخر"."""
    units = page.units
    if "other_one" not in units[at].tags:
        return False
    if at and "of_other" in units[at].tags:
        return bool(units[at - 1].tags & {"kill", "wound"})
    harmed = next(
        (n for n in range(at + 1, min(at + _SINGULAR, len(units))) if not units[n].tags & {"be", "degree"}), at
    )
    told = units[harmed].tags & {"hurt", "dead", "missing"} and units[harmed].sentence == units[at].sentence
    return bool(told) and quantity(page, harmed + 1) is None


def _unnumbered(page: Page, at: int) -> Quantity | None:
    """Read "their son", and in languages without an article the bare word for one person, on the list `lone`."""
    units = page.units
    if "their" in units[at].tags:
        own = at + 1 < len(units) and "person" in units[at + 1].tags and units[at + 1].sentence == units[at].sentence
        return Quantity(Count(1, 1), at, at + 1) if own else None
    return Quantity(Count(1, 1), at, at) if "lone" in units[at].tags or _is_other(page, at) else None
