"""How many were killed, how many of them children, how many injured.

A number is tied to the nearest word of harm in its sentence: the verb before it ("killed three") or the word after it
("three people, including a child, were killed"). A word of harm is used once, so "three killed, 12 wounded" does not
count the twelve among the dead. A sentence about the whole war, or about an earlier year, gives no number.
"""

import re
from collections.abc import Iterator, Sequence

from service.core.extract.children import Slot, Toll, among, children, is_part
from service.core.extract.numbers import Quantity, quantity
from service.core.extract.pages import ACTIONS, Leaf, evidence, sentences, tags_of
from service.core.report import Count
from service.core.text import Page, Unit

_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_REACH = 8
_NEAR, _FAR = 10, 14
_MOST = 5000
_DEAD, _HURT = frozenset({"dead", "kill"}), frozenset({"hurt", "wound"})
_ACTIVE: tuple[tuple[str, Slot], ...] = (("kill", "killed"), ("wound", "injured"))
_ACTIVE_SLOTS = ("killed", "injured")


def tolls(leaves: Sequence[Leaf], year: int) -> dict[Slot, Toll]:
    """Return the best number for each slot. `year` is when it was told; a sentence naming an earlier one is history."""
    best: dict[Slot, Toll] = {}
    last: Slot | None = None
    deadly = bool(leaves) and leaves[0].page.has("dead", "kill") and not leaves[0].page.has("hurt", "wound")
    for leaf in leaves:
        for where in sentences(leaf.page):
            if not _is_history(leaf.page, where, year):
                found = list(_sentence(leaf, where, deadly=deadly))
                if last == "killed" and not any(toll.slot in _ACTIVE_SLOTS for toll in found):
                    found += among(leaf, where)
                last = next((toll.slot for toll in reversed(found) if toll.slot in _ACTIVE_SLOTS), None)
                for toll in found:
                    if toll.slot not in best or _is_better(toll, best[toll.slot]):
                        best[toll.slot] = toll
    return best


def _is_better(toll: Toll, known: Toll) -> bool:
    """Say whether a later number is the one to keep. Headlines drop the "at least" that the text then gives."""
    low, _ = known.people
    hedged = known.evidence.where == "title" and toll.people == (low, None) and known.people == (low, low)
    return toll.rank < known.rank or hedged


def _is_history(page: Page, where: range, year: int) -> bool:
    return "war_total" in tags_of(page, where) or any(
        _YEAR.fullmatch(page.units[at].norm) and int(page.units[at].norm) < year for at in where
    )


def _sentence(leaf: Leaf, where: range, *, deadly: bool) -> Iterator[Toll]:
    """Yield the tolls of a sentence, left to right. `deadly` says that the title speaks of the dead alone."""
    page, used, at = leaf.page, set[int](), where.start
    later = 2 if any("followed" in page.units[here].tags for here in where) and leaf.where != "title" else 0
    while at < where.stop:
        found = None if _is_age(page, at) else quantity(page, at)
        if found is None:
            yield from _nameless(leaf, where, at, used, later)
            at += 1
            continue
        tie = _before(page, found, where, used, deadly=deadly)
        whole = _sum(page, found, where) if tie else _joined(page, found, where)
        tie = tie or _after(page, whole, where, used)
        if tie:
            used.add(tie[1])
            yield from _tolls(leaf, tie[0], whole, tie[1], later, first=found)
        at = (whole if tie else found).last + 1


def _tolls(leaf: Leaf, slot: Slot, found: Quantity, word: int, later: int, *, first: Quantity) -> Iterator[Toll]:
    low = found.people.min if found.people.min is not None else found.people.max
    if low is None or low > _MOST:
        return
    rank = later + (1 if found.vague else 0)
    begin, end = min(found.first, word), max(found.last, word)
    yield Toll(slot, found.people, evidence(slot, leaf, begin, end), rank)
    if slot == "killed":
        yield from children(leaf, first, end, rank)


def _before(page: Page, found: Quantity, where: range, used: set[int], *, deadly: bool) -> tuple[Slot, int] | None:
    """Return the verb that has this number as its object: "killed three", "the death toll rose to three"."""
    units = page.units
    reach = 5 if "lone" in units[found.first].tags else 3  # "поранено 68-річного чоловіка"
    for at in range(found.first - 1, max(found.first - reach, where.start - 1), -1):
        tags = units[at].tags
        for tag, slot in _ACTIVE:
            if tag in tags and at not in used:
                return slot, at
        if "lives_of" in tags:
            return "killed", at
        risen = _rising(page, at, where, deadly=deadly) if "rises" in tags else None
        if risen:
            return risen, at
        if tags & {"and", "including", "in", "by"}:
            return None
    return None


def _rising(page: Page, rises: int, where: range, *, deadly: bool) -> Slot | None:
    """Return whose number rises: the toll's, or that of "the number of people killed in the strike"."""
    before = range(rises - 1, max(rises - _FAR, where.start) - 1, -1)
    climbs = "climbs" in page.units[rises].tags
    if any("toll" in page.units[at].tags for at in (before if climbs else before[:_NEAR])):
        return "killed"
    if not climbs:
        return None
    for at in before:
        tags = page.units[at].tags
        if tags & _DEAD:
            return "killed"
        if tags & _HURT:
            return "injured"
    return "killed" if deadly and not _acts(page, before) else None


def _acts(page: Page, where: range) -> bool:
    return any(page.units[at].tags & ACTIONS for at in where)


