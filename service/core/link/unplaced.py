"""Reports that name no town: what may tie them to a strike, when the figure alone is chance.

The world over, five are killed in an air strike every other hour. So what names neither place nor side, nor what was
hit, is of a known strike only where it tells it in much the same words; and where it is not known where two strikes
were, or no nearer than a sea, two tolls are two strikes unless the one is told as the other's that has risen.
"""

from collections.abc import Iterator, Sequence

from service.core.event import Candidate, Event
from service.core.link.cues import follows, is_one_more
from service.core.link.evidence import NOTHING, Evidence
from service.core.link.question import Question
from service.core.link.sketch import sketch
from service.core.link.where import SAME_SEA
from service.core.link.words import Told, lead_of, telling
from service.core.report import Count, Report

SIGN = 0.75
"""A side that both name, or a target that is not hit every day."""
NAMELESS = -3.5
OTHER_TOLL = -3.0
SHARED = 4
"""So many words that not every strike is told in make it the same story."""


def unplaced(
    told: Told, question: Question, candidate: Candidate, place: Evidence, signs: Sequence[Evidence]
) -> Iterator[Evidence]:
    """Weigh what is missing, by what was found of the place, and of the sides and what was hit."""
    if question.report.stance != "asserts" or (place.weight > 0 and place.weight != SAME_SEA):
        return
    if place == NOTHING and all(sign.weight < SIGN for sign in signs) and not _in_the_same_words(told, candidate):
        yield Evidence(NAMELESS, "no place, no side and no target to go by", doubt=True)
    if other_toll(question, candidate) and not follows(told.title):
        yield Evidence(OTHER_TOLL, "another toll, and no town to go by", doubt=True)


def other_toll(question: Question, candidate: Candidate) -> bool:
    """Whether both count who was killed, or else who was hurt, and nobody gives the same figure."""
    ours, theirs = _tolls(question.report, candidate)
    return bool(ours and theirs) and not ours & theirs


def has_lower_toll(question: Question, candidate: Candidate) -> bool:
    """Whether it counts fewer than anybody else: a toll rises, and does not fall."""
    ours, theirs = _tolls(question.report, candidate)
    return bool(ours and theirs) and max(ours) < min(theirs)


def _tolls(report: Report, candidate: Candidate) -> tuple[set[int], set[int]]:
    """Return the figures of the dead, its own and theirs; those of the hurt where nobody counts any dead."""
    known = [told.report for told in candidate.accounts]
    dead = _figures(report.killed), {number for said in known for number in _figures(said.killed)}
    if any(dead):
        return dead
    return _figures(report.injured), {number for said in known for number in _figures(said.injured)}


def apart(one: Candidate, other: Candidate) -> bool:
    """Whether two strikes have tolls that exclude each other, and no country to go by, or one is called one more.

    The later of two may be called the second of the day, though its town and its night are the first one's.
    """
    if not _tolls_exclude(one.event, other.event):
        return False
    placed = all(picture.place and picture.place.country for picture in (one.event, other.event))
    return not placed or _counted_beside(*sorted((one, other), key=lambda known: known.event.first_seen))


def _tolls_exclude(left: Event, right: Event) -> bool:
    if left.killed is None or right.killed is None:
        return False
    fewer, more = sorted((left.killed, right.killed), key=lambda count: count.min or 0)
    return fewer.max is not None and fewer.max < (more.min or 0)


def _counted_beside(earlier: Candidate, later: Candidate) -> bool:
    titles = (told.title for told in later.accounts if told.told_at > earlier.event.first_seen)
    return any(map(is_one_more, titles))


def _figures(count: Count | None) -> set[int]:
    return {number for number in count or () if number is not None}


def _in_the_same_words(told: Told, candidate: Candidate) -> bool:
    ours = telling(lead_of(told))
    return any(len(ours & telling(known.lead)) >= SHARED for known in sketch(candidate).told)
