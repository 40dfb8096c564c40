"""Watch rules for programs. A PUT says what it is based on, in If-Match; nobody overwrites what they have not seen."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header
from fastapi.responses import JSONResponse

from service.adapters.rulefiles import shown
from service.bootstrap.rule_edits import Conflict, Edit, Refused, Standing, Unwritable
from service.bootstrap.shown import preview_json
from service.core.codec import instant
from service.core.errors import BadInput, BadRule
from service.core.rules import Trial
from service.web.pages import site_of
from service.web.rule_page import LONGEST_RULE
from service.web.session import bearer
from service.web.site import Site

PROBLEM = "application/problem+json"

router = APIRouter(prefix="/api/v1/rules", dependencies=[Depends(bearer)])
SiteOf = Annotated[Site, Depends(site_of)]


Text = Annotated[str, Body(max_length=LONGEST_RULE, embed=True)]
Said = Annotated[str, Body(max_length=1000)]


@router.get("")
def rules(site: SiteOf) -> JSONResponse:
    """List the rules in force, and what is wrong with their files."""
    found = [
        {"id": rule.rule_id, "title": rule.title, "state": rule.state, "severity": rule.severity, "owner": rule.owner}
        for rule in site.desk.current.rules
    ]
    return JSONResponse({"rules": found, "errors": [fault_json(error) for error in site.desk.wrong]})


@router.post("/check")
def check(site: SiteOf, text: Text, rule_id: Annotated[str, Body(alias="id")] = "") -> JSONResponse:
    """Say what a text is worth, without saving it."""
    found = site.desk.check(text, rule_id=rule_id)
    body = {
        "ok": found.passed,
        "errors": [fault_json(error) for error in found.errors],
        "warnings": [fault_json(warning) for warning in found.warnings],
        "tests": [_trial_json(trial) for trial in found.trials],
    }
    return JSONResponse(body)


@router.post("/preview")
def preview(site: SiteOf, text: Text, rule_id: Annotated[str, Body(alias="id")] = "") -> JSONResponse:
    """Say what a text would have done in the last 30 days, against the rule of its id that is in force."""
    found = site.desk.check(text, rule_id=rule_id)
    if found.rule is None:
        return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, Refused("the text", list(found.errors)))
    seen = site.desk.preview(found.rule)
    body = preview_json(rule_id, seen) | {
        "alerts": len(seen.edited.alerts),
        "saved_alerts": len(seen.saved.alerts) if seen.saved else None,
    }
    return JSONResponse(body)


@router.get("/{rule_id}")
def rule(site: SiteOf, rule_id: str) -> JSONResponse:
    """Give a rule as its file has it; the ETag is what an edit is based on."""
    standing = site.desk.standing(rule_id)
    return JSONResponse(_standing_json(standing), headers={"ETag": f'"{standing.base}"'})


@router.get("/{rule_id}/history")
def history(site: SiteOf, rule_id: str) -> JSONResponse:
    """List every text the rule had, newest first."""
    found = [
        {
            "version": version.number,
            "at": instant(version.at),
            "author": version.author,
            "channel": version.channel,
            "reason": version.reason,
            "text": version.text,
        }
        for version in site.desk.history(rule_id)
    ]
    return JSONResponse(found)


@router.put("/{rule_id}")
def put(
    site: SiteOf,
    who: Annotated[str, Depends(bearer)],
    rule_id: str,
    *,
    text: Text,
    reason: Said = "",
    by: Said = "",
    if_match: Annotated[str, Header()] = "",
    if_none_match: Annotated[str, Header()] = "",
) -> JSONResponse:
    """Save a rule's text on top of the one If-Match names; `If-None-Match: *` adds a new rule.

    It is kept under the name of the token's operator; `by` counts with the token of the settings, which names nobody.
    """
    is_new = if_none_match.strip() == "*"
    base = base_of(if_match)
    if not base and not is_new:
        return no_base()
    edit = Edit(
        rule_id=rule_id,
        text=text,
        base="" if is_new else base,
        author=who or by or "api",
        channel="api",
        reason=reason,
    )
    try:
        saved = site.desk.save(edit)
    except Conflict as error:
        sides = {"base": error.base, "theirs": error.theirs, "yours": error.yours, "theirs_base": error.theirs_base}
        return refusal(HTTPStatus.CONFLICT, error, **sides)
    except Unwritable as error:
        return refusal(HTTPStatus.CONFLICT, error, patch=error.patch)
    except Refused as error:
        return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, error)
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    body = {"id": rule_id, "changed": saved.changed, "copied": saved.copied, "patch": saved.patch}
    return JSONResponse(body, status, headers={"ETag": f'"{saved.base}"'})


def fault_json(error: BadRule) -> dict[str, Any]:
    """Return code, message, hint and place."""
    about = {"code": error.code, "message": error.message, "hint": error.hint}
    return about | {"line": error.line, "column": error.column}


def _standing_json(standing: Standing) -> dict[str, Any]:
    rule = standing.rule
    return {
        "id": standing.rule_id,
        "text": shown(standing.text),
        "in_force": standing.is_in_force,
        "title": rule.title if rule else None,
        "state": rule.state if rule else None,
    }


def _trial_json(trial: Trial) -> dict[str, Any]:
    outcome = "skipped" if not trial.run else "passed" if trial.passed else "failed"
    return {"name": trial.name, "line": trial.test.line, "outcome": outcome}


def base_of(if_match: str) -> str:
    """Return the hash that an If-Match names."""
    return if_match.strip().removeprefix("W/").strip('"')


def no_base() -> JSONResponse:
    """Answer an edit that does not say what it is based on."""
    hint = "send the ETag of GET as If-Match, or If-None-Match: * for a new rule"
    return refusal(HTTPStatus.PRECONDITION_REQUIRED, BadInput("the edit does not say what it is based on", hint=hint))


def refusal(status: HTTPStatus, error: BadInput, **more: object) -> JSONResponse:
    """Answer with a problem document."""
    body: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": str(error)}
    body |= {"code": error.code} | more
    if isinstance(error, Refused):
        body["errors"] = [fault_json(fault) for fault in error.errors]
    return JSONResponse(body, status, media_type=PROBLEM)
