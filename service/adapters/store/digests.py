"""When each digest is due, and which have been made."""

from datetime import date, datetime

from sqlalchemy import Connection, nulls_first, or_, select, update
from sqlmodel import col

from service.adapters.store.rows import insert_new
from service.adapters.store.subscriptions import SUBSCRIPTION, subscription_of
from service.adapters.store.tables import ChannelRow, DigestRow, SubscriptionRow
from service.core.subscription import Subscription


class Digests:
    """Keeps ports.store.DigestStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, now: datetime, limit: int) -> list[Subscription]:
        """See the port. Those never planned come first, then the longest due."""
        due_at = col(SubscriptionRow.digest_due_at)
        running = (col(SubscriptionRow.mode) != "alert", col(SubscriptionRow.state) == "active")
        query = SUBSCRIPTION.where(*running, col(ChannelRow.state) == "active", or_(due_at.is_(None), due_at <= now))
        rows = self._connection.execute(query.order_by(nulls_first(due_at), col(SubscriptionRow.id)).limit(limit))
        return [subscription_of(row) for row in rows]

    def last_window_end(self, subscription_id: int) -> datetime | None:
        """Return where the window of the last digest ended; None if there was none."""
        ends = select(col(DigestRow.window_end)).where(col(DigestRow.subscription_id) == subscription_id)
        return self._connection.execute(ends.order_by(col(DigestRow.window_end).desc()).limit(1)).scalar()

    def plan(self, subscription_id: int, due_at: datetime) -> None:
        """Set when the next one is due."""
        this = update(SubscriptionRow).where(col(SubscriptionRow.id) == subscription_id)
        self._connection.execute(this.values(digest_due_at=due_at))

    def record(
        self,
        subscription_id: int,
        local_date: date,
        *,
        start: datetime,
        end: datetime,
        items: int,
        outbox_id: int | None,
    ) -> bool:
        """See the port."""
        row = {"subscription_id": subscription_id, "local_date": local_date, "window_start": start, "window_end": end}
        row |= {"items": items, "outbox_id": outbox_id}
        key = ["subscription_id", "local_date"]
        return bool(insert_new(self._connection, DigestRow, [row], key=key, give=[col(DigestRow.id)]))

    def take(self, subscription_id: int) -> datetime | None:
        """See the port. On PostgreSQL, whoever comes second waits and then sees what the first has planned."""
        due_at = select(col(SubscriptionRow.digest_due_at)).where(col(SubscriptionRow.id) == subscription_id)
        return self._connection.execute(due_at.with_for_update()).scalar()
