"""Rows already turned into values, kept between transactions. Linking reads the same events and accounts over and over.

The key holds the row's stamp, which is drawn anew at each write. So a row is found here only as it stands in the
reader's own transaction, and what a rolled-back transaction left here is never asked for again.
"""

import threading
from typing import Generic, TypeVar

from service.core.event import Account, Event

V = TypeVar("V")
Key = tuple[int, str]


class Shelf(Generic[V]):
    """The last values put, at most `size` of them. Safe for threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: dict[Key, V] = {}
        self._lock = threading.Lock()

    def get(self, key: Key) -> V | None:
        """Return the value, or None."""
        return self._values.get(key)

    def put(self, key: Key, value: V) -> V:
        """Keep the value and return it; the oldest makes room."""
        with self._lock:
            while len(self._values) >= self._size:
                del self._values[next(iter(self._values))]
            self._values[key] = value
        return value


class Memory:
    """One for each store."""

    def __init__(self, *, events: int = 4000, accounts: int = 6000) -> None:
        self.events: Shelf[Event] = Shelf(events)
        self.accounts: Shelf[Account] = Shelf(accounts)
