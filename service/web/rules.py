"""The watch rules: what each is for, how loud it is, and what it did lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.core.rules import Rule, lint
from service.ports.rules import RuleFigures, RuleHold
from service.web import session
from service.web.pages import page, site_of
from service.web.site import Site

DAY, MONTH = timedelta(days=1), timedelta(days=30)
STATES = {"active": ("Active", "sent"), "draft": ("Draft", "new"), "paused": ("Paused", "hold")}
LOUD = {"critical": ("Critical", "out"), "warning": ("Warning", "hold"), "info": ("Info", "")}
LINTED = 2_000

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule in one row. `day` and `month` are what it did in the last day and the last 30."""

    rule_id: str
    title: str
    state: str
    state_class: str
    severity: str
    severity_class: str
    owner: str
    file: str
    day: RuleFigures
    month: RuleFigures
    warnings: int
    held: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleList:
    """All the page says."""

    rows: Sequence[RuleRow]
    counts: str
    off: str


@router.get("/rules")
def rules(request: Request, site: Annotated[Site, Depends(site_of)]) -> Response:
    """List the rules in force, drafts and paused ones among them."""
    found = site.desk.current.rules
    now = site.clock.now()
    with site.store.read() as tx:
        holds, day, month = (
            tx.rule_states.holds(now),
            tx.rule_states.figures(now - DAY),
            tx.rule_states.figures(now - MONTH),
        )
    unwise = [warning.message.partition(":")[0] for warning in lint(found)] if len(found) <= LINTED else []
    rows = [
        _row(
            rule,
            day=day.get(rule.rule_id, RuleFigures()),
            month=month.get(rule.rule_id, RuleFigures()),
            warnings=unwise.count(rule.rule_id),
            held=holds.get(rule.rule_id, ()),
        )
        for rule in found
    ]
    counts = ", ".join(f"{n} {words.lower()}" for state, (words, _) in STATES.items() if (n := _count(found, state)))
    view = RuleList(rows=rows, counts=counts, off=off(site))
    return page(request, "rules", view, section="Rules")


def off(site: Site) -> str:
    """Say how to switch editing on, where it is off."""
    return "" if site.operators.any() else session.NOBODY


def _count(rules: Sequence[Rule], state: str) -> int:
    return sum(rule.state == state for rule in rules)


def _row(rule: Rule, *, day: RuleFigures, month: RuleFigures, warnings: int, held: Sequence[RuleHold]) -> RuleRow:
    state, state_class = STATES[rule.state]
    severity, severity_class = LOUD[rule.severity]
    return RuleRow(
        rule_id=rule.rule_id,
        title=rule.title,
        state=state,
        state_class=state_class,
        severity=severity,
        severity_class=severity_class,
        owner=rule.owner,
        file=Path(rule.file).name,
        day=day,
        month=month,
        warnings=warnings,
        held=hold_words(held[0]) if held else "",
    )


def hold_words(hold: RuleHold) -> str:
    """Return `Snoozed until 22 Nov 18:00 by ada`."""
    if hold.until is None:
        return f"Held by {hold.author}"
    return f"Snoozed until {hold.until.day} {hold.until:%b %H:%M} by {hold.author}"
