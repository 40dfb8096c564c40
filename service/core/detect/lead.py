"""Whether a lead tells its news at once, as news is told, or remembers it in passing on the way to something else."""

from typing import NamedTuple

from service.core.report import Kind
from service.core.text import Page

_SOON = 16


class _Telling(NamedTuple):
    """What has to come first, what then, and what makes of it the time or the reason of something else."""

    first: frozenset[str]
    then: frozenset[str]
    beside: frozenset[str]


_SIDES = frozenset({"countries", "peoples", "groups", "metonyms", "military"})
_ARMS = frozenset({"air", "drone", "missile", "artillery", "naval", "bomb", "aircraft", "raid", "strike"})
_DONE = frozenset(
    {"strike", "raid", "hit", "pound", "attack", "launch", "intercept", "ground", "kill", "wound", "dead", "sirens"}
)
_TALKS = frozenset({"truce", "peace_talks", "talks"})
_TELLING: dict[Kind, _Telling] = {
    "strike": _Telling(
        _SIDES | _ARMS,
        _DONE,
        frozenset({"aftermath", "amid", "in", "past", "threat", "reaction", "followed", "because"}),
    ),
    "talks": _Telling(
        _SIDES | _TALKS | {"envoy", "scheduled", "rebels", "mediators"},
        _TALKS | {"captives", "hostages", "envoy", "disarm", "defuse"},
        frozenset({"amid", "aftermath", "past", "meanwhile", "because"}),
    ),
}


def told_at_once(kind: Kind, lead: Page) -> bool:
    """Say whether the first words of a lead name a side or its arms, and then what was done or is talked of.

    "Russian drones hit a depot …" does; "The minister, in office since the air strikes of …" does not.
    """
    how = _TELLING[kind]
    begun = False
    for unit in lead.units[:_SOON]:
        if unit.sentence or (unit.tags & how.beside and not unit.tags & how.then):
            return False
        if unit.tags & how.then and (begun or "raid" in unit.tags):
            return True
        begun = begun or bool(unit.tags & how.first)
    return False
