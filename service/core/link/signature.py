"""What speaks for and against a report being of an event, apart from its words: where, when, who, with what, how many.

Every piece of evidence is a weight and a clause that says why. Weights add up; a veto ends the matter. The signature
holds in every language, because places, sides and figures were resolved before.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from service.core.event import Candidate
from service.core.report import Count, Interval, Place, Report

NEAR_KM = 30.0
"""Two names within this distance are one place: a town and its suburb."""
REGION_KM = 160.0
"""A city this near to a region's middle may well be in it, where region codes do not tell."""
EARTH_KM = 6371.0

NEXT_NIGHT = timedelta(hours=6)
"""Times further apart than this are different strikes."""
TOLD_BEFORE = timedelta(hours=6)
"""An event was told before it happened only by so much as hours of the day are misread."""
STALE = timedelta(hours=96)
"""A time further back than this was misread, or is another strike's, mentioned in passing: it counts as unknown."""
MANY = 10
RUNNING = timedelta(hours=6)
ANOTHER_DAY = timedelta(hours=18)
QUORUM = 0.25


class Evidence(NamedTuple):
    """One thing that speaks for (positive) or against; `veto` ends the matter."""

    weight: float
    words: str
    veto: bool = False


def where(report: Report, candidate: Candidate) -> Evidence:
    """Compare the report's place with the event's places: the picture's own, and those a quorum of accounts names."""
    if report.place is None or report.place.name in (report.actor, candidate.event.actor):
        return Evidence(0.0, "")  # who struck is easily taken for where
    found = [_places(report.place, place) for place in _places_of(candidate)]
    return max(found, key=lambda evidence: (not evidence.veto, evidence.weight), default=Evidence(0.0, ""))


def when(report: Report, told_at: datetime, candidate: Candidate) -> Evidence:
    """Compare when it happened where both say so, else when it was told."""
    event = candidate.event
    ours, theirs = _credible(report.occurred, told_at), _credible(event.occurred, event.first_seen)
    if ours and ours.start > event.first_seen + TOLD_BEFORE:
        return Evidence(0.0, "it happened after the event was first told", veto=True)
    if ours and theirs:
        return _intervals(ours, theirs)
    if ours and ours.end < event.first_seen - timedelta(hours=36):
        return Evidence(0.0, "it happened long before the event was told", veto=True)
    return _told(told_at, event.first_seen, event.last_seen)


def _credible(occurred: Interval | None, told_at: datetime) -> Interval | None:
    return occurred if occurred and occurred.end > told_at - STALE else None


def when_talks(report: Report, told_at: datetime, candidate: Candidate) -> Evidence:
    """Talks are previewed, held and summed up over days; only their age counts, and dates where both are close."""
    event = candidate.event
    if report.occurred and event.occurred and _overlap(report.occurred, event.occurred) > timedelta():
        return Evidence(1.0, "the same dates")
    idle = told_at - event.last_seen
    if idle <= timedelta(hours=24):
        return Evidence(0.5, "told within a day")
    return Evidence(0.0, "") if idle <= timedelta(hours=72) else Evidence(-1.0, "days of silence in between")


def who(report: Report, candidate: Candidate) -> Iterator[Evidence]:
    """Compare who struck whom. Where no place is known, the country that was struck stands for it."""
    event = candidate.event
    actors = {account.report.actor for account in candidate.accounts} | {event.actor}
    if report.actor and event.actor:
        if report.actor in actors:
            yield Evidence(1.0, f"by {report.actor}")
        elif report.target == event.actor:
            yield Evidence(-2.5, f"the other side struck ({report.actor})")
        elif report.actor not in _struck(report, candidate):
            yield Evidence(-2.0, f"by {report.actor}, not {event.actor}")
    if report.target and report.target in _struck(report, candidate, ours=False):
        yield Evidence(0.5 if report.place else 1.0, f"on {report.target}")


def _struck(report: Report, candidate: Candidate, *, ours: bool = True) -> set[str]:
    """Return what is said to have been struck: a name among these is easily taken for who struck."""
    places = {place.name for place in (candidate.event.place, report.place if ours else None) if place}
    return places | {target for target in (candidate.event.target, report.target if ours else None) if target}


def who_talks(report: Report, candidate: Candidate) -> Evidence:
    """Compare who talks with whom; mediators count as being there."""
    ours = {name.casefold() for name in report.parties + report.mediators}
    theirs = {name.casefold() for name in candidate.event.parties + candidate.event.mediators}
    shared = ours & theirs
    if not ours or not theirs:
        return Evidence(0.0, "")
    if not shared:
        return Evidence(0.0, "between others", veto=True)
    alike = len(shared) / len(ours | theirs)
    return Evidence(2.0 * alike, f"with {', '.join(sorted(shared))}")


def with_what(report: Report, candidate: Candidate) -> Evidence:
    """Compare weapons. Different ones speak against little: a wave has drones and missiles."""
    ours, theirs = set(report.weapon) - {"unknown"}, set(candidate.event.weapon) - {"unknown"}
    if not ours or not theirs:
        return Evidence(0.0, "")
    shared = ours & theirs
    return Evidence(0.5, f"by {', '.join(sorted(shared))}") if shared else Evidence(-0.5, "by other weapons")


