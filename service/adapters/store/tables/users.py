"""Operators, what they are known by, and who is signed in. No secret is here, only digests of them."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from service.adapters.store.tables.base import Base, reference, row_id
from service.adapters.store.types import BIG_ID, Instant, Words


class UserRow(Base, table=True):
    """An operator. `key` is the name in the form in which no two may have it."""

    __tablename__: ClassVar[Any] = "operator"
    __table_args__: ClassVar[Any] = (Index("uq_operator_key", "key", unique=True),)

    id: int | None = row_id()
    name: str = Field(sa_type=Words)
    key: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class TokenRow(Base, table=True):
    """A token of an operator, for signing in and for programs."""

    __tablename__: ClassVar[Any] = "token"
    __table_args__: ClassVar[Any] = (Index("uq_token_digest", "digest", unique=True), Index("ix_token_of", "user_id"))

    id: int | None = row_id()
    user_id: int = reference("operator.id", ondelete="CASCADE")
    label: str = Field(default="", sa_type=Words)
    hint: str
    digest: str
    at: datetime = Field(sa_type=Instant)
    until: datetime | None = Field(default=None, sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class SessionRow(Base, table=True):
    """A browser that is signed in, by the digest of its cookie."""

    __tablename__: ClassVar[Any] = "session"
    __table_args__: ClassVar[Any] = (Index("ix_session_token", "token_id"),)

    digest: str = Field(primary_key=True)
    name: str = Field(sa_type=Words)
    until: datetime = Field(sa_type=Instant)
    token_id: int | None = Field(
        default=None, sa_type=BIG_ID, foreign_key="token.id", ondelete="CASCADE", nullable=True
    )
    proof: str = ""


class GuessRow(Base, table=True):
    """What wrong tokens came from a network of late; the columns are those of core.guesses. Gone after minutes."""

    __tablename__: ClassVar[Any] = "guess"
    __table_args__: ClassVar[Any] = (Index("ix_guess_at", "at"),)

    network: str = Field(sa_type=Words, primary_key=True)
    weight: float
    at: datetime = Field(sa_type=Instant)
