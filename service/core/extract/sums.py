"""Numbers to be added up: "a woman and two men", "two in Northport, four in Eastfield"."""

from collections.abc import Callable, Collection, Sequence
from functools import reduce

from service.core.extract.numbers import Quantity, quantity
from service.core.extract.pages import Leaf
from service.core.extract.parts import DEAD, HURT, is_part
from service.core.report import Count
from service.core.text import Page, Unit

_MOST = 6


def joined(page: Page, found: Quantity, where: range) -> list[Quantity]:
    """Return what a list in front of its verb adds up: "eight children, three adults and a driver killed"."""
    every = [found]
    while not found.vague and len(every) < _MOST:
        more = _next(page, every[-1], where)
        if more is None:
            break
        every.append(more)
    return every


def _next(page: Page, found: Quantity, where: range) -> Quantity | None:
    units = page.units
    head = next((at for at in range(found.last, min(found.last + 3, where.stop)) if is_people(page, at)), None)
    if head is None or units[head].tags & HURT:
        return None
    if units[head].tags & DEAD and head + 2 in where and "and" in units[head + 1].tags:
        return None  # "three dead and a dozen wounded"
    for at in range(head + 1, min(head + 4, where.stop)):
        more = quantity(page, at) or _bare(page, at, where)
        if more:
            apart = not more.vague and not is_part(page, more) and not is_subset(page, more)
            return more if apart and _parted(page, at) and _named(page, more, where) else None
        if not units[at].tags & {"and", "their"}:
            return None
    return None


def _bare(page: Page, at: int, where: range) -> Quantity | None:
    """Return one person that a headline's list ends with: "two women, child die"."""
    one = page.units[at].tags & {"person", "child"} and _parted(page, at) and at + 1 in where
    return Quantity(Count(1, 1), at, at) if one and page.units[at + 1].tags & (DEAD | HURT) else None


def _parted(page: Page, at: int) -> bool:
    """Say whether a list goes on here, by a comma or an "and": "commander officer" and "Palestinian: ten" are none."""
    before = page.units[at - 1]
    return bool(before.tags & {"and", "their"}) or "," in page.text[before.end : page.units[at].start]


def summed(page: Page, found: Quantity, where: range, is_subject: Callable[[Quantity], bool]) -> list[Quantity]:
    """Return what adds up behind a verb: "killed a woman and two men".

    `is_subject` says of a number that a verb behind it has it.
    """
    every = [found]
    while len(every) < _MOST:
        more = _listed(page, every[-1], where)
        if more is None or more.vague or is_subset(page, more) or is_subject(more) or not _named(page, more, where):
            break
        every.append(more)
    return every


def _listed(page: Page, found: Quantity, where: range) -> Quantity | None:
    """Return the number that a comma or an "and" ties to this one."""
    units = page.units
    for at in range(found.last + 1, min(found.last + 4, where.stop)):
        listed = page.text[units[at - 1].end : units[at].start].strip() == "," and at > found.last
        if "and" in units[at].tags or listed:
            first = at if listed and "and" not in units[at].tags else at + 1
            return (quantity(page, first) or _owned(page, first, where)) if first < where.stop else None
        if not is_people(page, at):
            return None
    return None


def _owned(page: Page, at: int, where: range) -> Quantity | None:
    """Return the number behind "her" or "their": "and her two children"."""
    return quantity(page, at + 1) if "their" in page.units[at].tags and at + 1 < where.stop else None


def _named(page: Page, more: Quantity, where: range) -> bool:
    """Say whether people are counted, and not those who were hurt: "drei Tote, zwölf Verletzte"."""
    near = range(more.last, min(more.last + 3, where.stop))
    head = next((at for at in near if is_people(page, at) or page.units[at].tags & HURT), None)
    return head is not None and is_people(page, head) and not page.units[head].tags & (HURT - DEAD)


def elsewhere(page: Page, found: Quantity, where: range) -> Quantity | None:
    """Return what happened in other towns of the same breath: "3 in Northport, 2 in Eastfield and 1 in Southford"."""
    every: list[Quantity] = []
    here, spot = found, _spot(page, found, where)
    seen = {page.units[spot].norm} if spot is not None else set[str]()
    while spot is not None and len(every) < _MOST:
        more = _behind(page, spot, where)
        spot = _spot(page, more, where) if more else None
        if more is None or spot is None or page.units[spot].norm in seen or is_subset(page, more):
            break
        seen.add(page.units[spot].norm)
        every.append(more)
        here = more
    return together(every) if every and here is not found else None


