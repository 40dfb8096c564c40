"""Rule files read again and again: what was used of each stays known, and only texts that changed are parsed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from service.adapters.rulefiles.folders import Sources
from service.adapters.rulefiles.reading import Lists, read_lists, read_rules, repeated
from service.adapters.undisturbed import undisturbed
from service.core.errors import BadRule
from service.core.rules import Rule, RuleSet

MAX_BYTES = 4_000_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Generic[T]):
    """What is used of a file, and what was wrong with its text as it stands.

    `key` names the text and what it leans on; `text` is the one that is used, None where only part of one is.
    """

    key: str
    used: T
    text: str | None = None
    errors: tuple[BadRule, ...] = ()
    unreadable: bool = False


@dataclass(slots=True)
class _Shelf(Generic[T]):
    """The versions in use of one kind of file."""

    read: Callable[[str, str], tuple[T, tuple[BadRule, ...]]]
    nothing: T
    versions: dict[Path, Version[T]] = field(default_factory=dict)

    def refresh(
        self, paths: Mapping[Path, str], remembered: Mapping[str, str], leaning_on: str = ""
    ) -> list[Version[T]]:
        """Read files, by path and name. `remembered` are texts that were good, by name, for those without a version."""
        self.versions = {path: self._version(path, remembered.get(name), leaning_on) for path, name in paths.items()}
        return list(self.versions.values())

    def _version(self, path: Path, remembered: str | None, leaning_on: str) -> Version[T]:
        before = self.versions.get(path)
        try:
            text = _text(path)
        except BadRule as error:
            good = before or self._remembered(path, remembered)
            if good is None:
                return Version(key="", used=self.nothing, errors=(error,), unreadable=True)
            return Version(key="", used=good.used, text=good.text, errors=(error,), unreadable=True)
        key = hashlib.sha256(f"{leaning_on}\0{text}".encode()).hexdigest()
        if before and before.key == key:
            return before
        used, errors = self.read(str(path), text)
        good = (before or self._remembered(path, remembered)) if errors else None
        if good:
            return Version(key=key, used=good.used, text=good.text, errors=errors)
        return Version(key=key, used=used, text=None if errors else text, errors=errors)

    def _remembered(self, path: Path, text: str | None) -> Version[T] | None:
        used, errors = self.read(str(path), text) if text is not None else (self.nothing, ())
        return Version(key="", used=used, text=text) if text is not None and not errors else None


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


class Reader:
    """Reads sources again and again, remembering what was used of each."""

    def __init__(self, remembered: Callable[[], Mapping[str, str]] = dict[str, str]) -> None:
        self._remembered = remembered
        self._known: Mapping[str, str] = {}
        self._names: Mapping[Path, str] = {}
        self._named: Lists = {}
        self._lists: _Shelf[Lists] = _Shelf(read_lists, {})
        self._files: _Shelf[tuple[Rule, ...]] = _Shelf(lambda file, text: read_rules(file, text, self._named), ())

    def read(self, sources: Sources) -> RuleSet:
        """Return what the sources say now; of those that are bad, what they said last."""
        is_first, self._names = not self._names, sources.names()
        found = self._read(sources)
        if is_first and (found.errors or found.unreadable):
            self._known = self._remembered()
            if self._known:
                self._lists.versions, self._files.versions = {}, {}
                found = self._read(sources)
            self._known = {}
        return found

    def _read(self, sources: Sources) -> RuleSet:
        with undisturbed():  # none of thousands of rules is garbage, and to look costs a quarter
            return self._read_all(sources)

    def _read_all(self, sources: Sources) -> RuleSet:
        lists = self._lists.refresh({path: self._names[path] for path in sources.lists}, self._known)
        self._named = merged(lists)
        leaning_on = " ".join(version.key for version in lists)
        files = self._files.refresh({path: self._names[path] for path in sources.rules}, self._known, leaning_on)
        return rule_set(sources, lists, files, self._named)

    def accepted(self) -> dict[str, str]:
        """Return the text in use of each file, by name, but for those of which only a part is."""
        lists = {path: version.text for path, version in self._lists.versions.items()}
        files = {path: version.text for path, version in self._files.versions.items()}
        return {self._names[path]: text for path, text in (lists | files).items() if text is not None}

    def supposing(self, sources: Sources, path: Path, text: str) -> RuleSet:
        """Return what the sources would say with this text in this rule file. Nothing is remembered of it."""
        used, errors = self._files.read(str(path), text)
        versions = {**self._files.versions, path: Version(key="", used=used, text=text, errors=errors)}
        files = [versions[known] for known in sources.rules if known in versions]
        return rule_set(sources, list(self._lists.versions.values()), files, self._named)


def rule_set(
    sources: Sources, lists: Sequence[Version[Lists]], files: Sequence[Version[tuple[Rule, ...]]], named: Lists
) -> RuleSet:
    """Put together what files say; of rules with the same id the first one counts."""
    rules, clashes = _distinct(rule for version in files for rule in version.used)
    return RuleSet(
        rules=rules,
        errors=(*_errors(lists), *_errors(files), *clashes),
        unreadable=(*_errors(lists, unreadable=True), *_errors(files, unreadable=True)),
        lists=named,
        files=tuple(map(str, sources.rules)),
    )


def _errors(versions: Sequence[Version[T]], *, unreadable: bool = False) -> Iterator[BadRule]:
    return (error for version in versions if version.unreadable == unreadable for error in version.errors)


def merged(versions: Sequence[Version[Lists]]) -> Lists:
    """Return the lists of all files; a later one replaces one of the same name."""
    return {name: terms for version in versions for name, terms in version.used.items()}


def _distinct(rules: Iterable[Rule]) -> tuple[tuple[Rule, ...], list[BadRule]]:
    first: dict[str, Rule] = {}
    clashes: list[BadRule] = []
    for rule in rules:
        kept = first.setdefault(rule.rule_id, rule)
        if kept is not rule:
            clashes.append(repeated(rule, kept))
    return tuple(first.values()), clashes
