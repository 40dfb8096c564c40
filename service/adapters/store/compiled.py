"""Compiled statements, kept for the whole process: SQLAlchemy keeps them for each engine, and compiles for each anew.

A process has two engines on SQLite, one that writes and one that reads, and a test run has thousands.
"""

from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.util import LRUCache

_KEPT: LRUCache[Any, Any] = LRUCache(1500)


class Compiled:
    """An engine's view of them, for its option `compiled_cache`. Databases of one kind and version have them alike."""

    def get(self, key: tuple[Any, ...]) -> Any:
        """Return what is compiled of this statement, or None."""
        return _KEPT.get(_of_any_engine(key))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        """Keep it; the longest unused makes room."""
        _KEPT[_of_any_engine(key)] = compiled


def _of_any_engine(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((part.name, part.server_version_info) if isinstance(part, Dialect) else part for part in key)
