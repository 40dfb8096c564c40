"""What rule files say, kept in the database: every text a rule ever had, and the files as they are accepted.

What was sent last week was sent by last week's rule; what is in force outlives a restart, and reaches machines that
have no files.

One machine is meant to keep the files. Where two do, nothing tells which is right, so neither overwrites the other by
merely starting: a file whose text was accepted before, and replaced by the other machine since, is behind and is left
out. A text nobody had before is news and is taken. As long as they differ, both say so.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from service.adapters.rulefiles import RuleBook, locked
from service.core.errors import BadRule
from service.core.rules import RuleSet
from service.ports.store import Store
from service.ports.versions import RuleFile, digest_of
from service.ports.world import Clock

log = logging.getLogger(__name__)


class Noter:
    """Notes what changed in the files of one folder. Safe to use from several threads and processes."""

    def __init__(
        self,
        *,
        store: Callable[[], Store],
        clock: Clock,
        book: RuleBook,
        folder: Path | None,
        machine: Callable[[], str],
    ) -> None:
        self._store, self._clock, self._book, self._folder = store, clock, book, folder
        self._machine = machine
        self._noted: Mapping[str, str] | None = None
        self._rules: dict[str, str] = {}
        self._digests: dict[str, tuple[str, str]] = {}
        self.apart: Sequence[BadRule] = ()

    def lock(self) -> AbstractContextManager[None]:
        """Hold the folder, where there is one."""
        return locked(self._folder) if self._folder and self._folder.is_dir() else nullcontext()

    def note(self) -> None:
        """Keep what is new, and look what other machines have."""
        if self._state(self._book.current()) != self._noted:
            with self.lock():  # whoever saves at this moment notes it first, with the name and the reason
                found = self._book.refresh()
                self._note(found)
            self._noted = self._state(found)
        if self._machine():
            self._compare()

    def accept(self) -> bool:
        """Make these files the accepted ones, whatever other machines have. True if that changed anything."""
        with self.lock():
            self._book.refresh()
            with self._store().write() as tx:
                texts, now = self._book.accepted(), self._clock.now()
                changed = tx.rules.accept(texts, now=now, machine=self._machine(), over=True)
        self._compare()
        return changed

    @property
    def machine(self) -> str:
        """What this machine is called, "" where it has the database for itself."""
        return self._machine()

    def differing(self, files: Mapping[str, RuleFile]) -> dict[str, RuleFile]:
        """Return those files that another machine accepted last, and not as they are here."""
        mine = {name: self._digest(name, text) for name, text in self._book.accepted().items()}
        others = {name: file for name, file in files.items() if file.machine not in {"", self._machine()}}
        return {name: file for name, file in others.items() if mine.get(name, "") != file.digest}

    def _state(self, found: RuleSet) -> Mapping[str, str]:
        """Return all that is noted: a file that is bad or mended counts as a change too."""
        return {**self._book.accepted(), **{error.located(): "" for error in found.errors}}

    def _note(self, found: RuleSet) -> None:
        now = self._clock.now()
        said = {rule.rule_id: (rule.text, f"rules/{Path(rule.file).name}") for rule in found.rules}
        with self._store().write() as tx:
            tx.rules.accept(self._book.accepted(), now=now, machine=self._machine())
            apart = self.differing(tx.rules.files()) if self._machine() else {}
            read = {
                rule_id: (text, file)
                for rule_id, (text, file) in said.items()
                if self._rules.get(rule_id) != text and file not in apart
            }
            if not found.errors and not found.unreadable and not apart:
                gone = tx.rules.latest().keys() - said.keys()
                for rule_id in sorted(gone):
                    log.warning("rule %s is not watched any more: no file has it", rule_id)
                read |= dict.fromkeys(gone, ("", ""))
            tx.rules.note_read(read, now=now)
        self._rules = {rule_id: text for rule_id, (text, _) in said.items()}

    def _compare(self) -> None:
        with self._store().read() as tx:
            found = [self._told(name, file) for name, file in sorted(self.differing(tx.rules.files()).items())]
        known = {error.located() for error in self.apart}
        for error in found:
            if error.located() not in known:
                log.error("%s", error.located())
        self.apart = found

    def _told(self, name: str, file: RuleFile) -> BadRule:
        what = "is not here as" if file.digest else "is still here, which"
        did = "accepted it" if file.digest else "removed"
        hint = "bring the files together; `tocsin rules accept` takes those of the machine it runs on"
        return BadRule(f"it {what} {file.machine} {did} on {file.at:%d %b at %H:%M}", hint=hint, code="E164", file=name)

    def _digest(self, name: str, text: str) -> str:
        known = self._digests.get(name)
        if known is None or known[0] is not text:
            known = self._digests[name] = (text, digest_of(text))
        return known[1]
