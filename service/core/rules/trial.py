"""A rule's own tests, run with the evaluator that runs live."""

from dataclasses import dataclass

from service.core.errors import BadRule
from service.core.rules.evaluate import Match, match
from service.core.rules.rule import Rule, RuleSet, RuleTest
from service.core.rules.subject import Draft, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How one test went. `match` is None for a test pinned to a stored entry, which needs the store."""

    rule: Rule
    test: RuleTest
    match: Match | None

    @property
    def passed(self) -> bool:
        """Whether the rule did what the test wants; true for one that could not be run here."""
        return self.match is None or self.match.matched == self.test.fires

    def finding(self) -> BadRule:
        """Return what to say of a test that failed, at its own line."""
        wanted = "fire" if self.test.fires else "stay silent"
        message = f"test failed: {self.rule.rule_id} should {wanted} on {self.test.text or 'this event'!r}"
        hint = "correct the rule or the test; the tree says why"
        return BadRule(message, hint=hint, code="E170", file=self.rule.file, line=self.test.line, column=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a whole set is worth: its errors, and how the tests beside its rules went."""

    rules: RuleSet
    trials: tuple[Trial, ...]

    @property
    def findings(self) -> tuple[BadRule, ...]:
        """Everything that is wrong with what could be read, in order of place."""
        failed = [trial.finding() for trial in self.trials if not trial.passed]
        return tuple(sorted([*self.rules.errors, *failed], key=lambda error: (error.file, error.line or 0)))


def check_rules(rules: RuleSet) -> Checked:
    """Run every test of every rule of a set, whatever state the rules are in."""
    return Checked(rules=rules, trials=tuple(trial for rule in rules.rules for trial in trials(rule)))


def trials(rule: Rule) -> list[Trial]:
    """Run every test beside the rule."""
    return [Trial(rule=rule, test=test, match=_run(rule, test)) for test in rule.tests]


def _run(rule: Rule, test: RuleTest) -> Match | None:
    if test.entry_id is not None:
        return None
    draft = Draft(title=test.text, content=test.body, outlet=test.source, lang=test.lang)
    return match(rule, Subject(event=test.event, accounts=(draft,)))
