"""What is written down for people: decisions, rule texts, signs of life."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, partial, reference, row_id
from service.adapters.store.types import Instant, Words
from service.core.subscription import MessageKind

HELD_BACK = "code IN ('rule_paused', 'snoozed', 'not_refired', 'cooldown', 'max_per_hour')"
"""Decisions by which a rule that sends was kept from sending."""


class DecisionRow(Base, table=True):
    """Why a subscription heard, or did not hear, of a development. No kind: it did not."""

    __tablename__: ClassVar[Any] = "decision"
    __table_args__: ClassVar[Any] = (
        one_of("kind", MessageKind, nullable=True),
        Index("ix_decision_of", "subscription_id", "event_id"),
        Index("ix_decision_at", "at"),
        partial("ix_decision_held", ["rule", "at"], HELD_BACK),
    )

    id: int | None = row_id()
    subscription_id: int = reference("subscription.id")
    event_id: int = reference("event.id")
    revision: int
    rule: str = Field(sa_type=Words)
    kind: str | None = None
    code: str
    reason: str = Field(sa_type=Words)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    supersede: bool = False
    at: datetime = Field(sa_type=Instant)


class RuleVersionRow(Base, table=True):
    """A text a watch rule had, empty where it was removed. Only ever appended.

    `channel` is where it came from (file, web, cli, api), `file` where it stood.
    """

    __tablename__: ClassVar[Any] = "rule_version"
    __table_args__: ClassVar[Any] = (Index("ix_rule_version_rule", "rule_id", "id"),)

    id: int | None = row_id()
    rule_id: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    author: str = Field(sa_type=Words)
    reason: str = Field(sa_type=Words)
    channel: str = Field(sa_type=Words)
    file: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)


class RuleFileRow(Base, table=True):
    """A rule or list file as it was last accepted, by the name it has wherever the folders are.

    A file that was removed has an empty text and no digest: so it is known who removed it.
    """

    __tablename__: ClassVar[Any] = "rule_file"

    name: str = Field(sa_type=Words, primary_key=True)
    text: str = Field(sa_type=Words)
    digest: str
    at: datetime = Field(sa_type=Instant)
    machine: str = Field(default="", sa_type=Words)


class RuleFileBeforeRow(Base, table=True):
    """That a file was accepted with this text some time: a machine that still has it is behind, and not ahead."""

    __tablename__: ClassVar[Any] = "rule_file_before"

    name: str = Field(sa_type=Words, primary_key=True)
    digest: str = Field(primary_key=True)


class HeartbeatRow(Base, table=True):
    """When a part of the service last showed that it lives."""

    __tablename__: ClassVar[Any] = "heartbeat"

    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
