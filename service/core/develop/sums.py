"""What a report that counts several towns together says of an event in one of them: what it counts there, and no sum.

"Strikes on two towns kill eight, three in Northport" joins the event in Northport, and its toll there is three.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from service.core.develop.standing import OPERATOR, Standing
from service.core.event import Claim
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
    wider = {account.report_id: account.report for account in who.accounts if is_wider(account.report, place)}
    return replace(who, claims=tuple(_kept(who.claims, wider, place))) if wider else who


def _kept(claims: Sequence[Claim], wider: dict[int, Report], place: Place | None) -> Iterator[Claim]:
    for claim in claims:
        report = wider.get(claim.report_id)
        if report is None or claim.field not in _TOLLS or claim.outlet == OPERATOR:
            yield claim
        elif claim.field == "killed":
            here = (other.killed for other in report.others if place and other.place.name == place.name)
            yield from (replace(claim, value=list(killed)) for killed in here if killed)
