"""Children and women counted among others: "eight people, including two children", "two of them women"."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.core.extract.numbers import Quantity, quantity
from service.core.extract.pages import Leaf, evidence
from service.core.report import Bound, Count, Evidence, Slot
from service.core.text import Page

DEAD, HURT = frozenset({"dead", "kill"}), frozenset({"hurt", "wound"})
SLOTS: dict[tuple[Slot, str], Slot] = {
    ("killed", "child"): "children_killed",
    ("killed", "woman"): "women_killed",
    ("injured", "child"): "children_injured",
}
# How far behind the number and its word of harm a part of it may still be named.
_BEHIND = 12
_LONGEST = 24
_ROUND = 10
# Behind these a noun is no more what the number counts: "rises to six after girl dies".
_APART = frozenset({"aftermath", "by", "place_word", "meanwhile"})


class Toll(NamedTuple):
    """One number found. `rank` orders tolls: the lower the better.

    `alone` is the number told of the first place, where this one adds up what is told of several.
    """

    slot: Slot
    people: Count
    evidence: Evidence
    rank: int
    bound: Bound = "exact"
    alone: "Toll | None" = None


def is_exact(toll: Toll, known: Toll) -> bool:
    """Say whether it is what a headline gave as a round number: "over 20 dead", and 24 in the text."""
    low, high = known.people
    told = toll.people.min
    over = known.evidence.where == "title" and low is not None and high is None and low % 10 == 1 and low > _ROUND
    return told is not None and low is not None and over and told == toll.people.max and 0 <= told - low < _ROUND - 1


def among(leaf: Leaf, where: range) -> Iterator[Toll]:
    """Read "Among them are two children", "Four of the dead were children" behind a sentence that counts the dead."""
    at = where.start
    while at < where.stop:
        part = quantity(leaf.page, at)
        last = part and _among_last(leaf.page, part, where)
        if part and last:
            yield from _told(leaf, "killed", part, last, 1)
        at = part.last + 1 if part else at + 1


def _among_last(page: Page, part: Quantity, where: range) -> int | None:
    """Return the noun that says who these are: right behind, or behind "of the dead were"."""
    units = page.units
    if is_part(page, part):
        return _noun(page, part)
    behind = range(part.last + 1, min(part.last + 4, where.stop))
    if part.last + 1 in where and "of" in units[part.last + 1].tags and any(units[at].tags & DEAD for at in behind):
        near = range(behind.stop - 1, min(behind.stop + 3, where.stop))
        return next((at for at in near if units[at].tags & {"child", "woman"}), None)
    return None


def parts(leaf: Leaf, slot: Slot, found: Quantity, last: int, rank: int) -> Iterator[Toll]:
    """Read "eight people, including two children", "eight killed, two of them women".

    `last` is where the number and its word of harm end.
    """
    units = leaf.page.units
    opened = False
    other = HURT if slot == "killed" else DEAD
    at = found.last + 1
    while at < min(last + _BEHIND, found.last + _LONGEST, len(units)):
        tags = units[at].tags
        if units[at].sentence != units[found.first].sentence or (tags & other and not tags & (DEAD & HURT)):
            return
        opened = opened or "including" in tags
        part = quantity(leaf.page, at) or _bare(leaf.page, at)
        noun = _noun(leaf.page, part) if part else None
        if part and noun is not None and (opened or is_part(leaf.page, part)):
            yield from _told(leaf, slot, part, noun, rank)
        at = part.last + 1 if part else at + 1


def _bare(page: Page, at: int) -> Quantity | None:
    """Return the one child of a headline: "kills four, including girl, 7"."""
    one = {"person", "child"} <= page.units[at].tags and "including" in page.units[at - 1].tags
    return Quantity(Count(1, 1), at, at) if one else None


def own(leaf: Leaf, slot: Slot, every: Sequence[Quantity], rank: int) -> Iterator[Toll]:
    """Read "two children killed", "killed a woman and her two children"; "a girl and two boys" are three children."""
    told: dict[Slot, Toll] = {}
    for found in every:
        head = _noun(leaf.page, found)
        if head is not None and not _includes(leaf.page, range(found.last + 1, head)):
            for toll in _told(leaf, slot, found, head, rank):
                told[toll.slot] = _with(told[toll.slot], toll) if toll.slot in told else toll
    yield from told.values()


def _with(one: Toll, other: Toll) -> Toll:
    low, high = (
        (a + b if a is not None and b is not None else None) for a, b in zip(one.people, other.people, strict=True)
    )
    return one._replace(people=Count(low, high), bound=one.bound if one.bound != "exact" else other.bound)


def _includes(page: Page, where: range) -> bool:
    return any("including" in page.units[at].tags for at in where)


def _told(leaf: Leaf, slot: Slot, part: Quantity, noun: int, rank: int) -> Iterator[Toll]:
    for kind in ("child", "woman"):
        its = SLOTS.get((slot, kind))
        if its and kind in leaf.page.units[noun].tags:
            words = evidence(its, leaf, part.first, max(noun, part.last))
            yield Toll(its, part.people, words, rank, part.bound)
            return


def _noun(page: Page, part: Quantity) -> int | None:
    """Return the noun that a number counts, where it is on the lists of people."""
    near = range(part.last, min(part.last + 4, len(page.units)))
    wanted = {"people", "person", "child", "woman"}
    for at in near:
        tags = page.units[at].tags
        if page.units[at].sentence != page.units[part.first].sentence or (
            at > part.last and (tags & _APART or tags & (DEAD | HURT)) and not tags & wanted
        ):
            return None
        if tags & wanted and (at > part.last or not tags & {"vague"}):
            return at
    return None


def is_part(page: Page, part: Quantity) -> bool:
    """Say whether this number counts some among others: "including two children", "two of them children"."""
    units = page.units
    before = range(max(part.first - 2, 0), part.first)
    after = range(part.last, min(part.last + 4, len(units)))
    named = any(units[at].tags & {"child", "woman"} for at in after)
    told = any("including" in units[at].tags for at in before)
    return named and (told or any(units[at].tags & {"including", "of_them"} for at in after))
