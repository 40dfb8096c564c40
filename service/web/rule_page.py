"""One watch rule: its text, what it is worth, what it would have done; editing it for those who are signed in.

The text area is the truth, and everything is a plain form: script only saves pressing Check.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.adapters.rulefiles import pointed, shown
from service.bootstrap.rule_edits import Checked, Conflict, Edit, Refused, Standing, Unwritable, unified
from service.bootstrap.rule_trying import LONGEST_TEXT, Tried
from service.core.errors import BadInput, BadRule, NotFound
from service.core.rules import Trial
from service.pipeline.preview import Preview
from service.web import session
from service.web.pages import page, site_of
from service.web.rules import LOUD, STATES, hold_words, off
from service.web.session import Operator
from service.web.site import Site

LONGEST_RULE = 50_000
NEW = """id: my-rule
title: What this rule is for
match: >-
  kind:strike AND country:UA
severity: info
state: draft
owner: desk
tests:
  - {text: Drone hits power station, event: {kind: strike, country: UA}, fires: true}
"""
SNOOZES: Mapping[str, timedelta | None] = {
    "1h": timedelta(hours=1),
    "8h": timedelta(hours=8),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "pause": None,
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An error or a warning; `excerpt` is its line of the text with a caret below."""

    place: str
    code: str
    message: str
    hint: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the text in the form is worth. `verdict` is one line; `diff` against what is saved."""

    verdict: str
    fine: bool
    errors: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()
    trials: Sequence[tuple[bool, str, Sequence[str]]] = ()
    preview: Preview | None = None
    diff: Sequence[str] = ()
    tried: Tried | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """All the page says. A rule without `rule_id` is a new one. `said` is what came of the last press of a button."""

    rule_id: str
    title: str
    look: Look
    off: str
    form: "RuleForm"
    tags: Sequence[tuple[str, str]] = ()
    file: str = ""
    action: str = ""
    held: Sequence[str] = ()
    old: bool = False
    said: str = ""
    refused: Sequence[str] = ()
    conflict: Conflict | None = None
    patch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm:
    """What the form holds."""

    text: str
    base: str = ""
    reason: str = ""
    tried: str = ""
    csrf: str = field(default="", repr=False)
    do: str = "check"


def form_of(
    *,
    text: Annotated[str, Form(max_length=LONGEST_RULE)] = "",
    base: Annotated[str, Form(max_length=64)] = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
    tried: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
    csrf: Annotated[str, Form(max_length=64)] = "",
    do: Annotated[Literal["check", "save", "remove"], Form()] = "check",
) -> RuleForm:
    """Read the form. Browsers send line ends as Windows has them."""
    text = text.replace("\r\n", "\n")
    return RuleForm(text=text, base=base, reason=reason, tried=tried, csrf=csrf, do=do)


SiteOf = Annotated[Site, Depends(site_of)]
FormOf = Annotated[RuleForm, Depends(form_of)]


@router.get("/new-rule")
def new(request: Request, site: SiteOf) -> Response:
    """Show a form with a rule to begin from."""
    return _page(request, site, None, RuleForm(text=NEW))


@router.get("/rules/{rule_id}")
def rule(request: Request, rule_id: str, site: SiteOf, saved: str = "") -> Response:
    """Show a rule. Changes nothing."""
    standing = site.desk.standing(rule_id)
    said = "Saved, and in force." if saved else ""
    return _page(request, site, standing, RuleForm(text=shown(standing.text), base=standing.base), said=said)


@router.post("/new-rule")
def add(request: Request, site: SiteOf, form: FormOf) -> Response:
    """Check a new rule, or save it."""
    return _act(request, site, None, form)


@router.post("/rules/{rule_id}")
def change(request: Request, rule_id: str, site: SiteOf, form: FormOf) -> Response:
    """Check an edited rule, save it, or remove it."""
    try:
        standing = site.desk.standing(rule_id)
    except NotFound:
        if form.do == "check":
            raise
        standing = Standing(rule_id=rule_id, rule=None, text="", file="")  # removed meanwhile: saving says so
    return _act(request, site, standing, form)


@router.post("/rules/{rule_id}/quiet")
def quiet(
    request: Request,
    rule_id: str,
    *,
    site: SiteOf,
    csrf: Annotated[str, Form()] = "",
    last: Annotated[str, Form()] = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Snooze or hold a rule, or let it speak again."""
    who = session.operator(request, csrf)
    if last == "resume":
        site.desk.resume(rule_id, author=who.name)
    elif last in SNOOZES:
        site.desk.hold(rule_id, author=who.name, comment=reason or "from its page", last=SNOOZES[last])
    else:
        raise BadInput("say for how long", hint=f"one of {', '.join(SNOOZES)}, resume")
    return RedirectResponse(f"/rules/{rule_id}", HTTPStatus.SEE_OTHER)


