"""What becomes of an account whose entry was edited: it stays where it is, or goes where its new words belong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from service.core.develop import develop
from service.core.entry import Entry
from service.core.event import Account, Candidate, Decision, Link
from service.core.link import copied, link, strayed, traces, window
from service.core.report import Report
from service.pipeline.mend import Hand, redraw
from service.ports.store import Transaction


def edited(tx: Transaction, entry: Entry, report: Report, report_id: int, event_id: int) -> Link:
    """Return the account's link. It names another event, or none, where the edit took it elsewhere.

    Where only the article was read in full, the outlet changed nothing, and it stays.
    """
    accounts = tx.events.accounts(event_id)
    ours = next((told for told in accounts if told.report_id == report_id), None)
    if entry.revision == entry.article_revision:
        is_copy = ours is not None and ours.decision == "copy"
        reason = "the article of an account already joined"
        return Link(decision="copy" if is_copy else "joined", event_id=event_id, score=1.0, reason=reason)
    ties = tx.events.ties(entry.entry_id, report.kind)
    if ours and event_id not in ties.together and _strayed(tx, entry, report, ours, accounts):
        since = entry.told_at - window(report.kind)
        near = tx.events.candidates(report.kind, since=since, near=traces(entry, report))
        others = [one for one in near if one.event.event_id != event_id]
        found = link(entry, report, others, now=entry.told_at, ties=ties)
        return replace(found, reason=f"an edit took it from event {event_id}: {found.reason}")
    rest = [told for told in accounts if told is not ours]
    still = ours is not None and ours.decision == "copy" and any(copied(entry, told) for told in rest)
    decision: Decision = "copy" if still else "joined"
    return Link(decision=decision, event_id=event_id, score=1.0, reason="an edit of an account already joined")


def leave(tx: Transaction, entry: Entry, report_id: int, event_ids: tuple[int, int], now: datetime) -> None:
    """Let the report go from the first of these events to the other, and draw the first anew without it."""
    left, found = event_ids
    tx.events.move([report_id], found)
    redraw(Hand(tx=tx, by=entry.outlet, now=now), left, f"an edit took the report of {entry.outlet} elsewhere")


def _strayed(tx: Transaction, entry: Entry, report: Report, ours: Account, accounts: Sequence[Account]) -> bool:
    rest = [told for told in accounts if told is not ours]
    if not rest or report.place == ours.report.place:
        return False
    known = tx.events.report_of(entry.entry_id, report.kind)
    event_id = known[1] if known else 0
    claims = [claim for claim in tx.events.claims(event_id) if claim.report_id != ours.report_id]
    event, _ = develop(None, event_id, rest, claims, now=entry.told_at)
    return strayed(entry, report, ours.report, Candidate(event=event, accounts=rest[::-1]))
