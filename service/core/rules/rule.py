"""A watch rule as a value, with all that its file says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from service.core.errors import BadRule
from service.core.event import Event
from service.core.rules.syntax import Query, Term

RuleState = Literal["draft", "active", "paused"]
RuleSeverity = Literal["info", "warning", "critical"]
On = Literal["event", "article"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What makes a rule fire again for an event it fired for: a number grown `by` so much, or a fact changed (None)."""

    field: str
    by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """How often a rule should fire over the `last` stretch of history; None is no bound."""

    last: timedelta
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One test beside a rule: a headline, its body and the facts, and whether the rule fires on them.

    A test that names an `entry_id` instead is pinned to a stored entry and needs the store to be run.
    """

    fires: bool
    text: str = ""
    body: str = ""
    source: str = ""
    lang: str | None = None
    event: Event | None = None
    entry_id: int | None = None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A watch rule. `text` is its own YAML, `query_text` what was parsed; `file` and `line` say where it stands.

    Only an `active` rule sends; a `draft` counts. `severity` is how loud the rule is, not how grave an event.
    """

    rule_id: str
    title: str
    query: Query
    query_text: str = ""
    on: On = "event"
    state: RuleState = "active"
    severity: RuleSeverity = "info"
    owner: str = ""
    notify: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    cooldown: timedelta | None = None
    refire_when: tuple[Trigger, ...] = ()
    max_per_hour: int | None = None
    expect: Expect | None = None
    tests: tuple[RuleTest, ...] = ()
    file: str = ""
    line: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules as of one reading, whole. `files` are the rule files that were looked at, in the order they count.

    `errors` are what could not be used, by place; `unreadable` are the files nobody could open.
    """

    rules: tuple[Rule, ...] = ()
    errors: tuple[BadRule, ...] = ()
    unreadable: tuple[BadRule, ...] = ()
    lists: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    @property
    def active(self) -> tuple[Rule, ...]:
        """The rules that send."""
        return tuple(rule for rule in self.rules if rule.state == "active")
