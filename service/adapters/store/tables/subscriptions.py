"""Where messages can go, and who wants which."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, partial, reference, row_id
from service.adapters.store.types import Instant, Words
from service.adapters.store.values import Strings
from service.core.subscription import ChannelKind, Mode

ChannelState = Literal["active", "disabled"]
SubscriptionState = Literal["pending", "active", "paused", "ended"]
Source = Literal["cli", "file", "web", "demo"]


class ChannelRow(Base, table=True):
    """An email address or a webhook endpoint.

    `state`: active (added) → disabled (gone for good; `reason` says how) → active (added again by hand).
    """

    __tablename__: ClassVar[Any] = "channel"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("kind", "address"),
        one_of("kind", ChannelKind),
        one_of("state", ChannelState),
    )

    id: int | None = row_id()
    kind: str
    address: str = Field(sa_type=Words)
    secret: str | None = Field(default=None, sa_type=Words, repr=False)
    state: str = "active"
    reason: str = Field(default="", sa_type=Words)
    created_at: datetime = Field(sa_type=Instant)


class SubscriptionRow(Base, table=True):
    """Who wants which watch rules, on which channel, in which mode.

    `state`: pending (asked for) → active (confirmed, or added as confirmed) ↔ paused; any → ended (the reader left)
    → pending or active (added again by hand or on the page, never by a file).
    `digest_due_at` is None until the first digest is planned. `rules_key` is `rules` sorted, for being unique.
    """

    __tablename__: ClassVar[Any] = "subscription"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("channel_id", "mode", "rules_key"),
        one_of("mode", Mode),
        one_of("state", SubscriptionState),
        one_of("source", Source),
        partial("ix_subscription_digest_due", ["digest_due_at"], "mode = 'digest' AND state = 'active'"),
    )

    id: int | None = row_id()
    channel_id: int = reference("channel.id")
    mode: str
    rules: tuple[str, ...] = Field(default=(), sa_type=Strings)
    rules_key: str = Field(default="", sa_type=Words)
    tz: str
    at: str
    state: str
    key: str = Field(unique=True, repr=False)
    source: str
    created_at: datetime = Field(sa_type=Instant)
    digest_due_at: datetime | None = Field(default=None, sa_type=Instant)
