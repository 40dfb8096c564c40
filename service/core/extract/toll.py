"""How many were killed, injured and are missing, and how many of them children and women.

A number is tied to the nearest word of harm in its sentence: the verb before it ("killed three") or the word after it
("three people, including a child, were killed"). A word of harm is used once, so "three killed, 12 wounded" does not
count the twelve among the dead. A sentence about the whole war, or about an earlier year, gives no number; what stands
before "bringing the total since October to 68,200" does.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from service.core.extract.deaths import died_of_it, dies_later, succumbs, with_later
from service.core.extract.growth import grown_to, growth, is_brought, rising
from service.core.extract.nameless import before, named_before, nameless
from service.core.extract.numbers import Quantity, is_age, quantity
from service.core.extract.pages import ACTORS, Leaf, evidence, meaning, sentences, without_period
from service.core.extract.parts import DEAD, HURT, Toll, among, is_exact, is_part, own, parts
from service.core.extract.sums import added, elsewhere, is_subset, joined, some_among, summed, together, with_others
from service.core.report import Slot
from service.core.text import Page

_BROUGHT = -1
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_REACH = 8
_FAR, _MOST, _DENIED = 14, 5000, 4
_SENTENCES, _WORDS, _NUMBERS = 100, 300, 40
"""No text has more sentences that count, no sentence more words and numbers: what does is none."""
_ACTIVE_SLOTS: tuple[Slot, ...] = ("killed", "injured")
_ACTIVE: tuple[tuple[str, Slot], ...] = (("kill", "killed"), ("wound", "injured"), ("treats", "injured"))
_STOPS = ("air", "drone", "missile", "artillery", "naval", "bomb")
_PART_ENDS = {"be", "child", "woman", *DEAD, *HURT}
Tie = tuple[Slot, int]
"""What a number counts, and the word of harm that says so."""


def tolls(leaves: Sequence[Leaf], year: int) -> dict[Slot, Toll]:
    """Return the best number for each slot. `year` is when it was told; a sentence naming an earlier one is history."""
    best: dict[Slot, Toll] = {}
    last: Slot | None = None
    deadly = bool(leaves) and leaves[0].page.has("dead", "kill") and not leaves[0].page.has("hurt", "wound")
    for leaf in leaves:
        for whole in islice(sentences(leaf.page), _SENTENCES):
            where = _of_now(leaf.page, whole[:_WORDS], year)
            alive = "injured" in best and "killed" not in best
            found = list(_sentence(leaf, where, deadly=deadly, alive=alive))
            if last == "killed" and not any(toll.slot in (*_ACTIVE_SLOTS, "missing") for toll in found):
                found += among(leaf, where)
            last = next((toll.slot for toll in reversed(found) if toll.slot in _ACTIVE_SLOTS), None)
            for toll in found:
                if toll.slot not in best or _is_better(toll, best[toll.slot]):
                    best[toll.slot] = toll
    return best


def _is_better(toll: Toll, known: Toll) -> bool:
    """Say whether a later number is the one to keep.

    Headlines drop the "at least" that the text then gives; a number that takes an earlier one in is the larger.
    """
    low, _ = known.people
    spans = toll.evidence, known.evidence
    takes_in = (
        toll.rank == known.rank
        and spans[0].where == spans[1].where
        and spans[0].start == spans[1].start
        and spans[0].end > spans[1].end
    )
    hedged = known.evidence.where == "title" and toll.people == (low, None) and known.people == (low, low)
    return toll.rank < known.rank or hedged or takes_in or is_exact(toll, known)


def _of_now(page: Page, where: range, year: int) -> range:
    """Return the part of a sentence that is about this event: none of one that sums up a war or tells of the past."""
    past = next((at for at in where if _is_past(page, at, year)), None)
    if past is None:
        return without_period(page, where)
    brought = next((at for at in where if "bringing" in page.units[at].tags), where.start)
    return range(where.start, min(brought, past))


def _is_past(page: Page, at: int, year: int) -> bool:
    unit = page.units[at]
    return "war_total" in unit.tags or bool(_YEAR.fullmatch(unit.norm) and int(unit.norm) < year)


def _sentence(leaf: Leaf, where: range, *, deadly: bool, alive: bool) -> Iterator[Toll]:
    """Yield the tolls of a sentence, left to right.

    `deadly` says that the title speaks of the dead alone, `alive` that only wounded were told of before.
    """
    page, used, at = leaf.page, set[int](), where.start
    later = 2 if any("followed" in page.units[here].tags for here in where) and leaf.where != "title" else 0
    aside: list[Quantity] = []
    dead: Quantity | None = None
    left = _NUMBERS
    while at < where.stop and left:
        found = quantity(page, at)
        if found is None:
            yield from nameless(leaf, where, at, used, later)
            at += 1
            continue
        left -= 1
        found = grown_to(page, found, where)
        if dies := dies_later(page, found, where, used):
            found = found if dead is None else with_later(dead, found)
            yield from _tolls(leaf, ("killed", dies), found, later, [found])
            at = dies + 1
            continue
        tie = growth(page, found.first, where) or _before(page, found, where, used, deadly=deadly)
        every = summed(page, found, where, _is_subject(page, where)) if tie else joined(page, found, where)
        whole = together(every)
        tie = tie or _after(page, whole, where, used) or (succumbs(page, found, where) if alive else None)
        if tie and not _either(page, tie[1], found.first, used):
            used.add(tie[1])
            all_of_them, alone = _in_all(leaf, tie, every, where)
            all_of_them = with_others(page, all_of_them, dead, used) if tie[0] == "killed" else all_of_them
            dead = all_of_them if tie[0] == "killed" else dead
            rank = _BROUGHT if is_brought(page, found.first, where) else later
            first = next(_tolls(leaf, tie, alone, rank, every), None) if alone else None
            yield from (toll._replace(alone=first) for toll in _tolls(leaf, tie, all_of_them, rank, every))
            yield from own(leaf, tie[0], aside, later)
        aside = [] if tie else _aside(page, every)
        at = (whole if tie or aside else found).last + 1


def _in_all(leaf: Leaf, tie: Tie, every: Sequence[Quantity], where: range) -> tuple[Quantity, Quantity | None]:
    """Return the number with what happened elsewhere in the sentence, and who is named before it; then also alone."""
    whole = some_among(leaf.page, together(every), tie[1])
    if tie[0] != "killed":
        return whole, None
    more = elsewhere(leaf.page, whole, where)
    return (added(whole, more), whole) if more else (before(leaf, whole, where), None)


def _is_subject(page: Page, where: range) -> Callable[[Quantity], bool]:
    """Say whether a verb behind has the number, and all that is listed with it: "… , her husband and son are hurt"."""

    def is_subject(number: Quantity) -> bool:
        return _after(page, together(joined(page, number, where)), where, set()) is not None

    return is_subject


def _aside(page: Page, every: list[Quantity]) -> list[Quantity]:
    """Return the numbers if they are told as part of the next: "three children and a woman among eight killed"."""
    behind = range(every[-1].last + 1, min(every[-1].last + 3, len(page.units)))
    return every if any("among" in page.units[at].tags for at in behind) else []


def _either(page: Page, word: int, number: int, used: set[int]) -> bool:
    """Say whether the number counts the dead and the wounded in one: "killed or wounded 30", "30 dead and wounded"."""
    units = page.units
    for other, between in ((word + 2, word + 1), (word - 2, word - 1)):
        if min(other, between) >= 0 and max(other, between) < len(units) and units[between].tags & {"or", "and"}:
            pair = units[word].tags | units[other].tags
            own, its = bool(units[word].tags & HURT), bool(units[other].tags & HURT)
            if pair & DEAD and own != its and units[other].tags & (DEAD | HURT):
                behind = quantity(page, max(word, other) + 1)
                both = number > max(word, other) and other not in used  # "killing and wounding dozens"
                return behind is None or both or "or" in units[between].tags
    return False


def _tolls(leaf: Leaf, tie: Tie, found: Quantity, later: int, every: Sequence[Quantity]) -> Iterator[Toll]:
    slot, word = tie
    low = found.people.min if found.people.min is not None else found.people.max
    if low is None or low > _MOST:
        return
    rank = later + (1 if found.vague else 0)
    begin, end = min(found.first, word), max(found.last, word)
    yield Toll(slot, found.people, evidence(slot, leaf, begin, end), rank, found.bound)
    if slot in _ACTIVE_SLOTS:
        yield from own(leaf, slot, [*named_before(leaf, found, every[0]), *every], rank)
        yield from parts(leaf, slot, every[0], end, rank)


def _before(page: Page, found: Quantity, where: range, used: set[int], *, deadly: bool) -> Tie | None:
    """Return the verb that has this number as its object: "killed three", "the death toll rose to three"."""
    units = page.units
    reach = 5 if "lone" in units[found.first].tags else 3  # "поранено 68-річного чоловіка"
    late = page.grammar.get("order", {}).get("verb") == "last"  # "tötet bei Angriff versehentlich sechs Zivilisten"
    for at in range(found.first - 1, max(found.first - (_REACH if late else reach + 1), where.start - 1), -1):
        tags = units[at].tags
        far = at <= found.first - reach and "transitive" not in tags
        for tag, slot in () if far else _ACTIVE:
            if tag in tags and at not in used and _is_object(page, at, found, where):
                return slot, at
        lost: Slot | None = "killed" if "lives_of" in tags else None
        if "missing" in tags and at == found.first - 1 and _is_object(page, at, found, where):
            lost = "missing"  # "без вести пропали четверо"
        if lost and at not in used:
            return lost, at
        risen = rising(page, at, where, deadly=deadly) if "rises" in tags and at not in used else None
        if risen:
            return risen, at
        if tags & {"and", "including"} or (not late and tags & {"in", "by"}):
            return None
        if "from_word" in tags and at == found.first - 1 and "rises" in units[at - 1].tags:
            return None  # "rose from eight to eleven"
    return None


def _is_object(page: Page, verb: int, found: Quantity, where: range) -> bool:
    """Say whether the verb has the number: not so in "no one was killed but 14 …", "the driver was killed, 14 …"."""
    if "," in page.text[page.units[verb].end : page.units[found.first].start]:
        return False
    if any(_denies(page, at) for at in range(max(verb - _DENIED, where.start), verb)):
        return False
    return "treats" not in page.units[verb].tags or not _is_shaken(page, found, where)


def _denies(page: Page, at: int) -> bool:
    """Say whether there is no one here: not so in "school No 7"."""
    numbered = at + 1 < len(page.units) and page.units[at + 1].norm.isdecimal()
    return "none" in page.units[at].tags and not (numbered and page.units[at].norm == "no")


def _is_shaken(page: Page, found: Quantity, where: range) -> bool:
    """Say whether they were treated for their fright: "treated nine people for shock"."""
    behind = range(found.last + 1, min(found.last + _REACH, where.stop))
    return any("shaken" in page.units[at].tags for at in behind)


def _after(page: Page, found: Quantity, where: range, used: set[int]) -> Tie | None:
    """Return the word of harm that has this number as its subject, skipping "including two children"."""
    units, aside, listed = page.units, False, False
    is_some = found.first > where.start and "including" in units[found.first - 1].tags
    if (
        is_some
        or (is_subset(page, found) and (used or not _is_told_of(page, found)))
        or _is_of_the_harmed(page, found, where)
    ):
        return None
    late = page.grammar.get("order", {}).get("verb") == "last"
    for at in range(found.last, min(found.last + _FAR + 1, where.stop)):
        tags = units[at].tags
        if (at > found.last + _REACH and not (late or listed)) or _speaks(page, at):
            return None
        part = quantity(page, at) if at > found.last and not aside and "single" not in tags else None
        both = "casualties" in tags  # the dead and the wounded in one
        if both or (part and not is_part(page, part) and not is_subset(page, part)) or _takes_object(page, at):
            return None
        slot = _harm(page, found, at, where) if at not in used else None
        if slot:
            return slot, at
        aside = (
            bool(tags & {"including", "aged"})
            or is_age(page, at)
            or part is not None
            or (aside and not tags & _PART_ENDS)
        )
        listed = listed or "including" in tags
        aside = aside or (listed and "and" in tags)
        if not aside and not late and tags & {"by", "and", "raid", "strike", "attack", "war_total", *_STOPS}:
            return None
    return None


def _is_told_of(page: Page, part: Quantity) -> bool:
    """Say whether the verb is that of some of people not said to be harmed: "six workers; four of them died"."""
    near = page.units[part.last + 2 : part.last + 4]
    return any(unit.tags & (DEAD | HURT) for unit in near) and not any(unit.tags & {"child", "woman"} for unit in near)


def _harm(page: Page, found: Quantity, at: int, where: range) -> Slot | None:
    """Return what a word of harm says of the number before it."""
    tags = page.units[at].tags
    if tags & DEAD:
        return "killed"
    if tags & HURT:
        return "killed" if died_of_it(page, found, at, where) else "injured"
    return "missing" if "missing" in tags else None


def _speaks(page: Page, at: int) -> bool:
    """Say whether they are those who tell of it: "two officials said villagers were killed"."""
    tags = page.units[at].tags
    aside = page.text[page.units[at].end : page.units[at].end + 1] == ","  # "eight people, officials said, were killed"
    aside = aside or (at + 1 < len(page.units) and bool(page.units[at + 1].tags & DEAD))  # "eight said killed"
    return "say" in tags and not tags & {"be", "rises", "hurt", "dead"} and not aside


def _takes_object(page: Page, verb: int) -> bool:
    """Say whether the number behind is the verb's: "a bus carrying 40 people, killing 12"."""
    return "transitive" in page.units[verb].tags and quantity(page, verb + 1) is not None


def _is_of_the_harmed(page: Page, found: Quantity, where: range) -> bool:
    """Say whether the number is part of an earlier one: "one of the wounded died", "two of the dead were children"."""
    units, last = page.units, found.last
    near = range(last + 2, min(last + 4, where.stop))
    harmed = next((units[at] for at in near if units[at].tags & (DEAD | HURT | {*ACTORS})), None)
    return last + 1 in where and "of" in units[last + 1].tags and harmed is not None and not meaning(harmed)
