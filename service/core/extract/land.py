"""The country alone, where a text names no place in it: "Yemeni separatists say strikes killed 20"."""

from collections.abc import Mapping, Sequence

from service.core.extract.pages import Leaf, evidence, meaning
from service.core.extract.places import Votes
from service.core.extract.speaks import is_tied
from service.core.report import Evidence, Place

_FIRED = 6


def land(
    leaves: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], codes: Mapping[str, str], said: Votes
) -> tuple[Place, Evidence] | None:
    """Return the country that was struck, or else the one named most that did not strike, and a word that names it."""
    not_there = _not_there(leaves, codes)
    others = {code: count for code, count in said.named.items() if code not in {said.actor, *not_there}}
    code = said.target or max(others, key=lambda other: (others[other], other), default=None)
    if code and code != said.actor:
        return named(leaves, places, codes, code)
    at_home = any(
        "at_home" in unit.tags and codes.get((meaning(unit) or "").lower()) == said.actor
        for leaf in leaves
        for unit in leaf.page.units
    )
    return named(leaves, places, codes, said.actor) if said.actor and at_home else None


def _not_there(leaves: Sequence[Leaf], codes: Mapping[str, str]) -> set[str]:
    """Return countries that are only named for what is somewhere else: forces abroad, or where it was fired from."""
    named, elsewhere = set[str](), dict[str, bool]()
    for leaf in leaves:
        for at in range(len(leaf.page.units)):
            code = codes.get((meaning(leaf.page.units[at]) or "").lower())
            if code:
                named.add(code)
                elsewhere[code] = elsewhere.get(code, True) and _is_aside(leaf, at)
    return {code for code in named if elsewhere[code]}


def _is_aside(leaf: Leaf, at: int) -> bool:
    return _are_forces_abroad(leaf, at) or _is_origin(leaf, at) or is_tied(leaf.page, at)


def _are_forces_abroad(leaf: Leaf, at: int) -> bool:
    """Say whether it is whose forces these are that fight outside their country: "the US Coast Guard"."""
    units = leaf.page.units
    behind = units[at + 1].tags if at + 1 < len(units) else frozenset[str]()
    return "abroad" in units[at].tags and "state_forces" in behind


def _is_origin(leaf: Leaf, at: int) -> bool:
    """Say whether it is where something was fired from: "shells land from the Norland side"."""
    units = leaf.page.units
    before = [unit for unit in units[max(at - _FIRED, 0) : at] if unit.sentence == units[at].sentence]
    light = [unit for unit in before if "article" not in unit.tags]
    return bool(light) and "origin" in light[-1].tags and any(unit.tags & {"launch", "land"} for unit in before)


def at_war(
    leaves: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], codes: Mapping[str, str], said: Votes
) -> tuple[Place, Evidence] | None:
    """Return the country whose war is talked of: named beside the truce or the war, or known for being at war."""
    counts: dict[str, float] = {}
    for leaf in leaves:
        for at, unit in enumerate(leaf.page.units):
            code = codes.get((meaning(unit) or "").lower())
            if code:
                counts[code] = counts.get(code, 0.0) + _weight(leaf, at) * (0.5 if code == said.actor else 1.0)
    best = max(counts, key=lambda code: counts[code], default=None)
    return named(leaves, places, codes, best) if best else None


def _weight(leaf: Leaf, at: int) -> float:
    """Weigh one mention of a country as the one whose war it is."""
    units = leaf.page.units
    if at and "mediated_by" in units[at - 1].tags:
        return 0.0
    around = (*units[max(at - 2, 0) : at], *units[at + 1 : at + 2])
    beside = any(unit.tags & {"truce", "peace_talks", "war"} for unit in around if unit.sentence == units[at].sentence)
    fought = "war_zone" in units[at].tags
    return (0.2 + (1.0 if fought else 0.0) + (1.0 if beside else 0.0)) * (2.0 if leaf.where == "title" else 1.0)


def named(
    leaves: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], codes: Mapping[str, str], code: str
) -> tuple[Place, Evidence] | None:
    """Return this country as a place, and the first word that names it or its people."""
    for leaf in leaves:
        for at, unit in enumerate(leaf.page.units):
            who = (meaning(unit) or "").lower()
            if codes.get(who) != code:
                continue
            country = next((place for place in _known(places, codes, code) if place.precision != "city"), None)
            if country:
                return country, evidence("place", leaf, at, at)
    return None


def _known(places: Mapping[str, tuple[Place, ...]], codes: Mapping[str, str], code: str) -> list[Place]:
    """Return what the gazetteer has under any of the country's names."""
    return [
        place for name, its in codes.items() if its == code for place in places.get(name, ()) if place.country == code
    ]
