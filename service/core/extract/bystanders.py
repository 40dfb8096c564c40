"""Names that only stand by: an outlet's own, whoever backs a side, whose border it is near, whose firm was hit.

They are neither who struck nor where. Their words are kept and mean nothing more: no later step has to know of them.
"""

from collections.abc import Collection, Iterator

from service.core.text import Page, Pattern, Unit, hits, pattern
from service.core.text.titles import publisher_at

_NAMED = "countries|peoples|groups|metonyms"
_TABLES = frozenset(_NAMED.split("|"))
_BEYOND: tuple[Pattern, ...] = (
    pattern(f"backed_by ..2 {_NAMED}"),
    pattern(f"bordering ..1 {_NAMED}"),
    pattern(f"border ..1 with ..1 {_NAMED}"),
)
_OWNERS = pattern(f"{_NAMED} ..1 firm")
_FOUGHT_OVER = frozenset({"at_war", "war_zone"})
# What no outlet is called: then it is who says so, or where it was.
_NO_OUTLET = frozenset({"say", "rank", "rulers", "governor", "military", "state_forces", "authority", "kill", "strike"})
_MOST_TIMES = 10


def outlet_behind(page: Page) -> str:
    """Return the outlet's name behind a title: capital words, and one of them no name that is known otherwise."""
    start = publisher_at(page.text)
    units = [unit for unit in page.units if unit.start >= start]
    new = any(unit.capital and not unit.tags for unit in units)
    if not new or any(unit.tags & _NO_OUTLET or not _is_of_a_name(unit) for unit in units):
        return ""
    return page.text[units[0].start : units[-1].end]


def _is_of_a_name(unit: Unit) -> bool:
    return unit.capital or unit.norm.isdecimal() or unit.norm in {"of", "the"}


def without(page: Page, name: str) -> Page:
    """Return the page with an outlet's name as mere words: behind the title, and wherever an aggregator repeats it."""
    found, at = list[range](), page.text.find(name) if name else -1
    while at >= 0 and len(found) < _MOST_TIMES:
        found.append(range(at, at + len(name)))
        at = page.text.find(name, at + len(name))
    return _hushed(page, [n for n, unit in enumerate(page.units) if any(unit.start in where for where in found)])


def without_bystanders(page: Page) -> Page:
    """Return the page with those who neither struck nor were struck as mere words."""
    return _hushed(page, list(_beside(page)))


def _beside(page: Page) -> Iterator[int]:
    units = page.units
    for wanted in _BEYOND:
        for hit in hits(wanted, page):
            last = hit.last
            yield last
            if last + 2 < len(units) and "and" in units[last + 1].tags and units[last + 2].tags & _TABLES:
                yield last + 2
    for hit in hits(_OWNERS, page):
        if not units[hit.first].tags & _FOUGHT_OVER:
            yield hit.first


def _hushed(page: Page, which: Collection[int]) -> Page:
    if not which:
        return page
    units = list(page.units)
    for at in which:
        units[at] = units[at]._replace(capital=False, tags=frozenset(), means={})
    index: dict[str, list[int]] = {}
    for at, unit in enumerate(units):
        for tag in unit.tags:
            index.setdefault(tag, []).append(at)
    return page._replace(units=units, by_tag=index)
