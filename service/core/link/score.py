"""How well a report fits each candidate: the signature's evidence, and what helps a match that stands on other feet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log2

from service.core.entry import Entry
from service.core.event import Account, Candidate, Event
from service.core.link.cues import counts_on, follows, is_renewed, reacts
from service.core.link.evidence import NOTHING, Evidence, summed
from service.core.link.objects import objects, what
from service.core.link.question import Question, ask
from service.core.link.sides import how_many, who, with_what
from service.core.link.sketch import sketch
from service.core.link.talks import alone, dates, next_round, round_of, talked_anew
from service.core.link.unplaced import has_lower_toll, other_toll, unplaced
from service.core.link.waves import another_night, whole_or_part
from service.core.link.when import SOON, overtaken, quiet, when
from service.core.link.where import SAME_PLACE, elsewhere, located, where
from service.core.link.words import Rarity, Told, lead_of, likeness, terms
from service.core.report import Report

SETTLED = timedelta(hours=8)
"""An event known for so long is what "again" refers to, not what it means."""
SPOKEN_OF = timedelta(hours=24)
ANOTHER, ONE_MORE = -2.0, -8.0
"""Whoever else counted one more may have told of this one. Where nobody did, only an operator can know."""
ALIKE = 0.1
"""Below this, words in common are chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How well a candidate fits. `grounded` says whether anything but words speaks for it.

    What a denial or a retraction stands on is the very town. `undoubted` is the score but for what is a doubt.
    """

    event_id: int
    score: float
    undoubted: float
    accounts: int
    grounded: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question, its words, and how much a word tells the candidates apart."""

    told: Told
    question: Question
    terms: frozenset[str]
    weights: Rarity


def scored(entry: Entry, question: Question, candidates: Sequence[Candidate]) -> list[Match]:
    """Return the candidates that nothing rules out, best first; among equals the one told most, then the older."""
    asked = Asked(told=entry, question=question, terms=_terms(entry), weights=weights(candidates))
    near = question.others if question.report.kind == "strike" else candidates
    found = [fits for candidate in near if (fits := match(asked, candidate))]
    return sorted(found, key=lambda match: (-match.score, -match.accounts, match.event_id))


def asked_again(account: Account, others: Sequence[Candidate], weights: Rarity) -> Asked:
    """Return the question that a joined account poses once more. `others` are neither its event nor the one in view."""
    question = ask(account.report, account, others)
    return Asked(told=account, question=question, terms=_terms(account), weights=weights)


def weights(candidates: Sequence[Candidate]) -> Rarity:
    """Return how much each word tells these events apart."""
    return Rarity(sketch(candidate).terms for candidate in candidates)


def match(asked: Asked, candidate: Candidate) -> Match | None:
    """Return how well the candidate fits, or None where something rules it out."""
    if asked.question.report.kind == "strike" and elsewhere(asked.question, candidate):
        return None
    time, hit, *found = _signature(asked, candidate)
    if time.veto or any(evidence.veto for evidence in found):
        return None
    firm = sum(evidence.weight > 0 for evidence in found)
    report = asked.question.report
    if _denies_elsewhere(report, candidate.event, found[0]):
        return None
    denied = report.kind == "strike" and report.stance != "asserts" and found[0].weight >= SAME_PLACE
    score, reason = summed([time, hit, *found, *_around(asked, candidate)])
    doubts = sum(evidence.weight for evidence in found if evidence.doubt)
    return Match(
        event_id=candidate.event.event_id,
        score=score,
        undoubted=score - doubts,
        accounts=len(candidate.accounts),
        grounded=denied or firm + (time.weight > 0) + (hit.weight > 0 and firm > 0) > 1,
        reason=reason,
    )


def _denies_elsewhere(report: Report, event: Event, place: Evidence) -> bool:
    """Whether a denial says where nothing was struck, and the event is not known to be there."""
    denies = report.kind == "strike" and report.stance == "denies"
    return denies and located(report, event) is not None and place.weight <= 0


