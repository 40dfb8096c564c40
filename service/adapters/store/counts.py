"""Looking over everything at once. What is scanned whole is small or has an index that holds all that is asked."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, func, not_, or_, select, type_coerce
from sqlmodel import col

from service.adapters.store.rows import taken
from service.adapters.store.tables import EntryRow, EventRow, FeedRow, OutboxRow, PollRow, ReportRow
from service.adapters.store.types import EPOCH, MILLISECOND
from service.core.feed import Feed
from service.core.health import GAPS, HINDSIGHT, OVERDUE, Watched
from service.ports.counts import Figures

COLUMNS = (
    *(
        "url",
        "title",
        "country",
        "lang",
        "subject",
        "priority",
        "state",
        "state_since",
        "due_at",
        "last_poll_at",
        "last_ok_at",
    ),
    *("last_entry_at", "failures", "error_code", "gone_at", "gap_s"),
)
LIGHT = select(col(FeedRow.id), *(getattr(FeedRow, name) for name in COLUMNS)).order_by(col(FeedRow.id))
RECENT = timedelta(minutes=5)
RECENT_POLLS = 6000  # 20 a second, which is more than one process does over days

AWAKE = col(FeedRow.state) != "muted"


class Counts:
    """Keeps ports.counts.Counts' promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def watched(self) -> Mapping[Watched, int]:
        """See the port."""
        of = (col(FeedRow.country), col(FeedRow.lang), col(FeedRow.subject))
        query = select(*of, func.count()).where(AWAKE).group_by(*of)
        return {(row[0], row[1], row[2]): int(row[3]) for row in self._connection.execute(query)}

    def in_doubt(self, now: datetime, *, hosts: Collection[str] = ()) -> list[Feed]:
        """See the port."""
        return [_feed(row) for row in self._connection.execute(LIGHT.where(_doubtful(now, hosts)))]

    def sound(
        self, now: datetime, *, hosts: Collection[str] = (), country: str | None = None, limit: int, offset: int = 0
    ) -> list[Feed]:
        """See the port."""
        query = LIGHT.where(not_(_doubtful(now, hosts))).limit(limit).offset(offset)
        if country is not None:
            query = query.where(func.coalesce(col(FeedRow.country), "") == country)
        return [_feed(row) for row in self._connection.execute(query)]

    def figures(self, now: datetime) -> Figures:
        """See the port."""
        waiting = select(func.count()).select_from(EntryRow).where(col(EntryRow.state) == "waiting")
        fell_back = select(func.count()).select_from(OutboxRow).where(col(OutboxRow.fell_back) != "")
        pending = select(func.min(col(OutboxRow.due_at))).where(col(OutboxRow.state) == "pending")
        return Figures(
            polls=self._recent_polls(now),
            entries_waiting=self._one(waiting),
            events=self._grouped(col(EventRow.kind), col(EventRow.state) == "live"),
            reports=self._grouped(col(ReportRow.kind)),
            set_aside=self._grouped(col(EntryRow.set_aside), col(EntryRow.set_aside).is_not(None)),
            outbox=self._grouped(col(OutboxRow.state)),
            fell_back=self._one(fell_back),
            outbox_due_at=self._one(pending),
            **self._feeds(),
        )

    def _recent_polls(self, now: datetime) -> Mapping[str, int]:
        last = select(func.max(col(PollRow.id))).scalar_subquery()
        return self._grouped(
            col(PollRow.outcome), and_(col(PollRow.id) > last - RECENT_POLLS, col(PollRow.at) > now - RECENT)
        )

    def _feeds(self) -> dict[str, Any]:
        first = and_(AWAKE, col(FeedRow.priority))
        never = and_(first, col(FeedRow.last_ok_at).is_(None), col(FeedRow.last_poll_at).is_not(None))
        query = select(
            func.min(col(FeedRow.due_at)).label("feeds_due_at"),
            func.min(col(FeedRow.last_ok_at)).filter(first).label("priority_ok_at"),
            func.count().filter(never).label("priority_never"),
        ).where(AWAKE)
        row = self._connection.execute(query).one()
        return taken(row, ("feeds_due_at", "priority_ok_at", "priority_never"))

    def _grouped(self, by: Any, where: ColumnElement[bool] | None = None) -> Mapping[str, int]:
        query = select(by, func.count()).group_by(by)
        rows = self._connection.execute(query if where is None else query.where(where))
        return {str(key): int(number) for key, number in rows}

    def _one(self, query: Any) -> Any:
        return self._connection.execute(query).scalar_one()


def _doubtful(now: datetime, hosts: Collection[str]) -> ColumnElement[bool]:
    """Let through what core.health may call anything but working. Each part is TRUE or FALSE, never NULL."""
    doubts = [
        col(FeedRow.state) != "active",
        col(FeedRow.failures) > 0,
        col(FeedRow.error_code) != "",
        col(FeedRow.last_poll_at).is_(None),
        func.coalesce(col(FeedRow.last_poll_at) > col(FeedRow.last_ok_at), True),
        col(FeedRow.due_at) < now - OVERDUE,
        func.coalesce(and_(col(FeedRow.last_entry_at) < now - HINDSIGHT, _may_be_silent(now)), False),
    ]
    return or_(*doubts, col(FeedRow.host).in_(sorted(hosts))) if hosts else or_(*doubts)


def _may_be_silent(now: datetime) -> ColumnElement[bool]:
    last, gap_s = type_coerce(col(FeedRow.last_entry_at), BigInteger), col(FeedRow.gap_s)
    present = (now - EPOCH) // MILLISECOND
    return or_(gap_s.is_(None), last + gap_s * GAPS * 1000 <= present)


def _feed(row: Any) -> Feed:
    return Feed(**dict(zip(("feed_id", *COLUMNS), row, strict=True)))
