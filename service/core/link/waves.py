"""A country's night and its towns: what a wave did in all, and what one town suffered of it.

"300 drones at the country, nine killed" counts the dead of every town. So it is no report of a town whose dead are
known to be fewer, nor of one among several towns with dead of their own; and a town with dead of its own is no news of
what the whole country lost. Where figures agree, or nobody counts, the country's name is only said from further away.
"""

from collections.abc import Iterator
from datetime import timedelta

from service.core.event import Candidate, Event
from service.core.link.cues import follows, tells_of_wave
from service.core.link.evidence import NOTHING, Evidence
from service.core.link.question import Question
from service.core.link.sketch import sketch
from service.core.link.when import ANOTHER_DAY, RUNNING
from service.core.link.where import apart, located
from service.core.link.words import Told, lead_of
from service.core.report import Place, Report

PART = -5.0
"""What speaks against a match of a whole with its part: as much as joins two reports that agree in all else."""
PERHAPS = -2.0
"""Where only the figures say that one may be a part: it may as well be a toll that has risen, or an old one."""
NEXT_WAVE, NEXT = -2.5, -1.5
SAME_NIGHT = timedelta(hours=12)


def whole_or_part(told: Told, question: Question, candidate: Candidate) -> Evidence:
    """Weigh that one of the two is a town's, and the other counts what happened around it."""
    ours, theirs = located(question.report, candidate.event), candidate.event.place
    if ours is None or theirs is None:
        return NOTHING
    if ours.is_around(theirs) and not sketch(candidate).wide:
        return _whole(told, question, candidate, ours)
    return _part(question.report, candidate) if theirs.is_around(ours) else NOTHING


def another_night(told: Told, question: Question, candidate: Candidate) -> Evidence:
    """Weigh that the country was struck again, where neither a town nor a time says otherwise and the story had ended.

    A country at war is struck every night. Its name, and as many dead, are no sign of last night's strike.
    """
    place, event = question.report.place, candidate.event
    known = place is not None and place.precision == "country" and event.place is not None
    over = question.told_at - event.first_seen > ANOTHER_DAY and question.told_at - event.last_seen > RUNNING
    if not known or not over or question.report.occurred or follows(told.title):
        return NOTHING
    wave = tells_of_wave(lead_of(told))
    return Evidence(NEXT_WAVE if wave else NEXT, "the country may have been struck again", doubt=True)


def _whole(told: Told, question: Question, candidate: Candidate, ours: Place) -> Evidence:
    counted, known = _figures(question.report), _known(candidate, ours)
    wave = question.report.several or tells_of_wave(lead_of(told))
    agree = bool(counted & known)
    if _sums_up(question) or (not counted and _is_that_wave(candidate, ours)):
        return NOTHING
    if any(_rivals(question, candidate, ours)) and (wave or not agree):
        return Evidence(PART, f"several towns of {ours.name} have dead of their own", doubt=True)
    if agree or not counted:
        return NOTHING
    if wave:
        return Evidence(PART, f"counted in all of {ours.name}", doubt=True)
    more = bool(known) and max(counted) > max(known) and not follows(told.title)
    return Evidence(PERHAPS, f"more than are known of in {_name(candidate)}", doubt=True) if more else NOTHING


def _is_that_wave(candidate: Candidate, ours: Place) -> bool:
    """Whether it was told of as the wave before a town of it was known: who counts nobody tells of it once more."""
    accounts = candidate.accounts
    return any(told.report.place == ours and tells_of_wave(lead_of(told)) for told in accounts)


def _sums_up(question: Question) -> bool:
    """Whether it counts together what is known town by town: that is no news, and its sum becomes nobody's toll."""
    towns = {place.name for one in question.others if (place := one.event.place)}
    others = question.report.others
    return question.report.several and bool(others) and all(other.place.name in towns for other in others)


def _part(report: Report, candidate: Candidate) -> Evidence:
    counted, known = _figures(report), _known(candidate)
    if not counted or not known or counted & known:
        return NOTHING
    if any(told.report.several or tells_of_wave(lead_of(told)) for told in candidate.accounts):
        return Evidence(PART, f"a part of what was counted in all of {_name(candidate)}", doubt=True)
    return (
        Evidence(PERHAPS, f"fewer than in all of {_name(candidate)}", doubt=True)
        if max(counted) < max(known)
        else NOTHING
    )


def _rivals(question: Question, candidate: Candidate, ours: Place) -> Iterator[Event]:
    """Yield the events of other towns there that one side struck the same night, with dead of their own."""
    here = candidate.event
    for other in (one.event for one in question.others):
        near = abs(other.first_seen - here.first_seen) <= SAME_NIGHT
        counted = other.killed or other.injured
        twins = here.event_id in (other.event_id, other.possibly) or here.possibly == other.event_id
        sides = {question.report.actor, here.actor, other.actor} - {None}
        if near and counted and not twins and len(sides) <= 1 and _within(other, ours) and apart(here, other):
            yield other


def _within(event: Event, ours: Place) -> bool:
    place = event.place
    return place is not None and ours.is_around(place)


def _figures(report: Report) -> set[int]:
    """Return how many were killed, else how many were hurt."""
    counts = (count for count in (report.killed, report.injured) if count)
    return {number for number in next(counts, ()) if number is not None}


def _known(candidate: Candidate, but: Place | None = None) -> set[int]:
    """Return the figures of an event's accounts, but of those that name this place."""
    said = (told.report for told in candidate.accounts if told.report.stance == "asserts")
    return {number for report in said if but is None or report.place != but for number in _figures(report)}


def _name(candidate: Candidate) -> str:
    return candidate.event.place.name if candidate.event.place else ""
