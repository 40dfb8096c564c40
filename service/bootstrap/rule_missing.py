"""Rules that somebody asks for and no file has: it was deleted, emptied or renamed, and nothing else would say so."""

import logging
from collections.abc import Callable, Sequence

from service.core.errors import BadRule
from service.core.rules import RuleSet
from service.ports.store import Store

log = logging.getLogger(__name__)


class Missing:
    """Looks when the rules change, and for as long as some are missing. Safe to use from several threads."""

    def __init__(self, *, store: Callable[[], Store], current: Callable[[], RuleSet]) -> None:
        self._store, self._current = store, current
        self._seen: RuleSet | None = None
        self.found: Sequence[BadRule] = ()

    def look(self) -> Sequence[BadRule]:
        """Return one for each of them; what is newly missing is logged."""
        rules = self._current()
        if rules is self._seen and not self.found:
            return ()
        there = {rule.rule_id for rule in rules.rules}
        with self._store().read() as tx:
            wanted = tx.subscriptions.rules_wanted()
        found = [_told(rule_id, count) for rule_id, count in sorted(wanted.items()) if rule_id not in there]
        known = {error.message for error in self.found}
        for error in found:
            if error.message not in known:
                log.error("%s", error.located())
        self._seen, self.found = rules, found
        return found


def _told(rule_id: str, count: int) -> BadRule:
    who = "1 subscription asks" if count == 1 else f"{count} subscriptions ask"
    hint = f"bring its file back, or restore a text of `tocsin rules history {rule_id}`, or see who asks"
    return BadRule(f"{who} for the rule {rule_id!r}, which no file has: it finds nothing", hint=hint, code="E165")
