"""Watch rules for tests, from their text."""

from service.core.rules import Rule, parse_query


def rule(rule_id: str, query: str) -> Rule:
    """Return an active rule that matches this query."""
    return Rule(rule_id=rule_id, title=rule_id, query=parse_query(query), state="active")
