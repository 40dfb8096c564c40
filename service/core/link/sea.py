"""Strikes at sea: a vessel was hit, and no town is known. The sea has many names, and who struck is taken for where.

So where both are at sea, a sea agrees with another name or none, and so does the country of whoever struck. What tells
two such strikes apart is the crew: it is counted once, and rarely grows.
"""

from service.core.event import Candidate
from service.core.link.evidence import NOTHING, Evidence
from service.core.link.objects import objects
from service.core.report import Count, Place, Report

AT_SEA = Evidence(1.5, "at sea")
OTHER_CREW = -4.0


def at_sea(title: str, report: Report) -> bool:
    """Whether the title tells of a vessel, and the report names no town and no region of a country."""
    place = report.place
    no_town = place is None or is_sea(place) or place.precision == "country"
    return report.kind == "strike" and no_town and "boat" in objects(title)


def is_sea(place: Place) -> bool:
    """Whether it is in no country."""
    return not place.country


def afloat(candidate: Candidate) -> bool:
    """Whether most accounts of the event are of a strike at sea."""
    own = [told for told in candidate.accounts if told.decision != "copy"] or candidate.accounts
    return bool(own) and 2 * sum(at_sea(told.title, told.report) for told in own) >= len(own)


def sea(report: Report, candidate: Candidate) -> Evidence | None:
    """Compare two strikes at sea; None where others struck, or both name a country that did not strike, or a sea."""
    accounts, event = candidate.accounts, candidate.event
    actors = {told.report.actor for told in accounts} | {event.actor}
    if report.actor and event.actor and report.actor not in actors:
        return None
    places = {told.report.place for told in accounts} | {event.place}
    theirs = [place for place in places if place and place.name not in actors]
    ours = report.place if report.place and report.place.name not in actors | {report.actor} else None
    if ours and any(is_sea(ours) == is_sea(place) for place in theirs):
        return None
    return AT_SEA


def crew(report: Report, candidate: Candidate) -> Evidence:
    """Compare exact tolls; nothing where one is not known, or they agree."""
    said = {told.report.killed for told in candidate.accounts if _is_exact(told.report.killed)}
    ours = report.killed
    if not _is_exact(ours) or not said or ours in said:
        return NOTHING
    return Evidence(OTHER_CREW, "another crew")


def _is_exact(count: Count | None) -> bool:
    return count is not None and count.min is not None and count.min == count.max
