"""Saving an edit of a watch rule.

splice -> check the whole set -> run the rule's own tests -> file, whole or not at all -> version -> in force

One saver at a time, across threads and processes. The file is put in its place last before the version is committed,
and where that fails it gets back what it had. Whoever is killed leaves the old file or the new one, both proved; a text
without a version is noted, as from its file, when it is next read.

A shipped rule is edited where the operator's config folder is: its file is copied there with the edit, and from then on
stands in the place of the shipped one, whole. That is how every config file is overridden; the price is that later
versions of its other rules are not taken up by themselves, and `Saved.copied` says so.
"""

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from service.adapters.rulefiles import (
    OnDisk,
    RuleBook,
    can_write,
    find,
    or_as_before,
    put_file,
    read_file,
    read_snippet,
    rule_hash,
    shown,
)
from service.bootstrap.rule_edits import Conflict, Edit, Refused, Saved, Unwritable, unified
from service.bootstrap.rule_noting import Noter
from service.bootstrap.subjects import subjects_if_known
from service.core.errors import BadInput, BadRule, NotFound, Unavailable
from service.core.rules import Rule, RuleSet, trials
from service.ports.store import Store
from service.ports.world import Clock

Splice = Callable[[str], str]
Found = Callable[[str], str]

OWN_FILE = "own.yaml"
TRIES = 5
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.ya?ml")
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class _Plan(NamedTuple):
    """What is to be written: another text for a file, the rule it makes (None: removed), and the difference."""

    target: Path
    before: OnDisk
    text: str
    made: Rule | None
    patch: str


class _ChangedByHand(Exception):  # noqa: N818  a signal, never seen outside
    """The file is not any more as it was read."""


