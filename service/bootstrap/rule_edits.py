"""Edits of watch rules as values, and why one is not made."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.adapters.rulefiles import rule_hash, shown
from service.core.errors import BadInput, BadRule
from service.core.rules import Rule, Trial
from service.ports.versions import RuleChannel

LONGEST_AUTHOR, LONGEST_REASON = 100, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What somebody wants of a rule. `text` None removes it; no `base` (the hash of what was seen) adds it.

    `file` is the name of the rule file a new rule goes to.
    """

    rule_id: str
    author: str
    channel: RuleChannel
    reason: str
    text: str | None = None
    base: str = ""
    file: str = ""

    def with_text(self, text: str | None) -> "Edit":
        """Return the edit with this text."""
        return replace(self, text=text)

    def checked(self) -> "Edit":
        """Return the edit with its words in order. Raises BadInput where it does not say who and why."""
        author, reason = " ".join(self.author.split()), " ".join(self.reason.split())
        if not author or len(author) > LONGEST_AUTHOR:
            raise BadInput("the edit does not say whose it is", hint=f"a name of at most {LONGEST_AUTHOR} characters")
        if not reason or len(reason) > LONGEST_REASON:
            raise BadInput("the edit gives no reason", hint=f"say why, in at most {LONGEST_REASON} characters")
        return replace(self, author=author, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of an edit. `base` is the hash of the rule as it stands now, `patch` what changed in the file.

    `copied`: a shipped file was copied to the operator's folder, where it now stands in place of the shipped one.
    """

    rule_id: str
    file: str
    base: str
    patch: str
    copied: bool = False

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return bool(self.patch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A rule as its file has it now. `rule` is what is in force: an older text, or none, while the file is bad."""

    rule_id: str
    rule: Rule | None
    text: str
    file: str

    @property
    def base(self) -> str:
        """What an edit of this text is based on."""
        return rule_hash(self.text)

    @property
    def is_in_force(self) -> bool:
        """Whether the text is the one that rules."""
        return self.rule is not None and rule_hash(self.rule.text) == self.base


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one rule's text is worth: places count within the text. `rule` is None where it cannot be read."""

    rule: Rule | None
    errors: Sequence[BadRule] = ()
    warnings: Sequence[BadRule] = ()
    trials: Sequence[Trial] = ()

    @property
    def passed(self) -> bool:
        """Whether it may be saved."""
        return self.rule is not None and not self.errors and all(trial.passed for trial in self.trials)


class Refused(BadRule):
    """The edit would break something; `errors` are all the reasons, each at its place. Nothing was changed."""

    def __init__(self, rule_id: str, errors: Sequence[BadRule]) -> None:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{rule_id} is not saved: {errors[0].message}{more}", hint=errors[0].hint, code=errors[0].code)
        self.errors = tuple(errors)


class Conflict(BadRule):
    """The rule was changed meanwhile: `base` is what the edit was based on, `theirs` what stands now, `yours` the edit.

    `base` is empty where that text was never kept, `theirs` where the rule was removed.
    """

    def __init__(self, rule_id: str, *, base: str, theirs: str, yours: str) -> None:
        what = "changed" if theirs else "removed"
        super().__init__(
            f"the rule {rule_id!r} was {what} meanwhile", hint="look at what it says now, then save again", code="E161"
        )
        self.base, self.theirs, self.yours = (shown(text) if text else "" for text in (base, theirs, yours))
        self.theirs_base = rule_hash(theirs) if theirs else ""


class Unwritable(BadRule):
    """The files may not be written here; `patch` is the edit as a unified diff, for whoever may."""

    def __init__(self, message: str, *, hint: str, patch: str) -> None:
        super().__init__(message, hint=hint, code="E163")
        self.patch = patch


def unified(before: str, after: str, name: str) -> str:
    """Return the difference of two texts as `patch -p1` and `git apply` take it; empty where there is none."""
    lines = difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Return lines with their ends. Only a line feed ends one: other breaks of Unicode are part of a text."""
    return [line for line in re.split(r"(?<=\n)", text) if line]