def _after(page: Page, found: Quantity, where: range, used: set[int]) -> tuple[Slot, int] | None:
    """Return the word of harm that has this number as its subject, skipping "including two children"."""
    units, aside = page.units, False
    is_some = found.first > where.start and "including" in units[found.first - 1].tags
    if is_some or _is_subset(page, found) or _is_of_the_harmed(page, found, where):
        return None
    late = page.grammar.get("order", {}).get("verb") == "last"
    for at in range(found.last, min(found.last + (_FAR if late else _REACH) + 1, where.stop)):
        tags = units[at].tags
        part = quantity(page, at) if at > found.last and not aside and "single" not in tags else None
        if (part and not is_part(page, part) and not _is_subset(page, part)) or _takes_object(page, at):
            return None
        if tags & _DEAD and at not in used:
            return "killed", at
        if tags & _HURT and at not in used:
            return "injured", at
        aside = "including" in tags or part is not None or (aside and not tags & {"be", "child", *_DEAD, *_HURT})
        if not aside and not late and tags & {"by", "and", "raid", "strike", "attack", "war_total", *_STOPS}:
            return None
    return None


def _takes_object(page: Page, verb: int) -> bool:
    """Say whether the number behind is the verb's: "a bus carrying 40 people, killing 12"."""
    return "transitive" in page.units[verb].tags and quantity(page, verb + 1) is not None


_STOPS = ("air", "drone", "missile", "artillery", "naval", "bomb")


def _is_of_the_harmed(page: Page, found: Quantity, where: range) -> bool:
    """Say whether the number is part of an earlier one: "one of the wounded died", "two of the dead were children"."""
    units, last = page.units, found.last
    near = range(last + 2, min(last + 4, where.stop))
    return last + 1 in where and "of" in units[last + 1].tags and any(units[at].tags & (_DEAD | _HURT) for at in near)


def _joined(page: Page, found: Quantity, where: range) -> Quantity:
    """Add up a list in front of its verb: "eight children, three adults killed"."""
    head = next((at for at in range(found.last, min(found.last + 3, where.stop)) if _is_people(page, at)), None)
    if head is None or found.vague or page.units[head].tags & _HURT:
        return found
    if page.units[head].tags & _DEAD and head + 2 in where and page.units[head + 1].tags & {"and"}:
        return found  # "three dead and a dozen wounded"
    for at in range(head + 1, min(head + 3, where.stop)):
        more = quantity(page, at)
        if more and not more.vague and not is_part(page, more) and not _is_subset(page, more):
            named = any(_is_people(page, n) for n in range(more.last, min(more.last + 3, where.stop)))
            return _added(found, more) if named else found
        if not page.units[at].tags & {"and", "their"}:
            return found
    return found


def _is_subset(page: Page, part: Quantity) -> bool:
    """Say whether this number is some of those before: "23 people, nine of them women"."""
    units = page.units
    before = part.first > 0 and "including" in units[part.first - 1].tags
    return before or (part.last + 1 < len(units) and "of_them" in units[part.last + 1].tags)


def _is_people(page: Page, at: int) -> bool:
    return bool(page.units[at].tags & {"people", "person", "child"})


def _added(found: Quantity, more: Quantity) -> Quantity:
    low = found.people.min + more.people.min if found.people.min is not None and more.people.min is not None else None
    high = found.people.max + more.people.max if found.people.max is not None and more.people.max is not None else None
    return found if low is None else Quantity(Count(low, high), found.first, more.last)


def _sum(page: Page, found: Quantity, where: range) -> Quantity:
    """Add "and two men" to "killed a woman"."""
    units = page.units
    for at in range(found.last + 1, min(found.last + 4, where.stop)):
        listed = page.text[units[at - 1].end : units[at].start].strip() == "," and at > found.last
        if "and" not in units[at].tags and not listed:
            if _is_people(page, at):
                continue
            return found
        first = at if listed else at + 1
        more = quantity(page, first) if first < where.stop else None
        if more is None or more.vague or _is_subset(page, more) or _after(page, more, where, set()):
            return found
        named = any(_is_people(page, n) for n in range(more.last, min(more.last + 3, where.stop)))
        return _added(found, more) if named else found
    return found


def _is_age(page: Page, at: int) -> bool:
    """Say whether a number is how old somebody was: "Mother and toddler, 3, killed"."""
    units, text = page.units, page.text
    if not at or at + 1 >= len(units) or not units[at].norm.isdigit():
        return False
    before, after = text[units[at - 1].end : units[at].start], text[units[at].end : units[at + 1].start]
    return "," in before and after.startswith((",", ")")) and not units[at - 1].tags & (_DEAD | _HURT)


def _nameless(leaf: Leaf, where: range, at: int, used: set[int], later: int) -> Iterator[Toll]:
    """Read a headline's "Journalist killed in air strike", "Strike kills nurse": one, where no number stands close."""
    units = leaf.page.units
    if leaf.where != "title" or "person" not in units[at].tags or any(_numbered(leaf.page, at)):
        return
    verb = _suffered(units, at) if _suffered(units, at) is not None else _caused(units, at)
    if verb is None or verb in used:
        return
    used.add(verb)
    others = sum("person" in units[n].tags for n in range(max(at - 2, 0), at))
    found = Quantity(Count(1 + others, 1 + others), at, at)
    whole = _sum(leaf.page, found, where) if verb < at else found
    yield Toll("killed", whole.people, evidence("killed", leaf, min(at, verb), max(whole.last, verb)), later + 1)


def _numbered(page: Page, at: int) -> Iterator[bool]:
    return (quantity(page, n) is not None and not _is_age(page, n) for n in range(max(at - 3, 0), at))


def _suffered(units: Sequence[Unit], at: int) -> int | None:
    """Return the verb behind: "journalist killed", "toddler, 3, killed"."""
    for verb in range(at + 1, min(at + 3, len(units))):
        if "kill" in units[verb].tags and "transitive" not in units[verb].tags:
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
