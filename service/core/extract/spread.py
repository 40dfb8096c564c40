"""Whether a toll counts what happened in several places, so that it is no single town's.

"Overnight strikes on two cities kill eight", "Strikes on Northport and Eastfield kill eight", "two killed in Northport
and four in Eastfield", "strikes across the country kill nine". Such a number given to one town is a wrong number.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from service.core.extract.numbers import quantity
from service.core.extract.pages import WEAPONS, Leaf, evidence, sentence_at, sentences
from service.core.extract.parts import DEAD, HURT, Toll
from service.core.extract.places import Choice
from service.core.extract.sides import country_named
from service.core.extract.sums import told_in
from service.core.report import Count, Evidence, Place, Slot
from service.core.text import Page

# What has to speak for a place: a word of attack in its sentence, and "in", "on" or a verb before it.
LEAST = 2.0
_APART = 0.4  # degrees: closer is the same town, or its outskirts
_SENTENCES, _LONGEST = 4, 150
_REACH, _AHEAD = 9, 3
_DID = frozenset({"raid", "strike", "attack", "barrage", "pound", "hit", "bomb", "launch", *WEAPONS, *DEAD, *HURT})
_DEED = frozenset({"raid", "strike", "attack"})
_BY_NUMBER = 3
# What may stand between a deed and the places it was done to: how many, whose, which.
_LIGHT = frozenset(
    {
        *("peoples", "countries", "article", "direction", "numerals", "vague", "powers", "single", "be", "people"),
        *("person", "child", "place_word", "located", "of", "by", "bounds", "overnight", "none", "their", "against"),
        "town_word",
    }
)
_INSIDE = frozenset({"town_word", "located", "people", "person", "article", "direction"})
_LINKS = frozenset({"town_word", "and", "article", "place_word", "located", "direction", "ward", "of"})


class Spread(NamedTuple):
    """Where it struck, with the words for it, and whether the numbers are of several places together.

    `towns` are those of them that are named in one breath, `total` their number; it is told without `several` where
    another place has a number of its own.
    """

    where: tuple[Place, Evidence] | None
    several: bool = False
    towns: tuple[Choice, ...] = ()
    total: Count | None = None


def spread(
    leaves: Sequence[Leaf],
    tolls: Mapping[Slot, Toll],
    found: Sequence[Choice],
    where: tuple[Place, Evidence] | None,
    codes: Mapping[str, str],
) -> Spread:
    """Return where the numbers are of: `where`, unless they are of another place named behind them, or of several.

    `found` are the places the names of the text are taken for. Of several places it is the region or country around.
    """
    toll = tolls.get("killed") or tolls.get("injured")
    if toll is None:
        return Spread(where)
    own = None if toll.alone else town_of(toll, found, wide=where is not None and not is_town(where[0]))
    if own:
        return Spread((own.place, _words(own)))
    if where and _is_of_another(toll, where, found):
        return Spread(_beside(toll, found, where, codes), total=toll.people)
    told = list(_told(leaves, toll, found))
    towns = [choice for leaf, span in told for choice in _listed(leaf, span, found)]
    towns = towns or (_summed(told, found) if toll.alone else [])
    spots = next((spot for leaf, span in told for spot in _spots(leaf, span)), None)
    if not towns and spots is None:
        return Spread(where)
    struck = towns or [choice for choice in found if choice.weight >= LEAST]
    return Spread(_around(struck, found, where, spots, codes), several=True, towns=tuple(towns), total=toll.people)


def town_of(toll: Toll, found: Sequence[Choice], *, wide: bool) -> Choice | None:
    """Return the town named right behind the number: "strikes on two towns kill three in Northport".

    `wide` says that a region will do, where no town is known.
    """
    for choice in found:
        units, first = choice.name.leaf.page.units, choice.name.first
        last = next((at for at in range(first - 1, first - _AHEAD - 1, -1) if _ends(choice.name.leaf, at, toll)), None)
        between = [unit.tags for unit in units[last + 1 : first]] if last is not None else []
        if (is_town(choice.place) or wide) and between and all(tags & _INSIDE for tags in between):
            return choice
    return None


def _is_of_another(toll: Toll, where: tuple[Place, Evidence], found: Sequence[Choice]) -> bool:
    """Say whether the place has a number of its own: "70 killed in raid on mosque; strike kills 8 in Northport".

    Behind a comma only where it names the strike: "Northport strike kills two, Eastfield strike kills three".
    """
    choice = next((choice for choice in found if _words(choice) == where[1] and choice.place == where[0]), None)
    if choice is None or toll.evidence.where != choice.name.leaf.where or not is_town(choice.place):
        return False
    leaf, first = choice.name.leaf, choice.name.first
    between = leaf.page.text[toll.evidence.end : leaf.page.units[first].start]
    own = told_in(leaf, sentence_at(leaf.page, first), first)
    behind = leaf.page.units[choice.name.last + 1 : choice.name.last + 2]
    apart_from_it = ";" in between or ("," in between and any(unit.tags & _DEED for unit in behind))
    return apart_from_it and own is not None and own != toll.people


def _beside(
    toll: Toll, found: Sequence[Choice], where: tuple[Place, Evidence], codes: Mapping[str, str]
) -> tuple[Place, Evidence] | None:
    """Return the place on the number's side of the semicolon or comma, else the country around the other."""
    page = next(choice.name.leaf.page for choice in found if choice.name.leaf.where == toll.evidence.where)
    ends = min(at for at in (page.text.find(mark, toll.evidence.end) for mark in ";,") if at >= 0)
    here = [choice for choice in found if choice.name.leaf.page is page and page.units[choice.name.last].end <= ends]
    best = max(here, key=lambda choice: choice.weight, default=None)
    if best is not None:
        return best.place, _words(best)
    other = [choice for choice in found if choice.place == where[0]]
    return _around(other, [], where, None, codes)


