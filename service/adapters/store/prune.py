"""Forgets what is old and of no use any more, in transactions so small that nobody waits for them.

What ties things together stays: entries keep their identity and title (or they would come in as new again), messages
keep that they were sent, and everything a report was made from stays whole.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, inspect, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from service.adapters.store import endings, words
from service.adapters.store.databases import Database
from service.adapters.store.tables import (
    ArticleRow,
    AttemptRow,
    BodyRow,
    DecisionRow,
    EntryRevisionRow,
    EntryRow,
    EventRow,
    FeedAddressRow,
    FeedRow,
    HostRow,
    MomentRow,
    OutboxRow,
    ReportRow,
    TraceRow,
)
from service.adapters.store.types import NEVER

Step = Callable[[Connection, datetime, int], int]


def prune(db: Database, *, before: datetime, batch: int = 500) -> Mapping[str, int]:
    """Forget what is older than this. Return how many rows of each kind lost something. Safe to stop at any time."""
    return {name: _until_dry(db, step, before, batch) for name, step in STEPS.items()}


def _until_dry(db: Database, step: Step, before: datetime, batch: int) -> int:
    total = 0
    while True:
        with db.writing() as connection:
            done = step(connection, before, batch)
        total += done
        if done < batch:
            return total


def _texts(connection: Connection, before: datetime, batch: int) -> int:
    """Empty entries that were set aside."""
    long = or_(*(col(text) != "" for text in (EntryRow.content, EntryRow.content_html, EntryRow.summary)))
    old = (col(EntryRow.first_seen) < before, col(EntryRow.state) != "waiting", _unreported(col(EntryRow.id)), long)
    which = select(col(EntryRow.id)).where(*old).limit(batch).scalar_subquery()
    emptied = update(EntryRow).where(col(EntryRow.id).in_(which)).values(content="", content_html="", summary="")
    return connection.execute(emptied).rowcount


def _revisions(connection: Connection, before: datetime, batch: int) -> int:
    """Drop what such entries said before."""
    old = (col(EntryRevisionRow.replaced_at) < before, _unreported(col(EntryRevisionRow.entry_id)))
    return _delete(connection, EntryRevisionRow, old, batch)


def _decisions(connection: Connection, before: datetime, batch: int) -> int:
    """Drop why nothing was sent."""
    return _delete(connection, DecisionRow, (col(DecisionRow.at) < before, col(DecisionRow.kind).is_(None)), batch)


def _bodies(connection: Connection, before: datetime, batch: int) -> int:
    """Empty messages that nobody will send again."""
    old = (col(OutboxRow.created_at) < before, col(OutboxRow.state).in_(OVER))
    which = select(col(BodyRow.outbox_id)).join(OutboxRow, col(OutboxRow.id) == col(BodyRow.outbox_id)).where(*old)
    ids = [row.outbox_id for row in connection.execute(which.limit(batch))]
    connection.execute(update(OutboxRow).where(col(OutboxRow.id).in_(ids)).values(ending_id=None))
    return connection.execute(delete(BodyRow).where(col(BodyRow.outbox_id).in_(ids))).rowcount


def _attempts(connection: Connection, before: datetime, batch: int) -> int:
    """Drop how such messages were sent."""
    over = select(col(OutboxRow.id)).where(col(OutboxRow.created_at) < before, col(OutboxRow.state).in_(OVER))
    return _delete(connection, AttemptRow, (col(AttemptRow.outbox_id).in_(over), col(AttemptRow.at) < before), batch)


def _articles(connection: Connection, before: datetime, batch: int) -> int:
    """Drop articles that came to nothing, and those of entries that are emptied."""
    of_no_use = or_(col(ArticleRow.revision).is_(None), _unreported(col(ArticleRow.entry_id)))
    return _delete(connection, ArticleRow, (col(ArticleRow.due_at) < before, of_no_use), batch)


def _addresses(connection: Connection, before: datetime, batch: int) -> int:
    """Drop the addresses that feeds had long ago, but for the last one of each."""
    later = aliased(FeedAddressRow)
    same_feed = (col(later.feed_id) == col(FeedAddressRow.feed_id), col(later.id) > col(FeedAddressRow.id))
    not_last = select(col(later.id)).where(*same_feed).exists()
    return _delete(connection, FeedAddressRow, (col(FeedAddressRow.until) < before, not_last), batch)


def _hosts(connection: Connection, before: datetime, batch: int) -> int:
    """Drop hosts where no feed is left. Who adds one there at this moment changes `due_at`, and the host stays."""
    feeds = select(col(FeedRow.id)).where(col(FeedRow.host) == col(HostRow.key)).exists()
    nobodys = (col(HostRow.lease_until).is_(None), col(HostRow.due_at) >= NEVER, col(HostRow.free_at) < before)
    return _delete(connection, HostRow, (*nobodys, ~feeds), batch)


def _moments(connection: Connection, before: datetime, batch: int) -> int:
    """Drop what rules were asked about so long ago that no preview looks there."""
    old = select(col(MomentRow.id)).where(col(MomentRow.at) < before).order_by(col(MomentRow.id)).limit(batch)
    ids = [row.id for row in connection.execute(old)]
    words.forget(connection, "moment_words", ids)
    return connection.execute(delete(MomentRow).where(col(MomentRow.id).in_(ids))).rowcount


def _traces(connection: Connection, before: datetime, batch: int) -> int:
    """Drop the keys of events so old that nothing is linked to them any more."""
    old = select(col(EventRow.id)).where(col(EventRow.last_seen) < before)
    which = select(col(TraceRow.event_id)).where(col(TraceRow.event_id).in_(old)).distinct().limit(batch)
    ids = list(connection.execute(which).scalars())
    connection.execute(delete(TraceRow).where(col(TraceRow.event_id).in_(ids)))
    return len(ids)


def _unreported(entry_id: Any) -> ColumnElement[bool]:
    return ~select(col(ReportRow.id)).where(col(ReportRow.entry_id) == entry_id).exists()


def _delete(connection: Connection, table: Any, where: tuple[ColumnElement[bool], ...], batch: int) -> int:
    [key] = inspect(table).primary_key
    which = select(key).where(*where).limit(batch).scalar_subquery()
    return connection.execute(delete(table).where(key.in_(which), *where)).rowcount


OVER = ("sent", "superseded")
STEPS: Mapping[str, Step] = {
    "texts": _texts,
    "revisions": _revisions,
    "decisions": _decisions,
    "bodies": _bodies,
    "endings": endings.forget,
    "attempts": _attempts,
    "articles": _articles,
    "addresses": _addresses,
    "hosts": _hosts,
    "moments": _moments,
    "traces": _traces,
}
