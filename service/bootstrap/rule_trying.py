"""A rule held against a pasted text, read and judged as an entry of a feed would be, told by one outlet now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.core.entry import Entry
from service.core.event import Event
from service.core.report import Report
from service.core.rules import Rule, Subject, match
from service.ports.world import Judge

LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a rule fares on a text. `what` says what the text was read as; `lines` are the PASS/FAIL tree."""

    matched: bool
    what: str
    lines: tuple[str, ...]


def try_text(rule: Rule, text: str, judge: Callable[[], Judge], now: datetime) -> Tried:
    """Hold a rule against a text whose first line is the headline. The report it fares best on counts."""
    title, _, content = text.strip()[:LONGEST_TEXT].partition("\n")
    entry = Entry(
        entry_id=0, feed_id=0, outlet="you", uid="tried", title=title.strip(), content=content.strip(), first_seen=now
    )
    said = judge().judge([entry])[0]
    subjects: list[tuple[str, Subject]] = [
        (report.kind, Subject(event=_event(entry, report), accounts=(entry,))) for report in said.reports
    ]
    if not subjects:
        why = f"nothing to report ({(said.set_aside or 'no cue').replace('_', ' ')})"
        subjects = [(why, Subject(accounts=(entry,)))]
    found = [(what, match(rule, subject)) for what, subject in subjects]
    what, best = max(found, key=lambda item: item[1].matched)
    return Tried(matched=best.matched, what=what, lines=tuple(best.tree.lines()))


def _event(entry: Entry, report: Report) -> Event:
    return Event(
        event_id=0,
        kind=report.kind,
        headline=entry.title,
        place=report.place,
        occurred=report.occurred,
        killed=report.killed,
        injured=report.injured,
        children_killed=report.children_killed,
        missing=report.missing,
        weapon=report.weapon,
        actor=report.actor,
        target=report.target,
        status=report.status,
        parties=report.parties,
        mediators=report.mediators,
        venue=report.venue,
        planned=report.planned,
        duration_h=report.duration_h,
        confidence=report.confidence,
        first_seen=entry.told_at,
        last_seen=entry.told_at,
    )
