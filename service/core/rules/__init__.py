"""Watch rules: what an operator wants to hear of, as text that is read, explained, tested and held against events.

    text  --parse_query-->  query  --match(rule, subject)-->  matched, and a tree that says why

One evaluator serves live matching, tests, preview and explanation, so that they cannot disagree.
"""

from service.core.rules.because import Because, because
from service.core.rules.evaluate import Match, Node, match, matching
from service.core.rules.facts import FACTS, event_of
from service.core.rules.firing import Fired, Firing, FiringCode, group_of, marks, may_send
from service.core.rules.index import RuleIndex
from service.core.rules.keys import Clause, clauses, keys_of
from service.core.rules.lint import History, lint
from service.core.rules.parse import parse_query
from service.core.rules.rule import Expect, Rule, RuleSet, RuleTest, Trigger
from service.core.rules.settings import SETTINGS
from service.core.rules.severity import severity
from service.core.rules.subject import Draft, Subject
from service.core.rules.syntax import Query, Term, format_query
from service.core.rules.terms import parse_term
from service.core.rules.trial import Budget, Checked, Counted, Stored, Trial, check_rules, trials
from service.core.rules.where import countries

__all__ = [
    "FACTS",
    "SETTINGS",
    "Because",
    "Budget",
    "Checked",
    "Clause",
    "Counted",
    "Draft",
    "Expect",
    "Fired",
    "Firing",
    "FiringCode",
    "History",
    "Match",
    "Node",
    "Query",
    "Rule",
    "RuleIndex",
    "RuleSet",
    "RuleTest",
    "Stored",
    "Subject",
    "Term",
    "Trial",
    "Trigger",
    "because",
    "check_rules",
    "clauses",
    "countries",
    "event_of",
    "format_query",
    "group_of",
    "keys_of",
    "lint",
    "marks",
    "match",
    "matching",
    "may_send",
    "parse_query",
    "parse_term",
    "severity",
    "trials",
]
