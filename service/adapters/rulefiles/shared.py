"""Watch rules without files: as another machine, which has the files, accepted them into the database."""

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock

from service.adapters.rulefiles.folders import LISTS, Sources
from service.adapters.rulefiles.reader import Version, merged, rule_set
from service.adapters.rulefiles.reading import Lists, read_lists, read_rules
from service.core.rules import Rule, RuleSet

LOOK_EVERY_S = 1.0


class SharedBook:
    """Watch rules as another machine accepted them: the same face as RuleBook, texts from wherever `stamps` look.

    `stamps` gives what names each text, `texts` all of them, both by name and from one moment each. What is in force
    stays whole: a set is read to its end, then swapped.
    """

    def __init__(self, stamps: Callable[[], Mapping[str, str]], texts: Callable[[], Mapping[str, str]]) -> None:
        self._stamps, self._texts = stamps, texts
        self._lock = Lock()
        self._seen: Mapping[str, str] | None = None
        self._looked_at = -math.inf
        self._rules = RuleSet()

    def current(self) -> RuleSet:
        """Return one whole set, at most a second old."""
        with self._lock:
            if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
                self._look()
            return self._rules

    def refresh(self) -> RuleSet:
        """Return one whole set, after a look at what is accepted now."""
        with self._lock:
            self._look()
            return self._rules

    def _look(self) -> None:
        stamps = self._stamps()
        if stamps != self._seen:
            self._rules = _of_texts(self._texts())
            self._seen = stamps
        self._looked_at = time.monotonic()


def _of_texts(texts: Mapping[str, str]) -> RuleSet:
    lists: list[Version[Lists]] = [
        Version(key="", used=read_lists(name, texts[name]).lists) for name in sorted(texts) if _is_lists(name)
    ]
    named = merged(lists)
    names = [name for name in sorted(texts) if not _is_lists(name)]
    found = [read_rules(name, texts[name], named) for name in names]
    files: list[Version[tuple[Rule, ...]]] = [Version(key="", used=rules, errors=errors) for rules, errors in found]
    return rule_set(Sources(rules=tuple(map(Path, names)), lists=()), lists, files, named)


def _is_lists(name: str) -> bool:
    return name.endswith(f"/{LISTS}")
