"""More of watch rules for programs: why one holds or not, keeping one quiet, taking one out and back."""

from dataclasses import asdict
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, Query
from fastapi.responses import JSONResponse

from service.bootstrap.rule_edits import Conflict, Edit, Refused, Saved, Unwritable
from service.bootstrap.subjects import subjects_of
from service.core.codec import instant
from service.core.errors import BadInput, NotFound
from service.core.rules import Draft, Subject, match
from service.core.rules.settings import duration
from service.web.pages import site_of
from service.web.rules_api import Said, base_of, no_base, refusal
from service.web.session import bearer
from service.web.site import Site

router = APIRouter(prefix="/api/v1/rules/{rule_id}", dependencies=[Depends(bearer)])
SiteOf = Annotated[Site, Depends(site_of)]
Who = Annotated[str, Depends(bearer)]
LAST_ID = 2**63 - 1
IfMatch = Annotated[str, Header()]
Reason = Annotated[str, Body(max_length=1000, embed=True)]


@router.get("/explain")
def explain(
    site: SiteOf,
    rule_id: str,
    *,
    event: Annotated[int | None, Query(ge=1, le=LAST_ID)] = None,
    entry: Annotated[int | None, Query(ge=1, le=LAST_ID)] = None,
    text: Annotated[str, Query(max_length=5000)] = "",
) -> JSONResponse:
    """Say why a rule holds or not for a stored event, a stored entry or a headline: what passed and what failed."""
    if (event is None) + (entry is None) + (not text) != 2:  # noqa: PLR2004  one of three
        raise BadInput("say what for", hint="one of event, entry and text")
    rule = site.desk.standing(rule_id).rule
    if rule is None:
        raise NotFound(f"no text of {rule_id!r} is in force", hint="mend its file")
    with site.store.read() as tx:
        if text:
            subjects = [Subject(accounts=(Draft(title=text),))]
        elif event is not None:
            subjects = [Subject(event=tx.events.get(event), accounts=tuple(tx.events.accounts(event)))]
        else:
            subjects = subjects_of(tx, entry or 0)
        found = max((match(rule, subject) for subject in subjects), key=lambda one: one.matched)
        body = {"rule": rule_id, "matched": found.matched, "outlet": found.outlet, "tree": asdict(found.tree)}
    return JSONResponse(body)


@router.post("/hold")
def hold(
    site: SiteOf,
    who: Who,
    rule_id: str,
    *,
    last: Annotated[str, Body(alias="for", max_length=10)] = "",
    reason: Said = "",
    by: Said = "",
) -> JSONResponse:
    """Keep a rule quiet `for` 30m, 2h or 3d, or without it until it is resumed."""
    span: timedelta | None = duration(last) if last else None
    site.desk.hold(rule_id, author=who or by or "api", comment=reason or "by the API", last=span)
    until = instant(site.clock.now() + span) if span else None
    return JSONResponse({"rule": rule_id, "state": "snoozed" if span else "paused", "until": until})


@router.post("/resume")
def resume(site: SiteOf, who: Who, rule_id: str) -> JSONResponse:
    """End what keeps a rule quiet."""
    site.desk.standing(rule_id)
    return JSONResponse({"rule": rule_id, "ended": site.desk.resume(rule_id, author=who or "api")})


@router.delete("")
def remove(site: SiteOf, who: Who, rule_id: str, *, reason: Reason, if_match: IfMatch = "") -> JSONResponse:
    """Take a rule out of its file; its history stays, and restoring brings it back."""
    base = base_of(if_match)
    if not base:
        return no_base()
    return _answer(site, Edit(rule_id=rule_id, base=base, author=who or "api", channel="api", reason=reason))


@router.post("/restore")
def restore(
    site: SiteOf, who: Who, rule_id: str, *, version: Annotated[int, Body()], reason: Said = "", if_match: IfMatch = ""
) -> JSONResponse:
    """Save an earlier text anew, on top of the one If-Match names; without, on top of what stands."""
    base = base_of(if_match) or site.desk.base(rule_id)
    why = reason or f"back to version {version}"
    edit = Edit(rule_id=rule_id, base=base, author=who or "api", channel="api", reason=why)
    return _answer(site, edit, version)


def _answer(site: Site, edit: Edit, version: int | None = None) -> JSONResponse:
    try:
        saved: Saved = site.desk.save(edit) if version is None else site.desk.restore(edit, version)
    except Conflict as error:
        sides = {"base": error.base, "theirs": error.theirs, "yours": error.yours, "theirs_base": error.theirs_base}
        return refusal(HTTPStatus.CONFLICT, error, **sides)
    except Unwritable as error:
        return refusal(HTTPStatus.CONFLICT, error, patch=error.patch)
    except Refused as error:
        return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, error)
    body = {"id": edit.rule_id, "changed": saved.changed, "copied": saved.copied, "patch": saved.patch}
    return JSONResponse(body, headers={"ETag": f'"{saved.base}"'} if saved.base else {})
