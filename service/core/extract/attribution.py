"""How the actor is known: it claims the strike, is accused of it, or denies it."""

from collections.abc import Sequence
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
)


class KnownBy(NamedTuple):
    """How the actor is known, and the words that say so."""

    attribution: Attribution
    evidence: Evidence


def attribution(leaves: Sequence[Leaf], struck: Sides) -> KnownBy | None:
    """Return how the actor is known, or None where the outlet says it in its own name, or nobody is named."""
    if struck.actor is None:
        return None
    for name, source, step in _WAYS:
        for at in search(pattern(source), leaves):
            unit = at.leaf.page.units[at.hit.at[step]]
            if meaning(unit) == struck.actor:
                return KnownBy(name, evidence("attribution", at.leaf, at.hit.first, at.hit.last))
    return None
