"""Operators and their tokens for programs, as `tocsin users` has them. A token is shown once, where it is made."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path
from fastapi.responses import JSONResponse

from service.bootstrap.operators import Given
from service.bootstrap.shown import token_json, user_json
from service.core.rules.settings import duration
from service.web.pages import site_of
from service.web.session import bearer
from service.web.site import Site

LAST_ID = 2**63 - 1
router = APIRouter(prefix="/api/v1", dependencies=[Depends(bearer)])
SiteOf = Annotated[Site, Depends(site_of)]
Label = Annotated[str, Body(max_length=100)]
Last = Annotated[str, Body(alias="for", max_length=10)]


@router.get("/users")
def users(site: SiteOf) -> JSONResponse:
    """List operators and what is known of their tokens."""
    now = site.clock.now()
    return JSONResponse([user_json(user, now) for user in site.operators.all()])


@router.post("/users")
def add(
    site: SiteOf, *, name: Annotated[str, Body(max_length=100)], label: Label = "", last: Last = ""
) -> JSONResponse:
    """Add an operator and give them a token, `for` 12h or 90d, or until it is revoked."""
    return _given(site.operators.add(name, label=label, last=_span(last)))


@router.post("/users/{name}/tokens")
def give(site: SiteOf, name: str, *, label: Label = "", last: Last = "") -> JSONResponse:
    """Give an operator another token."""
    return _given(site.operators.give(name, label=label, last=_span(last)))


@router.delete("/users/{name}")
def remove(site: SiteOf, name: str) -> JSONResponse:
    """End an operator and all their tokens. What they did keeps their name."""
    site.operators.remove(name)
    return JSONResponse({"user": name, "removed": True})


@router.delete("/tokens/{token_id}")
def revoke(site: SiteOf, token_id: Annotated[int, Path(ge=1, le=LAST_ID)]) -> JSONResponse:
    """End a token, which signs out whoever signed in with it."""
    site.operators.revoke(token_id)
    return JSONResponse({"token_id": token_id, "revoked": True})


def _given(given: Given) -> JSONResponse:
    body = {"user": given.token.user, "token": given.secret} | token_json(given.token)
    return JSONResponse(body, HTTPStatus.CREATED, headers={"Cache-Control": "no-store"})


def _span(last: str) -> timedelta | None:
    return duration(last) if last else None
