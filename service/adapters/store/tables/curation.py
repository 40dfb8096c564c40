"""What operators said and did: bonds between reports, labelled examples, and the journal."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from service.adapters.store.tables.base import Base, one_of, reference, row_id
from service.adapters.store.types import BIG_ID, Instant, Words
from service.adapters.store.values import Anything
from service.core.event import Verb
from service.core.example import Label
from service.core.report import Kind


class ActRow(Base, table=True):
    """One thing done to events. `undone` ones were taken back by a later one."""

    __tablename__: ClassVar[Any] = "act"
    __table_args__: ClassVar[Any] = (
        one_of("verb", Verb),
        Index("ix_act_event", "event_id"),
        Index("ix_act_other", "other_id"),
    )

    id: int | None = row_id()
    at: datetime = Field(sa_type=Instant)
    by: str = Field(sa_type=Words)
    verb: str
    event_id: int = reference("event.id")
    other_id: int | None = reference("event.id", nullable=True)
    report_ids: Any = Field(default=None, sa_type=Anything, nullable=True)
    field: str = ""
    value: Any = Field(default=None, sa_type=Anything, nullable=True)
    reason: str = Field(default="", sa_type=Words)
    undone: bool = False


class BondRow(Base, table=True):
    """That two entries' reports of a kind are, or are not, of one event. `left` is the lower of the two ids.

    Without an act it was said in another store.
    """

    __tablename__: ClassVar[Any] = "bond"
    __table_args__: ClassVar[Any] = (
        one_of("kind", Kind),
        UniqueConstraint("left", "right", "kind"),
        Index("ix_bond_right", "right"),
        Index("ix_bond_act", "act_id"),
    )

    id: int | None = row_id()
    kind: str
    left: int = reference("entry.id", ondelete="CASCADE")
    right: int = reference("entry.id", ondelete="CASCADE")
    together: bool
    act_id: int | None = reference("act.id", nullable=True)


class ExampleRow(Base, table=True):
    """What an entry reports, as an operator says. It has the entry's words, and outlives it."""

    __tablename__: ClassVar[Any] = "example"
    __table_args__: ClassVar[Any] = (
        one_of("kind", Label),
        UniqueConstraint("entry_id"),
        Index("ix_example_act", "act_id"),
    )

    id: int | None = row_id()
    entry_id: int = Field(sa_type=BIG_ID)
    outlet: str = Field(sa_type=Words)
    lang: str
    published: datetime | None = Field(default=None, sa_type=Instant)
    title: str = Field(sa_type=Words)
    summary: str = Field(sa_type=Words)
    content: str = Field(sa_type=Words)
    kind: str
    new: bool | None = None
    country: str | None = None
    event_id: int | None = Field(default=None, sa_type=BIG_ID)
    at: datetime = Field(sa_type=Instant)
    by: str = Field(sa_type=Words)
    reason: str = Field(default="", sa_type=Words)
    act_id: int = Field(sa_type=BIG_ID)
