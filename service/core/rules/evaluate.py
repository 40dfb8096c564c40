"""Does a rule hold for a subject, and why. One evaluator for live matching, tests, preview and explanations.

A rule holds for an event when it holds for the event's facts together with the words of at least one of its accounts.
Not of all accounts thrown together: words of two outlets would meet in an AND that neither wrote, and one live blog
that mentions a strike over pay would make `NOT $labour` hide an attack that four others report. So an event that is
matched stays matched, whatever further accounts say, as long as its facts do not change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.core.event import Event
from service.core.rules.found import found
from service.core.rules.look import HOLDS, Holds
from service.core.rules.rule import Rule
from service.core.rules.subject import Reading, Subject
from service.core.rules.syntax import And, Leaf, ListRef, Not, Or, Query, Term, format_query

GRAVEST_FIRST = {"critical": 0, "warning": 1, "info": 2}
_WIDEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One line of an explanation, and what stands under it."""

    passed: bool
    label: str
    found: str = ""
    parts: "tuple[Node, ...]" = ()

    def lines(self, indent: int = 0) -> list[str]:
        """Return this node and all below, two spaces deeper each."""
        text = f"{'  ' * indent}{'PASS' if self.passed else 'FAIL'} {self.label}"
        own = f"{text}: {self.found}" if self.found else text
        return [own, *(line for part in self.parts for line in part.lines(indent + 1))]

    def passes(self) -> int:
        """Count what passes, here and below."""
        return self.passed + sum(part.passes() for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Whether a rule holds for a subject. `text` is the place in `subject.texts` of the account that made it hold.

    It is None where the facts alone decided, and where nothing did.
    """

    matched: bool
    rule: Rule
    subject: Subject
    text: int | None = None

    @property
    def tree(self) -> Node:
        """Every part of the rule with PASS or FAIL; where it fails, for the account that comes nearest."""
        if self.text is not None:
            return explain(self.rule.query, self.subject, self.subject.reading(self.text))
        return max((explain(self.rule.query, self.subject, one) for one in self.subject.readings()), key=Node.passes)

    @property
    def outlet(self) -> str:
        """Who told what made the rule hold; empty where the facts alone did."""
        return self.subject.texts[self.text].outlet if self.text is not None else ""

    def explain(self) -> str:
        """Return the tree as text, one line each."""
        return "\n".join(self.tree.lines())


def match(rule: Rule, subject: Subject) -> Match:
    """Hold one rule against one subject, whatever state the rule is in."""
    by_facts = truth(rule.query, subject.event, None)
    if by_facts is not None:
        return Match(matched=by_facts, rule=rule, subject=subject)
    for number, reading in enumerate(subject.readings()):
        if truth(rule.query, subject.event, reading):
            return Match(matched=True, rule=rule, subject=subject, text=number)
    return Match(matched=False, rule=rule, subject=subject)


def is_met(query: Query, subject: Subject) -> bool:
    """Say whether a query holds, as `match` does, without saying by which account."""
    event, holds = subject.event, _TRUTH[type(query)]
    if len(subject.accounts) > 1 and event is not None and holds(query, event, None) is False:
        return False  # the facts alone settle it, however many accounts there are to read
    for reading in subject.readings():  # noqa: SIM110  most of the time there is one, and any() costs more than it
        if holds(query, event, reading):
            return True
    return False


def matching(rules: Sequence[Rule], subject: Subject) -> list[Rule]:
    """Return the active rules that hold, the gravest first, else in the given order."""
    held = [rule for rule in rules if rule.state == "active" and is_met(rule.query, subject)]
    return sorted(held, key=lambda rule: GRAVEST_FIRST[rule.severity])


def truth(query: Query, event: Event | None, reading: Reading | None) -> bool | None:
    """Say whether a query holds. Without a reading, None where that depends on the words."""
    return _TRUTH[type(query)](query, event, reading)


def _and(query: And, event: Event | None, reading: Reading | None) -> bool | None:
    known: bool | None = True
    for part in query.parts:
        held = _TRUTH[type(part)](part, event, reading)
        if held is False:
            return False
        if held is None:
            known = None
    return known


def _or(query: Or, event: Event | None, reading: Reading | None) -> bool | None:
    known: bool | None = False
    if query.single:
        if reading is None:
            known = None
        elif reading.words.has_any(query.single):
            return True
    for part in query.rest:
        held = _TRUTH[type(part)](part, event, reading)
        if held:
            return True
        if held is None:
            known = None
    return known


def _not(query: Not, event: Event | None, reading: Reading | None) -> bool | None:
    held = _TRUTH[type(query.part)](query.part, event, reading)
    return None if held is None else not held


_TRUTH: Mapping[type, Holds] = {**HOLDS, And: _and, Or: _or, Not: _not}


def explain(query: Query, subject: Subject, reading: Reading) -> Node:
    """Return the tree of a query over one account, every part looked at."""
    match query:
        case And(parts=parts):
            nodes = tuple(explain(part, subject, reading) for part in parts)
            return Node(passed=all(node.passed for node in nodes), label="all of", parts=nodes)
        case Or(parts=parts) if all(isinstance(part, Term) for part in parts):
            return _any_word(f"any of {len(parts)} words", parts, subject, reading)
        case Or(parts=parts):
            nodes = tuple(explain(part, subject, reading) for part in parts)
            return Node(passed=any(node.passed for node in nodes), label="any of", parts=nodes)
        case Not(part=part):
            node = explain(part, subject, reading)
            return Node(passed=not node.passed, label="NOT", parts=(node,))
        case _:
            passed = bool(truth(query, subject.event, reading))
            return Node(passed=passed, label=_label(query), found=found(query, subject.event, reading))


def _any_word(label: str, terms: Sequence[Query], subject: Subject, reading: Reading) -> Node:
    there = [term for term in terms if truth(term, subject.event, reading)]
    names = ", ".join(format_query(term) for term in there)
    return Node(passed=bool(there), label=label, found=names)


def _label(leaf: Leaf) -> str:
    if isinstance(leaf, ListRef):
        return f"any of {len(leaf.terms)} words in ${leaf.name}"
    text = format_query(leaf)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
