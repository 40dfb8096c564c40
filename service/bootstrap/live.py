"""The watch rules as live matching wants them: one index of one whole set, swapped when the set changes."""

from collections.abc import Callable
from threading import Lock

from service.core.rules import RuleIndex, RuleSet


class LiveRules:
    """Keeps an index of the current set. Whoever took one keeps it whole, whatever comes after it."""

    def __init__(self, current: Callable[[], RuleSet]) -> None:
        self._current = current
        self._lock = Lock()
        self._set = RuleSet()
        self._index = RuleIndex()

    def current(self) -> RuleIndex:
        """Return the index. Only rules that changed since are filed anew."""
        with self._lock:
            found = self._current()
            if found is not self._set:
                self._index = self._index.updated(found.rules)
                self._set = found
            return self._index
