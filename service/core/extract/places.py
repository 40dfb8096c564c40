"""Where it was: which names a text may mean, and which of the gazetteer's places it does mean.

A name counts for more after "in" or "hit", in the title, and beside words of attack; countries the text names vote
among namesakes. A capital that speaks ("Kyiv said") is a government, not a place.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from service.core.extract.pages import ACTIONS, ACTORS, Leaf, evidence, meaning, sentences, tags_of
from service.core.report import Evidence, Place
from service.core.text import Page, Unit

_LONGEST = 4
_MOST_NAMES = 400
_INNER = frozenset({"al", "el", "az", "ez", "de", "la", "le", "of", "and", "bin", "abu", "ash", "as", "upon", "-"})
_TAILS = frozenset({"region", "province", "oblast", "state", "refugee camp", "island", "governorate"})
_SENTENCES = 25
_STEM, _CASE_ENDINGS = 4, frozenset("уюіїиыеєояах")
_DOES = ("strike", "hit", "pound", "raid", "attack")
_OWN = frozenset({*ACTORS, "codes", "capital"})
_PRECISION = {"city": 0.6, "region": 0.5, "country": -0.4}
_SMALL = 100_000


class Name(NamedTuple):
    """A name in a text, and how much speaks for it being where it happened."""

    leaf: Leaf
    first: int
    last: int
    key: str
    weight: float


class Votes(NamedTuple):
    """Countries the text names, by code, and which of them struck and was struck, where known."""

    named: Mapping[str, float]
    actor: str | None
    target: str | None


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
                    found.add(_capital_of(codes[who.lower()]))
        for first, last in _runs(leaf.page, range(len(leaf.page.units))):
            if len(found) >= _MOST_NAMES:
                break
            found.update(_forms(_key(leaf.page, first, last)))
    return frozenset(found)


def votes(leaves: Sequence[Leaf], codes: Mapping[str, str], actor: str | None, target: str | None) -> Votes:
    """Count the countries a text names."""
    named: dict[str, float] = {}
    for leaf in leaves:
        for unit in leaf.page.units:
            code = codes.get((meaning(unit) or "").lower())
            if code:
                named[code] = named.get(code, 0.0) + (2.0 if leaf.where == "title" else 1.0)
    return Votes(named, codes.get((actor or "").lower()), codes.get((target or "").lower()))


def place(
    leaves: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], said: Votes, *, near: Collection[str] = ACTIONS
) -> tuple[Place, Evidence] | None:
    """Return where it happened and the words that say so. `near` are the tags of words that tell what happened."""
    best: tuple[float, Place, Name] | None = None
    for name in _candidates(leaves, places, near, said):
        chosen, weight = _choose(places[name.key], name, said)
        if best is None or weight > best[0]:
            best = (weight, chosen, name)
    if best is None or best[0] < 0:
        return None
    return best[1], evidence("place", best[2].leaf, best[2].first, best[2].last)


def _capital_of(code: str) -> str:
    return f"capital:{code.lower()}"


def _runs(page: Page, where: range) -> Iterator[tuple[int, int]]:
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


def _key(page: Page, first: int, last: int) -> str:
    return " ".join(unit.norm for unit in page.units[first : last + 1])


def _forms(key: str) -> Iterator[str]:
    """Yield a name as written and, where it is Cyrillic, in the forms it may be declined from: "Одесу" → "Одеса"."""
    yield key
    if len(key) > _STEM and key[-1] in _CASE_ENDINGS:
        stem = key[:-1]
        yield from (stem, f"{stem}\u0430", f"{stem}я", f"{stem}ь")
        if stem.endswith(("ов", "ев", "єв")):
            yield f"{stem[:-2]}{'їв' if stem.endswith('єв') else 'ів'}"


def _candidates(
    leaves: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], near: Collection[str], said: Votes
) -> Iterator[Name]:
    for leaf in leaves:
        cased = leaf.where != "title" or _is_sentence_case(leaf.page)
        for number, where in enumerate(sentences(leaf.page)):
            if number > _SENTENCES:
                break
            base = 1.5 if leaf.where == "title" else max(0.0, 1.0 - 0.2 * number)
            base += 0.0 if tags_of(leaf.page, where).isdisjoint(near) else 1.0
            yield from _in_sentence(leaf, where, places, base, cased=cased)
            yield from _capitals(leaf, where, places, base, said)


def _in_sentence(
    leaf: Leaf, where: range, places: Mapping[str, tuple[Place, ...]], base: float, *, cased: bool
) -> Iterator[Name]:
    end = where.start
    for first, last in _runs(leaf.page, where):
        if first < end:
            continue
        key = next((form for form in _forms(_key(leaf.page, first, last)) if form in places), None)
        if key is None or not _may_be_place(leaf.page, first, last):
            continue
        end = last + 1
        yield Name(leaf, first, last, key, base + _setting(leaf, first, last, cased=cased))


def _may_be_place(page: Page, first: int, last: int) -> bool:
    """Say whether these words are not simply words, nor a people, nor a government that speaks."""
    unit = page.units[first]
    if first == last and (unit.tags - _OWN or unit.tags & {"peoples", "groups"}):
        return False
    if unit.tags & {"metonyms", "countries"} and first == last:
        after = page.units[last + 1].tags if last + 1 < len(page.units) else frozenset()
        before = page.units[first - 1].tags if first else frozenset()
        return not (after & {"say", "military"} or before & {"between"})
    return True


def _setting(leaf: Leaf, first: int, last: int, *, cased: bool) -> float:
    """Weigh the words around a name."""
    units = leaf.page.units
    weight = 0.0
    before = [units[at] for at in range(max(first - 3, 0), first) if units[at].sentence == units[first].sentence]
    if any("place_word" in unit.tags for unit in before):
        weight += 2.0
    elif any(unit.tags.intersection(_DOES) for unit in before[-2:]):
        weight += 1.5
    elif cased and _beside_a_name(leaf.page, first, last):
        weight -= 2.0
    if units[first].tags & {"metonyms", "countries"} and not weight:
        weight -= 1.0
    if first == 0 and leaf.where != "title" and leaf.page.text[: units[last].end].isupper():
        weight -= 2.0  # a dateline says where the reporter was
    return weight


def _beside_a_name(page: Page, first: int, last: int) -> bool:
    """Say whether the name is part of a longer one, such as a person's."""
    units, text = page.units, page.text
    before = first and units[first - 1].capital and text[units[first - 1].end : units[first].start] == " "
    after = last + 1 < len(units) and units[last + 1].capital and text[units[last].end : units[last + 1].start] == " "
    return bool(before and not units[first - 1].tags) or bool(after and not units[last + 1].tags)


