"""An entry as it is judged: title and lead read, and what else than war it may be about."""

from collections.abc import Sequence
from typing import NamedTuple

from service.core.detect.doubts import Doubt, doubts, elsewhere
from service.core.detect.weigh import Leaf, parted, void
from service.core.entry import Entry
from service.core.lexicon import Lexicon
from service.core.report import Kind
from service.core.text import Page, hits, pattern, read

_TITLE, _LEAD = 400, 420
_DEAL = (
    pattern("strike|hit ..4 deal_noun"),
    pattern("strike|hit ..6 by ..3 road_vehicle"),
    pattern("hit ..6 with ..3 sanction_word"),
)
TRIGGERS = ("raid", "strike", "pound", "air", "drone", "missile", "artillery", "naval", "bomb", "truce", "peace_talks")
_WEAK = (
    "attack",
    "intercept",
    "explosion",
    "talks",
    "peace",
    "war",
    "barrage",
    "hit",
    "decoy",
    "drill",
    "deal",
    "suicide",
    "launch",
    "fire_word",
    "tank_fire",
    "aircraft",
    "bodies",
    "envoy",
    "sirens",
    "trade_fire",
    "halt_strikes",
    "fires_on",
    "table",
    "disarm",
    "defuse",
    "captives",
    "handover",
    "no_talks",
)


class Reading(NamedTuple):
    """What was read. `softness` is what is left of a soft rule, `instead` what the entry is about then."""

    leaves: Sequence[Leaf]
    instead: str
    softness: float


def reading_of(entry: Entry, lexicon: Lexicon) -> Reading | None:
    """Return the entry as it is judged, or None where nothing in it can be a strike or talks."""
    leaves = [Leaf("title", parted(read(entry.title, lexicon, _TITLE)))]
    lead = entry.summary or entry.content
    if lead:
        limit = _LEAD if entry.title else 2 * _LEAD
        leaves.append(Leaf("summary" if entry.summary else "content", read(lead, lexicon, limit)))
    if not any(leaf.page.has(*TRIGGERS, *_WEAK) for leaf in leaves):
        return None
    instead, softness = elsewhere(leaves[0].page, leaves[-1].page)
    if not instead and any(_deals(leaf.page) for leaf in leaves):
        instead = "deal"
    return Reading([Leaf(leaf.where, _without_deals(leaf.page)) for leaf in leaves], instead, softness)


def against(kind: Kind, entry: Entry, leaves: Sequence[Leaf]) -> list[Doubt]:
    """Return what speaks against it being news of this kind, the gravest first."""
    return sorted(doubts(kind, leaves, entry.url, entry.told_at), key=lambda doubt: -doubt.weight)


def _without_deals(page: Page) -> Page:
    """Take the strike out of "strikes a new trade deal"."""
    positions = _deals(page)
    return void(page, ("strike", "hit", "does"), positions) if positions else page


def _deals(page: Page) -> frozenset[int]:
    return frozenset(hit.first for each in _DEAL for hit in hits(each, page))
