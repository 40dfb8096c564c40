"""Rendered messages, each try at sending them, and which digests were made."""

from datetime import date, datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, partial, reference, row_id
from service.adapters.store.types import BIG_ID, Instant, Words
from service.adapters.store.values import Told
from service.core.bounce import BounceKind
from service.core.subscription import MessageKind

OutboxState = Literal["pending", "sent", "gave_up", "superseded"]


class EndingRow(Base, table=True):
    """Bytes with which many messages end, such as the map in a mail to a thousand readers: kept once.

    `digest` is their SHA-256. `used_at` is when a message last asked for them, to the day.
    """

    __tablename__: ClassVar[Any] = "ending"

    id: int | None = row_id()
    digest: str = Field(unique=True)
    used_at: datetime = Field(sa_type=Instant)
    content: bytes


class OutboxRow(Base, table=True):
    """One message to one channel. The bytes every try sends are its body, and after it its ending where it has one.

    Who is `loud` is sent through quiet hours too.

    `state`: pending (queued, or made due again by an operator) → sent (after the far side took it), gave_up (no try
    can help any more, or its channel is gone) or superseded (a newer message says it better, or nobody wants it).
    Leased while `lease_until` lies ahead; `tries` counts what was recorded.
    """

    __tablename__: ClassVar[Any] = "outbox"
    __table_args__: ClassVar[Any] = (
        one_of("kind", MessageKind),
        one_of("state", OutboxState),
        partial("ix_outbox_due", ["due_at"], "state = 'pending'"),
        partial("ix_outbox_unsent", ["channel_id", "event_id", "id"], "state = 'pending'"),
        partial("ix_outbox_leased", ["channel_id", "lease_until"], "lease_until IS NOT NULL"),
        Index("ix_outbox_told", "subscription_id", "event_id"),
        partial("ix_outbox_event", ["event_id"], "event_id IS NOT NULL"),
        Index("ix_outbox_created_at", "created_at"),
        Index("ix_outbox_state", "state"),
        partial("ix_outbox_fell_back", ["id"], "fell_back <> ''"),
        partial("ix_outbox_ending", ["ending_id"], "ending_id IS NOT NULL"),
    )

    id: int | None = row_id()
    dedup_key: str = Field(sa_type=Words, unique=True)
    message_id: str = Field(sa_type=Words, unique=True)
    kind: str
    subscription_id: int = reference("subscription.id")
    channel_id: int = reference("channel.id")
    event_id: int | None = reference("event.id", nullable=True)
    revision: int | None = None
    subject: str = Field(sa_type=Words)
    ending_id: int | None = reference("ending.id", nullable=True)
    fell_back: str = Field(default="", sa_type=Words)
    loud: bool = False
    state: str = "pending"
    created_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    tries: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lease_token: str | None = None
    last_error: str = Field(default="", sa_type=Words)


class BodyRow(Base, table=True):
    """The bytes of a message, beside what is claimed and noted of it: SQLite would write them again each time."""

    __tablename__: ClassVar[Any] = "outbox_body"

    outbox_id: int = Field(sa_type=BIG_ID, foreign_key="outbox.id", ondelete="CASCADE", primary_key=True)
    content: bytes


class AttemptRow(Base, table=True):
    """One try at one message. Only ever appended. `response` is the start of what a webhook's receiver answered."""

    __tablename__: ClassVar[Any] = "attempt"
    __table_args__: ClassVar[Any] = (
        Index("ix_attempt_outbox", "outbox_id", "id"),
        Index("ix_attempt_channel", "channel_id", "at"),
    )

    id: int | None = row_id()
    outbox_id: int = reference("outbox.id", ondelete="CASCADE")
    channel_id: int = reference("channel.id")
    at: datetime = Field(sa_type=Instant)
    ok: bool
    status: int | None = None
    error: str = Field(default="", sa_type=Words)
    retry: bool = True
    retry_after_s: float | None = None
    gone: bool = False
    elapsed_ms: int = 0
    response: str = Field(default="", sa_type=Words)


class ReturnRow(Base, table=True):
    """A mail that came back, or that its reader complained about. `words` are those of the far side."""

    __tablename__: ClassVar[Any] = "returned"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("outbox_id", "kind"),
        one_of("kind", BounceKind),
        Index("ix_returned_channel", "channel_id", "at"),
    )

    id: int | None = row_id()
    outbox_id: int = reference("outbox.id", ondelete="CASCADE")
    channel_id: int = reference("channel.id", ondelete="CASCADE")
    kind: str
    words: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)


class DigestRow(Base, table=True):
    """A digest that was made, one for each subscription and local date. No outbox row: there was nothing to say.

    `upto` is the id of the last development it knew of: the next one tells what came after, whatever any clock says.
    `told` is what it told, each event at which revision.
    """

    __tablename__: ClassVar[Any] = "digest"
    __table_args__: ClassVar[Any] = (UniqueConstraint("subscription_id", "local_date"),)

    id: int | None = row_id()
    subscription_id: int = reference("subscription.id")
    local_date: date
    window_start: datetime = Field(sa_type=Instant)
    window_end: datetime = Field(sa_type=Instant)
    items: int
    upto: int | None = Field(default=None, sa_type=BIG_ID)
    told: dict[int, int] = Field(default_factory=dict, sa_type=Told)
    outbox_id: int | None = reference("outbox.id", ondelete="SET NULL", nullable=True)
