"""What it was done with."""

from collections.abc import Sequence

from service.core.extract.pages import ACTIONS, WEAPONS, Leaf, evidence, sentences, tags_of
from service.core.report import Evidence
from service.core.text import Page

_DEEDS = frozenset({"strike", "hit", "pound", "bomb", "raid", "attack", "kill", "wound"})
_ACTS = 4


def weapons(leaves: Sequence[Leaf]) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """Return the kinds of weapon named where something is done with them, in order, each with its first words."""
    found: dict[str, Evidence] = {}
    for leaf in leaves:
        for where in sentences(leaf.page):
            if tags_of(leaf.page, where).isdisjoint(ACTIONS):
                continue
            for at in where:
                for kind in WEAPONS:
                    if kind not in found and _is_used(leaf.page, at, where, kind):
                        found[kind] = evidence("weapon", leaf, at, at)
    return tuple(found), tuple(found.values())


def _is_used(page: Page, at: int, where: range, kind: str) -> bool:
    """Say whether it is such a weapon, and not one that rose to meet it: "jets scrambled", "an interceptor fired"."""
    tags = page.units[at].tags
    if "rises_to" in tags or any(
        "rises_to" in page.units[n].tags for n in (at - 3, at - 2, at - 1, at + 1) if n in where
    ):
        return False
    behind = range(at + 1, min(at + _ACTS, where.stop))
    flies = kind == "air" and "jets" in tags and any(page.units[n].tags & _DEEDS for n in behind)
    return kind in tags or flies
