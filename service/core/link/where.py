"""Where: the report's place against the event's, with the hierarchy of city, region and country."""

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt

from service.core.event import Candidate, Event
from service.core.link.evidence import NOTHING, Evidence
from service.core.link.question import Question
from service.core.link.sketch import sketch
from service.core.report import Place, Report

NEAR_KM = 30.0
"""Two names within this distance are one place: a town and its suburb."""
NEAR_DEGREES = 0.28
"""Of latitude: a little more than NEAR_KM."""
LARGE = 50_000
"""Of two places with so many people each, neither is the other's suburb."""
AREAS = ("country", "region")
REGION_KM = 160.0
"""A city this near to a region's middle may well be in it, where region codes do not tell."""
SAME_PLACE, SAME_SEA = 3.0, 2.25
SUBURB, NEXT_CITY = 2.5, 0.0
NAMESAKE, OTHER_CITY = -2.0, -5.0
TOGETHER = -1.5
"""A town with a toll of its own, against an event known only as a sum over several: perhaps a part of it, not it."""
EARTH_KM = 6371.0


def located(report: Report, event: Event) -> Place | None:
    """Return where it says it happened; None where that may be who struck, who is easily taken for where.

    Nor is it where who accuses is: a side that is struck by one at home was struck in what it occupies there.
    """
    place = report.place
    if place is None or place.name in (report.actor, event.actor) or _is_accuser(report, place, event):
        return None
    return place


def _is_accuser(report: Report, place: Place, event: Event) -> bool:
    accuses = report.stance == "asserts" and report.attribution == "accused" and place.name == report.target
    on_land = event.place is not None and bool(event.place.country)
    struck_at_home = on_land and event.actor is not None and event.target in (None, report.target)
    return accuses and place.precision == "country" and report.actor == event.actor and struck_at_home


def _is_elsewhere(report: Report, place: Place) -> bool:
    return place.precision == "country" and report.target not in (None, place.name)


def where(question: Question, candidate: Candidate) -> Evidence:
    """Compare the report's place with the event's places: the picture's own, and those a quorum of accounts names."""
    report, ours = question.report, located(question.report, candidate.event)
    if ours is None:
        return NOTHING
    if _off_a_coast(question, ours, candidate):
        return NOTHING
    if _is_part(report, candidate):
        return Evidence(TOGETHER, "told of several places together")
    places = _places(ours, candidate)
    weighed = [compared(ours, place) for place in places]
    if _is_elsewhere(report, ours) and any(place.name == report.target for place in places):
        weighed.append(Evidence(1.5, f"on {report.target}"))
    return max(weighed, key=lambda evidence: (not evidence.veto, evidence.weight), default=NOTHING)


def _off_a_coast(question: Question, ours: Place, candidate: Candidate) -> bool:
    """Whether a ship is said to have been hit at sea by the one, and off a town or a country by the other."""
    if not question.ship or not sketch(candidate).ship:
        return False
    places = sketch(candidate).places
    return bool(places) and all((not ours.country) != (not place.country) for place in places)


def _places(ours: Place, candidate: Candidate) -> Sequence[Place]:
    """Return what to compare a place with: a city with cities where there are any, for every city is in the country.

    But where most name the country, the city that some name is a part of it like any other.
    """
    known = sketch(candidate)
    cities = [place for place in known.places if place.precision == "city"]
    return cities if cities and ours.precision == "city" and not known.wide else known.places


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
    report, ours = question.report, located(question.report, candidate.event)
    places = _places(ours, candidate) if ours else ()
    if ours is None or not places or not all(_apart(ours, place) for place in places) or _is_part(report, candidate):
        return False
    if _off_a_coast(question, ours, candidate):
        return False
    return not (_is_elsewhere(report, ours) and any(place.name == report.target for place in places))


def apart(left: Event, right: Event) -> bool:
    """Whether two pictures of strikes are of two places, by the rules for a report and an event."""
    if left.place is None or right.place is None or {left.place.name, right.place.name} & {left.actor, right.actor}:
        return False
    found = compared(left.place, right.place)
    return found.veto or found.weight < 0


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
        return _named_alike(ours, theirs)
    if "country" in (ours.precision, theirs.precision):
        return Evidence(1.0, f"{ours.name} and {theirs.name} agree")
    return _cities(ours, theirs) if ours.precision == theirs.precision else _in_region(ours, theirs)


def _named_alike(ours: Place, theirs: Place) -> Evidence:
    """Compare by more than the name: a country may have two towns of one, and readers take one for the other."""
    if ours.precision == "city" and _km(ours, theirs) > NEAR_KM:
        return Evidence(NAMESAKE, f"there is more than one {ours.name}")
    if not ours.country:
        return Evidence(SAME_SEA, f"in {ours.name}")
    return Evidence(1.5 if ours.precision == "country" else SAME_PLACE, f"in {ours.name}")


def _cities(ours: Place, theirs: Place) -> Evidence:
    if ours.precision == "region":
        return Evidence(-1.0, f"{ours.name} is not {theirs.name}")
    if _km(ours, theirs) <= NEAR_KM:
        both_large = min(ours.population, theirs.population) >= LARGE
        return Evidence(NEXT_CITY if both_large else SUBURB, f"{ours.name} is near {theirs.name}")
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
