"""Rendered messages and their deliveries."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args

from sqlalchemy import (
    Connection,
    Row,
    case,
    func,
    insert,
    select,
    union_all,
    update,
)
from sqlmodel import col

from service.adapters.store.due import CLAIM, DROP, RECORD
from service.adapters.store.endings import ending_id
from service.adapters.store.rows import chunks, insert_new, new_token, same_named, taken
from service.adapters.store.subscriptions import CHANNEL_COLUMNS, channel_of
from service.adapters.store.tables import AttemptRow, ChannelRow, EndingRow, MentionRow, OutboxRow, SubscriptionRow
from service.core.errors import BadInput, NotFound
from service.core.subscription import ChannelKind, Message, MessageKind, Subscription, Told
from service.ports.store import Delivery, Ended
from service.ports.world import Attempt, Rendered

CLAIM_LIMIT = 500
ATTEMPT_COLUMNS = same_named(Attempt, but=("tried",))
MESSAGE_COLUMNS = ("message_id", "kind", "created_at", "event_id", "revision")
DELIVERY_COLUMNS = ("subscription_id", "subject", "state", "due_at", "sent_at", "last_error", "fell_back")
OUTBOX = (
    select(
        OutboxRow,
        col(EndingRow.content).label("ending"),
        *(getattr(ChannelRow, name).label(f"channel_{name}") for name in CHANNEL_COLUMNS),
    )
    .join(ChannelRow, col(ChannelRow.id) == col(OutboxRow.channel_id))
    .outerjoin(EndingRow, col(EndingRow.id) == col(OutboxRow.ending_id))
)

ITS_READER = col(SubscriptionRow.id) == col(OutboxRow.subscription_id)
ITS_CHANNEL = col(ChannelRow.id) == col(OutboxRow.channel_id)

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
        own = len(rendered.body) - rendered.shared
        row |= {"subject": rendered.subject, "body": rendered.body[:own], "fell_back": rendered.fell_back}
        row["ending_id"] = ending_id(self._connection, rendered.body[own:], now) if rendered.shared else None
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

    def claim(self, now: datetime, *, limit: int, lease: timedelta, kind: ChannelKind | None = None) -> list[Message]:
        """See the port. At most 500."""
        limit = min(limit, CLAIM_LIMIT)
        self._connection.execute(DROP, {"_now": now, "_limit": limit})
        wanted = {"_now": now, "_limit": limit, "_some": 4 * limit, "_kinds": [kind] if kind else get_args(ChannelKind)}
        claimed = self._connection.execute(CLAIM, wanted | {"_until": now + lease, "_token": new_token()})
        ids = claimed.scalars().all()
        query = OUTBOX.where(col(OutboxRow.id).in_(ids)).order_by(col(OutboxRow.due_at), col(OutboxRow.id))
        return [_message(row) for row in self._connection.execute(query)] if ids else []

    def record(self, message: Message, attempt: Attempt, *, retry_at: datetime | None) -> bool:
        """See the port."""
        return bool(self.record_all([Ended(message=message, attempt=attempt, retry_at=retry_at)]))

    def record_all(self, ended: Sequence[Ended]) -> Collection[int]:
        """See the port. What failed is not tried again where its reader left meanwhile, or its channel is gone."""
        by_id = {item.message.outbox_id: item for item in ended}
        wanted: Any = (
            select(
                col(OutboxRow.id),
                col(OutboxRow.tries),
                col(OutboxRow.due_at),
                col(OutboxRow.lease_token),
                col(OutboxRow.channel_id),
                col(OutboxRow.kind),
                col(SubscriptionRow.state),
                col(ChannelRow.state).label("channel_state"),
            )
            .join(SubscriptionRow, ITS_READER)
            .join(ChannelRow, ITS_CHANNEL)
            .where(col(OutboxRow.id).in_(sorted(by_id)), col(OutboxRow.state) == "pending")
            .order_by(col(OutboxRow.id))
            .with_for_update(of=OutboxRow)
        )
        rows = [row for row in self._connection.execute(wanted) if row.lease_token == by_id[row.id].message.lease_token]
        if not rows:
            return ()
        self._connection.execute(RECORD, [_outcome(row, by_id[row.id]) for row in rows])
        # The link in a mail that asks to confirm is kept by nobody but its reader.
        asked = [row.id for row in rows if row.kind == "confirm" and by_id[row.id].attempt.ok]
        if asked:
            self._connection.execute(update(OutboxRow).where(col(OutboxRow.id).in_(asked)).values(body=b""))
        made = [
            taken(by_id[row.id].attempt, ATTEMPT_COLUMNS) | {"channel_id": row.channel_id}
            for row in rows
            if by_id[row.id].attempt.tried
        ]
        if made:
            self._connection.execute(insert(AttemptRow), made)
        return {row.id for row in rows}

    def defer(self, outbox_id: int, lease_token: str, until: datetime) -> None:
        """See the port."""
        this = (col(OutboxRow.id) == outbox_id, col(OutboxRow.lease_token) == lease_token)
        values = {"due_at": until, "lease_until": None, "lease_token": None}
        self._connection.execute(update(OutboxRow).where(*this).values(**values))

    def lately(self, channel_id: int, since: datetime) -> tuple[int, int]:
        """See the port."""
        failed = func.sum(case((col(AttemptRow.ok), 0), else_=1))
        query = select(func.count(), func.coalesce(failed, 0))
        mine = (col(AttemptRow.channel_id) == channel_id, col(AttemptRow.at) > since)
        tries, bad = self._connection.execute(query.where(*mine)).one()
        return int(tries), int(bad)

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
        if reader != "active" and delivery.message.kind != "confirm":
            words = f"delivery {outbox_id} is not wanted: subscription {subscription_id} is {reader}"
            raise BadInput(words, hint=f"`tocsin subscriptions list` shows it; {READER_HINTS[reader]}")
        if channel.state != "active":
            words = f"delivery {outbox_id} cannot be sent: its channel is {channel.state}: {channel.reason}"
            raise BadInput(words, hint="`tocsin subscriptions add` with the same address opens it again")
        this = update(OutboxRow).where(col(OutboxRow.id) == outbox_id, col(OutboxRow.state) == "gave_up")
        self._connection.execute(this.values(state="pending", due_at=now))


def _outcome(row: Any, ended: Ended) -> dict[str, Any]:
    """Return what RECORD takes."""
    attempt, left = ended.attempt, row.state != "active" and row.kind != "confirm"
    values = {"_id": row.id, "_due_at": row.due_at, "_sent_at": None, "_tries": row.tries + attempt.tried}
    if attempt.ok:
        return values | {"_state": "sent", "_sent_at": attempt.at, "_last_error": ""}
    if left:
        return values | {"_state": "superseded", "_last_error": f"subscription {row.state}: {attempt.error}"}
    if ended.retry_at is None or row.channel_state != "active":
        return values | {"_state": "gave_up", "_last_error": attempt.error}
    return values | {"_state": "pending", "_due_at": ended.retry_at, "_last_error": attempt.error}


def _message(row: Any) -> Message:
    return Message(
        outbox_id=row.id,
        channel=channel_of(row),
        body=row.body + (row.ending or b""),
        attempts=row.tries,
        lease_token=row.lease_token or "",
        **taken(row, MESSAGE_COLUMNS),
    )
