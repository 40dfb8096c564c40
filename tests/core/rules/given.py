"""Values the rule tests speak with. Outlets are fictional."""

from datetime import UTC, datetime
from typing import Any

from service.core.event import Event
from service.core.report import Place
from service.core.rules import Draft, Rule, Subject, Term, match, parse_query, parse_term

WHEN = datetime(2026, 1, 5, 8, tzinfo=UTC)
LISTS: dict[str, tuple[Term, ...]] = {
    "strike_words": tuple(parse_term(item) for item in ("strike", "strikes", "shell*", "air raid")),
    "labour": (parse_term("union"), parse_term("pay")),
}
KHARKIV = Place(name="Kharkiv", country="UA", lat=49.99, lon=36.23, precision="city", admin="07")


def event(**facts: Any) -> Event:
    """Return a strike with these facts."""
    given = {"event_id": 1, "kind": "strike", "headline": "", "first_seen": WHEN, "last_seen": WHEN, **facts}
    return Event(**given)


def told(title: str = "", content: str = "", *, outlet: str = "Northern Wire", lang: str | None = "en") -> Draft:
    """Return one account's words."""
    return Draft(title=title, content=content, outlet=outlet, lang=lang)


def rule(query: str, **more: Any) -> Rule:
    """Return an active rule with this query."""
    return Rule(rule_id=more.pop("rule_id", "r"), title="R", query=parse_query(query, LISTS), **more)


def holds(query: str, *accounts: Draft, of: Event | None = None) -> bool:
    """Say whether the query holds for an event told so."""
    return match(rule(query), Subject(event=of, accounts=accounts)).matched
