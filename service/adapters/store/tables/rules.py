"""Watch rules at run time: what they held for, what they sent, what is held back and who wants them quiet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, partial, reference, row_id
from service.adapters.store.types import BIG_ID, Instant, Words
from service.adapters.store.values import Anything, EventJson, Strings
from service.core.event import Change, Event
from service.ports.rules import HoldKind


class RuleMatchRow(Base, table=True):
    """That a rule held for an event, and when it did so first. Drafts are here too."""

    __tablename__: ClassVar[Any] = "rule_match"
    __table_args__: ClassVar[Any] = (Index("ix_rule_match_at", "at"),)

    rule_id: str = Field(sa_type=Words, primary_key=True)
    event_id: int = Field(sa_type=BIG_ID, foreign_key="event.id", ondelete="CASCADE", primary_key=True)
    at: datetime = Field(sa_type=Instant)


class FiringRow(Base, table=True):
    """That a rule put a message about an event into the outbox. Whether it got anywhere is the outbox's to say.

    `facts` are what the message said, as core.rules.marks has it. Of several events in one message, one `counts`.
    """

    __tablename__: ClassVar[Any] = "firing"
    __table_args__: ClassVar[Any] = (
        Index("ix_firing_rule", "rule_id", "at"),
        Index("ix_firing_event", "event_id", "subscription_id"),
        Index("ix_firing_outbox", "outbox_id"),
    )

    id: int | None = row_id()
    rule_id: str = Field(sa_type=Words)
    subscription_id: int = reference("subscription.id")
    event_id: int = reference("event.id")
    outbox_id: int = reference("outbox.id", ondelete="CASCADE")
    at: datetime = Field(sa_type=Instant)
    counts: bool = True
    group: tuple[str, ...] = Field(default=(), sa_type=Strings)
    facts: Mapping[str, Any] = Field(default={}, sa_type=Anything)


class HeldBackRow(Base, table=True):
    """An event held back because a rule's hour was full, until a summary tells of it or an alert after all."""

    __tablename__: ClassVar[Any] = "held_back"
    __table_args__: ClassVar[Any] = (Index("ix_held_back_due", "due_at"),)

    subscription_id: int = Field(sa_type=BIG_ID, foreign_key="subscription.id", primary_key=True)
    event_id: int = Field(sa_type=BIG_ID, foreign_key="event.id", primary_key=True)
    rule_id: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)


class MentionRow(Base, table=True):
    """That a message about several events tells of this one."""

    __tablename__: ClassVar[Any] = "mention"
    __table_args__: ClassVar[Any] = (
        Index("ix_mention_of", "subscription_id", "event_id"),
        Index("ix_mention_event", "event_id"),
    )

    outbox_id: int = Field(sa_type=BIG_ID, foreign_key="outbox.id", ondelete="CASCADE", primary_key=True)
    event_id: int = Field(sa_type=BIG_ID, foreign_key="event.id", primary_key=True)
    subscription_id: int = reference("subscription.id")
    revision: int


class RuleHoldRow(Base, table=True):
    """A snooze or a pause. In force until `until`, where that is set, or until it was ended by hand or by another."""

    __tablename__: ClassVar[Any] = "rule_hold"
    __table_args__: ClassVar[Any] = (
        one_of("kind", HoldKind),
        partial("ix_rule_hold_open", ["rule_id"], "ended_at IS NULL"),
    )

    id: int | None = row_id()
    rule_id: str = Field(sa_type=Words)
    kind: str
    author: str = Field(sa_type=Words)
    comment: str = Field(default="", sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    until: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = Field(default="", sa_type=Words)


class MomentRow(Base, table=True):
    """An event as it stood when a development of it was told of, and by which accounts: what rules were held against.

    `accounts` has [entry id, its revision, language, outlet] of each. What a moment can be found by is in a table of
    words beside, made by hand for each database: see store.words.
    """

    __tablename__: ClassVar[Any] = "moment"
    __table_args__: ClassVar[Any] = (
        one_of("change", Change),
        Index("ix_moment_at", "at"),
        Index("ix_moment_event", "event_id"),
    )

    id: int | None = row_id()
    event_id: int = reference("event.id", ondelete="CASCADE")
    at: datetime = Field(sa_type=Instant)
    change: str
    material: bool
    backlog: bool
    event: Event = Field(sa_type=EventJson)
    accounts: Sequence[Any] = Field(default=(), sa_type=Anything)
