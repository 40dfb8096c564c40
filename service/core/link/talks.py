"""Talks: which round, by venue, parties, dates and stage.

A country's name says what the talks are about, a city's where they are held. So two cities tell two rounds apart, and a
city and a country say nothing about each other.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from service.core.event import Candidate, Event
from service.core.link.cues import follows, is_next_round, names_deal, names_round, round_number
from service.core.link.evidence import NOTHING, Evidence
from service.core.link.question import Question
from service.core.link.sketch import sketch
from service.core.link.when import HOUR, overlap
from service.core.link.where import compared
from service.core.link.words import Told
from service.core.report import Report

FRESH, HALF_A_DAY, A_DAY, DAYS = 6 * HOUR, 12 * HOUR, 24 * HOUR, 72 * HOUR
ANOTHER_ROUND = 36 * HOUR
PAIR = 2
A_NIGHT = 18 * HOUR
OUTCOMES = frozenset({"agreed", "extended", "stalled", "collapsed"})
AGREED = frozenset({"agreed", "extended"})
AHEAD = frozenset({"scheduled", "under_way"})


def round_of(told: Told, question: Question, candidate: Candidate) -> Iterator[Evidence]:
    """Yield what says that a report is, or is not, of this round of talks, apart from its dates."""
    yield venue(question.report, candidate)
    yield parties(question.report, candidate)
    yield stage(told, question, candidate)


def venue(report: Report, candidate: Candidate) -> Evidence:
    """Compare where they are held; between a city and a country there is nothing to compare."""
    if report.place is None:
        return NOTHING
    ours = report.place
    is_country = ours.precision == "country"
    alike = [place for place in sketch(candidate).places if (place.precision == "country") == is_country]
    if ours.precision == "country":
        same = any(place.name == ours.name for place in alike)
        return Evidence(0.5, f"about {ours.name}") if same else _in_country(report, candidate)
    found = [compared(ours, place) for place in alike] or [_in_country(report, candidate)]
    best = max(found, key=lambda one: (not one.veto, one.weight))
    theirs = [told.report for told in candidate.accounts]
    return NOTHING if (best.veto or best.weight < 0) and one_is_no_venue([report], theirs) else best


def one_is_no_venue(ours: Sequence[Report], theirs: Sequence[Report], *, share: float = 0.0) -> bool:
    """Whether only one of them says where it is held: a truce in El Fasher may well come of talks in Cairo.

    More than `share` of them must say so: of many, one will have misread a town as where it is held.
    """
    first, second = (sum(told.venue is not None for told in side) > share * len(side) for side in (ours, theirs))
    return first != second


def apart(one: Candidate, other: Candidate) -> bool:
    """Whether two pictures of talks cannot be of one round: in two cities, between others, or one the other's next."""
    seen = Report(
        kind="talks",
        new=True,
        confidence=1.0,
        place=one.event.place,
        venue=one.event.venue or next((told.report.venue for told in one.accounts if told.report.venue), None),
        parties=one.event.parties,
        mediators=one.event.mediators,
    )
    place = venue(seen, other)
    return place.veto or place.weight < 0 or parties(seen, other).veto or _is_next(one, other) or _is_next(other, one)


def _is_next(later: Candidate, before: Candidate) -> bool:
    """Whether an account of the one calls it a further round, after the other, never called so, had an outcome."""
    return any(_further(told, told.report, before) for told in later.accounts if told.report.stance == "asserts")


def _in_country(report: Report, candidate: Candidate) -> Evidence:
    """Compare a venue known by its city with one known by its country."""
    ours = report.venue
    known = {told.report.venue for told in candidate.accounts if told.report.venue}
    if ours and any(ours.country == place.country and ours.precision != place.precision for place in known):
        return Evidence(1.0, f"held in {ours.name}")
    return NOTHING


def parties(report: Report, candidate: Candidate) -> Evidence:
    """Compare who talks with whom; mediators count as being there, and the country that it is about."""
    ours = _named(report)
    theirs = _parties(candidate)
    if not ours or not theirs:
        return NOTHING
    shared = ours & theirs
    if not shared or (shared <= _mediators(report, candidate) and _other_sides(report, candidate)):
        return Evidence(0.0, "between others", veto=True)
    part = 1.0 if _same_sides(report, candidate) else len(shared) / len(ours | theirs)
    return Evidence(2.0 * part, f"with {', '.join(sorted(shared))}")


def _same_sides(report: Report, candidate: Candidate) -> bool:
    """Whether both say who talks, at least two, and the same: whoever mediates besides."""
    ours, theirs = ({name.casefold() for name in names} for names in (report.parties, candidate.event.parties))
    return len(ours) >= PAIR and ours == theirs


def _parties(candidate: Candidate) -> set[str]:
    """Return who is named by any account."""
    named = {name for account in candidate.accounts for name in _named(account.report)}
    return named | {name.casefold() for name in candidate.event.parties + candidate.event.mediators}


def alone(question: Question, candidate: Candidate) -> Evidence:
    """Weigh, while they are told of, that two whom both name talk of nothing else: then it is likelier of this."""
    shared = _named(question.report) & _parties(candidate)
    others = (one for one in question.others if one.event.event_id != candidate.event.event_id)
    if len(shared) < PAIR or any(len(shared & _parties(one)) >= PAIR for one in others):
        return NOTHING
    return Evidence(0.5, "no other talks of theirs")


