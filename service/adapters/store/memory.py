"""Candidates for linking, kept between transactions: linking reads the same ones over and over.

The key holds the event's stamp, which is drawn anew at each write of the event or of a report joined to it. So an event
is found here only as it stands in the reader's own transaction, and what a rolled-back transaction left is never asked
for again.
"""

import threading

from service.core.event import Candidate

Key = tuple[int, str]


class Memory:
    """The last candidates put, with at most this many accounts in all. Safe for threads. One for each store."""

    def __init__(self, accounts: int = 4000) -> None:
        self._room = accounts
        self._held: dict[Key, Candidate] = {}
        self._lock = threading.Lock()

    def get(self, key: Key) -> Candidate | None:
        """Return the event as it stood under this stamp, or None."""
        return self._held.get(key)

    def put(self, key: Key, candidate: Candidate) -> None:
        """Keep the candidate; the longest kept make room."""
        with self._lock:
            self._forget(key)
            self._held[key] = candidate
            self._room -= _size(candidate)
            while self._room < 0:
                self._forget(next(iter(self._held)))

    def _forget(self, key: Key) -> None:
        held = self._held.pop(key, None)
        self._room += _size(held) if held else 0


def _size(candidate: Candidate) -> int:
    return 1 + len(candidate.accounts)
