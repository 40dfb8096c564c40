"""What a report that counts several towns together says of an event in one of them: what it counts there, and no sum.

"Strikes on two towns kill eight, three in Northport" joins the event in Northport, and its toll there is three. A
report that names the country alone may count several towns without a word: where others count in the town itself, its
figure is none of the town's, but for an event that most tell of as the country's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from service.core.develop.standing import OPERATOR, Standing
from service.core.event import Account, Claim
from service.core.report import Place, Report

_TOLLS = ("killed", "injured", "children_killed", "missing")


def is_wider(report: Report, place: Place | None) -> bool:
    """Say whether the report's numbers are of several places together, and the event's place is not all of them."""
    if not report.several or place is None:
        return False
    own = report.place
    return own is None or (own.name, own.precision) != (place.name, place.precision)


def without_sums(who: Standing, place: Place | None) -> Standing:
    """Return what stands, without the numbers that count more than what happened at the event's place."""
    far = _told_from_afar(who, place)
    wider = {told.report_id: told.report for told in who.accounts if is_wider(told.report, place) or told in far}
    return replace(who, claims=tuple(_kept(who.claims, wider, place))) if wider else who


def _told_from_afar(who: Standing, place: Place | None) -> Sequence[Account]:
    """Return the accounts that name only what is around the event's place, where others count in the place itself."""
    named = [(told, told.report.place) for told in who.accounts if told.report.place]
    far = [told for told, known in named if place and known.is_around(place)]
    counted = any(told.report.killed or told.report.injured for told, _ in named if told not in far)
    return far if counted and 2 * len(far) <= len(named) else ()


def _kept(claims: Sequence[Claim], wider: dict[int, Report], place: Place | None) -> Iterator[Claim]:
    for claim in claims:
        report = wider.get(claim.report_id)
        if report is None or claim.field not in _TOLLS or claim.outlet == OPERATOR:
            yield claim
        elif claim.field == "killed":
            here = (other.killed for other in report.others if place and other.place.name == place.name)
            yield from (replace(claim, value=list(killed)) for killed in here if killed)
