"""Where it was: which names a text may mean, and which of the gazetteer's places it does mean.

A name counts for more after "in" or "hit", in the title, and beside words of attack; countries the text names vote
among namesakes. A capital that speaks ("Kyiv said") is a government, not a place.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from service.core.extract.names import capital_of, forms, part, runs
from service.core.extract.pages import ACTIONS, ACTORS, Leaf, evidence, meaning, sentences, tags_of
from service.core.extract.setting import Reading, is_sentence_case, names_a_deal, setting
from service.core.extract.speaks import may_be_place
from service.core.report import Evidence, Place
from service.core.text import Page

_SENTENCES, _RUNS, _NAMES = 25, 300, 150
_PRECISION = {"city": 0.6, "region": 0.5, "country": -0.4}
# Waters are in no country, and few.
_WATER = 1.0
_ASHORE = 0.6  # a town that is nearly as likely as the sea it lies by
_SMALL, _LARGE = 100_000, 180_000
_NO_VENUE = 5
"""A namesake so many times smaller hosts no talks: Geneva is in Switzerland, however often the text names America."""
# A town that is nearly as likely as the region or country around it, at most so many degrees from its middle.
_MARGINS = {"region": (2.0, 1.5), "country": (1.0, 90.0)}
_OWN_LAND = 1.5  # what else speaks against a smaller namesake in the land of who struck
_PART = 0.5
_BETWEEN = frozenset({"strike", "raid", "attack", "hit", "pound", "say", "place_word"})


class Name(NamedTuple):
    """A name in a text, and how much speaks for it being where it happened."""

    leaf: Leaf
    first: int
    last: int
    key: str
    weight: float


class Choice(NamedTuple):
    """The place a name is taken for, and how likely it is where it happened."""

    weight: float
    place: Place
    name: Name


class Votes(NamedTuple):
    """Countries the text names, by code, and which of them struck and was struck, where known.

    `abroad` says that a large town in a country nobody named is likely too: talks are held far from the war.
    `capital` is the country whose capital is named, so that "the capital" is that one; `far` are those whose forces
    fight abroad while nobody strikes them at home.
    """

    named: Mapping[str, float]
    actor: str | None
    target: str | None
    abroad: bool = False
    capital: str | None = None
    far: frozenset[str] = frozenset()


def votes(leaves: Sequence[Leaf], codes: Mapping[str, str], actor: str | None, target: str | None) -> Votes:
    """Count the countries a text names."""
    named: dict[str, float] = {}
    far = set[str]()
    for leaf in leaves:
        for at, unit in enumerate(leaf.page.units):
            code = codes.get((meaning(unit) or "").lower())
            if code and not ("metonyms" in unit.tags and names_a_deal(leaf.page, at, at)):
                named[code] = named.get(code, 0.0) + (2.0 if leaf.where == "title" else 1.0)
                far |= {code} if "abroad" in unit.tags and "war_zone" not in unit.tags else set()
    return Votes(named, codes.get((actor or "").lower()), codes.get((target or "").lower()), far=frozenset(far))


def likeliest(found: Sequence[Choice], *, least: float = 0.0) -> tuple[Place, Evidence] | None:
    """Return where it happened and the words that say so. `least` is what has to speak for a place."""
    best = max(found, key=lambda choice: choice.weight, default=None)
    if best is None or best.weight < least:
        return None
    best = _within(best, found)
    return best.place, evidence("place", best.name.leaf, best.name.first, best.name.last)


def choices(
    leaves: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], said: Votes, *, near: Collection[str] = ACTIONS
) -> list[Choice]:
    """Return what each name is taken for, in the order of the text. `near` are the tags of words of what happened."""
    said = said._replace(capital=_capital_named(leaves, places, said))
    named = islice(_candidates(leaves, places, near, said), _NAMES)
    return [_choose(places[name.key], name, said) for name in named]


def _within(best: Choice, found: Sequence[Choice]) -> Choice:
    """Return the likeliest town inside, where the best is a region or country: "Khan Younis in the Gaza Strip"."""
    if best.place.precision == "city":
        return best
    if not best.place.country:
        ashore = [
            choice for choice in found if choice.place.precision == "city" and choice.weight > best.weight - _ASHORE
        ]
        return max(ashore, key=lambda choice: choice.weight, default=best)
    margin, around = _MARGINS[best.place.precision]
    inside = [
        choice
        for choice in found
        if choice.place.precision == "city"
        and choice.place.country == best.place.country
        and choice.weight > best.weight - margin
        and abs(choice.place.lat - best.place.lat) + abs(choice.place.lon - best.place.lon) < around
    ]
    return max(inside, key=lambda choice: choice.weight, default=best)


def _candidates(
    leaves: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], near: Collection[str], said: Votes
) -> Iterator[Name]:
    for leaf in leaves:
        cased = leaf.where != "title" or is_sentence_case(leaf.page)
        for number, where in enumerate(sentences(leaf.page)):
            if number > _SENTENCES:
                break
            if near is ACTIONS and "former" in tags_of(leaf.page, where):
                continue  # "Previous attacks were in the Red Sea"
            base = 1.5 if leaf.where == "title" else max(0.0, 1.0 - 0.2 * number)
            base += 0.0 if tags_of(leaf.page, where).isdisjoint(near) else 1.0
            yield from _in_sentence(leaf, where, places, base, Reading(cased, struck=near is ACTIONS))
            yield from _capitals(leaf, where, places, base, said)


def _in_sentence(
    leaf: Leaf, where: range, places: Mapping[str, tuple[Place, ...]], base: float, how: Reading
) -> Iterator[Name]:
    end = where.start
    for first, last in islice(runs(leaf.page, where), _RUNS):
        if first < end:
            continue
        found = next((form for form in forms(leaf.page, first, last) if form in places), None)
        if found is None or not may_be_place(leaf.page, first, last):
            continue
        end = last + 1
        side = next((name for name in part(leaf.page, first, last) if name in places), None)
        weight = base + setting(leaf, first, last, how) + (_PART if side else 0.0)
        yield Name(leaf, first - 1 if side else first, last, side or found, weight)


def _capitals(
    leaf: Leaf, where: range, places: Mapping[str, tuple[Place, ...]], base: float, said: Votes
) -> Iterator[Name]:
    """Read "the capital": of the country named beside it, or by its own name in the text, or of the one struck."""
    units = leaf.page.units
    for at in where:
        if "capital" not in units[at].tags:
            continue
        owner = _owner(leaf.page, at, where)
        code = (
            (_code(units[owner].means, places) if owner is not None else None)
            or said.capital
            or said.target
            or _other(said)
        )
        if code and capital_of(code) in places:
            first = owner if owner is not None else at
            yield Name(leaf, first, at, capital_of(code), base + 1.6)


def _owner(page: Page, at: int, where: range) -> int | None:
    """Return whose capital it is: "Northland's capital", "the capital of Northland", "столица Украины"."""
    units = page.units
    for n in range(at - 1, max(at - 4, where.start - 1), -1):
        if units[n].tags & _BETWEEN:
            break
        if meaning(units[n]):
            return n
    behind = at + 2 if at + 1 in where and "of" in units[at + 1].tags else at + 1
    apart = behind in where and "," in page.text[units[at].end : units[behind].start]
    return behind if behind in where and "countries" in units[behind].tags and not apart else None


def _capital_named(leaves: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], said: Votes) -> str | None:
    """Return the country whose capital the text names, the one most told of first, unless it is the one that struck."""
    texts = [leaf.page.text.casefold() for leaf in leaves]
    for code in sorted(said.named, key=lambda code: (-said.named[code], code)):
        known = places.get(capital_of(code), ())
        if code != said.actor and any(place.name.casefold() in text for place in known for text in texts):
            return code
    return None


def _code(means: Mapping[str, str], places: Mapping[str, tuple[Place, ...]]) -> str | None:
    who = next((means[table] for table in ACTORS if table in means), "")
    found = places.get(who.casefold(), ())
    return next((place.country for place in found if place.precision == "country"), None)


def _other(said: Votes) -> str | None:
    """Return the country named most that is not the one that struck."""
    others = {code: count for code, count in said.named.items() if code != said.actor}
    return max(others, key=lambda code: (others[code], code)) if others else None


def _choose(namesakes: Sequence[Place], name: Name, said: Votes) -> Choice:
    """Return the namesake most likely meant, and how likely it is the place. A country's name means the country."""
    if name.first == name.last and "countries" in name.leaf.page.units[name.first].tags:
        namesakes = [place for place in namesakes if place.precision == "country"] or namesakes
    if "metonyms" in name.leaf.page.units[name.first].tags:  # "in Islamabad" is no town abroad of that name
        namesakes = [place for place in namesakes if place.capital] or namesakes
    largest = max(place.population for place in namesakes)
    if said.abroad or name.leaf.page.units[name.first].tags & {"metonyms", "war_zone"}:
        namesakes = [place for place in namesakes if place.population * _NO_VENUE >= largest]
    weighed = [Choice(name.weight + _fit(place, name, said), place, name) for place in namesakes]

    def likelihood(one: Choice) -> tuple[float, int]:
        own = one.place.country == said.actor and one.place.population < largest
        return one.weight - (_OWN_LAND if own else 0.0), one.place.population

    return max(weighed, key=likelihood)


def _fit(place: Place, name: Name, said: Votes) -> float:
    if not place.country:
        ashore = name.last + 1 < len(name.leaf.page.units) and "ashore" in name.leaf.page.units[name.last + 1].tags
        return _WATER - (3.0 if ashore else 0.0) - (0.5 if said.target else 0.0)
    weight = _PRECISION[place.precision] + 0.15 * math.log10(max(place.population, 10))
    if place.country == said.target:
        weight += 1.5
    elif place.country == said.actor:
        weight -= 2.5 if place.precision == "country" else 1.5
    elif place.country in said.named:
        weight += 1.0 if said.abroad or place.country not in said.far else -1.0
    elif said.named:
        weight -= 0.5 if said.abroad and place.population > _LARGE else 2.5
    elif place.population < _SMALL:
        weight -= 1.5
    return weight
