"""Where: the report's place against the event's, with the hierarchy of city, region and country."""

from math import asin, cos, radians, sin, sqrt

from service.core.event import Candidate
from service.core.link.evidence import NOTHING, Evidence
from service.core.link.question import Question
from service.core.link.sketch import sketch
from service.core.report import Place, Report

NEAR_KM = 30.0
"""Two names within this distance are one place: a town and its suburb."""
NEAR_DEGREES = 0.28
"""Of latitude: a little more than NEAR_KM."""
AREAS = ("country", "region")
REGION_KM = 160.0
"""A city this near to a region's middle may well be in it, where region codes do not tell."""
OTHER_CITY = -5.0
TOGETHER = -1.5
"""A town with a toll of its own, against an event known only as a sum over several: perhaps a part of it, not it."""
EARTH_KM = 6371.0


def _is_elsewhere(report: Report, place: Place) -> bool:
    return place.precision == "country" and report.target not in (None, place.name)


def where(question: Question, candidate: Candidate) -> Evidence:
    """Compare the report's place with the event's places: the picture's own, and those a quorum of accounts names."""
    report = question.report
    if report.place is None or report.place.name in (report.actor, candidate.event.actor):
        return NOTHING  # who struck is easily taken for where
    if _is_part(report, candidate):
        return Evidence(TOGETHER, "told of several places together")
    places = sketch(candidate).places
    weighed = [compared(report.place, place) for place in places]
    if _is_elsewhere(report, report.place) and any(place.name == report.target for place in places):
        weighed.append(Evidence(1.5, f"on {report.target}"))
    return max(weighed, key=lambda evidence: (not evidence.veto, evidence.weight), default=NOTHING)


def _is_part(report: Report, candidate: Candidate) -> bool:
    counted = report.place is not None and report.place.precision == "city" and (report.killed or report.injured)
    if not counted or report.several:
        return False
    told = [account.report.several for account in candidate.accounts if account.report.stance == "asserts"]
    return bool(told) and all(told)


def elsewhere(question: Question, candidate: Candidate) -> bool:
    """Whether both name a place, in two countries or two cities: whatever else they share, they are two.

    The same as `where` says, but cheaper: it is asked of every candidate.
    """
    report = question.report
    if report.place is None or report.place.name in (report.actor, candidate.event.actor):
        return False
    places = sketch(candidate).places
    if not places or not all(_apart(report.place, place) for place in places) or _is_part(report, candidate):
        return False
    return not (_is_elsewhere(report, report.place) and any(place.name == report.target for place in places))


def _apart(ours: Place, theirs: Place) -> bool:
    if ours.country != theirs.country:
        return True
    if ours.precision != theirs.precision or ours.precision in AREAS or ours.name == theirs.name:
        return False
    return abs(ours.lat - theirs.lat) > NEAR_DEGREES or _km(ours, theirs) > NEAR_KM


def compared(ours: Place, theirs: Place) -> Evidence:
    """Weigh two places. Another country is a veto, another city nearly one; a city agrees with its region."""
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
    return Evidence(OTHER_CITY, f"{ours.name} is not {theirs.name}")


def _in_region(ours: Place, theirs: Place) -> Evidence:
    known = bool(ours.admin and theirs.admin)
    inside = ours.admin == theirs.admin if known else _km(ours, theirs) <= REGION_KM
    if inside:
        return Evidence(2.0, f"{ours.name} and {theirs.name} agree")
    return Evidence(-2.0, f"{ours.name} and {theirs.name} are apart")


def _km(ours: Place, theirs: Place) -> float:
    """Return the great-circle distance (haversine)."""
    lat, other = radians(ours.lat), radians(theirs.lat)
    half = sin((other - lat) / 2) ** 2 + cos(lat) * cos(other) * sin(radians(theirs.lon - ours.lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