def told_in(leaf: Leaf, where: range, at: int) -> Count | None:
    """Return how many were killed as the words right around unit `at` of this sentence say.

    "and two in Eastfield", "Eastfield, where two were killed", "Eastfield, killing two".
    """
    units = leaf.page.units
    for first in (*range(max(at - 5, where.start), at), *range(at + 1, min(at + 4, where.stop))):
        found = quantity(leaf.page, first)
        if found is None:
            continue
        between = units[found.last + 1 : at] if first < at else units[at + 1 : min(found.last + 4, where.stop)]
        dead = any(unit.tags & DEAD for unit in between) and not any(unit.tags & HURT - DEAD for unit in between)
        plain = first < at and all(unit.tags & {"people", "person", "child", "located"} for unit in between)
        plain = plain and (bool(between) or "," not in leaf.page.text[units[found.last].end : units[at].start])
        if dead or plain:
            return found.people
    return None


def _behind(page: Page, spot: int, where: range) -> Quantity | None:
    """Return the number right behind a place's name, with no more than "and" between."""
    units, at = page.units, spot + 1
    while at < where.stop and units[at].capital and not units[at].tags:
        at += 1  # the name goes on
    at += at < where.stop and "and" in units[at].tags
    more = quantity(page, at) if at < where.stop else None
    return more if more and not more.vague else None


def _spot(page: Page, found: Quantity, where: range) -> int | None:
    """Return the town named behind the first "in" behind a number, with nothing but people and their death between."""
    units = page.units
    for at in range(found.last + 1, min(found.last + 6, where.stop - 1)):
        tags = units[at].tags
        if "located" in tags:
            return at + 1 if units[at + 1].capital and "countries" not in units[at + 1].tags else None
        if not tags & {"people", "person", "child", "be", "kill", "dead", "article"}:
            return None
    return None


def together(every: Sequence[Quantity]) -> Quantity:
    """Return several numbers as one."""
    return reduce(added, every)


def added(found: Quantity, more: Quantity) -> Quantity:
    """Return both numbers as one."""
    if found.people.min is None or more.people.min is None:
        return found
    high = found.people.max + more.people.max if found.people.max is not None and more.people.max is not None else None
    bound = found.bound if found.bound != "exact" else more.bound
    return Quantity(Count(found.people.min + more.people.min, high), found.first, more.last, bound=bound)


def with_others(page: Page, found: Quantity, dead: Quantity | None, used: Collection[int]) -> Quantity:
    """Return the dead with those told before: "two were killed and a third died", "a commander dead, five others too".

    Who else died may be named and not counted: then it is at least one more. `used` are the words of harm that
    numbers before are tied to: behind the wounded, others are no more of the dead.
    """
    units = page.units
    others = any("other_people" in units[at].tags for at in range(found.first, min(found.first + 3, len(units))))
    if dead and (others or "one_more" in units[found.first].tags):
        return added(dead, found)
    if not others or found.people.min is None or any(units[at].tags & HURT - DEAD for at in used):
        return found
    return found._replace(people=Count(found.people.min + 1, None), bound="at_least")


def some_among(page: Page, found: Quantity, word: int) -> Quantity:
    """Return a number as the least there is where it counts some of all: "seven minors among the dead"."""
    before = page.units[max(found.last + 1, word - 2) : word]
    if found.people.min is None or not any(_of_more(unit) for unit in before):
        return found
    return found._replace(people=Count(found.people.min, None), bound="at_least")


def _of_more(unit: Unit) -> bool:
    return "of_them" not in unit.tags and bool(unit.tags & {"among", "including"})


def is_subset(page: Page, part: Quantity) -> bool:
    """Say whether this number is some of those before: "23 people, nine of them women"."""
    units = page.units
    before = part.first > 0 and "including" in units[part.first - 1].tags
    return before or (part.last + 1 < len(units) and "of_them" in units[part.last + 1].tags)


def is_people(page: Page, at: int) -> bool:
    """Say whether a word names people."""
    return bool(page.units[at].tags & {"people", "person", "child"})