def _ends(leaf: Leaf, at: int, toll: Toll) -> bool:
    """Say whether the words for a number end at this unit."""
    return at >= 0 and leaf.where == toll.evidence.where and leaf.page.units[at].end == toll.evidence.end


def _told(leaves: Sequence[Leaf], toll: Toll, found: Sequence[Choice]) -> Iterator[tuple[Leaf, range]]:
    """Yield the sentences that tell this number, and the title where none of them names a place."""
    placed = False
    for leaf in leaves:
        for span in islice(sentences(leaf.page), _SENTENCES):
            if _tells(leaf, span, toll):
                placed = placed or any(choice.name.leaf is leaf and choice.name.first in span for choice in found)
                yield leaf, span
    if not placed and leaves[0].where == "title":
        yield leaves[0], range(len(leaves[0].page.units))


def _tells(leaf: Leaf, span: range, toll: Toll) -> bool:
    """Say whether the number stands in this sentence, or the same one with a word of harm."""
    units = leaf.page.units
    if leaf.where == toll.evidence.where:
        return units[span.start].start <= toll.evidence.start < units[span.stop - 1].end
    if not any(units[at].tags & (DEAD | HURT) for at in span):
        return False
    same = (quantity(leaf.page, at) for at in span[:_LONGEST])
    return any(number is not None and number.people.min == toll.people.min for number in same)


def _listed(leaf: Leaf, span: range, found: Sequence[Choice]) -> list[Choice]:
    """Return the places that are struck in one breath: "on Northport, Eastfield and Southford"."""
    here = [choice for choice in found if choice.name.leaf is leaf and choice.name.first in span]
    chain = here[:1]
    for choice in here[1:]:
        if _tied(chain[-1], choice):
            chain.append(choice)
        elif _are_struck(chain, span):
            break
        else:
            chain = [choice]
    return chain if _are_struck(chain, span) else []


def _tied(one: Choice, other: Choice) -> bool:
    between = one.name.leaf.page.units[one.name.last + 1 : other.name.first]
    inside = {one.place.precision, other.place.precision} <= {"city", "region"}
    return inside and len(between) <= _BY_NUMBER and all(unit.tags & _LINKS for unit in between)


def _are_struck(chain: Sequence[Choice], span: range) -> bool:
    """Say whether these are several places, and something was done to them."""
    if not any(apart(chain[0].place, other.place) for other in chain[1:]):
        return False
    page = chain[0].name.leaf.page
    return _done_before(page, chain[0].name.first, span) or _done_behind(page, chain[-1].name.last, span)


