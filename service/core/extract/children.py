"""Children counted among others: "eight people, including two children", "two of them children"."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from service.core.extract.numbers import Quantity, quantity
from service.core.extract.pages import Leaf, evidence
from service.core.report import Count, Evidence
from service.core.text import Page

Slot = Literal["killed", "injured", "children_killed"]


class Toll(NamedTuple):
    """One number found. `rank` orders tolls: the lower the better."""

    slot: Slot
    people: Count
    evidence: Evidence
    rank: int


def among(leaf: Leaf, where: range) -> Iterator[Toll]:
    """Read "Among them are two children" behind a sentence that counts the dead."""
    for at in where:
        part = quantity(leaf.page, at)
        if part and is_part(leaf.page, part):
            yield Toll("children_killed", part.people, evidence("children_killed", leaf, at, part.last + 1), 1)
            return


def children(leaf: Leaf, found: Quantity, last: int, rank: int) -> Iterator[Toll]:
    """Read "two children killed", "eight people, including two children", "eight killed, two of them children"."""
    units = leaf.page.units
    near = range(found.last, min(found.last + 3, len(units)))
    head = next((at for at in near if units[at].tags & {"people", "child"}), None)
    if head is not None and "child" in units[head].tags and not any("including" in units[at].tags for at in near):
        yield Toll("children_killed", found.people, evidence("children_killed", leaf, found.first, head), rank)
        return
    for at in range(found.last + 1, min(last + 6, len(units))):
        if units[at].sentence != units[found.first].sentence:
            return
        part = quantity(leaf.page, at)
        if part and is_part(leaf.page, part):
            child = next(n for n in range(part.last, len(units)) if "child" in units[n].tags)
            yield Toll("children_killed", part.people, evidence("children_killed", leaf, at, child), rank)
            return


def is_part(page: Page, part: Quantity) -> bool:
    """Say whether this number counts children among others: "including two children", "two of them children"."""
    units = page.units
    before = range(max(part.first - 2, 0), part.first)
    after = range(part.last, min(part.last + 3, len(units)))
    child = any("child" in units[at].tags for at in after)
    return child and any("including" in units[at].tags for at in (*before, *after))