def how_many(report: Report, candidate: Candidate) -> Iterator[Evidence]:
    """Compare tolls: the same figure ties two reports together, a far lower one later tells them apart."""
    for field, weight in (("killed", 1.5), ("injured", 1.0)):
        ours: Count | None = getattr(report, field)
        said = [count for account in candidate.accounts if (count := getattr(account.report, field))]
        theirs = {number for count in said for number in count if number is not None}
        number = (ours.min if ours.min is not None else ours.max) if ours else None
        if number is None or not theirs:
            continue
        if number in theirs:
            yield Evidence(weight * _telling(number), f"{number} {field}")
        elif number * 3 < min(theirs):
            yield Evidence(-1.5, f"only {number} {field}")


def _telling(number: int) -> float:
    """Return how far a shared figure ties two reports together: everybody reports one dead, few report 24."""
    return 0.5 if number == 1 else 1.0 if number < MANY else 1.5


def _places_of(candidate: Candidate) -> Iterator[Place]:
    if candidate.event.place:
        yield candidate.event.place
    named = [account.report.place for account in candidate.accounts if account.report.place]
    for place in named:
        votes = sum((other.name, other.country) == (place.name, place.country) for other in named)
        if votes >= QUORUM * len(named):
            yield place


def _places(ours: Place, theirs: Place) -> Evidence:
    if ours.country != theirs.country:
        return Evidence(0.0, f"{ours.name} is in another country than {theirs.name}", veto=True)
    if (ours.name, ours.precision) == (theirs.name, theirs.precision):
        return Evidence(1.5 if ours.precision == "country" else 3.0, f"in {ours.name}")
    if "country" in (ours.precision, theirs.precision):
        return Evidence(1.0, f"{ours.name} and {theirs.name} agree")
    return _cities(ours, theirs) if ours.precision == theirs.precision else _in_region(ours, theirs)


def _cities(ours: Place, theirs: Place) -> Evidence:
    if ours.precision == "region":
        return Evidence(-1.0, f"{ours.name} is not {theirs.name}")
    if _km(ours, theirs) <= NEAR_KM:
        return Evidence(2.5, f"{ours.name} is near {theirs.name}")
    return Evidence(-2.5, f"{ours.name} is not {theirs.name}")


def _in_region(ours: Place, theirs: Place) -> Evidence:
    known = bool(ours.admin and theirs.admin)
    inside = ours.admin == theirs.admin if known else _km(ours, theirs) <= REGION_KM
    if inside:
        return Evidence(2.0, f"{ours.name} and {theirs.name} agree")
    return Evidence(-2.0, f"{ours.name} and {theirs.name} are apart")


def _intervals(ours: Interval, theirs: Interval) -> Evidence:
    shared = _overlap(ours, theirs)
    if shared > timedelta():
        shortest = min(ours.end - ours.start, theirs.end - theirs.start)
        return Evidence(2.0, "at the same time") if shared * 2 >= shortest else Evidence(1.0, "at times that overlap")
    if -shared <= NEXT_NIGHT:
        return Evidence(0.0, "at times close together")
    return Evidence(0.0, "at another time", veto=True)


def _told(told_at: datetime, first_seen: datetime, last_seen: datetime) -> Evidence:
    age, idle = abs(told_at - first_seen), told_at - last_seen
    if age <= timedelta(hours=3):
        return Evidence(2.0, "told within hours")
    if age <= timedelta(hours=12):
        return Evidence(1.5, "told within half a day")
    if idle > timedelta(hours=30):
        return Evidence(-2.0, "told a day or more after the last report")
    if age <= timedelta(hours=24):
        return Evidence(0.0, "told within a day")
    return Evidence(-0.5 if age <= timedelta(hours=48) else -1.5, "told days after the first report")


def _overlap(ours: Interval, theirs: Interval) -> timedelta:
    """Return how long two intervals have in common; negative is the gap between them."""
    return min(ours.end, theirs.end) - max(ours.start, theirs.start)


def _km(ours: Place, theirs: Place) -> float:
    """Return the great-circle distance (haversine)."""
    lat, other = radians(ours.lat), radians(theirs.lat)
    half = sin((other - lat) / 2) ** 2 + cos(lat) * cos(other) * sin(radians(theirs.lon - ours.lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def quiet(told_at: datetime, candidate: Candidate, others: Sequence[Candidate]) -> Evidence:
    """Weigh how rare strikes on the country are, while the story runs.

    Where none was told of on another day, a second one before the first has left the news is less likely.
    """
    event = candidate.event
    if event.place is None or told_at - event.last_seen > RUNNING:
        return Evidence(0.0, "")
    elsewhen = (
        other.event for other in others if other.event.place and other.event.place.country == event.place.country
    )
    if any(abs(other.first_seen - event.first_seen) > ANOTHER_DAY for other in elsewhen):
        return Evidence(0.0, "")
    return Evidence(0.75, "no other strike there in days")


def summed(found: Sequence[Evidence]) -> tuple[float, str]:
    """Return the sum of weights and the clauses, weightiest first."""
    telling = sorted((evidence for evidence in found if evidence.words), key=lambda one: -abs(one.weight))
    words = ", ".join(f"{one.words} {one.weight:+.1f}" if one.weight else one.words for one in telling)
    return sum(evidence.weight for evidence in found), words
