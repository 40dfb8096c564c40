"""What one report claims, field by field, each with the words it came from."""

from collections.abc import Iterator

from service.core.codec import interval_json
from service.core.entry import Entry
from service.core.event import Claim
from service.core.report import Report

STANCE = "stance"
"""The field of the one claim a denial or a retraction makes: what else it repeats is not its own account."""


def claims_of(report: Report, report_id: int, entry: Entry, *, copy: bool) -> list[Claim]:
    """Return a claim for every filled slot. `copy` marks an account that only repeats another outlet's text."""
    quotes = {evidence.field: evidence.quote for evidence in reversed(report.evidence)}
    return [
        Claim(
            field=field,
            value=value,
            report_id=report_id,
            entry_id=entry.entry_id,
            outlet=entry.outlet,
            url=entry.url,
            quote=quotes.get(field, entry.title if field == STANCE else ""),
            told_at=entry.told_at,
            copy=copy,
        )
        for field, value in _values(report)
    ]


def _values(report: Report) -> Iterator[tuple[str, object]]:
    if report.stance != "asserts":
        yield STANCE, report.stance
        return
    for field in ("killed", "injured", "children_killed", "missing", "weapon", "parties", "mediators"):
        if value := getattr(report, field):
            yield field, list(value)
    for field in ("actor", "target", "status", "duration_h"):
        if value := getattr(report, field):
            yield field, value
    for field, place in (("place", report.place), ("venue", report.venue)):
        if place:
            yield field, place.name
    for field, time in (("occurred", report.occurred), ("planned", report.planned)):
        if time:
            yield field, interval_json(time)
