"""What it was done with."""

from collections.abc import Sequence

from service.core.extract.pages import ACTIONS, WEAPONS, Leaf, evidence, sentences, tags_of
from service.core.report import Evidence


def weapons(leaves: Sequence[Leaf]) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """Return the kinds of weapon named where something is done with them, in order, each with its first words."""
    found: dict[str, Evidence] = {}
    for leaf in leaves:
        for where in sentences(leaf.page):
            if tags_of(leaf.page, where).isdisjoint(ACTIONS):
                continue
            for at in where:
                for kind in WEAPONS:
                    if kind in leaf.page.units[at].tags and kind not in found:
                        found[kind] = evidence("weapon", leaf, at, at)
    return tuple(found), tuple(found.values())
