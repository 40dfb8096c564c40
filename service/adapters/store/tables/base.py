"""What all tables share: the metadata with names for every constraint, and helpers to declare states and indexes."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, get_args

from sqlalchemy import CheckConstraint, Index, MetaData, text
from sqlmodel import Field, SQLModel

from service.adapters.store.types import BIG_ID

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
OnDelete = Literal["CASCADE", "RESTRICT", "SET NULL"]


class Base(SQLModel):
    """Every table is one of these."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


def row_id() -> Any:
    """Declare the number the database gives each row."""
    return Field(default=None, sa_type=BIG_ID, primary_key=True)


def reference(column: str, *, ondelete: OnDelete = "RESTRICT", nullable: bool = False) -> Any:
    """Declare a reference to another table's id."""
    default: Any = {"default": None} if nullable else {}
    return Field(sa_type=BIG_ID, foreign_key=column, ondelete=ondelete, nullable=nullable, **default)


def one_of(column: str, literal: object, *, nullable: bool = False) -> CheckConstraint:
    """Let the column hold only the words of this Literal."""
    words = ", ".join(f"'{word}'" for word in get_args(literal))
    condition = f"{column} IN ({words})"
    return CheckConstraint(f"{column} IS NULL OR {condition}" if nullable else condition, name=column)


def partial(name: str, columns: Sequence[str], where: str) -> Index:
    """Index only the rows that meet the condition, on both databases."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
