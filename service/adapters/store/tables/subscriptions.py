"""Where messages can go, and who wants which."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, partial, reference, row_id
from service.adapters.store.types import Instant, Words
from service.adapters.store.values import Numbers, QuietJson, Strings, WishJson
from service.core.subscription import ChannelKind, EmptyDay, Format, Mode, Quiet, Source, Wish

ChannelState = Literal["active", "disabled"]
SubscriptionState = Literal["pending", "active", "paused", "ended"]


class ChannelRow(Base, table=True):
    """An email address or a webhook endpoint.

    `state`: active (added) → disabled (gone for good; `reason` says how) → active (added again by hand).
    `failing_since`, `failures`: since the first failed try, and how many, with none that went well between.
    `trips`: how often in a row the breaker opened. Nothing is sent before `paused_until`.
    """

    __tablename__: ClassVar[Any] = "channel"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("kind", "address"),
        one_of("kind", ChannelKind),
        one_of("format", Format),
        one_of("state", ChannelState),
    )

    id: int | None = row_id()
    kind: str
    address: str = Field(sa_type=Words)
    mailbox: str = Field(default="", sa_type=Words, index=True)
    secret: str | None = Field(default=None, sa_type=Words, repr=False)
    state: str = "active"
    reason: str = Field(default="", sa_type=Words)
    format: str = "standard"
    owner: str = Field(default="", sa_type=Words)
    old_secret: str | None = Field(default=None, sa_type=Words, repr=False)
    old_secret_until: datetime | None = Field(default=None, sa_type=Instant)
    older_secret: str | None = Field(default=None, sa_type=Words, repr=False)
    older_secret_until: datetime | None = Field(default=None, sa_type=Instant)
    failing_since: datetime | None = Field(default=None, sa_type=Instant)
    failures: int = 0
    trips: int = 0
    paused_until: datetime | None = Field(default=None, sa_type=Instant)
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
        one_of("empty_day", EmptyDay),
        partial("ix_subscription_digest_due", ["digest_due_at"], "mode <> 'alert' AND state = 'active'"),
    )

    id: int | None = row_id()
    channel_id: int = reference("channel.id")
    mode: str
    rules: tuple[str, ...] = Field(default=(), sa_type=Strings)
    rules_key: str = Field(default="", sa_type=Words)
    tz: str
    at: str
    days: tuple[int, ...] = Field(default=(), sa_type=Numbers)
    empty_day: str = "tell"
    quiet: Quiet | None = Field(default=None, sa_type=QuietJson)
    state: str
    key: str = Field(unique=True, repr=False)
    source: str
    created_at: datetime = Field(sa_type=Instant)
    digest_due_at: datetime | None = Field(default=None, sa_type=Instant)


class ConsentRow(Base, table=True):
    """What somebody asked for on the page, and whether the address's owner agreed: where from, when, to which words.

    `confirmed_at` stays None until the button was pressed; never pressed, the row goes once its link is too old.
    The link's token is kept as its SHA-256 only. `address_key` and `asked_ip` are what requests are counted by.
    """

    __tablename__: ClassVar[Any] = "consent"
    __table_args__: ClassVar[Any] = (
        Index("ix_consent_subscription", "subscription_id"),
        Index("ix_consent_address", "address_key", "asked_at"),
        Index("ix_consent_ip", "asked_ip", "asked_at"),
        Index("ix_consent_asked", "asked_at"),
        partial("ix_consent_open", ["expires_at"], "confirmed_at IS NULL"),
    )

    id: int | None = row_id()
    token_hash: str = Field(unique=True)
    subscription_id: int = reference("subscription.id", ondelete="CASCADE")
    address_key: str
    wish: Wish = Field(sa_type=WishJson)
    text_version: str
    asked_at: datetime = Field(sa_type=Instant)
    asked_ip: str
    asked_agent: str = Field(sa_type=Words)
    expires_at: datetime = Field(sa_type=Instant)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    confirmed_ip: str = ""
    confirmed_agent: str = Field(default="", sa_type=Words)
