"""The rules as they stand now, whatever happens to their files.

A file that is edited badly keeps its last good version, whole; its errors are told and every other file is taken as it
is. A file that is removed takes its rules along. A first reading has no last good version: what can be used is used.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from service.adapters.rulefiles.folders import Sources, of_configs, of_paths
from service.adapters.rulefiles.reading import Lists, read_lists, read_rules, repeated
from service.core.errors import BadRule
from service.core.rules import Rule, RuleSet

log = logging.getLogger(__name__)
MAX_BYTES = 4_000_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Generic[T]):
    """What is used of a file, and what was wrong with its text as it stands.

    `key` names the text and what it leans on.
    """

    key: str
    used: T
    errors: tuple[BadRule, ...] = ()
    unreadable: bool = False


@dataclass(slots=True)
class _Shelf(Generic[T]):
    """The versions in use of one kind of file."""

    read: Callable[[str, str], tuple[T, tuple[BadRule, ...]]]
    nothing: T
    versions: dict[Path, Version[T]] = field(default_factory=dict)

    def refresh(self, paths: Sequence[Path], leaning_on: str = "") -> list[Version[T]]:
        self.versions = {path: self._version(path, leaning_on) for path in paths}
        return list(self.versions.values())

    def _version(self, path: Path, leaning_on: str) -> Version[T]:
        before = self.versions.get(path)
        try:
            text = _text(path)
        except BadRule as error:
            used = before.used if before else self.nothing
            return Version(key="", used=used, errors=(error,), unreadable=True)
        key = hashlib.sha256(f"{leaning_on}\0{text}".encode()).hexdigest()
        if before and before.key == key:
            return before
        used, errors = self.read(str(path), text)
        return Version(key=key, used=before.used if before and errors else used, errors=errors)


def _text(path: Path) -> str:
    """Return the file's text, line ends untouched. Raises BadRule E150."""
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = "check the path and its permissions"
        raise BadRule(f"cannot read: {error.strerror}", hint=hint, code="E150", file=str(path)) from error
    if len(data) > MAX_BYTES:
        raise BadRule(f"the file has {len(data):,} bytes", hint=f"at most {MAX_BYTES:,}", code="E150", file=str(path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "save the file as UTF-8"
        raise BadRule("not UTF-8 text", hint=hint, code="E150", file=str(path), line=line) from error


class RuleBook:
    """Watch rules of config folders, re-read when their files change. Safe to ask from several threads."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Take config folders; a rule file of a later one replaces one of the same name, lists add up by name."""
        self._folders = tuple(folders)
        self._lock = Lock()
        self._reader = _Reader()
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

    def _take(self, sources: Sources) -> None:
        known = {error.located() for error in (*self._rules.errors, *self._rules.unreadable)}
        self._rules = self._reader.read(sources)
        for error in (*self._rules.errors, *self._rules.unreadable):
            if error.located() not in known:
                log.error("%s", error.located())


def load(folders: Sequence[Path]) -> RuleSet:
    """Read the rules of config folders once. Never raises for what a file says: that is in `errors`."""
    return _Reader().read(of_configs(folders))


def load_paths(paths: Iterable[Path], lists: Sequence[Path] = ()) -> RuleSet:
    """Read the rules of whatever is pointed at: config folders, folders of rule files, files."""
    return _Reader().read(of_paths(paths, lists))


class _Reader:
    """Reads sources again and again, remembering what was used of each."""

    def __init__(self) -> None:
        self._named: Lists = {}
        self._lists: _Shelf[Lists] = _Shelf(read_lists, {})
        self._files: _Shelf[tuple[Rule, ...]] = _Shelf(lambda file, text: read_rules(file, text, self._named), ())

    def read(self, sources: Sources) -> RuleSet:
        lists = self._lists.refresh(sources.lists)
        self._named = _merged(lists)
        files = self._files.refresh(sources.rules, leaning_on=" ".join(version.key for version in lists))
        rules, clashes = _distinct(rule for version in files for rule in version.used)
        return RuleSet(
            rules=rules,
            errors=(*_errors(lists), *_errors(files), *clashes),
            unreadable=(*_errors(lists, unreadable=True), *_errors(files, unreadable=True)),
            lists=self._named,
            files=tuple(map(str, sources.rules)),
        )


def _errors(versions: Sequence[Version[T]], *, unreadable: bool = False) -> Iterator[BadRule]:
    return (error for version in versions if version.unreadable == unreadable for error in version.errors)


def _merged(versions: Sequence[Version[Lists]]) -> Lists:
    return {name: terms for version in versions for name, terms in version.used.items()}


def _distinct(rules: Iterable[Rule]) -> tuple[tuple[Rule, ...], list[BadRule]]:
    first: dict[str, Rule] = {}
    clashes: list[BadRule] = []
    for rule in rules:
        kept = first.setdefault(rule.rule_id, rule)
        if kept is not rule:
            clashes.append(repeated(rule, kept))
    return tuple(first.values()), clashes


def _stamp(path: Path) -> object:
    try:
        stat = path.stat()
    except OSError as error:
        return str(path), error.errno
    return str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino
