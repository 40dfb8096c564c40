"""Column types that say no to what the databases would silently bend."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

BIG_ID: Any = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both: PostgreSQL's INTEGER has 32, and SQLite numbers rows by itself only where the type is INTEGER."""


class Instant(TypeDecorator[datetime]):
    """A moment as milliseconds since 1970 in UTC; finer parts are cut off. A time without a zone is a ValueError."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return milliseconds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return (value - EPOCH) // MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return an aware UTC time."""
        return None if value is None else EPOCH + value * MILLISECOND


class Words(TypeDecorator[str]):
    """Text from outside. What PostgreSQL or UTF-8 cannot hold (NUL, lone surrogates) becomes U+FFFD on both."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return text that any database takes."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """Return the text with NUL and lone surrogates replaced by U+FFFD; nearly always the very same text."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class AsJson(TypeDecorator[Any]):
    """A value of core as JSON text. None is SQL's NULL, so that IS NULL means what it says.

    Subclasses give `write` and `read`, pure and inverse to one another.
    """

    impl = JSON
    cache_ok = True
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return JSON types."""
        return None if value is None else type(self).write(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the value."""
        return None if value is None else type(self).read(value)