def _summed(told: Sequence[tuple[Leaf, range]], found: Sequence[Choice]) -> list[Choice]:
    """Return the towns whose numbers were added up; none where they are parts of one."""
    here = [one for leaf, span in told for one in found if one.name.leaf is leaf and one.name.first in span]
    towns = [choice for choice in here if is_town(choice.place)]
    return towns if len(towns) == 1 or any(apart(towns[0].place, other.place) for other in towns[1:]) else []


def _spots(leaf: Leaf, span: range) -> Iterator[tuple[Leaf, int]]:
    """Yield the words for several places that were struck."""
    page = leaf.page
    for at in span[:_LONGEST]:
        tags = page.units[at].tags
        many = "spots" in tags or ("spots_counted" in tags and _numbered(page, at, span))
        wide = "nationwide" in tags or ("everywhere" in tags and _of_a_country(page, at, span))
        if (many or wide) and (_done_before(page, at, span) or (many and _done_behind(page, at, span))):
            yield leaf, at


def _numbered(page: Page, at: int, span: range) -> bool:
    before = range(max(at - _BY_NUMBER, span.start), at)
    return any(page.units[n].tags & {"numerals", "vague"} or page.units[n].norm.isdecimal() for n in before)


def _of_a_country(page: Page, at: int, span: range) -> bool:
    """Say whether a country or a part of it follows: "across Northland", "across southern Northland"."""
    for n in range(at + 1, min(at + _AHEAD, span.stop)):
        if "countries" in page.units[n].tags and " " not in page.units[n].norm.removesuffix(" strip"):
            return True
        if not page.units[n].tags & {"direction", "article"}:
            return False
    return False


def _done_before(page: Page, at: int, span: range) -> bool:
    """Say whether the words before say what was done there, with nothing else between."""
    for n in range(at - 1, max(at - _REACH, span.start - 1), -1):
        unit = page.units[n]
        if "," in page.text[unit.end : page.units[n + 1].start]:
            return False
        if unit.tags & _DID:
            return True
        loose = not unit.tags and not unit.capital  # "two other towns"
        if not (loose or unit.tags & _LIGHT or unit.norm.isdecimal()):
            return False
    return False


def _done_behind(page: Page, at: int, span: range) -> bool:
    """Say whether what was done there follows at once: "two towns hit", "in drei Städten sterben acht"."""
    behind = range(at + 1, min(at + _AHEAD, span.stop))
    if any(page.units[n].tags & {"aftermath", "amid", "and"} for n in behind):
        return False
    return any(page.units[n].tags & _DID for n in behind)


def _around(
    struck: Sequence[Choice],
    found: Sequence[Choice],
    where: tuple[Place, Evidence] | None,
    spots: tuple[Leaf, int] | None,
    codes: Mapping[str, str],
) -> tuple[Place, Evidence] | None:
    """Return the region all of these are in, if the text names it, else the country; `where` if that is one of them."""
    if where and not is_town(where[0]):
        return where
    country = where[0].country if where else ""
    inside = [choice.place for choice in struck if choice.place.country == country]
    admins = {place.admin for place in inside}
    for choice in found:
        spot = choice.place
        region = spot.precision == "region" and spot.country == country and admins == {spot.admin}
        if region or (spot.precision == "country" and spot.country == country):
            return spot, _words(choice)
    name = country_named(country, codes) if country else None
    if name is None or where is None or not inside:
        return None
    lat, lon = (sum(axis) / len(inside) for axis in zip(*((place.lat, place.lon) for place in inside), strict=True))
    whole = Place(
        name=name, country=country, lat=round(lat, 4), lon=round(lon, 4), precision="country", zone=inside[0].zone
    )
    words = evidence("place", spots[0], spots[1], spots[1]) if spots else where[1]
    return whole, words


def apart(one: Place, other: Place) -> bool:
    """Say whether two places are different ones, and neither lies in the other."""
    around = _APART if other.precision == "city" else _APART * 4
    return one.name != other.name and max(abs(one.lat - other.lat), abs(one.lon - other.lon)) > around


def _words(choice: Choice) -> Evidence:
    return evidence("place", choice.name.leaf, choice.name.first, choice.name.last)


def is_town(place: Place) -> bool:
    """Say whether it is a town and no region or country."""
    return place.precision == "city"
