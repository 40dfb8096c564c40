"""An entry as it is judged: title and lead read, and what else than war it may be about."""

from collections.abc import Sequence
from typing import NamedTuple

from service.core.detect.doubts import doubts, elsewhere
from service.core.detect.weigh import Doubt, Leaf, parted, void
from service.core.entry import Entry
from service.core.lexicon import Lexicon
from service.core.report import Kind
from service.core.text import Page, hits, pattern, read

_TITLE, _LEAD = 400, 420
_YEAR_DIGITS = 4
_DEAL = (
    pattern("strike|hit ..4 deal_noun"),
    pattern("strike|hit ..6 by ..3 road_vehicle"),
    pattern("hit ..6 with ..3 sanction_word"),
)
# "The talks blew up": nothing else did.
_BROKEN = pattern("talks|peace_talks|truce ..3 collapsed")
_RAMMED = pattern("road_vehicle rams ..2 road_vehicle|people|person")
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
    "mediators",
    "blasts",
    "sirens",
    "trade_fire",
    "halt_strikes",
    "fires_on",
    "under_attack",
    "table",
    "disarm",
    "defuse",
    "captives",
    "handover",
    "no_talks",
    "violated",
    "proposed",
    "phase",
    "gaps",
    "overture",
    "boom",
    "holds_fire",
    "parleys",
    "contacts",
    "invites",
    "lay_down",
    "goodwill",
    "hands",
    "rivals",
    "terms",
    "captivity",
    "last_captive",
    "body",
    "reply",
    "warring",
    "offer",
    "delegates",
    "pows",
    "sealed",
    "venue_city",
    "crew",
    "willing",
)


class Reading(NamedTuple):
    """What was read. `softness` is what is left of a soft rule, `instead` what the entry is about then."""

    leaves: Sequence[Leaf]
    instead: str
    softness: float


def reading_of(entry: Entry, lexicon: Lexicon) -> Reading | None:
    """Return the entry as it is judged, or None where nothing in it can be a strike or talks."""
    leaves = [Leaf("title", parted(_dated(read(entry.title, lexicon, _TITLE))))]
    lead = entry.summary or entry.content
    if lead:
        limit = _LEAD if entry.title else 2 * _LEAD
        leaves.append(Leaf("summary" if entry.summary else "content", _dated(read(lead, lexicon, limit))))
    if not any(_has_cue(leaf.page) for leaf in leaves):
        return None
    instead, softness = elsewhere(leaves[0].page, leaves[-1].page)
    if not instead and any(_deals(leaf.page) for leaf in leaves):
        instead = "deal"
    return Reading([Leaf(leaf.where, _without_deals(leaf.page)) for leaf in leaves], instead, softness)


def _has_cue(page: Page) -> bool:
    if page.has(*TRIGGERS, *_WEAK) or (page.has("transitive") and page.has("reaching")):
        return True
    if page.has("raids") and page.has("dead", "heard"):
        return True
    return (page.has("kill", "bargain") and page.has("groups")) or (
        page.has("bargain") and page.has("at_war", "war_zone")
    )


def against(kind: Kind, entry: Entry, leaves: Sequence[Leaf]) -> list[Doubt]:
    """Return what speaks against it being news of this kind, the gravest first."""
    return sorted(doubts(kind, leaves, entry.url, entry.told_at), key=lambda doubt: -doubt.weight)


def _without_deals(page: Page) -> Page:
    """Take the strike out of "strikes a new trade deal", and the blast out of talks that blow up."""
    positions = _deals(page)
    page = void(page, ("strike", "hit", "does"), positions) if positions else page
    broken = frozenset(hit.last for hit in hits(_BROKEN, page))
    return void(page, ("hit", "explosion"), broken) if broken else page


def _dated(page: Page) -> Page:
    """Take the protest out of "10 March" and the doubt out of "May 2025": a month beside a number is only a month."""
    months = [at for at in page.by_tag.get("months", ()) if page.units[at].capital and _is_dated(page, at)]
    if not months:
        return page
    return void(page, frozenset().union(*(page.units[at].tags for at in months)) - {"months"}, months)


def _is_dated(page: Page, month: int) -> bool:
    """Say whether a day or a year stands beside it: not so in "At Least 9 May Be Dead"."""
    before, behind = (page.units[at] if 0 <= at < len(page.units) else None for at in (month - 1, month + 1))
    if behind and behind.norm.isdecimal() and len(behind.norm) <= _YEAR_DIGITS:
        return True
    return bool(before and before.norm.isdecimal() and len(before.norm) <= 2 and not (behind and "be" in behind.tags))  # noqa: PLR2004  "10 March"


def _deals(page: Page) -> frozenset[int]:
    dealt = {hit.first for each in _DEAL for hit in hits(each, page)}
    return frozenset(dealt | {hit.at[1] for hit in hits(_RAMMED, page)})
