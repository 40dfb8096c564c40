"""Every text a rule ever had: who changed what, and why; any of them can be saved anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.adapters.rulefiles import shown
from service.bootstrap.rule_edits import Conflict, Edit, Refused, Unwritable, unified
from service.core.errors import BadInput
from service.ports.versions import RuleVersion
from service.web import session
from service.web.pages import page, site_of
from service.web.rules import off
from service.web.site import Site

FROM = {"file": "by hand", "web": "on this page", "cli": "on the command line", "api": "by the API"}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionWords:
    """One version, and what it changed against the one before."""

    number: int
    at: datetime
    author: str
    how: str
    reason: str
    diff: Sequence[str]
    removed: bool
    newest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All the page says. `base` is what restoring is based on."""

    rule_id: str
    versions: Sequence[VersionWords]
    base: str
    off: str
    said: str = ""
    patch: str = ""


@router.get("/rules/{rule_id}/history")
def history(request: Request, rule_id: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Show the history of a rule, of one that was removed too."""
    return _page(request, site, rule_id)


@router.post("/rules/{rule_id}/restore")
def restore(
    request: Request,
    rule_id: str,
    *,
    site: Annotated[Site, Depends(site_of)],
    version: Annotated[int, Form()],
    base: Annotated[str, Form()] = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Save an earlier text anew."""
    who = session.operator(request, csrf)
    why = reason.strip() or f"back to version {version}"
    edit = Edit(rule_id=rule_id, base=base, author=who.name, channel="web", reason=why)
    try:
        site.desk.restore(edit, version)
    except Unwritable as error:
        return _page(request, site, rule_id, HTTPStatus.CONFLICT, said=str(error), patch=error.patch)
    except Conflict as error:
        return _page(request, site, rule_id, HTTPStatus.CONFLICT, said=str(error))
    except (Refused, BadInput) as error:
        return _page(request, site, rule_id, HTTPStatus.UNPROCESSABLE_ENTITY, said=str(error))
    return RedirectResponse(f"/rules/{rule_id}?saved=1", HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    site: Site,
    rule_id: str,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    said: str = "",
    patch: str = "",
) -> Response:
    found = site.desk.history(rule_id)
    before = [*found[1:], None]
    versions = [
        _words(version, older, newest=at == 0) for at, (version, older) in enumerate(zip(found, before, strict=True))
    ]
    view = History(
        rule_id=rule_id, versions=versions, base=site.desk.base(rule_id), off=off(site), said=said, patch=patch
    )
    return page(request, "rule_history", view, section="Rules", status=status)


def _words(version: RuleVersion, older: RuleVersion | None, *, newest: bool) -> VersionWords:
    texts = [shown(each.text) if each and each.text else "" for each in (older, version)]
    return VersionWords(
        number=version.number,
        at=version.at,
        author=version.author,
        how=FROM[version.channel],
        reason=version.reason,
        diff=unified(texts[0], texts[1], "rule").split("\n")[2:-1],
        removed=not version.text,
        newest=newest,
    )
