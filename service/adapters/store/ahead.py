"""What lies further ahead than any schedule puts it: the clock was set back, and nobody is to wait for that future.

A lease is given anew to whoever asks, a message or what waits is due now, an endpoint is open, a digest planned again.
What lies ahead by less than its schedule allows cannot be told from what belongs there, and waits so long at most.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update
from sqlmodel import col

from service.adapters.store.tables import ArticleRow, ChannelRow, EntryRow, HeldBackRow, OutboxRow, SubscriptionRow
from service.core.digest import FURTHEST as DIGEST
from service.core.quiet import FURTHEST as QUIET
from service.core.retry import FURTHEST as RETRY
from service.core.retry import LONGEST_WISH

LEASES = 2
"""So many leases ahead: the clocks of two machines may differ a little."""


ARTICLES = timedelta(minutes=20)
"""Twice the lease of an article: whoever fetches a batch of them has long to wait."""


def bring_back(connection: Connection, now: datetime, *, lease: timedelta) -> int:
    """Bring all of it back to now. Return how many rows that were. Looks before it writes: nearly always at nothing."""
    message = max(RETRY, QUIET)
    return sum(
        _set(connection, column, now + most, value)
        for column, most, value in (
            (col(OutboxRow.lease_until), LEASES * lease, now),
            (col(EntryRow.lease_until), LEASES * lease, now),
            (col(ArticleRow.lease_until), max(LEASES * lease, ARTICLES), now),
            (col(OutboxRow.due_at), message, now),
            (col(HeldBackRow.due_at), QUIET, now),
            (col(ChannelRow.paused_until), max(LONGEST_WISH, RETRY), now),
            (col(SubscriptionRow.digest_due_at), DIGEST, None),
        )
    )


def _set(connection: Connection, column: Any, limit: datetime, value: datetime | None) -> int:
    table = column.class_
    which = [column > limit]
    if table is OutboxRow:
        which.append(col(OutboxRow.state) == "pending")
    if connection.execute(select(column).where(*which).limit(1)).first() is None:
        return 0
    return connection.execute(update(table).where(*which).values({column.key: value})).rowcount