def _is_sentence_case(page: Page) -> bool:
    return sum(unit.capital for unit in page.units) < 0.6 * len(page.units)


def _capitals(
    leaf: Leaf, where: range, places: Mapping[str, tuple[Place, ...]], base: float, said: Votes
) -> Iterator[Name]:
    """Read "the capital": of the country named just before, or of the one that was struck."""
    units = leaf.page.units
    for at in where:
        if "capital" not in units[at].tags:
            continue
        owner = next((n for n in range(at - 1, max(at - 4, where.start - 1), -1) if meaning(units[n])), None)
        codes = [units[owner].means] if owner is not None else []
        code = next((_code(means, places) for means in codes), None) or said.target or _other(said)
        if code and _capital_of(code) in places:
            first = owner if owner is not None else at
            yield Name(leaf, first, at, _capital_of(code), base + 1.6)


def _code(means: Mapping[str, str], places: Mapping[str, tuple[Place, ...]]) -> str | None:
    who = next((means[table] for table in ACTORS if table in means), "")
    found = places.get(who.casefold(), ())
    return next((place.country for place in found if place.precision == "country"), None)


def _other(said: Votes) -> str | None:
    """Return the country named most that is not the one that struck."""
    others = {code: count for code, count in said.named.items() if code != said.actor}
    return max(others, key=lambda code: (others[code], code)) if others else None


def _choose(namesakes: Sequence[Place], name: Name, said: Votes) -> tuple[Place, float]:
    """Return the namesake most likely meant, and how likely it is the place."""
    weighed = [(place, name.weight + _fit(place, said)) for place in namesakes]
    return max(weighed, key=lambda item: (item[1], item[0].population))


def _fit(place: Place, said: Votes) -> float:
    weight = _PRECISION[place.precision] + 0.15 * math.log10(max(place.population, 10))
    if place.country == said.target:
        weight += 1.5
    elif place.country == said.actor:
        weight -= 1.5
    elif place.country in said.named:
        weight += 1.0
    elif said.named:
        weight -= 2.5
    elif place.population < _SMALL:
        weight -= 1.5
    return weight
