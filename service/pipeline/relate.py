"""Notes how the events that an entry is about stand to earlier ones: breaches of truces, further rounds of talks.

What is noted ties two reports, so it goes wherever they go when events are merged, split and put back.
"""

from collections.abc import Mapping, Sequence

from service.core.entry import Entry
from service.core.event import Before, Link
from service.core.link.series import SERIES, TRUCE, Earlier, broken, is_breach, next_of
from service.core.report import Kind, Report
from service.ports.store import EventStore

LOOKED_AT = 400
"""So many talks told of last are asked for an earlier round, or a truce."""


def relate(events: EventStore, entry: Entry, reports: Sequence[Report], started: Mapping[Kind, Link]) -> None:
    """Note it for what the entry reports. `started` are the kinds of which it began an event, and how it was linked.

    An edit that speaks of no breach any more takes back that there was one; a further round stays one.
    """
    for report in reports:
        breach = is_breach(report, reports)
        begun = started.get(report.kind) if report.kind == "talks" and report.stance == "asserts" else None
        if not (breach or begun or entry.revision > 1):
            continue
        known = events.report_of(entry.entry_id, report.kind)
        if known is None:
            continue
        report_id, event_id = known
        earlier: Earlier | None = None
        if breach:
            talks = events.candidates("talks", since=entry.told_at - TRUCE, most=LOOKED_AT)
            others = [one for one in talks if one.event.event_id != event_id]
            earlier = broken(report, reports, others, entry.told_at)
        elif begun:  # what it may be the same as is no earlier round
            talks = events.candidates("talks", since=entry.told_at - SERIES, most=LOOKED_AT)
            others = [one for one in talks if one.event.event_id not in {event_id, begun.possibly}]
            earlier = next_of(entry.title, report, others, entry.told_at)
        if earlier:
            events.relate(report_id, earlier.how, earlier.report_id, earlier.reason)
        elif report.kind == "strike":
            events.unrelate(report_id)


def before(events: EventStore, event_id: int) -> Sequence[Before]:
    """Return the earlier events that this one breaks, or goes on from, for whoever tells of it."""
    ours = [one for one in events.relations(event_id) if one.event_id == event_id]
    known = events.some([one.other_id for one in ours]) if ours else {}
    return [Before(how=one.how, event=known[one.other_id], reason=one.reason) for one in ours]
