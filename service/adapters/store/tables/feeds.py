"""Feeds and the history of their polls."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, partial, reference, row_id
from service.adapters.store.types import BIG_ID, Instant, Words
from service.adapters.store.values import Numbers
from service.core.feed import FeedState, IdPolicy, PushState

Source = Literal["cli", "file", "opml", "demo"]
Outcome = Literal["new", "unchanged", "failed"]
ArticleState = Literal["waiting", "done", "failed"]


class FeedRow(Base, table=True):
    """A feed.

    `state`: new (added) → active (a good poll) ↔ failing (polls in a row that brought nothing usable) → gone (said
    410 twice, a day apart) → active (a good poll); any → muted (an operator) → new or active (an operator). Muted feeds
    are never claimed as due. `host` is the registrable domain that politeness counts by.
    A row is leased while `lease_until` lies ahead; only who knows `lease_token` may finish it.
    """

    __tablename__: ClassVar[Any] = "feed"
    __table_args__: ClassVar[Any] = (
        one_of("state", FeedState),
        one_of("source", Source),
        one_of("id_policy", IdPolicy),
        Index("ix_feed_host", "host", "due_at"),
        partial("ix_feed_hub", ["id"], "hub IS NOT NULL"),
    )

    id: int | None = row_id()
    url: str = Field(sa_type=Words, unique=True)
    host: str = Field(default="", sa_type=Words)
    title: str = Field(default="", sa_type=Words)
    country: str | None = Field(default=None, sa_type=Words)
    lang: str | None = Field(default=None, sa_type=Words)
    subject: str | None = Field(default=None, sa_type=Words)
    priority: bool = False
    state: str = "new"
    state_since: datetime | None = Field(default=None, sa_type=Instant)
    etag: str | None = Field(default=None, sa_type=Words)
    last_modified: str | None = Field(default=None, sa_type=Words)
    body_hash: str | None = Field(default=None, sa_type=Words)
    marks: bytes = Field(default=b"", sa_type=LargeBinary)
    id_policy: str = "guid"
    due_at: datetime = Field(sa_type=Instant)
    soonest_at: datetime | None = Field(default=None, sa_type=Instant)
    last_poll_at: datetime | None = Field(default=None, sa_type=Instant)
    last_ok_at: datetime | None = Field(default=None, sa_type=Instant)
    last_entry_at: datetime | None = Field(default=None, sa_type=Instant)
    plain_at: datetime | None = Field(default=None, sa_type=Instant)
    hot_until: datetime | None = Field(default=None, sa_type=Instant)
    failures: int = 0
    last_error: str = Field(default="", sa_type=Words)
    error_code: str = Field(default="", sa_type=Words)
    gone_at: datetime | None = Field(default=None, sa_type=Instant)
    moved_to: str | None = Field(default=None, sa_type=Words)
    moved_since: datetime | None = Field(default=None, sa_type=Instant)
    moved_seen: int = 0
    gap_s: float | None = None
    ttl_s: float | None = None
    skip_hours: tuple[int, ...] = Field(default=(), sa_type=Numbers)
    skip_days: tuple[int, ...] = Field(default=(), sa_type=Numbers)
    hub: str | None = Field(default=None, sa_type=Words)
    topic: str | None = Field(default=None, sa_type=Words)
    pushed_until: datetime | None = Field(default=None, sa_type=Instant)
    baseline_done: bool = False
    source: str = "cli"
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lease_token: str | None = None


class PollRow(Base, table=True):
    """One poll. The last 30 of each feed are kept."""

    __tablename__: ClassVar[Any] = "poll_record"
    __table_args__: ClassVar[Any] = (one_of("outcome", Outcome), Index("ix_poll_record_feed", "feed_id", "id"))

    id: int | None = row_id()
    feed_id: int = reference("feed.id", ondelete="CASCADE")
    at: datetime = Field(sa_type=Instant)
    outcome: str
    plain: bool = False
    status: int | None = None
    bytes: int = 0
    elapsed_ms: int = 0
    new: int = 0
    changed: int = 0
    error: str = Field(default="", sa_type=Words)
    note: str = Field(default="", sa_type=Words)


class FeedAddressRow(Base, table=True):
    """An address a feed had before it moved for good."""

    __tablename__: ClassVar[Any] = "feed_address"
    __table_args__: ClassVar[Any] = (Index("ix_feed_address_url", "url"),)

    id: int | None = row_id()
    feed_id: int = reference("feed.id", ondelete="CASCADE")
    url: str = Field(sa_type=Words)
    until: datetime = Field(sa_type=Instant)


class HostRow(Base, table=True):
    """A registrable domain: whose turn it is there, over all processes, and until when we were told to stay away.

    Leased, with `held` of its feeds, while `lease_until` lies ahead; nothing there is asked before `free_at`. There is
    nothing to ask before `due_at`: see store.hosts.
    """

    __tablename__: ClassVar[Any] = "host"
    __table_args__: ClassVar[Any] = (Index("ix_host_due", "due_at"),)

    key: str = Field(sa_type=Words, primary_key=True)
    free_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    held: int = 0
    reason: str = Field(default="", sa_type=Words)
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lease_token: str | None = None


class PushRow(Base, table=True):
    """What a hub and we agreed on. The states, and all other columns, are those of core.feed.Push."""

    __tablename__: ClassVar[Any] = "push"
    __table_args__: ClassVar[Any] = (
        one_of("state", PushState),
        UniqueConstraint("key"),
        Index("ix_push_due", "due_at"),
    )

    feed_id: int = Field(sa_type=BIG_ID, foreign_key="feed.id", ondelete="CASCADE", primary_key=True)
    hub: str = Field(sa_type=Words)
    topic: str = Field(sa_type=Words)
    callback: str = Field(sa_type=Words)
    key: str
    secret: str
    state: str = "asked"
    due_at: datetime = Field(sa_type=Instant)
    active_since: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    told_at: datetime | None = Field(default=None, sa_type=Instant)
    seen: bytes = Field(default=b"", sa_type=LargeBinary)
    dropped: int = 0
    tries: int = 0
    error: str = Field(default="", sa_type=Words)


class ArticleRow(Base, table=True):
    """The article of an entry, wanted once. `state`: waiting → done (its text went to the entry) or failed.

    Of an entry whose content the text is now, `revision` is the one it came with, and `own_content` what the feed
    gives there; `revision` is NULL before, and after the feed's own words outgrew the article.
    """

    __tablename__: ClassVar[Any] = "article"
    __table_args__: ClassVar[Any] = (
        one_of("state", ArticleState),
        partial("ix_article_due", ["due_at"], "state = 'waiting'"),
    )

    entry_id: int = Field(sa_type=BIG_ID, foreign_key="entry.id", ondelete="CASCADE", primary_key=True)
    url: str = Field(sa_type=Words)
    state: str = "waiting"
    due_at: datetime = Field(sa_type=Instant)
    tries: int = 0
    status: int | None = None
    error: str = Field(default="", sa_type=Words)
    revision: int | None = None
    own_content: str = Field(default="", sa_type=Words)
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lease_token: str | None = None
