"""What the repositories share: inserts that say which rows were new, leases, and keys that fit an index."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, case, literal, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from service.adapters.store.tables import ArticleRow, Base, EntryRow, FeedRow, OutboxRow
from service.adapters.store.types import Instant

T = TypeVar("T")
CHUNK = 500
KEY_BYTES = 1000


def insert_new(
    connection: Connection,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    give: Sequence[Any],
) -> list[Row[Any]]:
    """Insert the rows whose key nobody has yet, and return these columns of those that were inserted."""
    if not rows:
        return []
    statement = _inserting(connection.dialect.name, table, tuple(key), tuple(give))
    return list(connection.execute(statement, list(rows)).all())


def upsert(
    connection: Connection, table: type[Base], row: Mapping[str, Any], *, key: Sequence[str], give: Sequence[Any]
) -> Row[Any]:
    """Insert the row, or write it over the one that has its key. Return these columns of it."""
    statement = _replacing(connection.dialect.name, table, tuple(row), tuple(key), tuple(give))
    return connection.execute(statement, dict(row)).one()


# Both are made once: SQLAlchemy takes longer to make such a statement than the database to run it.
@lru_cache(maxsize=256)
def _inserting(dialect: str, table: type[Base], key: tuple[str, ...], give: tuple[Any, ...]) -> Any:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(table).on_conflict_do_nothing(index_elements=list(key)).returning(*give)


@lru_cache(maxsize=256)
def _replacing(
    dialect: str, table: type[Base], names: tuple[str, ...], key: tuple[str, ...], give: tuple[Any, ...]
) -> Any:
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    rest = {name: statement.excluded[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=rest).returning(*give)


def new_token() -> str:
    """Return a token nobody had before."""
    return secrets.token_hex(8)


def free(lease_until: Any, now: Any) -> ColumnElement[bool]:
    """Let through rows that nobody holds."""
    return or_(lease_until.is_(None), lease_until <= now)


def instant(at: datetime | None) -> ColumnElement[Any]:
    """Return the time as a statement compares it with a column of times."""
    return literal(at, Instant)


def later(one: Any, other: Any) -> ColumnElement[Any]:
    """Return the later of two times, neither of which is NULL. The databases have no word for it in common."""
    return case((one >= other, one), else_=other)


def release_all(connection: Connection) -> None:
    """Let go of every lease but those of hosts. A message keeps its token, which tells that it may have arrived."""
    for table in (FeedRow, EntryRow, ArticleRow, OutboxRow):
        token = {} if table is OutboxRow else {"lease_token": None}
        leased = col(table.lease_until).is_not(None)
        connection.execute(update(table).where(leased).values(lease_until=None, **token))


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Cut into pieces that fit a statement."""
    return (items[start : start + size] for start in range(0, len(items), size))


def short(text: str) -> str:
    """Return the text, its tail replaced by a fingerprint where it is too long for an index of PostgreSQL."""
    raw = text.encode(errors="surrogatepass")
    if len(raw) <= KEY_BYTES:
        return text
    return raw[: KEY_BYTES // 2].decode(errors="ignore") + "#" + hashlib.sha256(raw).hexdigest()


def same_named(value: type[Any], *, but: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of a dataclass's fields whose columns have the same name."""
    return tuple(item.name for item in fields(value) if item.name not in but)


def taken(row: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return these columns or attributes by name."""
    return {name: getattr(row, name) for name in names}
