"""Watch rules for faces: what there is, what an edit would say, saving it, and every text there ever was."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from service.adapters.rulefiles import (
    RuleBook,
    SharedBook,
    add_rule,
    find,
    read_file,
    read_snippet,
    remove_rule,
    replace_rule,
    rule_hash,
    set_field,
    shown,
)
from service.adapters.rulefiles.written import Value
from service.adapters.undisturbed import undisturbed
from service.bootstrap.rule_edits import Checked, Edit, Saved, Standing, Unwritable, unified
from service.bootstrap.rule_missing import Missing
from service.bootstrap.rule_noting import Noter
from service.bootstrap.rule_saving import Saver, Splice
from service.bootstrap.rule_trying import Tried, try_text
from service.bootstrap.subjects import subjects_if_known
from service.core.errors import BadInput, BadRule, NotFound
from service.core.rules import Rule, RuleSet, lint, trials
from service.pipeline.preview import Preview, Previewing
from service.ports.rules import RuleHold
from service.ports.store import Store
from service.ports.versions import RuleVersion
from service.ports.world import Clock, Judge

PREVIEWED = timedelta(days=30)
COMPARED = 2_000
"""With more rules than these, an editor is not told of duplicates while it types: `tocsin rules check` does it."""


class RuleDesk:
    """What faces may do with watch rules. Safe to use from several threads."""

    def __init__(
        self,
        *,
        store: Callable[[], Store],
        clock: Clock,
        book: RuleBook | SharedBook,
        folder: Path | None,
        judge: Callable[[], Judge],
        machine: Callable[[], str] = str,
    ) -> None:
        """Take the rules in force, and the folder of rule files that edits go to, None where there is none.

        `machine` names this one among several that share the database, "" where it has it for itself.
        """
        self._store, self._clock, self._book, self._judge = store, clock, book, judge
        self._missing = Missing(store=store, current=book.current)
        self._saver: Saver | None = None
        self._noter: Noter | None = None
        if isinstance(book, RuleBook):
            self._noter = Noter(store=store, clock=clock, book=book, folder=folder, machine=machine)
            self._saver = Saver(store=store, clock=clock, book=book, folder=folder, noter=self._noter)

    @property
    def current(self) -> RuleSet:
        """The rules in force, and what is wrong with their files."""
        return self._book.current()

    @property
    def wrong(self) -> Sequence[BadRule]:
        """What is wrong with the files as they stand."""
        found = self.current
        return (*found.unreadable, *found.errors)

    def standing(self, rule_id: str) -> Standing:
        """Return a rule as its file has it, which while that is bad is not what is in force. Raises NotFound."""
        rules = self.current
        rule = next((rule for rule in rules.rules if rule.rule_id == rule_id), None)
        if rule is None or rule.file in {error.file for error in self.wrong}:
            for file in (rule.file,) if rule else rules.files:
                text = _written(file, rule_id)
                if text:
                    return Standing(rule_id=rule_id, rule=rule, text=text, file=file)
        if rule is None:
            raise NotFound(f"no rule {rule_id!r}", hint="`tocsin rules check --json` lists them")
        return Standing(rule_id=rule_id, rule=rule, text=rule.text, file=rule.file)

    def base(self, rule_id: str) -> str:
        """Return what an edit of the rule is based on now; "" where there is no such rule any more."""
        try:
            return self.standing(rule_id).base
        except NotFound:
            return ""

    def check(self, text: str, *, rule_id: str = "") -> Checked:
        """Say what one rule's text is worth, without saving it. `rule_id` is the rule's it is to replace."""
        rules = self.current
        found = read_snippet(text, rules.lists)
        errors = [*found.errors, *_identity(found.rule, rule_id, rules)]
        if found.rule is None:
            return Checked(rule=None, errors=errors)
        others = [rule for rule in rules.rules if rule.rule_id != found.rule.rule_id]
        compared = others if len(others) <= COMPARED else []
        with self._store().read() as tx:
            tried = trials(found.rule, lambda entry_id: subjects_if_known(tx, entry_id))
        warnings = [warning for warning in lint([*compared, found.rule]) if not warning.file]
        return Checked(rule=found.rule, errors=errors, warnings=warnings, trials=tried)

    def save(self, edit: Edit) -> Saved:
        """Save another text for a rule, a new rule (no base), or its removal (text None).

        Raises Refused, Conflict, Unwritable, BadInput or NotFound; nothing is changed then.
        """
        new = edit.text
        if new is None and edit.base:
            return self._save(edit, lambda text: remove_rule(text, edit.rule_id, base=edit.base))
        if new is None or not new.strip():  # as an editor leaves it that broke down
            raise BadInput("the rule has no text left, so nothing is saved", hint="to have it no more, remove it")
        if not edit.base:
            return self._save(edit, lambda text: add_rule(text, new))
        return self._save(edit, lambda text: replace_rule(text, edit.rule_id, new, base=edit.base))

    def set_fields(self, edit: Edit, values: Mapping[str, Value | None]) -> Saved:
        """Give keys of a rule other values, or take them out (None). Raises as `save` does."""

        def splice(text: str) -> str:
            base = edit.base
            for name, value in values.items():
                text = set_field(text, edit.rule_id, name, value, base=base)
                base = rule_hash(find(text, edit.rule_id).text)
            return text

        return self._save(edit.with_text(None), splice)

    def restore(self, edit: Edit, number: int) -> Saved:
        """Save an earlier text anew; a rule that was removed comes back to its file. Raises as `save` does."""
        found = self.version(edit.rule_id, number)
        if not found.text:
            raise NotFound(f"version {number} of {edit.rule_id} is its removal", hint="remove the rule instead")
        return self.save(replace(edit, text=shown(found.text), file=edit.file or Path(found.file).name))

    def _save(self, edit: Edit, splice: Splice) -> Saved:
        if self._saver is None:
            theirs = self.standing(edit.rule_id).text if edit.base else ""
            patch = unified(shown(theirs) if theirs else "", edit.text or "", f"{edit.rule_id}.yaml")
            raise Unwritable("the rule files are on another machine", hint="save the rule there", patch=patch)
        self.note()  # so that what is about to be replaced is on record, as whose it was
        return self._saver.save(edit, splice, file=lambda rule_id: self.standing(rule_id).file)

    def try_text(self, rule: Rule, text: str) -> Tried:
        """Hold a rule against a text somebody pastes, read as an entry of a feed would be."""
        return try_text(rule, text, self._judge, self._clock.now())

    def preview(self, rule: Rule, last: timedelta = PREVIEWED) -> Preview:
        """Say what a rule would have done lately, against the one of its id that is in force."""
        saved = next((known for known in self.current.rules if known.rule_id == rule.rule_id), None)
        previewing = Previewing(store=self._store(), timer=time.monotonic, undisturbed=undisturbed)
        return previewing.run(rule, saved, now=self._clock.now(), last=last)

    def hold(self, rule_id: str, *, author: str, comment: str, last: timedelta | None = None) -> None:
        """Keep a rule quiet: for this long, or without it until it is resumed. Raises NotFound, BadInput."""
        self.standing(rule_id)
        now = self._clock.now()
        edit = Edit(rule_id=rule_id, author=author, reason=comment, channel="web").checked()
        hold = RuleHold(
            rule_id=rule_id,
            kind="snooze" if last else "pause",
            author=edit.author,
            comment=edit.reason,
            at=now,
            until=now + last if last else None,
        )
        with self._store().write() as tx:
            tx.rule_states.hold(hold)

    def resume(self, rule_id: str, *, author: str) -> int:
        """End what keeps a rule quiet. Return how many snoozes and pauses that were."""
        with self._store().write() as tx:
            return tx.rule_states.resume(rule_id, author=author, now=self._clock.now())

    def history(self, rule_id: str) -> list[RuleVersion]:
        """Return every text the rule had, newest first. Raises NotFound for an id no rule ever had."""
        self.note()
        with self._store().read() as tx:
            found = tx.rules.history(rule_id)
        if not found:
            raise NotFound(f"no rule {rule_id!r} was ever read", hint="`tocsin rules check --json` lists them")
        return found

    def version(self, rule_id: str, number: int) -> RuleVersion:
        """Return one of them. Raises NotFound."""
        found = next((version for version in self.history(rule_id) if version.number == number), None)
        if found is None:
            raise NotFound(f"{rule_id} has no version {number}", hint=f"`tocsin rules history {rule_id}` lists them")
        return found

    def note(self) -> None:
        """Keep what changed in the files on record; look what is asked for in vain, and at other machines' files."""
        if self._noter is not None:
            self._noter.note()
        self._missing.look()

    @property
    def missing(self) -> Sequence[BadRule]:
        """The rules that subscriptions ask for and no file has, as of the last `note`."""
        return self._missing.found

    def look_for_missing(self) -> Sequence[BadRule]:
        """Return those of now, without noting anything."""
        return self._missing.look()

    @property
    def apart(self) -> Sequence[BadRule]:
        """Where this machine's files differ from those that another one accepted; each acts on its own."""
        return self._noter.apart if self._noter else ()

    def accept(self) -> bool:
        """Make this machine's files the accepted ones, whatever other machines have. True if that changed anything."""
        if self._noter is None:
            raise Unwritable("the rule files are on another machine", hint="accept them there", patch="")
        return self._noter.accept()


def _written(file: str, rule_id: str) -> str:
    """Return the rule as it stands in a file that may be bad otherwise; "" where it cannot be found."""
    try:
        return find(read_file(Path(file)).text, rule_id).text.rstrip() + "\n"
    except BadRule:
        return ""


def _identity(rule: Rule | None, rule_id: str, rules: RuleSet) -> list[BadRule]:
    """Say what is wrong with a text's id: another than the rule's, or one that is taken."""
    if rule is None or rule.rule_id == rule_id:
        return []
    if rule_id:
        hint = f"leave it at {rule_id}: what was sent is filed under it"
        return [BadRule("the id of a rule cannot be changed", hint=hint, code="E162", line=1, column=1)]
    taken = [known for known in rules.rules if known.rule_id == rule.rule_id]
    hint = "give this rule an id of its own"
    return [BadRule(f"the id {rule.rule_id!r} is taken", hint=hint, code="E155", line=1, column=1) for _ in taken]
