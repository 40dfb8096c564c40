"""What readers asked for and agreed to."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlmodel import col

from service.adapters.store.rows import same_named, taken
from service.adapters.store.tables import (
    AttemptRow,
    ChannelRow,
    ConsentRow,
    OutboxRow,
    SubscriptionRow,
)
from service.core.optin import DAY, HOUR, Lately, Visitor, network_of
from service.core.subscription import Wish
from service.ports.readers import Consent

COLUMNS = same_named(Consent, but=("consent_id",))


class Consents:
    """Keeps ports.readers.ConsentStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lately(self, address_key: str, network: str, now: datetime) -> Lately:
        """See the port."""
        asked = col(ConsentRow.asked_at)
        return Lately(
            by_address=self._count(col(ConsentRow.address_key) == address_key, asked > now - DAY) if address_key else 0,
            by_network=self._count(col(ConsentRow.asked_ip) == network, asked > now - DAY) if network else 0,
            altogether=self._count(col(ConsentRow.address_key) != "", asked > now - HOUR),
        )

    def _count(self, *where: Any) -> int:
        return int(self._connection.execute(select(func.count()).select_from(ConsentRow).where(*where)).scalar_one())

    def ask(
        self,
        subscription_id: int,
        wish: Wish,
        *,
        token_hash: str,
        address_key: str,
        text_version: str,
        expires_at: datetime,
        visitor: Visitor,
        now: datetime,
    ) -> int:
        """See the port."""
        row = {"subscription_id": subscription_id, "wish": wish, "token_hash": token_hash, "address_key": address_key}
        row |= {"text_version": text_version, "asked_at": now, "expires_at": expires_at}
        row |= {"asked_ip": network_of(visitor.ip), "asked_agent": visitor.agent}
        made = insert(ConsentRow).values(**row).returning(col(ConsentRow.id))
        return int(self._connection.execute(made).one().id)

    def find(self, token_hash: str, *, lock: bool = False) -> Consent | None:
        """See the port."""
        query = select(ConsentRow).where(col(ConsentRow.token_hash) == token_hash)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return Consent(consent_id=row.id, **taken(row, COLUMNS)) if row else None

    def confirm(self, consent_id: int, visitor: Visitor, now: datetime) -> None:
        """See the port."""
        this = update(ConsentRow).where(col(ConsentRow.id) == consent_id)
        who = {"confirmed_ip": network_of(visitor.ip), "confirmed_agent": visitor.agent}
        self._connection.execute(this.values(confirmed_at=now, **who))

    def stale(self, now: datetime) -> bool:
        """See the port."""
        return self._connection.execute(select(col(ConsentRow.id)).where(*_stale(now)).limit(1)).first() is not None

    def forget(self, now: datetime, *, limit: int) -> int:
        """See the port."""
        query = select(col(ConsentRow.id), col(ConsentRow.subscription_id)).where(*_stale(now)).limit(limit)
        rows = self._connection.execute(query.with_for_update(skip_locked=True)).all()
        self._connection.execute(delete(ConsentRow).where(col(ConsentRow.id).in_([row.id for row in rows])))
        self._forget_pending([row.subscription_id for row in rows])
        return len(rows)

    def _forget_pending(self, ids: list[int]) -> None:
        """Delete those that nobody agreed to and nobody asks for any more, with their mail and their address."""
        asked = select(col(ConsentRow.id)).where(col(ConsentRow.subscription_id) == col(SubscriptionRow.id)).exists()
        unwanted = (col(SubscriptionRow.state) == "pending", col(SubscriptionRow.source) == "web", ~asked)
        query = select(col(SubscriptionRow.id), col(SubscriptionRow.channel_id))
        gone = self._connection.execute(query.where(col(SubscriptionRow.id).in_(ids), *unwanted)).all()
        mine = col(OutboxRow.subscription_id).in_([row.id for row in gone])
        mails = self._connection.execute(select(col(OutboxRow.id)).where(mine)).scalars().all()
        self._connection.execute(delete(AttemptRow).where(col(AttemptRow.outbox_id).in_(mails)))
        self._connection.execute(delete(OutboxRow).where(mine))
        self._connection.execute(delete(SubscriptionRow).where(col(SubscriptionRow.id).in_([row.id for row in gone])))
        channels = col(ChannelRow.id).in_([row.channel_id for row in gone])
        used = select(col(SubscriptionRow.id)).where(col(SubscriptionRow.channel_id) == col(ChannelRow.id)).exists()
        self._connection.execute(delete(ChannelRow).where(channels, ~used))


def _stale(now: datetime) -> tuple[Any, ...]:
    return (col(ConsentRow.confirmed_at).is_(None), col(ConsentRow.expires_at) <= now)
