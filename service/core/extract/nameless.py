"""Headlines that name the dead and do not count them: "Journalist killed in air strike", "Strike kills nurse".

Of the wounded as of the dead: "Shelling wounds villager".
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from service.core.extract.numbers import Quantity, is_age, quantity
from service.core.extract.pages import Leaf, evidence
from service.core.extract.parts import DEAD, SLOTS, Toll, own
from service.core.extract.sums import summed, together
from service.core.report import Count, Evidence, Slot
from service.core.text import Page, Unit

_WITH_AND = 2
_SUFFERED = frozenset({"kill", "dies", "hurt"})


def nameless(leaf: Leaf, where: range, at: int, used: set[int], later: int) -> Iterator[Toll]:
    """Read one person, where no number stands close."""
    page, units = leaf.page, leaf.page.units
    if leaf.where != "title" or "person" not in units[at].tags or any(_numbered(page, at)):
        return
    verb = _suffered(units, at) if _suffered(units, at) is not None else _caused(units, at)
    if verb is None or verb in used:
        return
    used.add(verb)
    slot: Slot = "killed" if units[verb].tags & DEAD else "injured"
    others = [n for n in range(max(at - 2, where.start), at) if "person" in units[n].tags]
    found = Quantity(Count(1 + len(others), 1 + len(others)), at, at)
    every = summed(page, found, where, lambda _: False) if verb < at else [found]
    whole = together(every)
    words = evidence(slot, leaf, min(at, verb), max(whole.last, verb))
    yield Toll(slot, whole.people, words, later + 1, whole.bound)
    yield from _kinds(leaf, slot, [*others, at], words, later) if others else own(leaf, slot, every, later + 1)


def _kinds(leaf: Leaf, slot: Slot, people: Sequence[int], words: Evidence, later: int) -> Iterator[Toll]:
    """Count the children and women among people who are named one by one: "Mother and toddler killed"."""
    for kind in ("child", "woman"):
        its = SLOTS.get((slot, kind))
        number = sum(kind in leaf.page.units[n].tags for n in people)
        if its and number:
            yield Toll(its, Count(number, number), replace(words, field=its), later + 1)


def before(leaf: Leaf, found: Quantity, where: range) -> Quantity:
    """Return a headline's number with the one person named before it: "Mother and two children killed"."""
    units = leaf.page.units
    first = found.first - 1 if is_age(leaf.page, found.first - 2) else found.first  # "Father, 41, and two sons"
    named = leaf.where == "title" and first - 2 in where and "and" in units[found.first - 1].tags
    if not named or "person" not in units[first - 2].tags or any(_numbered(leaf.page, first - 2)):
        return found
    return together([Quantity(Count(1, 1), first - 2, first - 2), found])


def named_before(leaf: Leaf, whole: Quantity, first: Quantity) -> list[Quantity]:
    """Return the one person that `before` put to a number, if it did: the girl of "Girl and her mother killed"."""
    units, at = leaf.page.units, whole.first
    added = first.first - at == _WITH_AND and "and" in units[first.first - 1].tags and "person" in units[at].tags
    return [Quantity(Count(1, 1), at, at)] if added and leaf.where == "title" else []


def _numbered(page: Page, at: int) -> Iterator[bool]:
    return (quantity(page, n) is not None and not is_age(page, n) for n in range(max(at - 3, 0), at))


def _suffered(units: Sequence[Unit], at: int) -> int | None:
    """Return the verb behind: "journalist killed", "toddler, 3, killed", "man dies"."""
    for verb in range(at + 1, min(at + 3, len(units))):
        if units[verb].tags & _SUFFERED and "transitive" not in units[verb].tags:
            return verb
        if not units[verb].norm.isdigit():
            return None
    return None


def _caused(units: Sequence[Unit], at: int) -> int | None:
    """Return the verb in front: "kills nurse", "kills security officer"."""
    for verb in range(at - 1, max(at - 4, -1), -1):
        if "transitive" in units[verb].tags:
            return verb
        if units[verb].tags & {"place_word", "and", "by", "say"} or "numerals" in units[verb].means:
            return None
    return None
