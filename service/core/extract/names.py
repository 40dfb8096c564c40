"""Which words of a text may name a place: all that `places` weighs, and all that is looked up."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from service.core.extract.pages import Leaf, meaning
from service.core.text import Page, Unit, flat, seen

_LONGEST = 4
_MOST_NAMES, _RUNS = 400, 800
_INNER = frozenset({"al", "el", "az", "ez", "de", "la", "le", "of", "and", "bin", "abu", "ash", "as", "upon", "a", "-"})
_TAILS = frozenset(
    {
        *("region", "province", "oblast", "state", "refugee camp", "island", "governorate", "sea", "strait", "gulf"),
        *("область", "области", "областью", "області", "областю", "край", "края", "крае", "краю", "краї"),
        *("море", "моря", "морю", "морем", "морі", "океан", "океане", "океані", "залив", "заливе", "залива"),
        *("пролив", "проливе", "пролива", "затока", "затоці", "затоки", "протока", "протоці", "протоки"),
    }
)
_STEM = 3
_ACUTE = str.maketrans("áéíóúý", "aeiouy")


def names(leaves: Sequence[Leaf], codes: Mapping[str, str]) -> frozenset[str]:
    """Return every name that may be a place, casefolded, at most some hundreds."""
    found: set[str] = set()
    for leaf in leaves:
        capital = "capital" in leaf.page.by_tag
        for unit in leaf.page.units:
            who = meaning(unit)
            if "places" in unit.means:
                found.add(unit.means["places"].casefold())
            if who:
                found.add(who.casefold())
                if "groups" in unit.means and codes.get(who.lower()):
                    # No word of a group's country need be there for it to be where the group was struck.
                    found.update(name for name, code in codes.items() if code == codes[who.lower()])
                if capital and codes.get(who.lower()):
                    found.add(capital_of(codes[who.lower()]))
        for first, last in islice(runs(leaf.page, range(len(leaf.page.units))), _RUNS):
            if len(found) >= _MOST_NAMES:
                break
            found.update(forms(leaf.page, first, last))
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
        if units[first].capital or "places" in units[first].means:
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
    return " ".join(seen(flat(page.text[unit.start : unit.end])).lower() for unit in page.units[first : last + 1])


def forms(page: Page, first: int, last: int) -> Iterator[str]:
    """Yield what a name may be looked up by, the likeliest first.

    What the lexicon says a word is the name of; the name as written; and what it may be inflected from, by the
    language's endings ("Одесу" → "Одеса") and prefixes.
    """
    means = page.units[first].means
    if first == last and "places" in means:
        yield means["places"].casefold()
    abroad = first == last and "countries" in means and page.grammar
    if abroad:
        yield means["countries"].casefold()  # a country's name in one language is a town's in another: Líbano
    name = key(page, first, last)
    yield name
    for prefix in page.grammar.get("prefixes", ()):
        if name.startswith(prefix) and len(name) > _STEM + len(prefix):
            yield name[len(prefix) :]
    for ending, endings in page.grammar.get("endings", {}).items():
        stem = name.removesuffix(ending)
        if stem != name and len(stem) >= _STEM:
            yield from (f"{stem}{other}" for other in endings.replace("-", "").split(","))
    plain = name.translate(_ACUTE)
    if plain != name:
        yield plain  # Spanish marks the stress of foreign names as well: Mariúpol
