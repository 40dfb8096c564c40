"""The fields of an entry, read for their facts: more of each than detect reads."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from service.core.entry import Entry
from service.core.extract.bystanders import outlet_behind, without
from service.core.lexicon import Lexicon
from service.core.report import Evidence, Field
from service.core.text import Hit, Page, Pattern, Unit, hits, read

_LIMITS: tuple[tuple[Field, int], ...] = (("title", 400), ("summary", 1500), ("content", 5000))

ACTORS = ("countries", "peoples", "groups", "metonyms")
WEAPONS = ("air", "drone", "missile", "artillery", "naval", "bomb")
ACTIONS = frozenset({"raid", "strike", "attack", "barrage", "launch", "hit", "pound", "intercept", "explosion", "harm"})


_AROUND = 60


class Leaf(NamedTuple):
    """A field that was read."""

    where: Field
    page: Page


class At(NamedTuple):
    """A pattern's hit, and the field it is in."""

    leaf: Leaf
    hit: Hit


@lru_cache(maxsize=128)
def leaves(entry: Entry, lexicon: Lexicon) -> tuple[Leaf, ...]:
    """Read the entry's fields, the weightiest first. A summary that repeats the title adds nothing and is left out.

    Kept for a while: what a batch's names are taken from is read again for its facts.
    """
    texts = {"title": entry.title, "summary": entry.summary, "content": entry.content}
    if texts["summary"].strip() == texts["title"].strip():
        texts["summary"] = ""
    pages = {where: read(texts[where], lexicon, limit) for where, limit in _LIMITS if texts[where]}
    outlet = outlet_behind(pages["title"]) if "title" in pages else ""
    return tuple(Leaf(where, without(page, outlet)) for where, page in pages.items())


def search(wanted: Pattern, where: Sequence[Leaf]) -> Iterator[At]:
    """Yield the hits of a pattern, field by field."""
    for leaf in where:
        for hit in hits(wanted, leaf.page):
            yield At(leaf, hit)


def evidence(field: str, leaf: Leaf, first: int, last: int, *, sure: float = 0.9) -> Evidence:
    """Return the words from unit `first` to unit `last`, both included, as evidence."""
    quote, start, end = leaf.page.quote(first, last)
    return Evidence(field=field, quote=quote, start=start, end=end, where=leaf.where, sure=sure)


def meaning(unit: Unit) -> str | None:
    """Return who is meant by a country, a people, a group or a seat of government."""
    return next((unit.means[table] for table in ACTORS if table in unit.means), None)


def labels(page: Page, at: int) -> bool:
    """Say whether a text opens with this name and a colon: "Northland : two dead in a raid" says where."""
    unit = page.units[at]
    return (
        at == 0
        and bool(unit.tags & {"countries", "metonyms", "war_zone"})
        and page.text[unit.end : unit.end + 2].strip()[:1] == ":"
    )


def sentences(page: Page) -> Iterator[range]:
    """Yield the positions of the units of each sentence."""
    first = 0
    for at, unit in enumerate(page.units):
        if unit.sentence != page.units[first].sentence:
            yield range(first, at)
            first = at
    if page.units:
        yield range(first, len(page.units))


def sentence_at(page: Page, at: int) -> range:
    """Return the positions around this unit that are of its sentence, some dozens at most."""
    units = page.units
    here = units[at].sentence
    first = next((n + 1 for n in range(at - 1, at - _AROUND, -1) if n < 0 or units[n].sentence != here), at - _AROUND)
    stop = next((n for n in range(at, at + _AROUND) if n >= len(units) or units[n].sentence != here), at + _AROUND)
    return range(max(first, 0), stop)


def tags_of(page: Page, where: range) -> frozenset[str]:
    """Return every tag that occurs among these units."""
    return frozenset().union(*(page.units[at].tags for at in where))


def without_period(page: Page, where: range) -> range:
    """Return what a comma parts from a week's total: "a strike killed two, the fifth in the past week"."""
    told = (
        *page.by_tag.get("period", ()),
        *(at for at in page.by_tag.get("week_word", ()) if _is_over(page, at, where)),
    )
    total = next((at for at in told if at in where), where.stop)
    if total == where.stop:
        return where
    commas = (
        at for at in range(total, where.start, -1) if "," in page.text[page.units[at - 1].end : page.units[at].start]
    )
    return range(where.start, next(commas, where.start))


def _is_over(page: Page, at: int, where: range) -> bool:
    """Say whether a week is what a number is told of: "in a week of attacks", "over the past week"."""
    for n in range(at - 1, max(at - 4, where.start - 1), -1):
        tags = page.units[n].tags
        if "place_word" in tags:
            return True
        if tags & ACTIONS or page.units[n].capital:
            return False
    return False
