"""Further strikes that an entry tells of beside its main one: other towns, each with its own dead."""

from collections.abc import Mapping, Sequence

from service.core.extract.pages import Leaf, sentences, tags_of
from service.core.extract.places import Choice, Votes, choices
from service.core.extract.toll import told_in
from service.core.report import Count, Other, Place

_DID = frozenset({"raid", "strike", "attack", "hit", "pound", "kill", "wound", "dead", "barrage"})
# What has to speak for a place: a word of attack in its sentence, and "in", "on" or a verb before it.
_LEAST = 2.0
_MOST = 5
_APART = 0.4  # degrees: closer is the same town, or its outskirts


def others(
    leaves: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], said: Votes, main: Place | None
) -> tuple[Other, ...]:
    """Return the other places struck, in the order of the text, at most a few. None where the main one is not known."""
    if main is None or main.precision == "country":
        return ()
    found: dict[str, Other] = {}
    known = [main]
    for choice in choices(leaves, places, said):
        spot, leaf = choice.place, choice.name.leaf
        if choice.weight < _LEAST or spot.precision != "city" or not all(_apart(spot, other) for other in known):
            continue
        where = next(where for where in sentences(leaf.page) if choice.name.first in where)
        if tags_of(leaf.page, where).isdisjoint(_DID):
            continue
        known.append(spot)
        found[spot.name] = Other(place=spot, killed=_killed(choice, where), quote=_words(choice))
        if len(found) == _MOST:
            break
    return tuple(found.values())


def _apart(one: Place, other: Place) -> bool:
    """Say whether two places are different ones, and neither lies in the other."""
    around = _APART if other.precision == "city" else _APART * 4
    return one.name != other.name and max(abs(one.lat - other.lat), abs(one.lon - other.lon)) > around


def _killed(choice: Choice, where: range) -> Count | None:
    """Return the number of dead told right before or behind the name, where there is but one."""
    return told_in(choice.name.leaf, where, choice.name.first)


def _words(choice: Choice) -> str:
    return choice.name.leaf.page.quote(choice.name.first, choice.name.last)[0]
