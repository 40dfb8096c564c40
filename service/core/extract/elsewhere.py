"""Numbers without what is another place's: of another country's dead, or the wounded of another town."""

from collections.abc import Mapping, Sequence

from service.core.extract.parts import Toll
from service.core.extract.places import Choice
from service.core.extract.spread import apart, is_town, town_of
from service.core.report import Evidence, Place, Slot


def of_one_place(
    tolls: Mapping[Slot, Toll], found: Sequence[Choice], where: tuple[Place, Evidence] | None
) -> Mapping[Slot, Toll]:
    """Return the numbers without the wounded of another town: "kills three in Northport, five hurt in Eastfield"."""
    hurt = tolls.get("injured")
    own = town_of(hurt, found, wide=False) if hurt and "killed" in tolls and where and is_town(where[0]) else None
    if own is None or where is None or not apart(own.place, where[0]):
        return tolls
    return {slot: toll for slot, toll in tolls.items() if slot != "injured"}


def in_one_country(tolls: Mapping[Slot, Toll], found: Sequence[Choice]) -> Mapping[Slot, Toll]:
    """Return the numbers without sums of two countries: of "five in Northport, one in Southford" the first alone."""
    return {slot: _of_the_first(toll, toll.alone, found) if toll.alone else toll for slot, toll in tolls.items()}


def _of_the_first(toll: Toll, alone: Toll, found: Sequence[Choice]) -> Toll:
    begins = toll.evidence.start
    behind = [
        (choice.name.leaf.page.units[choice.name.first].sentence, choice.place.country)
        for choice in found
        if choice.name.leaf.where == toll.evidence.where
        and choice.place.country
        and choice.name.leaf.page.units[choice.name.first].start >= begins
    ]
    countries = {country for sentence, country in behind if sentence == behind[0][0]}
    return alone if len(countries) > 1 else toll
