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
        self._titles: dict[str, str] = {}

    def current(self) -> RuleIndex:
        """Return the index. Only rules that changed since are filed anew."""
        with self._lock:
            found = self._current()
            if found is not self._set:
                self._index = self._index.updated(found.rules)
                self._set = found
                self._titles = {rule.rule_id: rule.title for rule in found.rules if rule.title}
            return self._index

    def title(self, rule_id: str) -> str:
        """Return what readers know the rule by: its title, else its id. Files are looked at for unknown ones only."""
        if rule_id not in self._titles:
            self.current()
        return self._titles.get(rule_id, rule_id)
