"""Mail that came back, and addresses given up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update
from sqlmodel import col

from service.adapters.store.rows import insert_new
from service.adapters.store.tables import ChannelRow, OutboxRow, ReturnRow
from service.core.bounce import BounceKind
from service.core.subscription import mailbox_of
from service.ports.returns import Sent, Suppressed

MAX_IDS = 20


class ReturnTable:
    """Keeps ports.returns.Returns' promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sent(self, message_ids: Sequence[str]) -> Sent | None:
        """See the port."""
        columns = (col(OutboxRow.id), col(OutboxRow.subscription_id), col(OutboxRow.channel_id))
        mail = select(*columns).join(ChannelRow, col(ChannelRow.id) == col(OutboxRow.channel_id))
        for message_id in message_ids[:MAX_IDS]:
            this = (col(OutboxRow.message_id) == message_id, col(ChannelRow.kind) == "email")
            row = self._connection.execute(mail.where(*this)).first()
            if row is not None:
                return Sent(outbox_id=row.id, subscription_id=row.subscription_id, channel_id=row.channel_id)
        return None

    def note(self, sent: Sent, *, kind: BounceKind, words: str, now: datetime) -> bool:
        """See the port."""
        row = {"outbox_id": sent.outbox_id, "channel_id": sent.channel_id, "kind": kind, "words": words, "at": now}
        key = ["outbox_id", "kind"]
        return bool(insert_new(self._connection, ReturnRow, [row], key=key, give=[col(ReturnRow.id)]))

    def soft(self, channel_id: int, since: datetime) -> Sequence[datetime]:
        """See the port."""
        mine = (col(ReturnRow.channel_id) == channel_id, col(ReturnRow.kind) == "soft", col(ReturnRow.at) > since)
        return list(self._connection.execute(select(col(ReturnRow.at)).where(*mine)).scalars())

    def suppressed(self) -> Sequence[Suppressed]:
        """See the port."""
        came_back = (
            select(
                col(ReturnRow.channel_id).label("channel_id"),
                func.count().label("returned"),
                func.max(col(ReturnRow.at), type_=ReturnRow.__table__.c.at.type).label("at"),  # type: ignore[attr-defined]
            )
            .group_by(col(ReturnRow.channel_id))
            .subquery()
        )
        query = (
            select(
                col(ChannelRow.id),
                col(ChannelRow.address),
                col(ChannelRow.reason),
                came_back.c.returned,
                came_back.c.at,
            )
            .outerjoin(came_back, came_back.c.channel_id == col(ChannelRow.id))
            .where(col(ChannelRow.kind) == "email", col(ChannelRow.state) == "disabled")
            .order_by(func.coalesce(came_back.c.at, 0).desc(), col(ChannelRow.id).desc())
        )
        return [
            Suppressed(channel_id=row.id, address=row.address, reason=row.reason, returned=row.returned or 0, at=row.at)
            for row in self._connection.execute(query)
        ]

    def lift(self, address: str) -> bool:
        """See the port. Upper and lower case are one."""
        this = col(ChannelRow.mailbox) == mailbox_of(address)
        given_up = select(col(ChannelRow.id)).where(this, col(ChannelRow.state) == "disabled")
        ids = list(self._connection.execute(given_up).scalars())
        if not ids:
            return False
        self._connection.execute(delete(ReturnRow).where(col(ReturnRow.channel_id).in_(ids)))
        again = update(ChannelRow).where(col(ChannelRow.id).in_(ids)).values(state="active", reason="")
        self._connection.execute(again)
        return True
