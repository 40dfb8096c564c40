"""Slots into reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.core.entry import Entry
from service.core.extract.attribution import attribution
from service.core.extract.land import at_war, land
from service.core.extract.names import names
from service.core.extract.pages import Leaf, leaves
from service.core.extract.places import Votes, place, votes
from service.core.extract.sides import Sides, sides, with_place
from service.core.extract.talks import TALKS, parties, status
from service.core.extract.toll import tolls
from service.core.extract.weapon import weapons
from service.core.extract.when import when
from service.core.lexicon import Lexicon
from service.core.report import Detection, Evidence, Finding, Place, Report

# What has to speak for a place to be where talks are held: "in Doha" does, a government that speaks does not.
_HOST = 4.5


def place_names(entry: Entry, lexicon: Lexicon) -> frozenset[str]:
    """Return the names an entry may mean places by, casefolded, to be looked up before `extract`."""
    return names(leaves(entry, lexicon), lexicon.tables.get("codes", {}))


def extract(
    entry: Entry, detection: Detection, lexicon: Lexicon, places: Mapping[str, tuple[Place, ...]]
) -> tuple[Report, ...]:
    """Return a report for each finding. `places` are the namesakes of each known name of `place_names`."""
    read = leaves(entry, lexicon)
    codes = lexicon.tables.get("codes", {})
    struck = sides(read)
    said = votes(read, codes, struck.actor, struck.target)
    where = place(read, places, said) or land(read, places, codes, said)
    struck = with_place(struck, where, codes)
    return tuple(
        _strike(entry, finding, read, struck, where)
        if finding.kind == "strike"
        else _talks(finding, read, struck, _host(read, places, codes, said))
        for finding in detection.findings
    )


def _strike(
    entry: Entry,
    finding: Finding,
    read: Sequence[Leaf],
    struck: Sides,
    where: tuple[Place, Evidence] | None,
) -> Report:
    spot, words = where or (None, None)
    used, used_words = weapons(read)
    known_by = attribution(read, struck)
    toll = tolls(read, entry.told_at.year)
    time = when(read, entry.told_at, spot)
    shown: list[Evidence] = [found.evidence for found in toll.values()]
    shown += [*used_words, *((words,) if words else ()), *struck.evidence, *((time.evidence,) if time else ())]
    shown += [known_by.evidence] if known_by else []
    counts = {slot: found.people for slot, found in toll.items()}
    return replace(
        _base(finding),
        place=spot,
        occurred=time.interval if time else None,
        weapon=used,
        actor=struck.actor,
        target=struck.target,
        attribution=known_by.attribution if known_by else None,
        killed=counts.get("killed"),
        injured=counts.get("injured"),
        children_killed=counts.get("children_killed"),
        evidence=tuple(shown),
    )


def _host(
    read: Sequence[Leaf], places: Mapping[str, tuple[Place, ...]], codes: Mapping[str, str], said: Votes
) -> tuple[Place, Evidence] | None:
    """Return where talks are held, else whose war they are about."""
    anywhere = Votes(said.named, None, None, abroad=True)
    return place(read, places, anywhere, near=TALKS, least=_HOST) or at_war(read, places, codes, said)


def _talks(finding: Finding, read: Sequence[Leaf], struck: Sides, host: tuple[Place, Evidence] | None) -> Report:
    how_far = status(read)
    who = parties(read, struck)
    shown = [*((how_far.evidence,) if how_far else ()), *who.evidence, *((host[1],) if host else ())]
    return replace(
        _base(finding),
        status=how_far.status if how_far else None,
        parties=who.parties,
        mediators=who.mediators,
        place=host[0] if host else None,
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
