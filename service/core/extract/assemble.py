"""Slots into reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from service.core.entry import Entry
from service.core.extract.ahead import duration, planned
from service.core.extract.also import others
from service.core.extract.attribution import attribution
from service.core.extract.bystanders import without_bystanders
from service.core.extract.clauses import one_sided
from service.core.extract.elsewhere import in_one_country, of_one_place
from service.core.extract.land import at_war, land
from service.core.extract.names import names
from service.core.extract.pages import ACTIONS, Leaf, leaves
from service.core.extract.parts import Toll
from service.core.extract.places import Choice, Votes, choices, likeliest, votes
from service.core.extract.sides import Sides, country_named, of_one_name, one_name, sides, with_place
from service.core.extract.spread import spread
from service.core.extract.subtype import subtypes
from service.core.extract.talks import TALKS, Parties, parties, status
from service.core.extract.toll import tolls
from service.core.extract.venue import is_venue
from service.core.extract.weapon import weapons
from service.core.extract.when import when
from service.core.lexicon import Lexicon
from service.core.report import Detection, Evidence, Finding, Other, Place, Report, Slot

# What has to speak for a place to be where talks are held: "in Doha" does, a government that speaks does not.
# `_THERE`: what has to speak for a country that struck to be where it was struck.
_HOST = 4.5
_THERE = 2.0


class Struck(NamedTuple):
    """Where it struck, with the words that say so, and where else; how many were harmed.

    `several` says that the numbers are of several places together.
    """

    where: tuple[Place, Evidence] | None
    also: tuple[Other, ...]
    toll: Mapping[Slot, Toll]
    several: bool


class Account(NamedTuple):
    """What a reading gives: its pages, those about the strike, the countries they name, who struck, and what came."""

    read: Sequence[Leaf]
    main: Sequence[Leaf]
    said: Votes
    who: Sides
    struck: Struck


class Held(NamedTuple):
    """Where talks are held, or whose war they are about, with the words for it; the first alone, and its country."""

    where: tuple[Place, Evidence] | None
    venue: Place | None
    host: str | None


def place_names(entry: Entry, lexicon: Lexicon) -> frozenset[str]:
    """Return the names an entry may mean places by, casefolded, to be looked up before `extract`."""
    return names(leaves(entry, lexicon), lexicon.tables.get("codes", {}))


def extract(
    entry: Entry, detection: Detection, lexicon: Lexicon, places: Mapping[str, tuple[Place, ...]]
) -> tuple[Report, ...]:
    """Return a report for each finding. `places` are the namesakes of each known name of `place_names`."""
    read = leaves(entry, lexicon)
    codes = lexicon.tables.get("codes", {})
    strikes = _reading([leaf._replace(page=without_bystanders(leaf.page)) for leaf in read], entry, places, codes)
    # Who backs a side or lies beyond a border may well be a party to talks.
    talks = strikes if all(one == other for one, other in zip(strikes.read, read, strict=True)) else None
    talks = talks or _reading(read, entry, places, codes)
    who_struck, talking = (of_one_name(both.who, lexicon, codes) for both in (strikes, talks))
    return tuple(
        _strike(entry, finding, strikes.main, who_struck, strikes.struck)
        if finding.kind == "strike"
        else _talks(
            entry, finding, read, _talking(read, talking, lexicon), _where_held(read, places, codes, talks.said)
        )
        for finding in detection.findings
    )


def _reading(
    read: Sequence[Leaf], entry: Entry, places: Mapping[str, tuple[Place, ...]], codes: Mapping[str, str]
) -> Account:
    """Return who struck whom, where and with what came of it, as these pages tell it."""
    who = sides(read)
    said = votes(read, codes, who.actor, who.target)
    named = choices(read, places, said)
    main = one_sided(read, [one for one in named if not _is_whose(one, said)], entry.told_at.year)
    return Account(read, main, said, *_struck(entry, main, places, codes, named))


def _struck(
    entry: Entry,
    read: Sequence[Leaf],
    places: Mapping[str, tuple[Place, ...]],
    codes: Mapping[str, str],
    named: Sequence[Choice],
) -> tuple[Sides, Struck]:
    """Return who struck whom, and where with what came of it. `named` are all places the whole entry names."""
    who = sides(read)
    said = votes(read, codes, who.actor, who.target)
    found = choices(read, places, said)
    abroad = [choice for choice in found if not _only_strikes(choice, said.actor)]
    where = likeliest(abroad) or land(read, places, codes, said)
    toll = in_one_country(tolls(read, entry.told_at.year), found)
    over = spread(read, toll, found, where, codes)
    elsewhere = [choice for choice in named if not any(choice.name.leaf is leaf for leaf in read)]
    who = _of_there(who, read, over.where, codes)
    also = others([*found, *elsewhere], over, said.actor)
    toll = toll if over.several else of_one_place(toll, found, over.where)
    return with_place(who, over.where, codes), Struck(over.where, also, toll, over.several)


def _of_there(
    who: Sides, read: Sequence[Leaf], where: tuple[Place, Evidence] | None, codes: Mapping[str, str]
) -> Sides:
    """Return who struck there: what the text alone tells of the other way round is none of the title's."""
    actor, target = (codes.get((name or "").lower()) for name in (who.actor, who.target))
    there = where[0].country if where and where[1].where == "title" else None
    if not there or actor != there or target in {there, None} or any(words.where == "title" for words in who.evidence):
        return who
    again = sides(read[:1])
    return again if codes.get((again.actor or "").lower()) != there else Sides()


