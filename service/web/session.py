"""Who may change things: whoever has an operator's token, by a cookie on the pages, as a bearer in the API.

The cookie holds a random secret that the database knows by its digest; it ends after half a day, with the token it was
given for, or at the sign-out. It is httponly and samesite=strict. Every form carries a second value made of the cookie,
which another site cannot know; where the browser says that a request comes from another site, it is refused for that
alone. Whoever guesses at tokens has to wait longer and longer.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from service.bootstrap.operators import LASTS
from service.core.errors import TocsinError
from service.core.optin import network_of
from service.settings import Settings
from service.web.site import Site

NOBODY = "Editing is off: `tocsin users add NAME` on this machine gives somebody a token to sign in with."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody who may change things. `csrf` is what their forms carry."""

    name: str
    csrf: str


def signed_in(request: Request) -> Operator | None:
    """Return who makes this request, by its cookie; None for a reader, and while the database cannot be asked."""
    site = _site(request)
    secret = request.cookies.get(_cookie(site.settings), "")
    if not secret:
        return None
    try:
        session = site.operators.signed_in(secret)
    except TocsinError as error:
        log.warning("who is signed in is unknown: %s", error)
        return None
    csrf = hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()
    return Operator(name=session.name, csrf=csrf) if session else None


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
    """Return who makes this API request, "" where only the token of the settings is known.

    Raises HTTPException 401, 403 where there is nobody, or 429 after too many wrong ones.
    """
    site = _site(request)
    if not site.operators.any():
        raise HTTPException(HTTPStatus.FORBIDDEN, NOBODY)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    wait_s = site.operators.wait_s(_from(request))
    if wait_s:
        raise too_often(wait_s)
    known = site.operators.by_token(given) if scheme.lower() == "bearer" else None
    if known is None:
        if given:
            _count_wrong(request)
        headers = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "Send an operator's token as a bearer.", headers=headers)
    site.operators.right(_from(request))
    return known.name


def sign_in(request: Request, response: Response, token: str, name: str) -> bool:
    """Give the browser its cookie. False if nobody has this token. Raises HTTPException 429 after too many wrong."""
    refuse_strangers(request)
    site = _site(request)
    wait_s = site.operators.wait_s(_from(request))
    if wait_s:
        raise too_often(wait_s)
    known = site.operators.by_token(token)
    if known is None:
        _count_wrong(request)
        return False
    site.operators.right(_from(request))
    response.set_cookie(
        _cookie(site.settings),
        site.operators.sign_in(known, name),
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=_is_secure(site.settings),
        httponly=True,
        samesite="strict",
    )
    return True


def sign_out(request: Request, response: Response) -> None:
    """Take the cookie back, and let nobody else use it."""
    site = _site(request)
    site.operators.sign_out(request.cookies.get(_cookie(site.settings), ""))
    secure = _is_secure(site.settings)
    response.delete_cookie(_cookie(site.settings), path="/", secure=secure, httponly=True, samesite="strict")


def too_often(wait_s: int) -> HTTPException:
    """Return what somebody is told who guesses at tokens."""
    text = f"Too many wrong tokens came from your address. Try again in {wait_s} seconds."
    return HTTPException(HTTPStatus.TOO_MANY_REQUESTS, text, headers={"Retry-After": str(wait_s)})


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


def _count_wrong(request: Request) -> None:
    _site(request).operators.wrong(_from(request))
    log.warning("a wrong operator's token came from %s", _from(request))


def _from(request: Request) -> str:
    return network_of(request.client.host) if request.client else ""


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _is_secure(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")


def _cookie(settings: Settings) -> str:
    """Return the cookie's name: over https one that no other host can set."""
    return "__Host-tocsin" if _is_secure(settings) else "tocsin"
