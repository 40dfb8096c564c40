"""Which words of a text may name a place: all that `places` weighs, and all that is looked up."""

from collections.abc import Iterator, Mapping, Sequence

from service.core.extract.pages import Leaf, meaning
from service.core.text import Page, Unit

_LONGEST = 4
_MOST_NAMES = 400
_INNER = frozenset({"al", "el", "az", "ez", "de", "la", "le", "of", "and", "bin", "abu", "ash", "as", "upon", "-"})
_TAILS = frozenset({"region", "province", "oblast", "state", "refugee camp", "island", "governorate"})
_STEM, _CASE_ENDINGS = 4, frozenset("уюіїиыеєояах")


def names(leaves: Sequence[Leaf], codes: Mapping[str, str]) -> frozenset[str]:
    """Return every name that may be a place, casefolded, at most some hundreds."""
    found: set[str] = set()
    for leaf in leaves:
        capital = "capital" in leaf.page.by_tag
        for unit in leaf.page.units:
            who = meaning(unit)
            if who:
                found.add(who.casefold())
                if capital and codes.get(who.lower()):
                    found.add(capital_of(codes[who.lower()]))
        for first, last in runs(leaf.page, range(len(leaf.page.units))):
            if len(found) >= _MOST_NAMES:
                break
            found.update(forms(key(leaf.page, first, last)))
            found.update(part(leaf.page, first, last))
    return frozenset(found)


def capital_of(code: str) -> str:
    """Return what a country's capital is looked up by."""
    return f"capital:{code.lower()}"


def part(page: Page, first: int, last: int) -> Iterator[str]:
    """Yield what a part of the named country may be called: "north eastern nigeria", "northeast nigeria"."""
    if not first or "direction" not in page.units[first - 1].tags:
        return
    side, name = page.units[first - 1].norm, key(page, first, last)
    for word in (side, side.replace(" ", "")):
        yield f"{word} {name}"
        yield f"{word.removesuffix('ern')} {name}"


def runs(page: Page, where: range) -> Iterator[tuple[int, int]]:
    """Yield stretches of units that may be one name, the longest first from each beginning."""
    units = page.units
    for first in where:
        if units[first].capital:
            end = first + 1
            while end < min(first + _LONGEST, where.stop) and _goes_on(units, end):
                end += 1
            for last in range(end - 1, first - 1, -1):
                if last == first or units[last].capital or units[last].norm in _TAILS:
                    yield first, last


def _goes_on(units: Sequence[Unit], at: int) -> bool:
    """Say whether a name that began before may go on with this unit."""
    unit = units[at]
    inside = unit.capital or unit.norm in _INNER or unit.norm in _TAILS
    return inside and unit.sentence == units[at - 1].sentence


def key(page: Page, first: int, last: int) -> str:
    """Return the name these units make."""
    return " ".join(unit.norm for unit in page.units[first : last + 1])


def forms(name: str) -> Iterator[str]:
    """Yield a name as written and, where it is Cyrillic, in the forms it may be declined from: "Одесу" → "Одеса"."""
    yield name
    if len(name) > _STEM and name[-1] in _CASE_ENDINGS:
        stem = name[:-1]
        yield from (stem, f"{stem}\u0430", f"{stem}я", f"{stem}ь")
        if stem.endswith(("ов", "ев", "єв")):
            yield f"{stem[:-2]}{'їв' if stem.endswith('єв') else 'ів'}"
