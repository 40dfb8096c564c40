"""The rules as they stand now, whatever happens to their files.

A file that is edited badly keeps its last good version, whole; its errors are told and every other file is taken as it
is. A file that is removed takes its rules along. At the first reading the last good version is what was accepted before
the restart, as far as that is remembered; without, what can be used is used.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock

from service.adapters.rulefiles.folders import Sources, of_configs, of_paths
from service.adapters.rulefiles.reader import Reader
from service.core.rules import RuleSet

log = logging.getLogger(__name__)


class RuleBook:
    """Watch rules of config folders, re-read when their files change. Safe to ask from several threads."""

    def __init__(self, folders: Sequence[Path], remembered: Callable[[], Mapping[str, str]] = dict[str, str]) -> None:
        """Take config folders; a rule file of a later one replaces one of the same name, lists add up by name.

        `remembered` gives the texts that were `accepted` before a restart; it is asked once, if some file is bad.
        """
        self._folders = tuple(folders)
        self._lock = Lock()
        self._reader = Reader(remembered)
        self._stamps: tuple[object, ...] | None = None
        self._rules = RuleSet()

    def current(self) -> RuleSet:
        """Return one whole set. Reads again only if a file looks different from outside: its time, size or name."""
        with self._lock:
            sources = of_configs(self._folders)
            stamps = tuple(_stamp(path) for path in (*sources.lists, *sources.rules))
            if stamps != self._stamps:
                self._take(sources)
                self._stamps = stamps
            return self._rules

    def refresh(self) -> RuleSet:
        """Return one whole set after reading every file; only those whose text changed are parsed."""
        with self._lock:
            self._take(of_configs(self._folders))
            return self._rules

    def accepted(self) -> Mapping[str, str]:
        """Return the texts that are in force, by name; a bad file has its last good one, or none."""
        with self._lock:
            return self._reader.accepted()

    def supposing(self, path: Path, text: str) -> RuleSet:
        """Return the set as it would be if this rule file had this text. Nothing is taken into use."""
        with self._lock:
            return self._reader.supposing(of_configs(self._folders).supposing(path), path, text)

    def _take(self, sources: Sources) -> None:
        known = {error.located() for error in (*self._rules.errors, *self._rules.unreadable)}
        self._rules = self._reader.read(sources)
        for error in (*self._rules.errors, *self._rules.unreadable):
            if error.located() not in known:
                log.error("%s", error.located())


def load(folders: Sequence[Path]) -> RuleSet:
    """Read the rules of config folders once. Never raises for what a file says: that is in `errors`."""
    return Reader().read(of_configs(folders))


def load_paths(paths: Iterable[Path], lists: Sequence[Path] = ()) -> RuleSet:
    """Read the rules of whatever is pointed at: config folders, folders of rule files, files."""
    return Reader().read(of_paths(paths, lists))


def _stamp(path: Path) -> object:
    try:
        stat = path.stat()
    except OSError as error:
        return str(path), error.errno
    return str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino
