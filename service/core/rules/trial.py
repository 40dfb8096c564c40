"""A rule's own tests, run with the evaluator that runs live."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from service.core.errors import BadRule
from service.core.rules.evaluate import Match, match
from service.core.rules.rule import Rule, RuleSet, RuleTest
from service.core.rules.subject import Draft, Subject

Stored = Callable[[int], Sequence[Subject]]
"""An entry's id to what it is part of: a subject for each event it tells of, or the entry alone; none if unknown."""
Counted = Callable[[Rule, timedelta], int]
"""A rule and a stretch of time to how many events it held for in the last such stretch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How one test went. `match` is None for a test pinned to a stored entry where there is no store to ask.

    `missing` says that there is one, and that it does not have the entry.
    """

    rule: Rule
    test: RuleTest
    match: Match | None
    missing: bool = False

    @property
    def run(self) -> bool:
        """Whether it could be run."""
        return self.match is not None or self.missing

    @property
    def passed(self) -> bool:
        """Whether the rule did what the test wants; true for one that could not be run here."""
        return not self.missing and (self.match is None or self.match.matched == self.test.fires)

    @property
    def name(self) -> str:
        """What was tried, for people."""
        on = f"entry {self.test.entry_id}" if self.test.entry_id is not None else repr(self.test.text or "this event")
        return f"{'fires' if self.test.fires else 'stays silent'} on {on}"

    def finding(self) -> BadRule:
        """Return what to say of a test that failed, at its own line."""
        wanted = "fire" if self.test.fires else "stay silent"
        on = f"entry {self.test.entry_id}" if self.test.entry_id is not None else repr(self.test.text or "this event")
        message = f"test failed: {self.rule.rule_id} should {wanted} on {on}"
        hint = "correct the rule or the test; the tree says why"
        if self.missing:
            message = f"test failed: there is no {on} for {self.rule.rule_id}"
            hint = "pin another entry, or write its text into the test"
        return BadRule(message, hint=hint, code="E170", file=self.rule.file, line=self.test.line, column=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How a rule's noise budget went: how often it held over the time its `expect` names."""

    rule: Rule
    count: int

    @property
    def passed(self) -> bool:
        """Whether it held as often as it should."""
        wanted = self.rule.expect
        low, high = (wanted.at_least, wanted.at_most) if wanted else (None, None)
        return (low is None or self.count >= low) and (high is None or self.count <= high)

    @property
    def name(self) -> str:
        """What was wanted, for people."""
        wanted = self.rule.expect
        bounds = [("at least", wanted.at_least), ("at most", wanted.at_most)] if wanted else []
        days = wanted.last / timedelta(days=1) if wanted else 0
        return f"{' and '.join(f'{how} {many}' for how, many in bounds if many is not None)} in {days:g} days"

    def finding(self) -> BadRule:
        """Return what to say of a budget that is broken."""
        message = f"noise budget: {self.rule.rule_id} held for {self.count} events, wanted {self.name}"
        hint = "narrow or widen the rule, or correct expect"
        return BadRule(message, hint=hint, code="E171", file=self.rule.file, line=self.rule.line, column=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a whole set is worth: its errors, and how the tests beside its rules and its noise budgets went."""

    rules: RuleSet
    trials: tuple[Trial, ...]
    budgets: tuple[Budget, ...] = ()

    @property
    def findings(self) -> tuple[BadRule, ...]:
        """Everything that is wrong with what could be read, in order of place."""
        failed = [trial.finding() for trial in self.trials if not trial.passed]
        broken = [budget.finding() for budget in self.budgets if not budget.passed]
        return tuple(sorted([*self.rules.errors, *failed, *broken], key=lambda error: (error.file, error.line or 0)))


def check_rules(rules: RuleSet, *, stored: Stored | None = None, counted: Counted | None = None) -> Checked:
    """Run every test of every rule of a set, whatever state the rules are in.

    Tests pinned to stored entries want `stored`, noise budgets `counted`; without, they are left out.
    """
    return Checked(
        rules=rules,
        trials=tuple(trial for rule in rules.rules for trial in trials(rule, stored)),
        budgets=tuple(
            Budget(rule=rule, count=counted(rule, rule.expect.last)) for rule in rules.rules if counted and rule.expect
        ),
    )


def trials(rule: Rule, stored: Stored | None = None) -> list[Trial]:
    """Run every test beside the rule."""
    return [_run(rule, test, stored) for test in rule.tests]


def _run(rule: Rule, test: RuleTest, stored: Stored | None) -> Trial:
    if test.entry_id is None:
        draft = Draft(title=test.text, content=test.body, outlet=test.source, lang=test.lang)
        return Trial(rule=rule, test=test, match=match(rule, Subject(event=test.event, accounts=(draft,))))
    if stored is None:
        return Trial(rule=rule, test=test, match=None)
    found = [match(rule, subject) for subject in stored(test.entry_id)]
    best = max(found, key=lambda one: one.matched, default=None)
    return Trial(rule=rule, test=test, match=best, missing=best is None)
