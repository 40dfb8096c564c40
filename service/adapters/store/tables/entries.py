"""Entries and what they said before."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, partial, reference, row_id
from service.adapters.store.types import Instant, Words
from service.adapters.store.values import Enclosures, Strings
from service.core.feed import DateFlag, Enclosure

EntryState = Literal["waiting", "done", "failed"]


class EntryRow(Base, table=True):
    """An entry at its latest revision.

    `state`: waiting (first seen, or materially edited) → done (judged; `set_aside` says why where it had nothing to
    report) or failed (`error` says why). A materially edited one waits again whatever it was.
    Leased while `lease_until` lies ahead; `tries` counts the leases of this revision.
    `material_hash` is the fingerprint of what the words say; dates and addresses are not part of it.
    """

    __tablename__: ClassVar[Any] = "entry"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("feed_id", "uid"),
        one_of("state", EntryState),
        one_of("date_flag", DateFlag),
        Index("ix_entry_canonical_url", "feed_id", "canonical_url"),
        Index("ix_entry_first_seen", "first_seen"),
        partial("ix_entry_waiting", ["id"], "state = 'waiting'"),
        partial("ix_entry_set_aside", ["set_aside"], "set_aside IS NOT NULL"),
    )

    id: int | None = row_id()
    feed_id: int = reference("feed.id")
    uid: str = Field(sa_type=Words)
    guid: str | None = Field(default=None, sa_type=Words)
    url: str | None = Field(default=None, sa_type=Words)
    canonical_url: str = Field(default="", sa_type=Words)
    title: str = Field(default="", sa_type=Words)
    summary: str = Field(default="", sa_type=Words)
    content: str = Field(default="", sa_type=Words)
    content_html: str = Field(default="", sa_type=Words)
    authors: tuple[str, ...] = Field(default=(), sa_type=Strings)
    categories: tuple[str, ...] = Field(default=(), sa_type=Strings)
    enclosures: tuple[Enclosure, ...] = Field(default=(), sa_type=Enclosures)
    published: datetime | None = Field(default=None, sa_type=Instant)
    updated: datetime | None = Field(default=None, sa_type=Instant)
    published_raw: str = Field(default="", sa_type=Words)
    date_flag: str = "missing"
    first_seen: datetime = Field(sa_type=Instant)
    revision: int = 1
    revised_at: datetime = Field(sa_type=Instant)
    material_hash: str
    backlog: bool = False
    state: str = "waiting"
    tries: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    lease_token: str | None = None
    judged_lang: str | None = Field(default=None, sa_type=Words)
    set_aside: str | None = Field(default=None, sa_type=Words)
    error: str = Field(default="", sa_type=Words)


class EntryRevisionRow(Base, table=True):
    """What an entry said at an earlier revision, written when a later one replaces it. `seen_at` is its first sight."""

    __tablename__: ClassVar[Any] = "entry_revision"
    __table_args__: ClassVar[Any] = (UniqueConstraint("entry_id", "revision"),)

    id: int | None = row_id()
    entry_id: int = reference("entry.id", ondelete="CASCADE")
    revision: int
    title: str = Field(default="", sa_type=Words)
    summary: str = Field(default="", sa_type=Words)
    content: str = Field(default="", sa_type=Words)
    material_hash: str
    seen_at: datetime = Field(sa_type=Instant)
    replaced_at: datetime = Field(sa_type=Instant)