class Saver:
    """Saves edits into the rule files of one folder; None is a house whose rules may not be written to."""

    def __init__(
        self, *, store: Callable[[], Store], clock: Clock, book: RuleBook, folder: Path | None, noter: Noter
    ) -> None:
        self._store, self._clock, self._noter = store, clock, noter
        self._book, self._folder = book, folder

    def save(self, edit: Edit, splice: Splice, *, file: Found) -> Saved:
        """Save. `file` finds the file a rule stands in. Raises Refused, Conflict, Unwritable, BadInput or NotFound."""
        edit = edit.checked()
        if edit.text:
            self._refuse_unreadable(edit, edit.text)
        for _ in range(TRIES):
            try:
                return self._save(edit, splice, file)
            except _ChangedByHand:
                continue
        raise BadRule("the file changes all the time", hint="somebody is writing to it; try again", code="E162")

    def _save(self, edit: Edit, splice: Splice, file: Found) -> Saved:
        with self._noter.lock():
            source = self._source(edit, file)
            target = self._folder / source.name if self._folder else source
            before = read_file(source)
            text = self._spliced(edit, before, splice)
            if text == before.text:
                return Saved(rule_id=edit.rule_id, file=str(source), base=edit.base, patch="")
            self._refuse_apart(target)
            made = self._proved(edit, target, text)
            patch = unified(before.text, text, f"rules/{target.name}")
            self._write(edit, _Plan(target, before, text, made, patch))
        base, copied = rule_hash(made.text) if made else "", source != target and before.data is not None
        return Saved(rule_id=edit.rule_id, file=str(target), base=base, patch=patch, copied=copied)

    def _refuse_unreadable(self, edit: Edit, text: str) -> None:
        """Say what is wrong with a text within the text, before anything looks at its file."""
        found = read_snippet(text, self._book.current().lists)
        errors = list(found.errors)
        if found.rule and found.rule.rule_id != edit.rule_id:
            hint = f"leave the id at {edit.rule_id}; what was sent is filed under it. A new rule takes a new id"
            errors.append(BadRule("the id of a rule cannot be changed", hint=hint, code="E162", line=1, column=1))
        if errors:
            raise Refused(edit.rule_id, errors)

    def _source(self, edit: Edit, file: Found) -> Path:
        """Return the file to edit: where the rule stands; for a new one the file asked for, ours or the shipped one."""
        if edit.base:
            try:
                return Path(file(edit.rule_id))
            except NotFound:
                raise self._conflict(edit, "") from None
        name = edit.file or OWN_FILE
        if not _NAME.fullmatch(name) or name == "lists.yaml":
            raise BadInput(f"{name!r} is not the name of a rule file", hint=f"such as {OWN_FILE}, without a folder")
        known = {Path(path).name: Path(path) for path in self._book.current().files}
        return known.get(name) or (self._folder or Path("rules")) / name

    def _spliced(self, edit: Edit, before: OnDisk, splice: Splice) -> str:
        try:
            return splice(before.text)
        except BadRule as error:
            if error.code not in {"E160", "E161"}:
                raise
            theirs = find(before.text, edit.rule_id).text if error.code == "E161" else ""
            if edit.text and theirs and shown(theirs) == shown(edit.text):
                return before.text  # somebody had the same idea, or we did and the answer got lost
            raise self._conflict(edit, theirs) from error

    def _refuse_apart(self, target: Path) -> None:
        """Refuse to edit a file that another machine has otherwise: one of the two edits would be lost."""
        if not self._noter.machine:
            return
        with self._store().read() as tx:
            other = self._noter.differing(tx.rules.files()).get(f"rules/{target.name}")
        if other:
            hint = "save the rule there, or bring the files together first"
            message = f"{target.name} is not as {other.machine} accepted it on {other.at:%d %b at %H:%M}"
            raise BadRule(message, hint=hint, code="E164", file=target.name)

    def _conflict(self, edit: Edit, theirs: str) -> Conflict:
        with self._store().read() as tx:
            kept = (version.text for version in tx.rules.history(edit.rule_id))
            base = next((text for text in kept if rule_hash(text) == edit.base), "")
        return Conflict(edit.rule_id, base=base, theirs=theirs, yours=edit.text or "")

    def _proved(self, edit: Edit, target: Path, text: str) -> Rule | None:
        """Return the rule as it will be, None for one that is removed. Raises Refused: a set with errors is not saved.

        What is wrong in other files already does not stand in the way. Of the tests only the rule's own can go
        differently after an edit of the rule, and only they are run; noise budgets are for `rules test --history`.
        """
        known = {error.located() for error in _all_errors(self._book.refresh())}
        found = self._book.supposing(target, text)
        new = [error for error in _all_errors(found) if error.file == str(target) or error.located() not in known]
        if new:
            raise Refused(edit.rule_id, new)
        made = next((rule for rule in found.rules if rule.rule_id == edit.rule_id), None)
        with self._store().read() as tx:
            tried = trials(made, lambda entry_id: subjects_if_known(tx, entry_id)) if made else []
        failed = [trial.finding() for trial in tried if not trial.passed]
        if failed:
            raise Refused(edit.rule_id, failed)
        return made

    def _write(self, edit: Edit, plan: _Plan) -> None:
        target = plan.target
        if self._folder is None:
            hint = "set TOCSIN_CONFIG_DIR to a folder of yours, or apply the patch by hand"
            raise Unwritable("the shipped rules are not to be edited where they are", hint=hint, patch=plan.patch)
        hint = "apply the patch where the file comes from"
        if not can_write(target):
            raise Unwritable(f"{target} is read-only", hint=hint, patch=plan.patch)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._swap(edit, plan)
        except OSError as error:
            if error.errno in _FORBIDDEN:
                raise Unwritable(f"{target}: {error.strerror}", hint=hint, patch=plan.patch) from error
            raise Unavailable(f"cannot write {target}: {error.strerror}", hint="nothing was changed") from error

    def _swap(self, edit: Edit, plan: _Plan) -> None:
        """Put the file in its place and the version on record, both or neither, and take it into use."""
        words, now = plan.made.text if plan.made else "", self._clock.now()
        old = plan.before if plan.before.path == plan.target else OnDisk(path=plan.target)
        with self._in_force(), or_as_before(old, plan.text), self._store().write() as tx:
            tx.rules.note(
                edit.rule_id,
                words,
                author=edit.author,
                reason=edit.reason,
                channel=edit.channel,
                file=f"rules/{plan.target.name}",
                now=now,
            )
            if not put_file(old, plan.text):
                raise _ChangedByHand
            self._book.refresh()
            tx.rules.accept(self._book.accepted(), now=now, machine=self._noter.machine)

    @contextmanager
    def _in_force(self) -> Iterator[None]:
        """Take what the files have into use again where the block fails."""
        try:
            yield
        except BaseException:
            self._book.refresh()
            raise


def _all_errors(found: RuleSet) -> list[BadRule]:
    return [*found.unreadable, *found.errors]