def talked_anew(question: Question, candidate: Candidate) -> Evidence:
    """Weigh that the same two have talked anew since these were over: then news is rather of the newer round."""
    both = _named(question.report) & _parties(candidate)
    if len(both) < PAIR or candidate.event.status not in OUTCOMES:
        return NOTHING
    over = candidate.event.first_seen + A_DAY
    newer = (one for one in question.others if over < one.event.first_seen <= question.told_at)
    return Evidence(-1.5, "they talked anew since") if any(both <= _parties(one) for one in newer) else NOTHING


def _mediators(report: Report, candidate: Candidate) -> set[str]:
    return {name.casefold() for name in report.mediators + candidate.event.mediators}


def _other_sides(report: Report, candidate: Candidate) -> bool:
    """Whether both name who talks, and nobody is among both: who mediates there has other guests too."""
    ours, theirs = ({name.casefold() for name in names} for names in (report.parties, candidate.event.parties))
    return bool(ours and theirs) and not ours & theirs


def _named(report: Report) -> set[str]:
    names = {name.casefold() for name in report.parties + report.mediators}
    about = report.place if report.place and report.place.precision == "country" else None
    return names | {about.name.casefold()} if about else names


def dates(question: Question, candidate: Candidate) -> Evidence:
    """Compare the dates, else when it was told: talks are previewed, held and summed up over days."""
    event, ours = candidate.event, question.report.occurred
    shared = overlap(ours, event.occurred) if ours and event.occurred else -FRESH
    if shared > timedelta():
        return Evidence(1.0, "the same dates")
    if -shared > ANOTHER_ROUND:
        return Evidence(-2.0, "on other dates")
    return _told(question, event)


def _told(question: Question, event: Event) -> Evidence:
    age, idle = abs(question.told_at - event.first_seen), question.told_at - event.last_seen
    if age <= FRESH:
        return Evidence(1.5, "told within hours")
    if idle <= A_DAY:
        return Evidence(0.75 if idle <= HALF_A_DAY else 0.5, "told within a day")
    if idle <= ANOTHER_ROUND:
        return Evidence(0.25, "told a day later")
    if "scheduled" in (question.report.status, event.status) and idle <= DAYS:
        return Evidence(0.0, "announced before")
    return Evidence(-0.5 if idle <= DAYS else -1.5, "days of silence in between")


def next_round(told: Told, question: Question, candidate: Candidate) -> Evidence:
    """Weigh a title that speaks of a further round against talks that were told of before, and never called that.

    Where those had an outcome it ends the matter, however many told of them.
    """
    if is_another_round(told.title, candidate):
        return Evidence(0.0, "another round of talks by its number", veto=True)
    if _further_deal(told, candidate):
        return Evidence(-4.0, "it speaks of a further deal")
    if _further(told, question.report, candidate):
        return Evidence(0.0, "a further round of talks that are over", veto=True)
    says_so = names_round if names_round(told.title) else is_next_round
    opens = (candidate.event.status, question.report.status) == ("scheduled", "under_way")
    if opens or question.told_at - candidate.event.first_seen <= ANOTHER_ROUND:
        return NOTHING  # what was announced, and not held since, is the round that opens
    if says_so(told.title) and not any(says_so(known.title) for known in candidate.accounts):
        return Evidence(-4.0, "it speaks of a further round")
    return NOTHING


def is_another_round(title: str, candidate: Candidate) -> bool:
    """Whether a title numbers its round otherwise than all that number these talks."""
    ours = round_number(title)
    theirs = {number for known in candidate.accounts if (number := round_number(known.title))}
    return ours is not None and bool(theirs) and ours not in theirs


def _further_deal(told: Told, before: Candidate) -> bool:
    """Whether a title names a further deal than what was agreed there a day before or more, and is not called that."""
    known_before = told.told_at - before.event.first_seen > A_DAY
    if not known_before or before.event.status not in AGREED or not names_deal(told.title):
        return False
    return not any(names_deal(known.title) for known in before.accounts)


def _further(told: Told, report: Report, before: Candidate) -> bool:
    """Whether a title names a further round than these talks, which are over. One that tells how they ended may too."""
    known_before = told.told_at - before.event.first_seen > A_DAY
    if not known_before or report.status in OUTCOMES or not names_round(told.title):
        return False
    was_one = any(names_round(known.title) for known in before.accounts)
    return not was_one and any(known.report.status in OUTCOMES for known in before.accounts)


def stage(told: Told, question: Question, candidate: Candidate) -> Evidence:
    """Compare how far they have come: a breach is no meeting, and each day has breaches of its own."""
    ours, theirs = question.report.status, candidate.event.status
    if ours is None or (theirs is None and ours != "violated"):
        return NOTHING
    if "violated" in (ours, theirs):
        return Evidence(-1.0, "a breach is no meeting") if ours != theirs else _breach(told, question, candidate)
    if theirs in OUTCOMES and ours in AHEAD and question.told_at - candidate.event.last_seen > A_DAY:
        return Evidence(-1.5, "those were over")
    if theirs in AGREED and ours in AGREED and question.told_at - candidate.event.last_seen > DAYS:
        return Evidence(-1.0, "agreed days before")
    return Evidence(0.5, ours.replace("_", " ")) if ours == theirs else NOTHING


def _breach(told: Told, question: Question, candidate: Candidate) -> Evidence:
    """Compare the days on which a truce was broken: that of a truce agreed before may be the first."""
    days = [known.told_at for known in candidate.accounts if known.report.status == "violated"]
    if question.told_at - min(days, default=candidate.event.first_seen) <= A_NIGHT:
        return Evidence(0.5, "violated")
    if follows(told.title):
        return Evidence(-1.0, "what came after a breach")
    return Evidence(0.0, "another day's breach", veto=True)
