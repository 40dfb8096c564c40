"""Events, the reports joined to them, the claims behind every fact, and how the picture developed."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, partial, reference, row_id
from service.adapters.store.types import BIG_ID, Instant, Words
from service.adapters.store.values import Anything, CountJson, Deltas, IntervalJson, PlaceJson, ReportJson, Strings
from service.core.event import Change, Decision, Delta, Relates, State
from service.core.report import Count, Interval, Kind, Place, Report


class EventRow(Base, table=True):
    """An event as it stands. `country` repeats the place's, so that it can be looked for.

    `state`: live (its first report) → retracted (its sources withdrew it, or an operator) or merged (an operator;
    `merged_into` names the one that lives on). An operator can undo both.
    `stamp` changes with every write of it or of its reports, so that what was read can be kept in memory.
    """

    __tablename__: ClassVar[Any] = "event"
    __table_args__: ClassVar[Any] = (
        one_of("kind", Kind),
        one_of("state", State),
        partial("ix_event_live", ["kind", "last_seen"], "state = 'live'"),
        Index("ix_event_last_seen", "last_seen"),
        Index("ix_event_country", "country", "last_seen"),
        partial("ix_event_merged", ["merged_into"], "merged_into IS NOT NULL"),
    )

    id: int | None = row_id()
    kind: str
    headline: str = Field(sa_type=Words)
    first_seen: datetime = Field(sa_type=Instant)
    last_seen: datetime = Field(sa_type=Instant)
    revision: int = 1
    state: str = "live"
    country: str | None = Field(default=None, sa_type=Words)
    place: Place | None = Field(default=None, sa_type=PlaceJson)
    occurred: Interval | None = Field(default=None, sa_type=IntervalJson)
    weapon: tuple[str, ...] = Field(default=(), sa_type=Strings)
    actor: str | None = Field(default=None, sa_type=Words)
    target: str | None = Field(default=None, sa_type=Words)
    killed: Count | None = Field(default=None, sa_type=CountJson)
    injured: Count | None = Field(default=None, sa_type=CountJson)
    children_killed: Count | None = Field(default=None, sa_type=CountJson)
    missing: Count | None = Field(default=None, sa_type=CountJson)
    status: str | None = Field(default=None, sa_type=Words)
    parties: tuple[str, ...] = Field(default=(), sa_type=Strings)
    mediators: tuple[str, ...] = Field(default=(), sa_type=Strings)
    venue: Place | None = Field(default=None, sa_type=PlaceJson)
    planned: Interval | None = Field(default=None, sa_type=IntervalJson)
    duration_h: int | None = None
    confidence: float = 0.0
    sources: int = 1
    reports: int = 1
    possibly: int | None = reference("event.id", ondelete="SET NULL", nullable=True)
    merged_into: int | None = reference("event.id", ondelete="SET NULL", nullable=True)
    stamp: str


class ReportRow(Base, table=True):
    """What one entry says of one kind, and why it was joined where it is. No event: it was not worth one.

    `report` holds the whole value; `decision`, `score`, `possibly` and `reason` are the link's.
    """

    __tablename__: ClassVar[Any] = "report"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("entry_id", "kind"),
        one_of("kind", Kind),
        one_of("decision", Decision),
        Index("ix_report_event", "event_id", "told_at"),
    )

    id: int | None = row_id()
    entry_id: int = reference("entry.id")
    entry_revision: int = 1
    kind: str
    event_id: int | None = reference("event.id", nullable=True)
    lang: str = Field(sa_type=Words)
    told_at: datetime = Field(sa_type=Instant)
    report: Report = Field(sa_type=ReportJson)
    decision: str
    score: float = 0.0
    possibly: int | None = Field(default=None, sa_type=BIG_ID)
    reason: str = Field(default="", sa_type=Words)
    saved_at: datetime = Field(sa_type=Instant)


class TraceRow(Base, table=True):
    """One of the keys (core.link.traces) under which an event of late is found."""

    __tablename__: ClassVar[Any] = "trace"
    __table_args__: ClassVar[Any] = (
        PrimaryKeyConstraint("key", "event_id"),
        Index("ix_trace_event", "event_id"),
        {"sqlite_with_rowid": False},
    )

    key: int = Field(sa_type=BigInteger)
    event_id: int = reference("event.id", ondelete="CASCADE")


class RelationRow(Base, table=True):
    """How the event of one report stands to the event of an earlier one. Both go where their reports go."""

    __tablename__: ClassVar[Any] = "relation"
    __table_args__: ClassVar[Any] = (
        PrimaryKeyConstraint("report_id"),
        one_of("how", Relates),
        Index("ix_relation_earlier", "earlier_id"),
    )

    report_id: int = reference("report.id", ondelete="CASCADE")
    earlier_id: int = reference("report.id", ondelete="CASCADE")
    how: str
    reason: str = Field(default="", sa_type=Words)


class ClaimRow(Base, table=True):
    """One value one report gives for one field. `superseded` ones are what the report said before it was edited."""

    __tablename__: ClassVar[Any] = "claim"
    __table_args__: ClassVar[Any] = (
        partial("ix_claim_current", ["event_id"], "NOT superseded"),
        Index("ix_claim_report", "report_id"),
    )

    id: int | None = row_id()
    event_id: int = reference("event.id")
    report_id: int = reference("report.id")
    entry_id: int = reference("entry.id")
    field: str
    value: Any = Field(default=None, sa_type=Anything, nullable=True)
    outlet: str = Field(sa_type=Words)
    url: str | None = Field(default=None, sa_type=Words)
    quote: str = Field(sa_type=Words)
    told_at: datetime = Field(sa_type=Instant)
    copy_: bool = Field(default=False, sa_column_kwargs={"name": "copy"})
    superseded: bool = False
    at: datetime = Field(sa_type=Instant)


CORRECTIONS = "change IN ('corrected', 'retracted')"
"""Developments that say that something told before was wrong."""


class DevelopmentRow(Base, table=True):
    """A change of an event's picture, and the report that brought it."""

    __tablename__: ClassVar[Any] = "development"
    __table_args__: ClassVar[Any] = (
        one_of("change", Change),
        Index("ix_development_event", "event_id", "id"),
        Index("ix_development_at", "at"),
        partial("ix_development_corrections", ["id"], CORRECTIONS),
    )

    id: int | None = row_id()
    event_id: int = reference("event.id")
    revision: int
    change: str
    at: datetime = Field(sa_type=Instant)
    material: bool = True
    reason: str = Field(default="", sa_type=Words)
    deltas: tuple[Delta, ...] = Field(default=(), sa_type=Deltas)
    report_id: int | None = reference("report.id", ondelete="SET NULL", nullable=True)
