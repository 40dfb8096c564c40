"""Rendered messages and their deliveries."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args

from sqlalchemy import (
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)
from sqlmodel import col

from service.adapters.store.ahead import bring_back
from service.adapters.store.deliveries import ATTEMPT_COLUMNS, ITS_CHANNEL, ITS_READER, OUTBOX, Deliveries, message_of
from service.adapters.store.due import CLAIM, DROP, RECORD
from service.adapters.store.endings import ending_id
from service.adapters.store.rows import chunks, insert_new, new_token, same_named, taken
from service.adapters.store.tables import (
    AttemptRow,
    BodyRow,
    ChannelRow,
    FiringRow,
    HeldBackRow,
    MentionRow,
    OutboxRow,
    SubscriptionRow,
)
from service.core.subscription import ChannelKind, Message, MessageKind, Subscription, Told
from service.ports.outbox import Ended, Outgoing
from service.ports.world import Attempt, Rendered

CLAIM_LIMIT = 500
TOLD_COLUMNS = same_named(Told)


def _told(*, only_some: bool) -> Any:
    columns: list[Any] = [col(getattr(OutboxRow, name)) for name in TOLD_COLUMNS if name not in {"revision", "state"}]
    # What `supersede_all` dropped after a try may have arrived.
    tried = (col(OutboxRow.state) == "superseded") & col(OutboxRow.sent_at).is_not(None)
    columns += [case((tried, "sent"), else_=col(OutboxRow.state)).label("state")]
    columns += [col(OutboxRow.id), col(OutboxRow.subscription_id)]
    mine = [col(OutboxRow.subscription_id).in_(bindparam("_readers", expanding=True))] if only_some else []
    this: Any = bindparam("_event")
    alone = select(*columns, col(OutboxRow.revision)).where(col(OutboxRow.event_id) == this, *mine)
    among = select(*columns, col(MentionRow.revision)).join(MentionRow, col(MentionRow.outbox_id) == col(OutboxRow.id))
    return union_all(alone, among.where(col(MentionRow.event_id) == this, *mine)).order_by("id")


TOLD, TOLD_THESE = _told(only_some=False), _told(only_some=True)
WAITING = (col(OutboxRow.state) == "pending", col(OutboxRow.lease_token).is_(None))
UNTRIED = (*WAITING, col(OutboxRow.tries) == 0)
THESE = col(OutboxRow.id).in_(bindparam("_ids", expanding=True))
# Made once: for each batch that is sent, making these took longer than running them.
CLAIMED = OUTBOX.where(THESE).order_by(col(OutboxRow.due_at), col(OutboxRow.id))
_ENDED: Any = select(
    col(OutboxRow.id),
    col(OutboxRow.tries),
    col(OutboxRow.due_at),
    col(OutboxRow.lease_token),
    col(OutboxRow.channel_id),
    col(OutboxRow.kind),
    col(SubscriptionRow.state),
    col(ChannelRow.state).label("channel_state"),
)
_ENDED = _ENDED.join(SubscriptionRow, ITS_READER).join(ChannelRow, ITS_CHANNEL)
ENDED = _ENDED.where(THESE, col(OutboxRow.state) == "pending").order_by(col(OutboxRow.id)).with_for_update(of=OutboxRow)


class OutboxTable(Deliveries):
    """Keeps ports.store.Outbox's promises."""

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
        message = Outgoing(
            dedup_key=dedup_key,
            message_id=message_id,
            kind=kind,
            subscription=subscription,
            rendered=rendered,
            due_at=due_at,
            event_id=event_id,
            revision=revision,
        )
        return self.put_all([message], now).get(dedup_key)

    def put_all(self, messages: Sequence[Outgoing], now: datetime) -> Mapping[str, int]:
        """See the port."""
        given = [col(OutboxRow.id), col(OutboxRow.dedup_key)]
        endings: dict[bytes, int | None] = {b"": None}
        rows = [_row(message, now) for message in messages]
        bodies: dict[str, bytes] = {}
        for row, message in zip(rows, messages, strict=True):
            own = len(message.rendered.body) - message.rendered.shared
            bodies.setdefault(message.dedup_key, message.rendered.body[:own])
            ending = message.rendered.body[own:]
            if ending not in endings:
                endings[ending] = ending_id(self._connection, ending, now)
            row["ending_id"] = endings[ending]
        new = insert_new(self._connection, OutboxRow, rows, key=["dedup_key"], give=given)
        if new:
            made = [{"outbox_id": row.id, "content": bodies[row.dedup_key]} for row in new]
            self._connection.execute(insert(BodyRow), made)
        return {row.dedup_key: int(row.id) for row in new}

    def told(self, subscription_id: int, event_id: int) -> list[Told]:
        """See the port."""
        return self.told_all(event_id, [subscription_id]).get(subscription_id, [])

    def told_all(self, event_id: int, readers: Collection[int] | None = None) -> Mapping[int, list[Told]]:
        """See the port."""
        asked: dict[str, Any] = {"_event": event_id} | ({"_readers": list(readers)} if readers is not None else {})
        found: dict[int, list[Told]] = defaultdict(list)
        for row in self._connection.execute(TOLD if readers is None else TOLD_THESE, asked):
            found[row.subscription_id].append(Told(**taken(row, TOLD_COLUMNS)))
        return found

    def supersede(self, subscription_id: int, event_id: int) -> int:
        """See the port."""
        return self.supersede_all([subscription_id], [event_id]).get(subscription_id, 0)

    def supersede_all(
        self, subscription_ids: Collection[int], event_ids: Collection[int], *, tried: bool = False
    ) -> Mapping[int, int]:
        """See the port. What a sender holds, or held when it was killed, is never dropped: it may be on the wire."""
        dropped: Counter[int] = Counter()
        for part in chunks(sorted(subscription_ids)):
            about = (col(OutboxRow.subscription_id).in_(part), col(OutboxRow.event_id).in_(event_ids))
            this = update(OutboxRow).where(*about, *(WAITING if tried else UNTRIED)).values(state="superseded")
            this = this.values(sent_at=case((col(OutboxRow.tries) > 0, col(OutboxRow.created_at)))) if tried else this
            dropped.update(self._connection.execute(this.returning(col(OutboxRow.subscription_id))).scalars())
        return dropped

    def claim(self, now: datetime, *, limit: int, lease: timedelta, kind: ChannelKind | None = None) -> list[Message]:
        """See the port. At most 500."""
        limit = min(limit, CLAIM_LIMIT)
        self._connection.execute(DROP, {"_now": now, "_limit": limit})
        wanted = {"_now": now, "_limit": limit, "_some": 4 * limit, "_kinds": [kind] if kind else get_args(ChannelKind)}
        claimed = self._connection.execute(CLAIM, wanted | {"_until": now + lease, "_token": new_token()})
        ids = claimed.scalars().all()
        return [message_of(row) for row in self._connection.execute(CLAIMED, {"_ids": ids})] if ids else []

    def record(self, message: Message, attempt: Attempt, *, retry_at: datetime | None) -> bool:
        """See the port."""
        return bool(self.record_all([Ended(message=message, attempt=attempt, retry_at=retry_at)]))

    def record_all(self, ended: Sequence[Ended]) -> Collection[int]:
        """See the port. What failed is not tried again where its reader left meanwhile, or its channel is gone."""
        by_id = {item.message.outbox_id: item for item in ended}
        found = self._connection.execute(ENDED, {"_ids": sorted(by_id)})
        rows = [row for row in found if row.lease_token == by_id[row.id].message.lease_token]
        if not rows:
            return ()
        self._connection.execute(RECORD, [_outcome(row, by_id[row.id]) for row in rows])
        # The link in a mail that asks to confirm is kept by nobody but its reader.
        asked = [row.id for row in rows if row.kind == "confirm" and by_id[row.id].attempt.ok]
        if asked:
            self._connection.execute(delete(BodyRow).where(col(BodyRow.outbox_id).in_(asked)))
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
        untried = (col(OutboxRow.tries) == 0, col(OutboxRow.event_id).is_not(None))
        if not self._hold(*this, *untried, until=until):
            values = {"due_at": until, "lease_until": None, "lease_token": None}
            self._connection.execute(update(OutboxRow).where(*this).values(**values))

    def put_off(self, event_id: int) -> None:
        """See the port."""
        self._hold(col(OutboxRow.event_id) == event_id, *UNTRIED)

    def _hold(self, *which: Any, until: datetime | None = None) -> bool:
        """Drop these messages, and hold back what they tell of. Say whether there were any."""
        gone = {"state": "superseded", "lease_until": None, "lease_token": None}
        told = (OutboxRow.id, OutboxRow.subscription_id, OutboxRow.event_id, OutboxRow.created_at, OutboxRow.due_at)
        rows = self._connection.execute(update(OutboxRow).where(*which).values(**gone).returning(*map(col, told))).all()
        spoke = select(col(FiringRow.outbox_id), col(FiringRow.rule_id))
        rules = dict(
            self._connection.execute(spoke.where(col(FiringRow.outbox_id).in_([row.id for row in rows]))).all()
        )
        waiting = [
            {
                "subscription_id": row.subscription_id,
                "event_id": row.event_id,
                "rule_id": rules.get(row.id, ""),
                "at": row.created_at,
                "due_at": until or row.due_at,
            }
            for row in rows
        ]
        key = ["subscription_id", "event_id"]
        insert_new(self._connection, HeldBackRow, waiting, key=key, give=[col(HeldBackRow.at)])
        return bool(rows)

    def bring_back(self, now: datetime, *, lease: timedelta) -> int:
        """See the port."""
        return bring_back(self._connection, now, lease=lease)

    def lately(self, channel_id: int, since: datetime) -> tuple[int, int]:
        """See the port."""
        failed = func.sum(case((col(AttemptRow.ok), 0), else_=1))
        query = select(func.count(), func.coalesce(failed, 0))
        mine = (col(AttemptRow.channel_id) == channel_id, col(AttemptRow.at) > since)
        tries, bad = self._connection.execute(query.where(*mine)).one()
        return int(tries), int(bad)


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


def _row(message: Outgoing, now: datetime) -> dict[str, Any]:
    rendered, subscription = message.rendered, message.subscription
    row: dict[str, Any] = taken(message, ("dedup_key", "message_id", "kind", "event_id", "revision", "due_at", "loud"))
    row |= {"subscription_id": subscription.subscription_id, "channel_id": subscription.channel.channel_id}
    return row | {"subject": rendered.subject, "fell_back": rendered.fell_back, "created_at": now}
