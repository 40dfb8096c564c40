"""Where a report belongs, and what becomes of its event: the link of one report, in the store's words."""

from dataclasses import dataclass, replace
from datetime import datetime

from service.core.develop import claims_of, develop
from service.core.entry import Entry
from service.core.event import Development, Event, Link
from service.core.link import KINDS, link, traces, window
from service.core.report import Judgement, Kind, Report
from service.pipeline.edited import edited, leave
from service.ports.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where one report went. `again` where it was there before, and its entry was edited."""

    report: Report
    event_id: int | None
    link: Link
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Puts reports where they belong, within one transaction."""

    tx: Transaction

    def seen_elsewhere(self, entry: Entry, where: Placed) -> bool:
        """Whether this is another account's text, or another entry of the event has the same article."""
        if where.event_id is None or not entry.canonical_url or where.link.decision == "copy":
            return where.link.decision == "copy"
        others = (told for told in self.tx.events.accounts(where.event_id) if told.entry_id != entry.entry_id)
        return any(told.canonical_url == entry.canonical_url for told in others)

    def withdrawn(self, entry: Entry, judged: Judgement) -> list[Report]:
        """Return a retraction for each kind that an edit no longer reports: the outlet took it back without a word.

        Where only the article came to what the feed says, nobody took anything back.
        """
        if entry.revision in {1, entry.article_revision}:
            return []
        gone = [kind for kind in KINDS if all(report.kind != kind for report in judged.reports)]
        return [_withdrawal(said) for kind in gone if (said := self._said(entry, kind)) is not None]

    def _said(self, entry: Entry, kind: Kind) -> Report | None:
        """Return what the entry asserted of this kind before its edit, if that belongs to an event."""
        known = self.tx.events.report_of(entry.entry_id, kind)
        accounts = self.tx.events.accounts(known[1]) if known is not None else ()
        said = (account.report for account in accounts if known is not None and account.report_id == known[0])
        return next((report for report in said if report.stance == "asserts"), None)

    def place(self, entry: Entry, report: Report, now: datetime) -> Placed:
        """Return where the report goes; what starts an event has one from here on."""
        known = self.tx.events.report_of(entry.entry_id, report.kind)
        if known is not None:
            return self._again(entry, report, known, now)
        if not report.new and report.stance == "asserts":
            return Placed(report=report, event_id=None, link=Link(decision="new", reason=f"not new: {report.reason}"))
        since = entry.told_at - window(report.kind)
        candidates = self.tx.events.candidates(report.kind, since=since, near=traces(entry, report))
        ties = self.tx.events.ties(entry.entry_id, report.kind)
        found = link(entry, report, candidates, now=entry.told_at, ties=ties)
        if ties.removed:
            return Placed(report=report, event_id=None, link=found)
        if found.event_id is None and report.stance == "asserts":
            return Placed(report=report, event_id=self.tx.events.create(_seed(entry, report, found)), link=found)
        return Placed(report=report, event_id=found.event_id, link=found)

    def _again(self, entry: Entry, report: Report, known: tuple[int, int], now: datetime) -> Placed:
        report_id, event_id = known
        found = edited(self.tx, entry, report, report_id, event_id)
        if found.event_id == event_id:
            return Placed(report=report, event_id=event_id, link=found, again=True)
        elsewhere = found.event_id or self.tx.events.create(_seed(entry, report, found))
        leave(self.tx, entry, report_id, (event_id, elsewhere), now)
        return Placed(report=report, event_id=elsewhere, link=found)

    def grow(self, entry: Entry, where: Placed, lang: str, now: datetime) -> list[tuple[Event, Development]]:
        """Save the report where it was placed. Return its event and how that changed, where it did."""
        events, copy = self.tx.events, where.link.decision == "copy"
        # A copy of what is known changes nothing else, and thousands may come.
        counted = copy and not where.again and events.count_copy(where.event_id or 0, entry.told_at)
        report_id = events.save_report(entry, where.report, where.event_id, where.link, lang, now=now)
        if where.event_id is None:
            return []
        events.replace_claims(where.event_id, report_id, claims_of(where.report, report_id, entry, copy=copy), now=now)
        if counted:
            return []
        accounts, claims = events.accounts(where.event_id), events.claims(where.event_id)
        before = events.get(where.event_id) if len(accounts) > 1 or where.link.decision == "joined" else None
        event, development = develop(before, where.event_id, accounts, claims, now=now)
        event = _with_possibly(event, where.link)
        events.update(event)
        if development is None:
            return []
        events.add_development(event.event_id, development, report_id)
        return [(event, development)]


def starts(placed: Placed) -> bool:
    """Whether an event began with it."""
    return placed.event_id is not None and placed.link.event_id is None and not placed.again


def _seed(entry: Entry, report: Report, found: Link) -> Event:
    """Return an event that holds the place in the store until develop has drawn its picture."""
    return Event(
        event_id=0,
        kind=report.kind,
        headline=entry.title,
        first_seen=entry.told_at,
        last_seen=entry.told_at,
        place=report.place,
        occurred=report.occurred,
        possibly=found.possibly,
    )


def _withdrawal(said: Report) -> Report:
    return Report(
        kind=said.kind,
        new=True,
        confidence=1.0,
        stance="retracts",
        place=said.place,
        reason="the outlet's edit no longer says so",
    )


def _with_possibly(event: Event, found: Link) -> Event:
    return replace(event, possibly=found.possibly) if found.possibly else event
