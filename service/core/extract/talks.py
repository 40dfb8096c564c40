"""Talks: how far they are, between whom, through whom, where."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.core.extract.pages import ACTORS, At, Leaf, evidence, meaning, search, sentences, tags_of
from service.core.extract.sides import Sides
from service.core.report import Evidence
from service.core.text import Pattern, pattern

_CUE = "truce|peace_talks|talks|halt_word|parley"
_TRUCE = "truce|peace_talks"
_ACTOR = "|".join(ACTORS)
_TWO = 2
# What may not have come about, and how many words before it may say so.
_SAID_AHEAD = {"agreed": 2, "collapsed": 3}
_WHOLE = frozenset({"truce", "peace_talks", "talks"})
TALKS = frozenset({"truce", "peace_talks", "talks", "mediate"})


def _both_ways(status: str, cue: str, gap: int) -> tuple[str, tuple[Pattern, ...]]:
    return status, (pattern(f"{cue} ..{gap} {status}"), pattern(f"{status} ..{gap} {cue}"))


# The first that fits a field wins: what went wrong is news before what is hoped for.
_STATUS = (
    ("violated", (pattern("breaks ..3 truce"), pattern(f"blame ..2 {_ACTOR} ..3 violated ..2 bargain"))),
    _both_ways("violated", _TRUCE, 5),
    _both_ways("collapsed", _CUE, 6),
    _both_ways("extended", _TRUCE, 9),
    _both_ways("stalled", _CUE, 7),
    ("stalled", (pattern("no_talks"),)),
    _both_ways("scheduled", _CUE, 8),
    # A truce that begins was agreed; talks that begin are only under way.
    ("under_way", (pattern("begun ..2 peace_talks|talks"), pattern("peace_talks|talks ..8 begun"))),
    _both_ways("agreed", _TRUCE, 8),
    _both_ways("under_way", _CUE, 6),
    ("under_way", (pattern("located metonyms ..1 talks"),)),
    ("agreed", (pattern("agreed|swap_word ..4 captives|hostages"),)),
    _both_ways("proposed", _CUE, 6),
)
_PARTIES = (
    (pattern(f"between ..3 {_ACTOR} ..4 {_ACTOR}"), (1, 2)),
    (pattern(f"{_ACTOR} ..1 blame ..1 {_ACTOR} ..4 violated ..2 {_CUE}|bargain"), (0, 2)),
    (pattern(f"{_ACTOR} {_ACTOR} ..3 {_CUE}"), (0, 1)),
    (pattern(f"{_ACTOR} ..1 and ..2 {_ACTOR}"), (0, 2)),
    (pattern(f"{_ACTOR} ..5 {_CUE} ..1 with ..2 {_ACTOR}"), (0, 3)),
    (pattern(f"{_ACTOR} ..8 with ..2 {_ACTOR}"), (0, 2)),
)
_MEDIATORS = (
    (pattern(f"mediated_by|mediators ..2 {_ACTOR}"), 1),
    (pattern(f"mediated_by|mediators ..2 {_ACTOR} ..2 {_ACTOR}"), 2),
    (pattern(f"mediated_by|mediators ..2 {_ACTOR} ..2 {_ACTOR} ..2 {_ACTOR}"), 3),
    (pattern(f"{_ACTOR} ..3 mediate"), 0),
    (pattern("peoples|countries|groups|metonyms envoy"), 0),
)


class Status(NamedTuple):
    """How far talks are, and the words that say so."""

    status: str
    evidence: Evidence


class Parties(NamedTuple):
    """Who talks, through whom, and the words that say so."""

    parties: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def status(leaves: Sequence[Leaf]) -> Status | None:
    """Return the status the first field gives that gives one."""
    for leaf in leaves:
        for name, patterns in _STATUS:
            whole = next((at for at in leaf.page.by_tag.get(name, ()) if leaf.page.units[at].tags & _WHOLE), None)
            if whole is not None:
                return Status(name, evidence("status", leaf, whole, whole))
            for wanted in patterns:
                told = (at for at in search(wanted, (leaf,)) if name not in _SAID_AHEAD or not _yet_to_be(at, name))
                at = next(told, None)
                if at:
                    met = _convened(at) if name == "scheduled" else None
                    words = evidence("status", leaf, *((met, met) if met is not None else (at.hit.first, at.hit.last)))
                    return Status(name if met is None else "under_way", words)
    return None


def _convened(at: At) -> int | None:
    """Return the word that says that they met, before what is planned: "met in Oslo, the first of several"."""
    page = at.leaf.page
    earlier = (n for n in page.by_tag.get("convened", ()) if n < at.hit.last)
    return next((n for n in earlier if " " in page.units[n].norm or _talks(at.leaf, n)), None)


def _yet_to_be(at: At, status: str) -> bool:
    """Say whether it has not come about: "would sign", "will only sign a strong deal", "if talks fail"."""
    units = at.leaf.page.units
    word = next((n for n in range(at.hit.first, at.hit.last + 1) if status in units[n].tags), at.hit.first)
    before = units[max(word - _SAID_AHEAD[status], 0) : word]
    return any(unit.tags & {"threat", "question"} and unit.sentence == units[word].sentence for unit in before)


def parties(leaves: Sequence[Leaf], struck: Sides) -> Parties:
    """Return the parties, and the mediators that are no party. The sides of a strike are parties where no other are."""
    mediators: dict[str, Evidence] = {}
    for name, words in _mediators(leaves):
        mediators.setdefault(name, words)
    found = _pairs(leaves, mediators)
    if len(found) < _TWO:
        fought = _at_war(leaves)
        found = ({} if fought and fought.isdisjoint({struck.actor, struck.target}) else _sides(struck)) | found
    if len(found) < _TWO:
        found = found | {name: words for name, words in _named(leaves) if name not in mediators}
    chosen = dict(list(found.items())[:4])
    others = {name: words for name, words in mediators.items() if name not in chosen}
    return Parties(tuple(chosen), tuple(others), (*chosen.values(), *others.values()))


def _mediators(leaves: Sequence[Leaf]) -> Iterator[tuple[str, Evidence]]:
    for wanted, step in _MEDIATORS:
        for at in search(wanted, leaves):
            unit = at.hit.at[step]
            name = meaning(at.leaf.page.units[unit])
            nearer = any(meaning(at.leaf.page.units[n]) for n in range(unit + 1, at.hit.last))
            at_home = "war_zone" in at.leaf.page.units[unit].tags  # who hosts talks on its own war
            at_home = (
                at_home or {"at_war", "envoy"} <= at.leaf.page.units[unit].tags | at.leaf.page.units[at.hit.last].tags
            )
            envoy = "envoy" in at.leaf.page.units[at.hit.last].tags and "at_war" in at.leaf.page.units[unit].tags
            party = at_home or envoy or at.leaf.page.units[at.hit.last].tags & {"delegates", "mediated_by"}
            if name and not (step == 0 and (nearer or party)):
                yield name, evidence("mediators", at.leaf, unit, unit)


def _pairs(leaves: Sequence[Leaf], mediators: dict[str, Evidence]) -> dict[str, Evidence]:
    """Return the first two that are named as a pair."""
    fought = _at_war(leaves)

    def aside(leaf: Leaf, units: Sequence[int]) -> bool:
        """Say whether they are not those at war whom the title names: "Britain and Germany joined the meeting"."""
        return bool(fought) and not any("at_war" in leaf.page.units[unit].tags for unit in units)

    for wanted, steps in _PARTIES:
        for at in search(wanted, leaves):
            units = [at.hit.at[step] for step in steps]
            pair = {meaning(at.leaf.page.units[unit]) or "": unit for unit in units}
            talking = not tags_of(at.leaf.page, range(at.hit.first, at.hit.last + 1)).isdisjoint(TALKS) or _talks(
                at.leaf, units[0]
            )
            if aside(at.leaf, units):
                continue
            if len(pair) == _TWO and talking and not pair.keys() & mediators.keys():
                return {name: evidence("parties", at.leaf, unit, unit) for name, unit in pair.items()}
    return {}


def _at_war(leaves: Sequence[Leaf]) -> set[str | None]:
    """Return who is at war of those whom the title names."""
    title = [leaf.page for leaf in leaves if leaf.where == "title"]
    return {meaning(unit) for page in title for unit in page.units if "at_war" in unit.tags} - {None}


def _talks(leaf: Leaf, at: int) -> bool:
    where = next(where for where in sentences(leaf.page) if at in where)
    return not tags_of(leaf.page, where).isdisjoint(TALKS)


def _sides(struck: Sides) -> dict[str, Evidence]:
    names = {"actor": struck.actor, "target": struck.target}
    found: dict[str, Evidence] = {}
    for words in struck.evidence:
        name = names.get(words.field)
        if name:
            found[name] = Evidence(
                field="parties", quote=words.quote, start=words.start, end=words.end, where=words.where
            )
    return found if len(found) == _TWO else {}


def _named(leaves: Sequence[Leaf]) -> Iterator[tuple[str, Evidence]]:
    """Yield everyone named in a sentence about talks."""
    for leaf in leaves:
        for where in sentences(leaf.page):
            if tags_of(leaf.page, where).isdisjoint(TALKS):
                continue
            for at in where:
                unit = leaf.page.units[at]
                name = meaning(unit)
                placed = at > 0 and "place_word" in leaf.page.units[at - 1].tags and "countries" not in unit.tags
                backs = at + 1 < len(leaf.page.units) and "attached" in leaf.page.units[at + 1].tags
                if name and not placed and not backs and name != "United Nations":
                    yield name, evidence("parties", leaf, at, at)