def _signature(asked: Asked, candidate: Candidate) -> Iterator[Evidence]:
    """Yield when, what was hit, and all the rest. Time and target together may be chance: they ground no match.

    On another day the same kind of target is hit again: so there it says nothing.
    """
    question, report = asked.question, asked.question.report
    if report.kind == "talks":
        time = dates(question, candidate)
        yield from (time, NOTHING, *round_of(asked.told, question, candidate))
        yield alone(question, candidate) if time.weight > 0 else NOTHING
        yield next_round(asked.told, question, candidate)
        return
    time = _time(asked, candidate)
    yield time
    hit = NOTHING if time.weight < 0 else what(objects(lead_of(asked.told)), candidate)
    yield hit
    place = where(question, candidate)
    yield place
    yield _again(asked.told, question, candidate)
    sides = [*who(asked.told, report, candidate)]
    yield from sides
    yield with_what(report, candidate)
    yield from how_many(question, candidate, there=place == NOTHING or place.weight >= SAME_PLACE)
    yield whole_or_part(asked.told, question, candidate)
    yield another_night(asked.told, question, candidate)
    yield from unplaced(asked.told, question, candidate, place, [hit, *sides])


def _time(asked: Asked, candidate: Candidate) -> Evidence:
    """Compare times; what came after a strike is told late, and that speaks against nothing."""
    found, title = when(asked.question, candidate), asked.told.title
    if found.veto and reacts(title) and _is_later(asked.question, candidate.event):
        return Evidence(-1.0, "a reaction, with a day of its own")
    return Evidence(0.0, "a follow-up") if found.weight < 0 and follows(title) else found


def _is_later(question: Question, event: Event) -> bool:
    """Whether the time given is after the event, of which the world still speaks."""
    occurred = question.report.occurred
    return (
        occurred is not None and occurred.start > event.first_seen and question.told_at - event.last_seen <= SPOKEN_OF
    )


def _around(asked: Asked, candidate: Candidate) -> Iterator[Evidence]:
    """Yield what helps a match that stands on other feet."""
    yield _likeness(asked, candidate)
    yield _widely(candidate)
    if asked.question.report.kind == "strike":
        yield quiet(asked.question, candidate)
        yield overtaken(asked.question, candidate)
        yield _followed(asked.told, candidate)
    else:
        yield talked_anew(asked.question, candidate)


def _again(told: Told, question: Question, candidate: Candidate) -> Evidence:
    """Weigh a title that speaks of one more strike against an event that is not today's, or was never called that.

    What came after "the latest strike" is of one that is known. Of today's, "another" may be what the first was called
    that was told; but not with another toll.
    """
    if follows(told.title):
        return NOTHING
    if is_renewed(told.title) and told.told_at - candidate.event.first_seen > SETTLED:
        called_so = any(is_renewed(account.title) for account in candidate.accounts)
        return Evidence(-1.0 if called_so else -5.0, "it speaks of one more")
    return _one_more(told, question, candidate) if other_toll(question, candidate) else NOTHING


def _one_more(told: Told, question: Question, candidate: Candidate) -> Evidence:
    """Weigh another toll where a title counts one more, or tells of it again: with a lower toll, or hours later."""
    counted = counts_on(told.title)
    called_so = any(counts_on(account.title) or is_renewed(account.title) for account in candidate.accounts)
    if counted and called_so:
        return Evidence(ANOTHER, "it counts one more, with a toll of its own", doubt=True)
    later = question.told_at - candidate.event.first_seen > SOON or has_lower_toll(question, candidate)
    if called_so or not (counted or (later and is_renewed(told.title))):
        return NOTHING
    return Evidence(ONE_MORE, "it speaks of one more, with a toll of its own", doubt=True)


def _widely(candidate: Candidate) -> Evidence:
    """Weigh how much is told of the event: the next report is likelier of what everybody writes about."""
    reports = candidate.event.reports
    return Evidence(min(0.2 * log2(reports), 0.8), f"told {reports} times") if reports > 1 else NOTHING


def _followed(told: Told, candidate: Candidate) -> Evidence:
    """Weigh, of what came after a strike, that it was told of this one before: of two alike it is rather that one's."""
    both = follows(told.title) and any(follows(account.title) for account in candidate.accounts)
    return Evidence(0.5, "what came after it is told of") if both else NOTHING


def _likeness(asked: Asked, candidate: Candidate) -> Evidence:
    """Weigh the likeness to the nearest account. None in another language says nothing, none in the same says no."""
    alike = max((likeness(asked.terms, _terms(account), asked.weights) for account in candidate.accounts), default=0.0)
    if alike >= ALIKE:
        return Evidence(min(4 * alike, 2.5), f"{alike:.0%} alike in words")
    spoken = {account.lang[:2] for account in candidate.accounts}
    lang = asked.told.lang
    return Evidence(-0.5 if lang and lang[:2] in spoken else 0.0, "other words")


def _terms(told: Told) -> frozenset[str]:
    return terms(lead_of(told))
