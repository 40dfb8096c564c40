"""Strikes of a kind of their own: all shot down, nobody named, a truce broken."""

from collections.abc import Sequence

from service.core.extract.pages import Leaf, search
from service.core.extract.sides import Sides
from service.core.report import Finding, Subtype
from service.core.text import Page, pattern

_HARM = frozenset({"harm", "hit", "kill", "wound", "dead", "land", "strike", "pound"})
_WEAPON = "air|drone|missile|artillery|naval|bomb"
_SHOT_DOWN = (pattern(f"intercept ..8 {_WEAPON}"), pattern(f"{_WEAPON} ..5 intercept"))
_BROKEN = (pattern("violated|breaks ..6 truce"), pattern("truce ..6 violated"))
_FIRED = ("air", "drone", "missile", "artillery", "naval", "aircraft", "raid", "military")
_LEAD = 60  # units of a lead that say what came of it


def subtypes(leaves: Sequence[Leaf], finding: Finding, struck: Sides, *, harmed: bool) -> tuple[Subtype, ...]:
    """Return what kinds of its own a strike is of. `harmed` says that somebody was killed or wounded."""
    kinds: tuple[tuple[Subtype, bool], ...] = (
        ("interception", not harmed and _only_shot_down(leaves)),
        ("unattributed", struck.actor is None and _only_blew_up(leaves, finding)),
        ("violation", any(next(search(wanted, leaves), None) for wanted in _BROKEN)),
    )
    return tuple(name for name, holds in kinds if holds)


def _only_shot_down(leaves: Sequence[Leaf]) -> bool:
    """Say whether all was shot down as far as the title and the lead tell."""
    if not any(next(search(wanted, leaves[:1]), None) for wanted in _SHOT_DOWN):
        return False
    return not any(_touched(leaf.page) for leaf in leaves[:2])


def _touched(page: Page) -> bool:
    """Say whether a title or lead tells of harm that it does not deny: "no damage was reported"."""
    for at, unit in enumerate(page.units[:_LEAD]):
        if unit.tags & _HARM and not any("none" in before.tags for before in page.units[max(at - 2, 0) : at]):
            return True
    return False


def _only_blew_up(leaves: Sequence[Leaf], finding: Finding) -> bool:
    """Say whether explosions are all that is known: heard, and not said to be anybody's strike."""
    page = leaves[0].page
    if any(_was_raided(leaf.page) for leaf in leaves[1:2]):
        return False
    named = any("blast" in cue.rule or "explo" in cue.rule for cue in finding.cues)
    planted = page.has("planted") and not any(leaf.page.has(*_FIRED) for leaf in leaves[:2])
    if planted and all("planted" in page.units[at].tags for at in page.by_tag.get("bomb", ())):
        return True
    blew_up = page.has("explosion", "blasts") and not page.has("raid", "strike", "pound", "attack")
    return blew_up or (named and not page.has("raid", "strike", "pound", "attack", "hit", "barrage"))


def _was_raided(page: Page) -> bool:
    """Say whether a lead calls it air strikes, and not threatened ones: "videos of the airstrikes"."""
    raids = (at for at in page.by_tag.get("raid", ()) if at < _LEAD and "explosion" not in page.units[at].tags)
    return any(
        page.units[max(at - 1, 0)].tags & {"article", "place_word", "of"} and not _is_threat(page, at) for at in raids
    )


def _is_threat(page: Page, at: int) -> bool:
    sentence = page.units[at].sentence
    return any("threat" in unit.tags for unit in page.units[max(at - 8, 0) : at] if unit.sentence == sentence)
