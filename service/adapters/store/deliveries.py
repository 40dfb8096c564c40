"""The outbox as operators look at it: what was sent, what was not, and sending it again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, union_all, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from service.adapters.store.rows import chunks, insert_new, same_named, taken
from service.adapters.store.subscriptions import CHANNEL_COLUMNS, channel_of
from service.adapters.store.tables import (
    AttemptRow,
    BodyRow,
    ChannelRow,
    DevelopmentRow,
    EndingRow,
    EventRow,
    HeldBackRow,
    MentionRow,
    OutboxRow,
    SubscriptionRow,
)
from service.core.errors import BadInput, NotFound
from service.core.subscription import Message
from service.ports.outbox import Delivery
from service.ports.world import Attempt

ATTEMPT_COLUMNS = same_named(Attempt, but=("tried",))
MESSAGE_COLUMNS = ("message_id", "kind", "created_at", "event_id", "revision", "loud", "quiet", "tz")
DELIVERY_COLUMNS = ("subscription_id", "subject", "state", "due_at", "sent_at", "last_error", "fell_back")
ITS_READER = col(SubscriptionRow.id) == col(OutboxRow.subscription_id)
ITS_CHANNEL = col(ChannelRow.id) == col(OutboxRow.channel_id)
OUTBOX = (
    select(
        OutboxRow,
        *(getattr(ChannelRow, name).label(f"channel_{name}") for name in CHANNEL_COLUMNS),
        col(SubscriptionRow.quiet),
        col(SubscriptionRow.tz),
        col(BodyRow.content).label("body"),
        col(EndingRow.content).label("ending"),
    )
    .join(ChannelRow, ITS_CHANNEL)
    .join(SubscriptionRow, ITS_READER)
    .outerjoin(BodyRow, col(BodyRow.outbox_id) == col(OutboxRow.id))
    .outerjoin(EndingRow, col(EndingRow.id) == col(OutboxRow.ending_id))
)
"""A message with its channel, and the quiet hours of its reader, as _message reads it."""

STANDS = func.coalesce(col(EventRow.state), "live") != "retracted"


def _went_on(event_id: Any, revision: Any) -> ColumnElement[bool]:
    """Whether the event has changed materially since this revision, or is another by now."""
    later = (col(DevelopmentRow.event_id) == event_id, col(DevelopmentRow.revision) > revision)
    changed = select(col(DevelopmentRow.id)).where(*later, col(DevelopmentRow.material)).exists()
    its = aliased(EventRow)
    merged = select(col(its.id)).where(col(its.id) == event_id, col(its.state) == "merged").exists()
    return or_(changed, merged)


STALE = _went_on(col(OutboxRow.event_id), col(OutboxRow.revision))
OUT_OF_DATE = "out of date: the newest state of the event is told instead"

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


class Deliveries:
    """Keeps the part of ports.store.Outbox's promises that is for looking and for sending again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
            Delivery(message=message_of(row), attempts=tuple(attempts[row.id]), **taken(row, DELIVERY_COLUMNS))
            for row in rows
        ]

    def about(self, subscription_id: int, event_id: int) -> list[Delivery]:
        """See the port."""
        mentions = select(col(MentionRow.outbox_id)).where(
            col(MentionRow.subscription_id) == subscription_id, col(MentionRow.event_id) == event_id
        )
        own = and_(col(OutboxRow.subscription_id) == subscription_id, col(OutboxRow.event_id) == event_id)
        query = OUTBOX.where(or_(own, col(OutboxRow.id).in_(mentions))).order_by(col(OutboxRow.id))
        return [*self._deliveries(self._connection.execute(query).all())]

    def replay(
        self, since: datetime, now: datetime, *, subscription_id: int | None = None, sent: bool = False
    ) -> list[int]:
        """See the port. Tries made count on: what was sent before must not be taken for what never left.

        What never arrived and is withdrawn since stays where it is: nobody would be told that it is wrong.
        """
        wanted = (
            select(
                *map(col, (OutboxRow.id, OutboxRow.subscription_id, OutboxRow.event_id, OutboxRow.state)),
                STALE.label("stale"),
            )
            .join(SubscriptionRow, ITS_READER)
            .join(ChannelRow, ITS_CHANNEL)
            .outerjoin(EventRow, col(EventRow.id) == col(OutboxRow.event_id))
            .where(
                or_(col(OutboxRow.state) == "sent", col(OutboxRow.kind) == "event.retracted", STANDS),
                col(OutboxRow.state).in_(("gave_up", "sent") if sent else ("gave_up",)),
                col(OutboxRow.created_at) >= since,
                col(OutboxRow.kind) != "confirm",
                col(SubscriptionRow.state) == "active",
                col(ChannelRow.state) == "active",
            )
        )
        if subscription_id is not None:
            wanted = wanted.where(col(OutboxRow.subscription_id) == subscription_id)
        rows = self._connection.execute(wanted.order_by(col(OutboxRow.id)).with_for_update(of=OutboxRow)).all()
        old = [row.id for row in rows if row.stale and row.state == "gave_up"]
        again = sorted({row.id for row in rows} - set(old))
        self._set(old, state="superseded", last_error=OUT_OF_DATE)
        self._set(again, state="pending", due_at=now)
        moved = [*((row.subscription_id, row.event_id) for row in rows if row.stale), *self._moved_on(again)]
        key = ["subscription_id", "event_id"]
        held = [dict(zip(key, pair, strict=True)) | {"rule_id": "", "at": now, "due_at": now} for pair in moved]
        insert_new(self._connection, HeldBackRow, held, key=key, give=[col(HeldBackRow.at)])
        return sorted(row.id for row in rows)

    def _set(self, outbox_ids: Sequence[int], **values: Any) -> None:
        for part in chunks(outbox_ids):
            self._connection.execute(update(OutboxRow).where(col(OutboxRow.id).in_(part)).values(**values))

    def _moved_on(self, outbox_ids: Sequence[int]) -> Sequence[tuple[int, int]]:
        """Return (subscription, event) of what these tell of among others and went on since."""
        reader, event, revision = (col(MentionRow.subscription_id), col(MentionRow.event_id), col(MentionRow.revision))
        found: list[tuple[int, int]] = []
        for part in chunks(outbox_ids):
            query = select(reader, event).where(col(MentionRow.outbox_id).in_(part), _went_on(event, revision))
            found += [(int(row[0]), int(row[1])) for row in self._connection.execute(query)]
        return found

    def owed(self, subscription_id: int, *, since: datetime) -> Sequence[int]:
        """See the port. What it was told of a merged event counts for the one that it was merged into."""
        sent = (col(OutboxRow.state) == "sent", col(OutboxRow.created_at) >= since)
        mine = (col(OutboxRow.subscription_id) == subscription_id, *sent)
        alone: Any = select(col(OutboxRow.event_id).label("about"), col(OutboxRow.created_at).label("at")).where(*mine)
        among = (
            select(col(MentionRow.event_id), col(OutboxRow.created_at))
            .join(OutboxRow, col(OutboxRow.id) == col(MentionRow.outbox_id))
            .where(*mine)
        )
        told = union_all(alone, among).subquery("told")
        known: Any = select(told.c.about, told.c.at).cte("known", recursive=True)
        merged = select(col(EventRow.merged_into), known.c.at).join(known, known.c.about == col(EventRow.id))
        known = known.union(merged.where(col(EventRow.merged_into).is_not(None)))
        wrong = (col(DevelopmentRow.change).in_(("corrected", "retracted")), col(DevelopmentRow.material))
        query = (
            select(known.c.about)
            .join(EventRow, and_(col(EventRow.id) == known.c.about, col(EventRow.merged_into).is_(None)))
            .join(DevelopmentRow, col(DevelopmentRow.event_id) == known.c.about)
            .where(*wrong, col(DevelopmentRow.at) > known.c.at)
            .distinct()
        )
        return sorted(int(event_id) for event_id in self._connection.execute(query).scalars())

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
            raise BadInput(words, hint=f"`tocsin subscriptions resume {subscription_id}` opens it again")
        about = select(col(EventRow.id)).where(col(EventRow.id) == delivery.message.event_id, ~STANDS)
        if delivery.message.kind != "event.retracted" and self._connection.execute(about).first():
            words = f"delivery {outbox_id} is wrong by now: event {delivery.message.event_id} is withdrawn"
            raise BadInput(words, hint="its reader was never told of it, and is best not told now")
        if self._connection.execute(select(col(OutboxRow.id)).where(col(OutboxRow.id) == outbox_id, STALE)).first():
            words = f"delivery {outbox_id} is out of date: event {delivery.message.event_id} went on since"
            raise BadInput(words, hint="`tocsin deliveries replay` tells its reader the newest state instead")
        this = update(OutboxRow).where(col(OutboxRow.id) == outbox_id, col(OutboxRow.state) == "gave_up")
        self._connection.execute(this.values(state="pending", due_at=now))

    def states(self) -> Mapping[str, int]:
        """See the port."""
        state = col(OutboxRow.state)
        return {row[0]: int(row[1]) for row in self._connection.execute(select(state, func.count()).group_by(state))}

    def list(self, *, state: str | None = None, limit: int = 100) -> list[Delivery]:
        """Return the latest deliveries, newest first."""
        wanted = [col(OutboxRow.state) == state] if state else []
        query = OUTBOX.where(*wanted).order_by(col(OutboxRow.id).desc()).limit(limit)
        return [*self._deliveries(self._connection.execute(query).all())]


def message_of(row: Any) -> Message:
    """Read a row of OUTBOX."""
    return Message(
        outbox_id=row.id,
        channel=channel_of(row),
        body=(row.body or b"") + (row.ending or b""),
        attempts=row.tries,
        lease_token=row.lease_token or "",
        **taken(row, MESSAGE_COLUMNS),
    )
