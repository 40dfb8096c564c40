"""Whether talks are held where a place is named: said with the talks, and of a town.

A country is as likely whose war it is, and a town of which something else is told is no venue: readers are told "in
Doha" only where the text says so.
"""

from collections.abc import Sequence

from service.core.extract.pages import Leaf
from service.core.report import Evidence, Place
from service.core.text import Page

_NEAR, _WORD_BEFORE = 8, 3
_HELD = frozenset(
    {"talks", "peace_talks", "truce", "scheduled", "under_way", "begun", "mediate", "mediated_by", "table", "envoy"}
)
_TALKED = _HELD - {"scheduled", "under_way", "begun", "truce"}
"""Of those, what says that anybody talks: lorries are bound for a town, too."""
_ELSE = frozenset({"kill", "wound", "dead", "strike", "raid", "pound", "attack", "hit", "say"})
_HOLDS = frozenset({"truce"})
_AT = frozenset({"place_word", "located", "mediated_by", "scheduled"})


def is_venue(leaves: Sequence[Leaf], place: Place, words: Evidence) -> bool:
    """Say whether `words`, which name the place, tell that talks are held there."""
    page = next(leaf.page for leaf in leaves if leaf.where == words.where)
    named = next((at for at, unit in enumerate(page.units) if unit.start >= words.start), None)
    return place.precision == "city" and named is not None and _is_said(page, named)


def _is_said(page: Page, named: int) -> bool:
    """Say whether the place goes with talks: "talks in Doha", "Doha talks", "envoys head to Doha"."""
    units = page.units
    near = range(max(named - _NEAR, 0), min(named + _WORD_BEFORE + 1, len(units)))
    around = [at for at in near if units[at].sentence == units[named].sentence and at != named]
    before = frozenset[str]().union(*(units[at].tags for at in around if at >= named - _WORD_BEFORE and at < named))
    held = frozenset[str]().union(*(units[at].tags for at in around)) & _HELD
    talked = frozenset[str]().union(*(unit.tags for unit in units if unit.sentence == units[named].sentence)) & _TALKED
    behind = units[named + 1].tags if named + 1 in around else frozenset[str]()
    nearest = next((units[at].tags & _HELD for at in reversed(around) if at < named and units[at].tags & _HELD), None)
    if "gate" in behind:  # "refugees at the Norport crossing"
        return False
    if nearest == _HOLDS:  # "a truce in El Fasher" holds there, wherever it was agreed
        return False
    return bool(held and talked) and before.isdisjoint(_ELSE) and bool(before & _AT or behind & _HELD or named == 0)
