"""The reports joined to events, and the claims they make."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlmodel import col

from service.adapters.store.entries import outlet_of
from service.adapters.store.rows import new_token, same_named, taken, upsert
from service.adapters.store.tables import ClaimRow, EntryRow, EventRow, FeedRow, ReportRow
from service.adapters.store.traces import keep
from service.core.develop import OPERATOR
from service.core.entry import Entry
from service.core.event import Account, Claim, Link
from service.core.link import traces
from service.core.report import Kind, Report

CLAIM_COLUMNS = same_named(Claim)
ENTRY_COLUMNS = ("url", "canonical_url", "title", "summary", "content")
REPORT_COLUMNS = ("entry_id", "lang", "told_at", "report", "decision", "reason")


class Reports:
    """The half of ports.store.EventStore that is about reports, accounts and claims."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _joined(self, entry_id: int, kind: Kind) -> int | None:
        known = self.report_of(entry_id, kind)
        return known[1] if known else None

    def _renew(self, event_ids: set[int | None]) -> None:
        """Let nobody who holds these events in memory believe that they are as they were."""
        these = [event_id for event_id in event_ids if event_id is not None]
        if these:
            self._connection.execute(update(EventRow).where(col(EventRow.id).in_(these)).values(stamp=new_token()))

    def report_of(self, entry_id: int, kind: Kind) -> tuple[int, int] | None:
        """See the port. None too where the report was not worth an event."""
        this = (col(ReportRow.entry_id) == entry_id, col(ReportRow.kind) == kind, col(ReportRow.event_id).is_not(None))
        row = self._connection.execute(select(col(ReportRow.id), col(ReportRow.event_id)).where(*this)).first()
        return (int(row.id), int(row.event_id)) if row else None

    def save_report(
        self, entry: Entry, report: Report, event_id: int | None, link: Link, lang: str, *, now: datetime
    ) -> int:
        """See the port."""
        values = {
            "entry_id": entry.entry_id,
            "entry_revision": entry.revision,
            "kind": report.kind,
            "event_id": event_id,
            "lang": lang,
            "told_at": entry.told_at,
            "report": report,
            "decision": link.decision,
            "score": link.score,
            "possibly": link.possibly,
            "reason": link.reason,
            "saved_at": now,
        }
        self._renew({event_id, self._joined(entry.entry_id, report.kind)})
        if event_id is not None:
            keep(self._connection, event_id, traces(entry, report))
        return int(upsert(self._connection, ReportRow, values, key=["entry_id", "kind"], give=[col(ReportRow.id)]).id)

    def replace_claims(self, event_id: int, report_id: int, claims: Sequence[Claim], *, now: datetime) -> None:
        """See the port."""
        own = (col(ClaimRow.report_id) == report_id, col(ClaimRow.outlet) != OPERATOR)
        self._connection.execute(
            update(ClaimRow).where(*own, col(ClaimRow.superseded).is_(False)).values(superseded=True)
        )
        rows = [
            taken(claim, CLAIM_COLUMNS) | {"event_id": event_id, "report_id": report_id, "at": now} for claim in claims
        ]
        if rows:
            self._connection.execute(insert(ClaimRow), rows)

    def claims(self, event_id: int) -> list[Claim]:
        """See the port."""
        current = (col(ClaimRow.event_id) == event_id, col(ClaimRow.superseded).is_(False))
        query = select(ClaimRow).where(*current).order_by(col(ClaimRow.told_at), col(ClaimRow.id))
        return [Claim(**taken(row, CLAIM_COLUMNS)) for row in self._connection.execute(query)]

    def accounts(self, event_id: int) -> list[Account]:
        """Return every account joined to the event, oldest first."""
        query = _ACCOUNT.where(col(ReportRow.event_id) == event_id)
        rows = self._connection.execute(query.order_by(col(ReportRow.told_at), col(ReportRow.id)))
        return [_account(row) for row in rows]

    def _claims_of(self, events: Sequence[int]) -> Mapping[int, Sequence[Claim]]:
        """Return the current claims of each of these events, oldest first."""
        current = (col(ClaimRow.event_id).in_(events), col(ClaimRow.superseded).is_(False))
        out: dict[int, list[Claim]] = {}
        for row in self._connection.execute(
            select(ClaimRow).where(*current).order_by(col(ClaimRow.told_at), col(ClaimRow.id))
        ):
            out.setdefault(row.event_id, []).append(Claim(**taken(row, CLAIM_COLUMNS)))
        return out

    def _accounts_of(self, events: Sequence[int]) -> Mapping[int, Sequence[Account]]:
        """Return every account of each of these events, oldest first."""
        query = _ACCOUNT.where(col(ReportRow.event_id).in_(events))
        out: dict[int, list[Account]] = {}
        for row in self._connection.execute(query.order_by(col(ReportRow.told_at), col(ReportRow.id))):
            out.setdefault(row.event_id, []).append(_account(row))
        return out

    def _latest_accounts(self, events: Sequence[int], limit: int) -> Mapping[int, Sequence[Account]]:
        """Return the newest accounts of each of these events, newest first. Of one, the index knows which they are."""
        newest = (col(ReportRow.told_at).desc(), col(ReportRow.id).desc())
        rank = func.row_number().over(partition_by=col(ReportRow.event_id), order_by=newest).label("rank")
        ranked = select(col(ReportRow.id), rank).where(col(ReportRow.event_id).in_(events)).subquery()
        chosen: Any = select(ranked.c.id).where(ranked.c.rank <= limit)
        if len(events) == 1:
            of_it = select(col(ReportRow.id)).where(col(ReportRow.event_id) == events[0])
            chosen = select(of_it.order_by(*newest).limit(limit).subquery().c.id)
        out: dict[int, list[Account]] = {}
        for row in self._connection.execute(_ACCOUNT.where(col(ReportRow.id).in_(chosen)).order_by(*newest)):
            out.setdefault(row.event_id, []).append(_account(row))
        return out


_ACCOUNT = (
    select(
        ReportRow.id,  # type: ignore[call-overload]
        ReportRow.event_id,
        *(getattr(ReportRow, name) for name in REPORT_COLUMNS),
        *(getattr(EntryRow, name) for name in ENTRY_COLUMNS),
        col(FeedRow.title).label("feed_title"),
        col(FeedRow.url).label("feed_url"),
    )
    .join(EntryRow, col(EntryRow.id) == col(ReportRow.entry_id))
    .join(FeedRow, col(FeedRow.id) == col(EntryRow.feed_id))
)


def _account(row: Any) -> Account:
    outlet = outlet_of(row.feed_title, row.feed_url)
    return Account(report_id=row.id, outlet=outlet, **taken(row, REPORT_COLUMNS), **taken(row, ENTRY_COLUMNS))
