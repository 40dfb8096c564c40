"""How the actor is known: it claims the strike, is accused of it, or denies it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.core.extract.pages import ACTORS, Leaf, evidence, meaning, search
from service.core.extract.sides import Sides
from service.core.report import Attribution, Evidence
from service.core.text import pattern

_ACTOR = "|".join(ACTORS)
_DEED = "raid|strike|attack|hit|pound|launch|kill"
# Each pattern with the step that has to be the actor.
_WAYS: tuple[tuple[Attribution, str, int], ...] = (
    ("denied", f"{_ACTOR} ..3 deny ..6 {_DEED}", 0),
    ("denied", f"{_ACTOR} ..3 deny ..4 nothing_happened", 0),
    ("claimed", f"{_ACTOR} ..4 claims_it", 0),
    ("claimed", f"{_ACTOR} ..3 say it_word ..3 {_DEED}", 0),
    ("claimed", f"claims_it ..2 {_ACTOR}", 1),
    ("accused", f"blame ..3 {_ACTOR}", 1),
    ("accused", f"{_ACTOR} ..1 accused_of", 0),
    ("accused", f"say ..1 {_ACTOR} is_behind", 1),
)


class KnownBy(NamedTuple):
    """How the actor is known, and the words that say so."""

    attribution: Attribution
    evidence: Evidence


def attribution(leaves: Sequence[Leaf], struck: Sides) -> KnownBy | None:
    """Return how the actor is known, or None where the outlet says it in its own name, or nobody is named."""
    if struck.actor is None:
        return None
    denied = [way for way in _WAYS if way[0] == "denied"]
    rest = [way for way in _WAYS if way[0] != "denied"]
    # A denial counts wherever it stands; what else is said, as the first field has it.
    for where, ways in ((leaves, denied), *(((leaf,), rest) for leaf in leaves)):
        found = next((found for way in ways for found in _known_by(where, way, struck)), None)
        if found:
            return found
    return None


def _known_by(leaves: Sequence[Leaf], way: tuple[Attribution, str, int], struck: Sides) -> Iterator[KnownBy]:
    name, source, step = way
    for at in search(pattern(source), leaves):
        if meaning(at.leaf.page.units[at.hit.at[step]]) == struck.actor:
            yield KnownBy(name, evidence("attribution", at.leaf, at.hit.first, at.hit.last))
