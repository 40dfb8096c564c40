"""The reports joined to events, and the claims they make."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text, update
from sqlmodel import col

from service.adapters.store.among import among
from service.adapters.store.entries import outlet_of
from service.adapters.store.known import Known, event_of
from service.adapters.store.memory import Memory
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
# Made once: SQLAlchemy takes longer to make such a statement than the database to run it.
RENEW = update(EventRow).where(among(col(EventRow.id), "_events")).returning(EventRow)
JOINED = select(col(ReportRow.id), col(ReportRow.event_id)).where(
    col(ReportRow.entry_id) == bindparam("_entry"),
    col(ReportRow.kind) == bindparam("_kind"),
    col(ReportRow.event_id).is_not(None),
)
SUPERSEDE = update(ClaimRow).where(
    col(ClaimRow.report_id) == bindparam("_report"),
    col(ClaimRow.outlet) != OPERATOR,
    col(ClaimRow.superseded).is_(False),
)
CLAIM = insert(ClaimRow)
CURRENT = text("NOT claim.superseded")
"""In the words of the index, without which SQLite does not see that it will do."""
CLAIMS = select(ClaimRow).where(among(col(ClaimRow.event_id), "_events"), CURRENT)
CLAIMS = CLAIMS.order_by(col(ClaimRow.told_at), col(ClaimRow.id))


class Reports:
    """The half of ports.store.EventStore that is about reports, accounts and claims."""

    def __init__(self, connection: Connection, memory: Memory) -> None:
        self._connection = connection
        self._known = Known(memory=memory)

    def settle(self) -> None:
        """Let others have what this transaction knows, before its savepoint or itself ends."""
        self._known.settle()

    def forget(self) -> None:
        """Believe nothing any more: what was written is undone."""
        self._known.forget()

    def _joined(self, entry_id: int, kind: Kind) -> int | None:
        known = self.report_of(entry_id, kind)
        return known[1] if known else None

    def _renew(self, event_ids: set[int | None]) -> None:
        """Let nobody who has these events in memory believe that they are as they were. They are ours from here on."""
        these = [one for one in event_ids if one is not None and one not in self._known.stamps]
        if not these:
            return
        stamp = new_token()
        for row in self._connection.execute(RENEW, {"_events": these, "stamp": stamp}):
            self._known.stamps[row.id] = stamp
            self._known.read[row.id] = event_of(row)

    def report_of(self, entry_id: int, kind: Kind) -> tuple[int, int] | None:
        """See the port. None too where the report was not worth an event."""
        key = (entry_id, kind)
        if key not in self._known.joined:
            row = self._connection.execute(JOINED, {"_entry": entry_id, "_kind": kind}).first()
            self._known.joined[key] = (int(row.id), int(row.event_id)) if row else None
        return self._known.joined[key]

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
        before = self._joined(entry.entry_id, report.kind)
        self._renew({event_id, before})
        if event_id is not None:
            keep(self._connection, event_id, traces(entry, report))
        row = upsert(self._connection, ReportRow, values, key=["entry_id", "kind"], give=[col(ReportRow.id)])
        self._saved(int(row.id), event_id, before, values)
        if event_id in self._known.latest:
            self._known.heard(event_id, _as_account(int(row.id), entry, values))
        return int(row.id)

    def _saved(self, report_id: int, event_id: int | None, before: int | None, values: Mapping[str, Any]) -> None:
        known = self._known
        known.joined[values["entry_id"], values["kind"]] = (report_id, event_id) if event_id is not None else None
        if before is None:
            known.fresh.add(report_id)
        changed = [one for one in (event_id, before) if one is not None]
        for one in changed:
            known.accounts.pop(one, None)
        known.changed(claims=changed)
        if before is not None:
            known.changed(accounts=changed)

    def replace_claims(self, event_id: int, report_id: int, claims: Sequence[Claim], *, now: datetime) -> None:
        """See the port."""
        if report_id not in self._known.fresh:  # it has none yet
            self._connection.execute(SUPERSEDE, {"_report": report_id, "superseded": True})
        self._known.fresh.discard(report_id)
        self._known.changed(claims=[event_id])
        rows = [
            taken(claim, CLAIM_COLUMNS) | {"event_id": event_id, "report_id": report_id, "at": now} for claim in claims
        ]
        if rows:
            self._connection.execute(CLAIM, rows)

    def claims(self, event_id: int) -> list[Claim]:
        """See the port."""
        held = self._known.claims.get(event_id)
        if held is None:
            held = self._claims_of([event_id]).get(event_id, ())
            if event_id in self._known.stamps:
                self._known.claims[event_id] = held
        return list(held)

    def accounts(self, event_id: int) -> list[Account]:
        """Return every account joined to the event, oldest first."""
        held = self._known.accounts.get(event_id)
        if held is None:
            held = self._accounts_of([event_id]).get(event_id, ())
            if event_id in self._known.stamps:
                self._known.accounts[event_id] = held
        return list(held)

    def _claims_of(self, events: Sequence[int]) -> Mapping[int, Sequence[Claim]]:
        """Return the current claims of each of these events, oldest first."""
        out: dict[int, list[Claim]] = {}
        for row in self._connection.execute(CLAIMS, {"_events": events}):
            out.setdefault(row.event_id, []).append(Claim(**taken(row, CLAIM_COLUMNS)))
        return out

    def _accounts_of(self, events: Sequence[int]) -> Mapping[int, Sequence[Account]]:
        """Return every account of each of these events, oldest first."""
        out: dict[int, list[Account]] = {}
        for row in self._connection.execute(_ACCOUNTS, {"_events": events}):
            out.setdefault(row.event_id, []).append(_account(row))
        return out

    def _latest_accounts(self, events: Sequence[int], limit: int) -> Mapping[int, Sequence[Account]]:
        """Return the newest accounts of each of these events, newest first. Of one, the index knows which they are."""
        asked = (_NEWEST, {"_events": events}) if len(events) > 1 else (_NEWEST_OF_ONE, {"_event": events[0]})
        out: dict[int, list[Account]] = {}
        for row in self._connection.execute(asked[0], asked[1] | {"_limit": limit}):
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
_OF_THESE = among(col(ReportRow.event_id), "_events")
_ACCOUNTS = _ACCOUNT.where(_OF_THESE).order_by(col(ReportRow.told_at), col(ReportRow.id))
_LATEST = (col(ReportRow.told_at).desc(), col(ReportRow.id).desc())


def _newest_of(chosen: Any) -> Any:
    return _ACCOUNT.where(col(ReportRow.id).in_(chosen)).order_by(*_LATEST)


def _ranked() -> Any:
    rank = func.row_number().over(partition_by=col(ReportRow.event_id), order_by=_LATEST).label("rank")
    ranked = select(col(ReportRow.id), rank).where(_OF_THESE).subquery()
    return select(ranked.c.id).where(ranked.c.rank <= bindparam("_limit"))


def _first() -> Any:
    of_it = select(col(ReportRow.id)).where(col(ReportRow.event_id) == bindparam("_event")).order_by(*_LATEST)
    return select(of_it.limit(bindparam("_limit")).subquery().c.id)


_NEWEST, _NEWEST_OF_ONE = _newest_of(_ranked()), _newest_of(_first())


def _as_account(report_id: int, entry: Entry, values: Mapping[str, Any]) -> Account:
    said = {name: values[name] for name in REPORT_COLUMNS}
    return Account(report_id=report_id, outlet=entry.outlet, **said, **taken(entry, ENTRY_COLUMNS))


def _account(row: Any) -> Account:
    outlet = outlet_of(row.feed_title, row.feed_url)
    return Account(report_id=row.id, outlet=outlet, **taken(row, REPORT_COLUMNS), **taken(row, ENTRY_COLUMNS))
