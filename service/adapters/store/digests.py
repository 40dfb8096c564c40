"""When each digest is due, and which have been made."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, nulls_first, or_, select, update
from sqlmodel import col

from service.adapters.store.rows import insert_new
from service.adapters.store.subscriptions import SUBSCRIPTION, subscription_of
from service.adapters.store.tables import ChannelRow, DigestRow, SubscriptionRow
from service.core.digest import Past
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

    def due_at(self, subscription_ids: Sequence[int]) -> Mapping[int, datetime | None]:
        """See the port."""
        query = select(col(SubscriptionRow.id), col(SubscriptionRow.digest_due_at))
        rows = self._connection.execute(query.where(col(SubscriptionRow.id).in_(subscription_ids)))
        return {int(row.id): row.digest_due_at for row in rows}

    def past(self, subscription_ids: Sequence[int], *, memory: int) -> Mapping[int, Past]:
        """See the port."""
        latest = (col(DigestRow.window_end).desc(), col(DigestRow.id).desc())
        rank = func.row_number().over(partition_by=col(DigestRow.subscription_id), order_by=latest).label("rank")
        mine = col(DigestRow.subscription_id).in_(subscription_ids)
        ranked = select(col(DigestRow.id), rank).where(mine).subquery()
        chosen = select(ranked.c.id).where(ranked.c.rank <= memory)
        rows: dict[int, list[Any]] = {sub_id: [] for sub_id in subscription_ids}
        for row in self._connection.execute(select(DigestRow).where(col(DigestRow.id).in_(chosen)).order_by(*latest)):
            rows[row.subscription_id].append(row)
        return {sub_id: _past(made) for sub_id, made in rows.items()}

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
        told: Mapping[int, int],
        upto: int,
        outbox_id: int | None,
    ) -> bool:
        """See the port."""
        row: dict[str, Any] = {"subscription_id": subscription_id, "local_date": local_date}
        row |= {"window_start": start, "window_end": end}
        row |= {"items": len(told), "told": dict(told), "upto": upto, "outbox_id": outbox_id}
        key = ["subscription_id", "local_date"]
        return bool(insert_new(self._connection, DigestRow, [row], key=key, give=[col(DigestRow.id)]))

    def take_all(self, subscription_ids: Sequence[int]) -> Mapping[int, datetime | None]:
        """See the port. In the order of their ids, so that two who take the same never wait for each other."""
        query = select(col(SubscriptionRow.id), col(SubscriptionRow.digest_due_at))
        mine = query.where(col(SubscriptionRow.id).in_(subscription_ids)).order_by(col(SubscriptionRow.id))
        return {int(row.id): row.digest_due_at for row in self._connection.execute(mine.with_for_update())}

    def take(self, subscription_id: int) -> datetime | None:
        """See the port. On PostgreSQL, whoever comes second waits and then sees what the first has planned."""
        due_at = select(col(SubscriptionRow.digest_due_at)).where(col(SubscriptionRow.id) == subscription_id)
        return self._connection.execute(due_at.with_for_update()).scalar()


def _past(made: Sequence[Any]) -> Past:
    """Return what these rows tell, the latest first."""
    if not made:
        return Past()
    told: dict[int, int] = {}
    for row in reversed(made):
        told |= row.told
    latest = made[0]
    return Past(end=latest.window_end, upto=latest.upto, items=latest.items, last=latest.told, told=told)
