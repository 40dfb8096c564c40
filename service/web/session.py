"""Who may change things: whoever knows the operator's token, by a signed cookie on the pages, as a bearer in the API.

The cookie holds a name, when it ends and a random part, signed with a key made of the token: another token signs
everybody out. It is httponly and samesite=strict. Every form carries a second value made of the cookie, which another
site cannot know; where the browser says that a request comes from another site, it is refused for that alone.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from service.settings import Settings
from service.web.site import Site

LASTS = timedelta(hours=12)
NOBODY = "Editing is off: set TOCSIN_OPERATOR_TOKEN to a secret of at least 16 characters, and start again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody who may change things. `csrf` is what their forms carry."""

    name: str
    csrf: str


def signed_in(request: Request) -> Operator | None:
    """Return who makes this request, by its cookie; None for a reader."""
    site: Site = request.app.state.site
    cookie = request.cookies.get(_cookie(site.settings), "")
    payload, _, signature = cookie.partition(".")
    if not site.settings.operator_token or not hmac.compare_digest(
        signature.encode(), _sign(site.settings, "in", payload).encode()
    ):
        return None
    name, until, _ = json.loads(base64.urlsafe_b64decode(payload))
    if datetime.fromtimestamp(until, UTC) <= site.clock.now():
        return None
    return Operator(name=name, csrf=_sign(site.settings, "form", payload))


def operator(request: Request, csrf: str) -> Operator:
    """Return who makes this POST. Raises HTTPException 403 unless they are signed in and the form is ours."""
    refuse_strangers(request)
    found = signed_in(request)
    if found is None:
        raise HTTPException(HTTPStatus.FORBIDDEN, "Sign in to change things; what you wrote is not saved.")
    if not hmac.compare_digest(csrf.encode(), found.csrf.encode()):
        raise HTTPException(HTTPStatus.FORBIDDEN, "This form is too old. Load the page again.")
    return found


def bearer(request: Request) -> str:
    """Return who makes this API request, "api" unless it says so. Raises HTTPException 401 or 403."""
    token = _site(request).settings.operator_token
    if not token:
        raise HTTPException(HTTPStatus.FORBIDDEN, NOBODY)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        headers = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "Send the operator's token as a bearer.", headers=headers)
    return "api"


def sign_in(request: Request, response: Response, token: str, name: str) -> bool:
    """Give the browser its cookie. False if the token is not the operator's."""
    refuse_strangers(request)
    site = _site(request)
    wanted = site.settings.operator_token
    if not wanted or not hmac.compare_digest(token.strip().encode(), wanted.encode()):
        return False
    until = int((site.clock.now() + LASTS).timestamp())
    held = json.dumps([name, until, secrets.token_urlsafe(12)])
    payload = base64.urlsafe_b64encode(held.encode()).decode()
    response.set_cookie(
        _cookie(site.settings),
        f"{payload}.{_sign(site.settings, 'in', payload)}",
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=_is_secure(site.settings),
        httponly=True,
        samesite="strict",
    )
    return True


def sign_out(request: Request, response: Response) -> None:
    """Take the cookie back."""
    settings = _site(request).settings
    response.delete_cookie(_cookie(settings), path="/", secure=_is_secure(settings), httponly=True, samesite="strict")


def refuse_strangers(request: Request) -> None:
    """Refuse a POST that another site made a browser send. Raises HTTPException 403."""
    said = request.headers.get("sec-fetch-site")
    if said is not None:
        ours = said in {"same-origin", "none"}
    else:
        origin = request.headers.get("origin")
        hosts = {request.headers.get("host", ""), urlsplit(_site(request).settings.base_url).netloc}
        ours = origin is None or urlsplit(origin).netloc in hosts
    if not ours:
        raise HTTPException(HTTPStatus.FORBIDDEN, "This request comes from another site.")


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _sign(settings: Settings, purpose: str, payload: str) -> str:
    key = f"{settings.operator_token}\0{settings.secret_key}\0{purpose}".encode()
    return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()


def _is_secure(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")


def _cookie(settings: Settings) -> str:
    """Return the cookie's name: over https one that no other host can set."""
    return "__Host-tocsin" if _is_secure(settings) else "tocsin"
