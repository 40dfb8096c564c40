"""Signing in and out. The token is asked for once; the cookie lasts half a day."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.web import session
from service.web.pages import page, site_of
from service.web.site import Site

LONGEST_NAME = 60
HOME = "/rules"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """All the page says. `off` says how to switch editing on, where it is not."""

    off: str
    wrong: bool = False
    name: str = ""
    to: str = HOME


@router.get("/sign-in")
def ask(request: Request, site: Annotated[Site, Depends(site_of)], to: str = HOME) -> Response:
    """Ask for the token."""
    off = "" if site.operators.any() else session.NOBODY
    return page(request, "sign_in", SignIn(off=off, to=_local(to)))


@router.post("/sign-in")
def enter(
    request: Request,
    token: Annotated[str, Form(max_length=1000)] = "",
    name: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
    to: Annotated[str, Form(max_length=500)] = HOME,
) -> Response:
    """Sign in, or say that the token is wrong."""
    response = RedirectResponse(_local(to), HTTPStatus.SEE_OTHER)
    name = " ".join("".join(filter(str.isprintable, name)).split()) or "operator"
    if session.sign_in(request, response, token, name):
        return response
    view = SignIn(off="", wrong=True, name=name, to=_local(to))
    return page(request, "sign_in", view, status=HTTPStatus.FORBIDDEN)


@router.post("/sign-out")
def leave(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
    """Sign out."""
    session.operator(request, csrf)
    response = RedirectResponse(HOME, HTTPStatus.SEE_OTHER)
    session.sign_out(request, response)
    return response


def _local(address: str) -> str:
    """Return the address if it is one of ours, else home: nobody is sent elsewhere from here."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours and "\\" not in address else HOME
