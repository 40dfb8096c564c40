"""When: the interval the text gives, else when it was told; and whether the place was struck on other days too."""

from datetime import datetime, timedelta
from math import log2

from service.core.event import Candidate, Event
from service.core.link.evidence import NOTHING, Evidence
from service.core.link.question import Question
from service.core.link.where import where
from service.core.report import Interval

HOUR = timedelta(hours=1)

NEXT_NIGHT = 6 * HOUR
"""Times further apart than this are different strikes."""
TOLD_BEFORE = 6 * HOUR
"""An event was told before it happened only by so much as hours of the day are misread."""
STALE = 96 * HOUR
"""A time further back than this was misread, or is another strike's, mentioned in passing: it counts as unknown."""
AHEAD = HOUR
"""Nobody tells what has not happened yet: a time that begins later than this after it was told was misread too."""
RUNNING = 6 * HOUR
"""For so long after its last report a story is on everybody's mind."""
ANOTHER_DAY = 18 * HOUR

SOON, HALF_A_DAY, SILENCE = 3 * HOUR, 12 * HOUR, 30 * HOUR
AGES = ((24 * HOUR, 0.0), (48 * HOUR, -0.5))
OLD = -1.0
TELLING = 0.6
MOST = 1.5


def when(question: Question, candidate: Candidate) -> Evidence:
    """Compare when it happened where both say so, else when it was told."""
    event = candidate.event
    ours = credible(question.report.occurred, question.told_at)
    theirs = credible(event.occurred, event.last_seen)
    if ours and theirs and (ours.start <= event.first_seen + TOLD_BEFORE or overlap(ours, theirs) > timedelta()):
        return _intervals(ours, theirs)
    if ours and ours.start > event.first_seen + TOLD_BEFORE:
        return Evidence(0.0, "it happened after the event was first told", veto=True)
    if ours and ours.end < event.first_seen - timedelta(hours=36):
        return Evidence(0.0, "it happened long before the event was told", veto=True)
    return _told(question, candidate)


def credible(occurred: Interval | None, told_at: datetime) -> Interval | None:
    """Return the interval if somebody can have meant it who told it then."""
    known = occurred and occurred.end > told_at - STALE and occurred.start <= told_at + AHEAD
    return occurred if known else None


def _intervals(ours: Interval, theirs: Interval) -> Evidence:
    shared = overlap(ours, theirs)
    if shared > timedelta():
        shortest = min(ours.end - ours.start, theirs.end - theirs.start)
        return Evidence(2.0, "at the same time") if shared * 2 >= shortest else Evidence(1.0, "at times that overlap")
    if -shared <= NEXT_NIGHT:
        return Evidence(0.0, "at times close together")
    return Evidence(0.0, "at another time", veto=True)


def overlap(ours: Interval, theirs: Interval) -> timedelta:
    """Return how long two intervals have in common; negative is the gap between them."""
    return min(ours.end, theirs.end) - max(ours.start, theirs.start)


def _told(question: Question, candidate: Candidate) -> Evidence:
    """Weigh when it was told: soon after the first report, or while this story runs and no other is told of."""
    age, idle = abs(question.told_at - _began(question, candidate)), question.told_at - candidate.event.last_seen
    if age <= SOON:
        return Evidence(2.0, "told within hours")
    if age <= HALF_A_DAY:
        return Evidence(1.5, "told within half a day")
    if idle > SILENCE:
        struck = min(other_days(question, candidate), 2)
        return Evidence(-1.0 - 0.5 * struck, "told a day or more after the last report")
    return _running(question, candidate, age)


def _began(question: Question, candidate: Candidate) -> datetime:
    """Return when it was first told. What may be an older event's late report goes by that: it hides no new strike."""
    first = candidate.event.first_seen
    twins = (other.event.first_seen for other in question.others if other.event.event_id == candidate.event.possibly)
    return next((older for older in twins if first - older > ANOTHER_DAY), first)


def _running(question: Question, candidate: Candidate, age: timedelta) -> Evidence:
    """Weigh how often the event is still told against how often the country is struck anew."""
    recent = sum(abs(question.told_at - account.told_at) <= RUNNING for account in candidate.accounts)
    running = TELLING * log2((recent + 0.5) / (1 + other_days(question, candidate)))
    late = next((weight for limit, weight in AGES if age <= limit), OLD)
    words = f"told {recent} times of late" if recent else "not told of late"
    return Evidence(min(max(running + late, -MOST), MOST), words)


def quiet(question: Question, candidate: Candidate) -> Evidence:
    """Weigh how rare strikes on the country are, while the story runs.

    Where none was told of on another day, a second one before the first has left the news is less likely.
    """
    idle = question.told_at - candidate.event.last_seen
    if candidate.event.place is None or idle > RUNNING or other_days(question, candidate):
        return NOTHING
    return Evidence(0.75, "no other strike there in days")


def overtaken(question: Question, candidate: Candidate) -> Evidence:
    """Weigh that the place was struck anew since: then news is rather of the newer strike."""
    event = candidate.event
    newer = (
        other
        for other in question.others
        if event.first_seen + NEXT_NIGHT < other.event.first_seen <= question.told_at
        and not _twins(event, other.event)
        and where(question, other).weight > 0
    )
    return Evidence(-1.0, "struck anew since") if any(newer) else NOTHING


def other_days(question: Question, candidate: Candidate) -> int:
    """Return how many events of other days there are in the same country: a report may well be of one more."""
    event = candidate.event
    near = question.by_country.get(event.place.country, ()) if event.place else ()
    return sum(abs(other.first_seen - event.first_seen) > ANOTHER_DAY and not _twins(event, other) for other in near)


def _twins(one: Event, other: Event) -> bool:
    """Whether one of the two was started as perhaps the same as the other: then they are no two strikes."""
    return one.possibly == other.event_id or other.possibly == one.event_id
