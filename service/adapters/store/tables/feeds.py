"""Feeds and the history of their polls."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import Index
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, partial, reference, row_id
from service.adapters.store.types import Instant, Words
from service.core.feed import FeedState

Source = Literal["cli", "file", "opml", "demo"]
Outcome = Literal["new", "unchanged", "failed"]


class FeedRow(Base, table=True):
    """A feed.

    `state`: new (added) → active (a good poll) ↔ failing (polls in a row that brought nothing usable);
    any → muted (an operator) → new or active (an operator). Muted feeds are never claimed as due.
    A row is leased while `lease_until` lies ahead; only who knows `lease_token` may finish it.
    """

    __tablename__: ClassVar[Any] = "feed"
    __table_args__: ClassVar[Any] = (
        one_of("state", FeedState),
        one_of("source", Source),
        partial("ix_feed_due", ["due_at"], "state <> 'muted'"),
    )

    id: int | None = row_id()
    url: str = Field(sa_type=Words, unique=True)
    title: str = Field(default="", sa_type=Words)
    country: str | None = Field(default=None, sa_type=Words)
    lang: str | None = Field(default=None, sa_type=Words)
    priority: bool = False
    state: str = "new"
    etag: str | None = Field(default=None, sa_type=Words)
    last_modified: str | None = Field(default=None, sa_type=Words)
    body_hash: str | None = Field(default=None, sa_type=Words)
    due_at: datetime = Field(sa_type=Instant)
    last_poll_at: datetime | None = Field(default=None, sa_type=Instant)
    last_ok_at: datetime | None = Field(default=None, sa_type=Instant)
    last_entry_at: datetime | None = Field(default=None, sa_type=Instant)
    failures: int = 0
    last_error: str = Field(default="", sa_type=Words)
    gap_s: float | None = None
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
    status: int | None = None
    bytes: int = 0
    elapsed_ms: int = 0
    new: int = 0
    changed: int = 0
    error: str = Field(default="", sa_type=Words)
