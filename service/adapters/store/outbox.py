"""Rendered messages and their deliveries."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, insert, select, union_all, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from service.adapters.store.rows import chunks, free, insert_new, new_token, same_named, taken
from service.adapters.store.subscriptions import CHANNEL_COLUMNS, channel_of
from service.adapters.store.tables import AttemptRow, ChannelRow, MentionRow, OutboxRow, SubscriptionRow
from service.core.errors import BadInput, NotFound
from service.core.subscription import Message, MessageKind, Subscription, Told
from service.ports.store import Delivery
from service.ports.world import Attempt, Rendered

CLAIM_LIMIT = 500
ATTEMPT_COLUMNS = same_named(Attempt, but=("tried",))
MESSAGE_COLUMNS = ("message_id", "kind", "body", "created_at", "event_id", "revision")
DELIVERY_COLUMNS = ("subscription_id", "subject", "state", "due_at", "sent_at", "last_error", "fell_back")
OUTBOX = select(OutboxRow, *(getattr(ChannelRow, name).label(f"channel_{name}") for name in CHANNEL_COLUMNS)).join(
    ChannelRow, col(ChannelRow.id) == col(OutboxRow.channel_id)
)

ITS_READER = col(SubscriptionRow.id) == col(OutboxRow.subscription_id)
ITS_CHANNEL = col(ChannelRow.id) == col(OutboxRow.channel_id)
READER = select(col(SubscriptionRow.state)).where(ITS_READER).correlate(OutboxRow).scalar_subquery()
CHANNEL_STATE = select(col(ChannelRow.state)).where(ITS_CHANNEL).correlate(OutboxRow).scalar_subquery()
CHANNEL_REASON = select(col(ChannelRow.reason)).where(ITS_CHANNEL).correlate(OutboxRow).scalar_subquery()
WANTED = and_(READER == "active", CHANNEL_STATE == "active")
"""Lets through messages whose subscription and channel are both active."""

RETRY_HINTS = {
    "pending": "it is sent by itself when it is due",
    "sent": "the far side took it",
    "superseded": "a newer message says it better, or nobody wants it",
}
READER_HINTS = {
    "pending": "its reader has not confirmed it",
    "paused": "a paused one gets nothing",
    "ended": "its reader left",
}


class OutboxTable:
    """Keeps ports.store.Outbox's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(
        self,
        *,
        dedup_key: str,
        message_id: str,
        kind: MessageKind,
        subscription: Subscription,
        rendered: Rendered,
        due_at: datetime,
        now: datetime,
        event_id: int | None = None,
        revision: int | None = None,
    ) -> int | None:
        """See the port."""
        row: dict[str, Any] = {"dedup_key": dedup_key, "message_id": message_id, "kind": kind, "event_id": event_id}
        row |= {"subscription_id": subscription.subscription_id, "channel_id": subscription.channel.channel_id}
        row |= {"subject": rendered.subject, "body": rendered.body, "fell_back": rendered.fell_back}
        row |= {"revision": revision, "created_at": now, "due_at": due_at}
        new = insert_new(self._connection, OutboxRow, [row], key=["dedup_key"], give=[col(OutboxRow.id)])
        return int(new[0].id) if new else None

    def told(self, subscription_id: int, event_id: int) -> list[Told]:
        """See the port."""
        names = same_named(Told)
        own = (col(OutboxRow.subscription_id) == subscription_id, col(OutboxRow.event_id) == event_id)
        mentioned = (col(MentionRow.subscription_id) == subscription_id, col(MentionRow.event_id) == event_id)
        columns = [getattr(OutboxRow, name) for name in names if name != "revision"]
        alone = select(*columns, col(OutboxRow.revision), col(OutboxRow.id)).where(*own)
        among = select(*columns, col(MentionRow.revision), col(OutboxRow.id)).join(
            MentionRow, col(MentionRow.outbox_id) == col(OutboxRow.id)
        )
        rows = self._connection.execute(union_all(alone, among.where(*mentioned)).order_by("id"))
        return [Told(**taken(row, names)) for row in rows]

    def supersede(self, subscription_id: int, event_id: int) -> int:
        """See the port. What was tried, or held by a sender since killed, is not dropped: it may have arrived."""
        about = (col(OutboxRow.subscription_id) == subscription_id, col(OutboxRow.event_id) == event_id)
        unsent = (col(OutboxRow.state) == "pending", col(OutboxRow.tries) == 0, col(OutboxRow.lease_token).is_(None))
        return self._connection.execute(update(OutboxRow).where(*about, *unsent).values(state="superseded")).rowcount

    def claim(self, now: datetime, *, limit: int, lease: timedelta) -> list[Message]:
        """See the port. At most 500."""
        limit = min(limit, CLAIM_LIMIT)
        self._drop_unwanted(now, limit)
        older = aliased(OutboxRow)
        before = (col(older.channel_id) == col(OutboxRow.channel_id), col(older.event_id) == col(OutboxRow.event_id))
        waits = select(col(older.id)).where(*before, col(older.state) == "pending", col(older.id) < col(OutboxRow.id))
        chosen = (
            select(col(OutboxRow.id))
            .where(*_due(now), WANTED, ~waits.exists())
            .order_by(col(OutboxRow.due_at), col(OutboxRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("chosen")
        )
        # A token that is still there is that of a sender whose end nobody saw: they may have sent it.
        tries = col(OutboxRow.tries) + case((col(OutboxRow.lease_token).is_not(None), 1), else_=0)
        mine = update(OutboxRow).where(col(OutboxRow.id).in_(select(chosen.c.id))).returning(col(OutboxRow.id))
        ids = (
            self._connection.execute(mine.values(lease_until=now + lease, lease_token=new_token(), tries=tries))
            .scalars()
            .all()
        )
        query = OUTBOX.where(col(OutboxRow.id).in_(ids)).order_by(col(OutboxRow.due_at), col(OutboxRow.id))
        return [_message(row) for row in self._connection.execute(query)]

    def _drop_unwanted(self, now: datetime, limit: int) -> None:
        """Let go of messages whose reader left, or whose channel closed, while a sender since killed held them.

        Looks at those longest due only: to look at all would cost more with each that waits.
        """
        first = select(col(OutboxRow.id)).where(*_due(now)).order_by(col(OutboxRow.due_at), col(OutboxRow.id))
        gone = select(col(OutboxRow.id)).where(col(OutboxRow.id).in_(first.limit(limit)), *_due(now), ~WANTED)
        chosen = gone.with_for_update(skip_locked=True).cte("gone")
        left = READER != "active"
        why = case((left, "subscription " + READER), else_="channel disabled: " + CHANNEL_REASON)
        values: dict[str, Any] = {"state": case((left, "superseded"), else_="gave_up"), "last_error": why}
        values |= {"lease_until": None, "lease_token": None}
        this = col(OutboxRow.id).in_(select(chosen.c.id))
        self._connection.execute(update(OutboxRow).where(this).values(**values))

    def record(self, message: Message, attempt: Attempt, *, retry_at: datetime | None) -> bool:
        """See the port. What failed is not tried again where its reader left meanwhile, or its channel is gone."""
        this = (col(OutboxRow.id) == message.outbox_id, col(OutboxRow.lease_token) == message.lease_token)
        wanted: Any = (
            select(col(OutboxRow.tries), col(SubscriptionRow.state), col(ChannelRow.state).label("channel_state"))
            .join(SubscriptionRow, col(SubscriptionRow.id) == col(OutboxRow.subscription_id))
            .join(ChannelRow, col(ChannelRow.id) == col(OutboxRow.channel_id))
            .where(*this, col(OutboxRow.state) == "pending")
            .with_for_update(of=OutboxRow)
        )
        held = self._connection.execute(wanted).first()
        if held is None:
            return False
        values = _outcome(held, attempt, retry_at) | {"lease_until": None, "lease_token": None}
        values["tries"] = held.tries + attempt.tried
        self._connection.execute(update(OutboxRow).where(col(OutboxRow.id) == message.outbox_id).values(**values))
        if attempt.tried:
            self._connection.execute(insert(AttemptRow).values(**taken(attempt, ATTEMPT_COLUMNS)))
        return True

    def list(self, *, state: str | None = None, limit: int = 100) -> list[Delivery]:
        """Return the latest deliveries, newest first."""
        wanted = [col(OutboxRow.state) == state] if state else []
        query = OUTBOX.where(*wanted).order_by(col(OutboxRow.id).desc()).limit(limit)
        return [*self._deliveries(self._connection.execute(query).all())]

    def get(self, outbox_id: int) -> Delivery:
        """Return the delivery with its attempts, or raise NotFound."""
        found = self._deliveries(self._connection.execute(OUTBOX.where(col(OutboxRow.id) == outbox_id)).all())
        if not found:
            raise NotFound(f"there is no delivery {outbox_id}", hint="`tocsin deliveries list` shows them")
        return found[0]

    def _deliveries(self, rows: Sequence[Row[Any]]) -> Sequence[Delivery]:
        attempts: dict[int, list[Attempt]] = {row.id: [] for row in rows}
        for part in chunks(list(attempts)):
            query = select(AttemptRow).where(col(AttemptRow.outbox_id).in_(part)).order_by(col(AttemptRow.id))
            for row in self._connection.execute(query):
                attempts[row.outbox_id].append(Attempt(**taken(row, ATTEMPT_COLUMNS)))
        return [
            Delivery(message=_message(row), attempts=tuple(attempts[row.id]), **taken(row, DELIVERY_COLUMNS))
            for row in rows
        ]

    def retry(self, outbox_id: int, now: datetime) -> None:
        """See the port. Raises NotFound, and BadInput where sending it is not wanted, or cannot help."""
        delivery = self.get(outbox_id)
        if delivery.state != "gave_up":
            raise BadInput(f"delivery {outbox_id} is {delivery.state}, not gave_up", hint=RETRY_HINTS[delivery.state])
        channel, subscription_id = delivery.message.channel, delivery.subscription_id
        reader = self._connection.execute(
            select(col(SubscriptionRow.state)).where(col(SubscriptionRow.id) == subscription_id)
        ).scalar_one()
        if reader != "active":
            words = f"delivery {outbox_id} is not wanted: subscription {subscription_id} is {reader}"
            raise BadInput(words, hint=f"`tocsin subscriptions list` shows it; {READER_HINTS[reader]}")
        if channel.state != "active":
            words = f"delivery {outbox_id} cannot be sent: its channel is {channel.state}: {channel.reason}"
            raise BadInput(words, hint="`tocsin subscriptions add` with the same address opens it again")
        this = update(OutboxRow).where(col(OutboxRow.id) == outbox_id, col(OutboxRow.state) == "gave_up")
        self._connection.execute(this.values(state="pending", due_at=now))


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (col(OutboxRow.state) == "pending", col(OutboxRow.due_at) <= now, free(col(OutboxRow.lease_until), now))


def _outcome(held: Any, attempt: Attempt, retry_at: datetime | None) -> dict[str, Any]:
    if attempt.ok:
        return {"state": "sent", "sent_at": attempt.at, "last_error": ""}
    if held.state != "active":
        return {"state": "superseded", "last_error": f"subscription {held.state}: {attempt.error}"}
    if retry_at is None or held.channel_state != "active":
        return {"state": "gave_up", "last_error": attempt.error}
    return {"state": "pending", "due_at": retry_at, "last_error": attempt.error}


def _message(row: Any) -> Message:
    return Message(
        outbox_id=row.id,
        channel=channel_of(row),
        attempts=row.tries,
        lease_token=row.lease_token or "",
        **taken(row, MESSAGE_COLUMNS),
    )
