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

from service.adapters.rulefiles import RULE_KEYS, shown, with_test
from service.bootstrap.rule_edits import Conflict, Edit, Refused, Standing, Unwritable
from service.bootstrap.rule_trying import LONGEST_TEXT
from service.core.errors import BadInput, NotFound
from service.core.rules.fields import CHOICES, COUNTRIES, FIELDS, NUMBERS
from service.web import session
from service.web.pages import page, site_of
from service.web.rule_look import Look, look_at
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
    about: str = ""
    words: Sequence[tuple[str, str]] = ()
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
    days: int = 30
    csrf: str = field(default="", repr=False)
    do: str = "check"


def form_of(
    *,
    text: Annotated[str, Form(max_length=LONGEST_RULE)] = "",
    base: Annotated[str, Form(max_length=64)] = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
    tried: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
    csrf: Annotated[str, Form(max_length=64)] = "",
    days: Annotated[int, Form(ge=1, le=366)] = 30,
    do: Annotated[Literal["check", "save", "remove"], Form()] = "check",
    pin: Annotated[str, Form(pattern=r"^(\d{1,18}:(yes|no))?$")] = "",
) -> RuleForm:
    """Read the form. Browsers send line ends as Windows has them. `pin` wants a stored entry as a test of the rule."""
    text = text.replace("\r\n", "\n")
    if pin:
        entry_id, _, wanted = pin.partition(":")
        text, do = with_test(text, int(entry_id), fires=wanted == "yes"), "check"
    return RuleForm(text=text, base=base, reason=reason, tried=tried, days=days, csrf=csrf, do=do)


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
    text = None if form.do == "remove" else form.text
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
    look = look_at(
        site,
        form.text,
        rule_id=standing.rule_id if standing else "",
        saved=standing.text if standing else "",
        days=form.days,
        tried=form.tried,
        can_edit=session.signed_in(request) is not None,
    )
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
        about=_about(site, standing),
        words=_words(site),
        old=bool(standing and standing.text and not standing.is_in_force),
        said=said,
        refused=refused,
        conflict=conflict,
        patch=patch,
    )
    return page(request, "rule", view, section="Rules", status=status)


def _about(site: Site, standing: Standing | None) -> str:
    """Say who edited the rule last."""
    if standing is None:
        return "It goes to own.yaml."
    last = next(iter(site.desk.history(standing.rule_id)), None) if standing.text else None
    if last is None:
        return f"In {Path(standing.file).name}."
    return f"In {Path(standing.file).name}. Last edited by {last.author}, {last.at.day} {last.at:%B %Y}."


def _words(site: Site) -> list[tuple[str, str]]:
    """Return what an editor can complete: names by what they are."""
    return [
        ("field", " ".join(f"{name}:" for name in FIELDS)),
        ("number", " ".join(NUMBERS)),
        ("list", " ".join(f"${name}" for name in sorted(site.desk.current.lists))),
        ("key", " ".join(RULE_KEYS)),
        *((name, " ".join(values)) for name, values in CHOICES.items()),
        ("country", " ".join(sorted(COUNTRIES))),
    ]


def _held(site: Site, standing: Standing | None) -> list[str]:
    if standing is None:
        return []
    with site.store.read() as tx:
        found = tx.rule_states.holds(site.clock.now()).get(standing.rule_id, ())
    return [f"{hold_words(hold)}: {hold.comment}" for hold in found]