def _act(request: Request, site: Site, standing: Standing | None, form: RuleForm) -> Response:
    who = session.operator(request, form.csrf)
    if form.do == "check":
        return _page(request, site, standing, form)
    try:
        saved = site.desk.save(_edit(site, standing, form, who))
    except Refused as error:
        refused = [fault.located() for fault in error.errors]
        return _page(request, site, standing, form, HTTPStatus.UNPROCESSABLE_ENTITY, said=str(error), refused=refused)
    except Conflict as error:
        return _page(request, site, standing, form, HTTPStatus.CONFLICT, said=str(error), conflict=error)
    except Unwritable as error:
        return _page(request, site, standing, form, HTTPStatus.CONFLICT, said=str(error), patch=error.patch)
    except BadInput as error:
        return _page(request, site, standing, form, HTTPStatus.UNPROCESSABLE_ENTITY, said=str(error))
    target = "/rules" if form.do == "remove" else f"/rules/{saved.rule_id}?saved=1"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


def _edit(site: Site, standing: Standing | None, form: RuleForm, who: Operator) -> Edit:
    """Put the form into an edit. A new rule is called what its text says."""
    if standing is None:
        checked = site.desk.check(form.text)
        if checked.rule is None or checked.errors:
            raise Refused("the new rule", list(checked.errors))
        rule_id = checked.rule.rule_id
    else:
        rule_id = standing.rule_id
    text = "" if form.do == "remove" else form.text
    base = form.base or (standing.base if standing else "")
    return Edit(rule_id=rule_id, text=text, base=base, author=who.name, channel="web", reason=form.reason)


def _page(
    request: Request,
    site: Site,
    standing: Standing | None,
    form: RuleForm,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    said: str = "",
    refused: Sequence[str] = (),
    conflict: Conflict | None = None,
    patch: str = "",
) -> Response:
    look = _look(site, standing, form)
    if "x-partial" in request.headers:
        return page(request, "rule_look", look, status=status)
    rule = standing.rule if standing else None
    view = RuleView(
        rule_id=standing.rule_id if standing else "",
        title=rule.title if rule else "New rule" if standing is None else standing.rule_id,
        look=look,
        off=off(site),
        form=form,
        tags=[STATES[rule.state], LOUD[rule.severity]] if rule else [],
        file=Path(standing.file).name if standing else "",
        action=f"/rules/{standing.rule_id}" if standing else "/new-rule",
        held=_held(site, standing),
        old=bool(standing and standing.text and not standing.is_in_force),
        said=said,
        refused=refused,
        conflict=conflict,
        patch=patch,
    )
    return page(request, "rule", view, section="Rules", status=status)


def _held(site: Site, standing: Standing | None) -> list[str]:
    if standing is None:
        return []
    with site.store.read() as tx:
        found = tx.rule_states.holds(site.clock.now()).get(standing.rule_id, ())
    return [f"{hold_words(hold)}: {hold.comment}" for hold in found]


def _look(site: Site, standing: Standing | None, form: RuleForm) -> Look:
    checked = site.desk.check(form.text, rule_id=standing.rule_id if standing else "")
    lines = form.text.split("\n")
    before = shown(standing.text) if standing and standing.text else ""
    rule = checked.rule
    return Look(
        verdict=_verdict(checked),
        fine=checked.passed,
        errors=[finding(error, lines) for error in checked.errors],
        warnings=[finding(warning, lines) for warning in checked.warnings],
        trials=[_trial(trial) for trial in checked.trials],
        preview=site.desk.preview(rule) if rule else None,
        diff=unified(before, shown(form.text), "rule").split("\n")[2:-1] if form.text.strip() else (),
        tried=site.desk.try_text(rule, form.tried) if rule and form.tried.strip() else None,
    )


def _verdict(checked: Checked) -> str:
    if checked.errors:
        first = checked.errors[0]
        return f"Line {first.line}, column {first.column}: {first.message}. {first.hint[:1].upper()}{first.hint[1:]}."
    failed = [trial for trial in checked.trials if not trial.passed]
    if failed:
        return f"{len(failed)} of {len(checked.trials)} tests fail: {failed[0].name}."
    ran = sum(trial.run for trial in checked.trials)
    return f"No errors. {ran} test{'' if ran == 1 else 's'} passed." if ran else "No errors. No test was run."


def finding(error: BadRule, lines: Sequence[str]) -> Finding:
    """Put an error about the text of a form into words."""
    place = f"{error.line}:{error.column}" if error.line else ""
    return Finding(place=place, code=error.code, message=error.message, hint=error.hint, excerpt=pointed(lines, error))


def _trial(trial: Trial) -> tuple[bool, str, Sequence[str]]:
    words = trial.name if trial.run else f"{trial.name} (not run: there is no store to ask)"
    return trial.passed, words, trial.match.tree.lines() if trial.match and not trial.passed else ()