def _only_strikes(choice: Choice, actor: str | None) -> bool:
    """Say whether a country is named as who struck, by no word as where: "Northland fires 40 missiles"."""
    return choice.place.precision == "country" and choice.place.country == actor and choice.weight < _THERE


def _is_whose(choice: Choice, said: Votes) -> bool:
    """Say whether a country is whose strikes they were, by its case alone: "Ataki Rosji" are Russia's attacks."""
    page, at = choice.name.leaf.page, choice.name.first
    apart = choice.place.precision != "country" or said.target in {None, choice.place.country}
    if apart or choice.place.country != said.actor or "endings" not in page.grammar:
        return False
    return at > 0 and bool(page.units[at - 1].tags & ACTIONS)


def _strike(entry: Entry, finding: Finding, read: Sequence[Leaf], who: Sides, struck: Struck) -> Report:
    spot, words = struck.where or (None, None)
    used, used_words = weapons(read)
    known_by = attribution(read, who)
    time = when(read, entry.told_at, spot)
    shown: list[Evidence] = [found.evidence for found in struck.toll.values()]
    shown += [*used_words, *((words,) if words else ()), *who.evidence, *((time.evidence,) if time else ())]
    shown += [known_by.evidence] if known_by else []
    counts = {slot: found.people for slot, found in struck.toll.items()}
    return replace(
        _base(finding),
        subtype=subtypes(read, finding, who, harmed=bool(counts)),
        others=struck.also,
        several=struck.several,
        bounds=tuple((slot, found.bound) for slot, found in struck.toll.items()),
        place=spot,
        occurred=time.interval if time else None,
        weapon=used,
        actor=who.actor,
        target=who.target,
        attribution=known_by.attribution if known_by else None,
        killed=counts.get("killed"),
        injured=counts.get("injured"),
        missing=counts.get("missing"),
        children_killed=counts.get("children_killed"),
        children_injured=counts.get("children_injured"),
        women_killed=counts.get("women_killed"),
        evidence=tuple(shown),
    )


def _where_held(
    read: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], codes: Mapping[str, str], said: Votes
) -> Held:
    """Return where talks are held, else whose war they are about."""
    anywhere = Votes(said.named, None, None, abroad=True)
    where = likeliest(choices(read, places, anywhere, near=TALKS), least=_HOST)
    venue = where[0] if where and is_venue(read, *where) else None
    host = country_named(venue.country, codes) if venue and venue.country else None
    return Held(where or at_war(read, places, codes, said), venue, host)


def _talking(read: Sequence[Leaf], struck: Sides, lexicon: Lexicon) -> Parties:
    """Return who talks, each by one name."""
    found, codes = parties(read, struck), lexicon.tables.get("codes", {})
    told = dict.fromkeys(one_name(name, lexicon, codes) for name in found.parties)
    return found._replace(parties=tuple(told))


def _talks(entry: Entry, finding: Finding, read: Sequence[Leaf], who: Parties, held: Held) -> Report:
    how_far = status(read)
    time = planned(read, entry.told_at, held.venue)
    lasts = duration(read)
    shown = [*((how_far.evidence,) if how_far else ()), *who.evidence, *((held.where[1],) if held.where else ())]
    shown += [replace(held.where[1], field="venue")] if held.where and held.venue else []
    shown += [found.evidence for found in (time, lasts) if found]
    return replace(
        _base(finding),
        status=how_far.status if how_far else None,
        parties=who.parties,
        mediators=who.mediators,
        place=held.where[0] if held.where else None,
        venue=held.venue,
        host=held.host,
        planned=time.interval if time else None,
        duration_h=lasts.hours if lasts else None,
        evidence=tuple(shown),
    )


def _base(finding: Finding) -> Report:
    return Report(
        kind=finding.kind,
        new=finding.new,
        confidence=finding.confidence,
        stance=finding.stance,
        review=finding.review,
        rules=tuple(cue.rule for cue in finding.cues),
        reason=finding.reason,
    )
