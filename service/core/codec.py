"""Values to and from JSON types, in the shapes programs outside are promised (`judge`, the events file, webhooks).

Times are ISO 8601 in UTC with a Z, to the minute for intervals, to the second elsewhere.
"""

from datetime import UTC, datetime
from typing import Any

from service.core.event import Development, Event, Relation
from service.core.report import COUNTS, Bound, Count, Evidence, Interval, Judgement, Place, Report

Json = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    """Return `2026-01-05T08:00:00Z`, or None."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 time; without an offset it is taken as UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def count_json(count: Count | None) -> Json | None:
    """Return `{"min", "max"}`, or None."""
    return {"min": count.min, "max": count.max} if count else None


def place_json(place: Place | None) -> Json | None:
    """Return name, country, lat, lon and precision, or None. Waters are in no country: None."""
    if place is None:
        return None
    return {
        "name": place.name,
        "country": place.country or None,
        "lat": place.lat,
        "lon": place.lon,
        "precision": place.precision,
    }


def interval_json(interval: Interval | None) -> Json | None:
    """Return `{"from", "to"}` to the minute, or None."""
    if interval is None:
        return None
    start, end = (at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ") for at in interval)
    return {"from": start, "to": end}


def evidence_json(evidence: Evidence) -> Json:
    """Return field, quote, start, end, in and how sure."""
    return {
        "field": evidence.field,
        "quote": evidence.quote,
        "start": evidence.start,
        "end": evidence.end,
        "in": evidence.where,
        "sure": round(evidence.sure, 2),
    }


def numbers_json(report: Report) -> Json:
    """Return `{"killed": {"low", "best", "high", "bound"}, …}` for each number the report has."""
    bounds = dict(report.bounds)
    counts = ((slot, getattr(report, slot)) for slot in COUNTS)
    return {
        slot: {
            "low": count.min,
            "best": best(count, bounds.get(slot, "exact")),
            "high": count.max,
            "bound": bounds.get(slot, "exact"),
        }
        for slot, count in counts
        if count
    }


def best(count: Count, bound: Bound = "exact") -> int | None:
    """Return the likeliest number: the least there is, the middle of two, and none where only a most is given.

    Of "nearly 50" it is 50, since that is what was said.
    """
    if count.min is None or count.max is None:
        return count.min
    if bound == "about":
        return count.max
    return (count.min + count.max) // 2


def report_json(report: Report, *, explain: bool = False) -> Json:
    """Return a report as `tocsin judge` prints it: strike slots for strikes, talks slots for talks.

    `stance` stands there only where it is no assertion, `review` and `several` only where true; `explain` adds the
    rules that decided and the reason.
    """
    out: Json = {"kind": report.kind, "new": report.new, "confidence": round(report.confidence, 3)}
    out |= _strike_json(report) if report.kind == "strike" else _talks_json(report)
    if report.stance != "asserts":
        out["stance"] = report.stance
    if report.review:
        out["review"] = True
    if explain:
        out |= {"reason": report.reason, "rules": list(report.rules)}
    return out | {"evidence": [evidence_json(item) for item in report.evidence]}


def _strike_json(report: Report) -> Json:
    out: Json = {"weapon": list(report.weapon), "place": place_json(report.place)}
    out |= {"actor": report.actor, "target": report.target, "occurred": interval_json(report.occurred)}
    out |= {slot: count_json(getattr(report, slot)) for slot in ("killed", "injured", "children_killed")}
    out |= {slot: count_json(getattr(report, slot)) for slot in ("missing", "children_injured", "women_killed")}
    out |= {"numbers": numbers_json(report), "subtype": list(report.subtype)}
    out |= {"attribution": report.attribution or "unknown"}
    others = [
        {"place": place_json(other.place), "killed": count_json(other.killed), "quote": other.quote}
        for other in report.others
    ]
    return out | {"others": others} | ({"several": True} if report.several else {})


def _talks_json(report: Report) -> Json:
    out: Json = {"status": report.status, "parties": list(report.parties), "mediators": list(report.mediators)}
    out |= {"place": place_json(report.place), "venue": place_json(report.venue), "host": report.host}
    return out | {"planned": interval_json(report.planned), "duration_h": report.duration_h}


def judgement_json(judgement: Judgement, *, explain: bool = False) -> Json:
    """Return lang, reports and set_aside."""
    return {
        "lang": judgement.lang,
        "reports": [report_json(report, explain=explain) for report in judgement.reports],
        "set_aside": judgement.set_aside,
    }


def event_json(event: Event) -> Json:
    """Return an event as the events file, the API and webhooks give it."""
    return {
        "event_id": event.event_id,
        "kind": event.kind,
        "revision": event.revision,
        "state": event.state,
        "headline": event.headline,
        "place": place_json(event.place),
        "occurred": interval_json(event.occurred),
        "first_seen": instant(event.first_seen),
        "last_seen": instant(event.last_seen),
        "weapon": list(event.weapon),
        "actor": event.actor,
        "target": event.target,
        "killed": count_json(event.killed),
        "injured": count_json(event.injured),
        "children_killed": count_json(event.children_killed),
        "missing": count_json(event.missing),
        "status": event.status,
        "parties": list(event.parties),
        "mediators": list(event.mediators),
        "venue": place_json(event.venue),
        "planned": interval_json(event.planned),
        "duration_h": event.duration_h,
        "confidence": round(event.confidence, 3),
        "sources": event.sources,
        "reports": event.reports,
        "possibly": event.possibly,
        "merged_into": event.merged_into,
    }


def relation_json(relation: Relation) -> Json:
    """Return how `event_id` stands to the earlier `other_id`, and why."""
    return {
        "event_id": relation.event_id,
        "how": relation.how,
        "other_id": relation.other_id,
        "reason": relation.reason,
    }


def development_json(development: Development) -> Json:
    """Return change, revision, at, material, reason and the typed deltas."""
    return {
        "change": development.change,
        "revision": development.revision,
        "at": instant(development.at),
        "material": development.material,
        "reason": development.reason,
        "changed": [
            {
                "field": delta.field,
                "from": delta.before,
                "to": delta.after,
                "source": {"outlet": delta.outlet, "url": delta.url, "quote": delta.quote},
            }
            for delta in development.deltas
        ],
    }


def count_text(count: Count | None) -> str:
    """Return "6–9", "8", "at least 8", "up to 8", or nothing: how people read a Count."""
    if count is None or count == (None, None):
        return ""
    if count.min is None:
        return f"up to {count.max}"
    if count.max is None:
        return f"at least {count.min}"
    return f"{count.min}" if count.min == count.max else f"{count.min}–{count.max}"
