"""Titles that tell of strikes in two countries: each half keeps to itself.

"Drones strike Belgorod, killing two; missiles hit Kyiv, killing five" has two sides, two places and two tolls, and what
is taken from both halves is true of neither. So the facts are read from one: the first that counts the dead, else the
first. What follows a word such as "after" is why, and comes last. The text's sentences about the other country alone
are left out with it, as is what a strike was an answer to ("in response to a Houthi missile").
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from service.core.extract.pages import ACTIONS, Leaf, sentences
from service.core.extract.parts import DEAD, HURT
from service.core.extract.places import Choice
from service.core.extract.toll import tolls
from service.core.text import Page

# What has to speak for a place to be one that was struck, in a title and below it: a deed, and "in", "on" or a verb.
_STRUCK, _STRUCK_BELOW = 3.5, 2.0
_DEEDS = frozenset({*ACTIONS, *DEAD, *HURT})
_OPENS = frozenset({"and", "meanwhile", "aftermath"})
_MOST = 6


def one_sided(leaves: Sequence[Leaf], found: Sequence[Choice], year: int) -> tuple[Leaf, ...]:
    """Return the leaves with what tells of the main strike alone, the same where there is no other."""
    if not leaves or leaves[0].where != "title":
        return tuple(leaves)
    title = leaves[0]
    struck = [one for one in found if one.name.leaf is title and one.name.weight >= _STRUCK and one.place.country]
    borders = list(_borders(title.page, struck[:_MOST]))
    if not borders:
        return (_without_answered(title), *leaves[1:])
    edges = [0, *borders, len(title.page.units)]
    halves = [range(first, stop) for first, stop in pairwise(edges)]
    main = _main(title, halves, year)
    here = {one.place.country for one in struck if one.name.first in main}
    there = {one.place.country for one in struck} - here
    rest = (_without(leaf, found, here, there) for leaf in leaves[1:])
    return (_cut(title, main), *rest)


def _borders(page: Page, struck: Sequence[Choice]) -> Iterator[int]:
    """Yield where a half begins: behind a sign or an "and", with a deed of its own for a place in another country."""
    begins = 0
    for place in struck:
        before = range(place.name.first - 1, begins, -1)
        border = next((at for at in before if _opens(page, at) and _acts(page, range(at, place.name.first))), None)
        if border is None or _goes_on(page, border) or not _acts(page, range(begins, border)):
            continue
        first = {one.place.country for one in struck if begins <= one.name.first < border}
        if first and place.place.country not in first:
            begins = border
            yield border


def _opens(page: Page, at: int) -> bool:
    units = page.units
    gap = page.text[units[at - 1].end : units[at].start]
    parted = units[at - 1].sentence != units[at].sentence or any(sign in gap for sign in ",;")
    return parted or bool(units[at].tags & _OPENS)


def _goes_on(page: Page, at: int) -> bool:
    """Say whether the half has no subject, so that it is the first one's: "strikes Kyiv, kills five in Northport"."""
    at += bool(page.units[at].tags & {"and"})
    return bool(page.units[at].tags & {"transitive"})


def _acts(page: Page, where: range) -> bool:
    return any(page.units[at].tags & _DEEDS for at in where)


def _main(title: Leaf, halves: Sequence[range], year: int) -> range:
    ahead = [half for half in halves if "aftermath" not in title.page.units[half.start].tags] or halves
    counted = [(half, tolls((_cut(title, half),), year)) for half in ahead]
    for slot in ("killed", "injured"):
        for half, found in counted:
            if slot in found:
                return half
    return ahead[0]


def _without(leaf: Leaf, found: Sequence[Choice], here: set[str], there: set[str]) -> Leaf:
    """Return a leaf without the sentences that name places of the other country alone."""
    kept: list[int] = []
    named = [one for one in found if one.name.leaf is leaf and one.name.weight >= _STRUCK_BELOW]
    for span in sentences(leaf.page):
        countries = {one.place.country for one in named if one.name.first in span}
        kept += [] if countries & there and not countries & here else span
    return _cut(leaf, kept)


def _without_answered(title: Leaf) -> Leaf:
    """Return a title without what it was an answer to: "strikes Northport in response to a missile"."""
    page = title.page
    first = next(iter(page.by_tag.get("in_return", ())), None)
    if not first or not _acts(page, range(first)):
        return title
    return _cut(title, range(first))


def _cut(leaf: Leaf, kept: Sequence[int]) -> Leaf:
    """Return a leaf with some of its units; they stand where they stood in the text."""
    if len(kept) == len(leaf.page.units):
        return leaf
    units = [leaf.page.units[at] for at in kept]
    index: dict[str, list[int]] = {}
    for at, unit in enumerate(units):
        for tag in unit.tags:
            index.setdefault(tag, []).append(at)
    return leaf._replace(page=leaf.page._replace(units=units, by_tag=index))
