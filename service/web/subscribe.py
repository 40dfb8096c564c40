"""Asking for mail, and confirming it: a form, a page that says to look into the mailbox, and one button.

A GET changes nothing: programs follow links. The answer to a request is the same for every address.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from service.adapters.render.clean import NAME, clean
from service.adapters.render.confirm_view import wish_words
from service.core.errors import BadInput
from service.core.optin import Visitor
from service.core.subscription import masked_address
from service.web.pages import page, site_of
from service.web.site import Site
from service.web.wish_form import Given, WishForm, given, shown

LONGEST_AGENT = 300
SENT = "/subscribe/sent"
TOO_MANY = "Too many confirmations were asked for from your network today. Please try again tomorrow."
BUSY = "Too many people are asking at this moment. Please try again in an hour."
CLOSED = "Subscribing by this page is switched off here."

TURNED_AWAY = {"network": "too many from one network", "busy": "too many from everywhere within an hour"}

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribePage:
    """All the page says."""

    form: WishForm


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage:
    """All the page says. `done` is true once the button was pressed; `manage` then leads to what can be changed."""

    to: str
    wishes: tuple[str, ...]
    action: str
    done: bool = False
    state: str = ""
    manage: str = ""


def open_to_all(site: Annotated[Site, Depends(site_of)]) -> Site:
    """Return the site if it lets everybody subscribe. Raises HTTPException 404."""
    if not site.settings.public_subscribe:
        raise HTTPException(HTTPStatus.NOT_FOUND, CLOSED)
    return site


@router.get("/subscribe")
def ask(request: Request, site: Annotated[Site, Depends(open_to_all)]) -> Response:
    """Show the form."""
    return _form(request, site, Given())


@router.post("/subscribe")
def send(
    request: Request,
    site: Annotated[Site, Depends(open_to_all)],
    form: Annotated[Given, Depends(given)],
    website: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Have the mail with the button sent. A field nobody sees is filled in by programs only: they are told the same."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise HTTPException(HTTPStatus.FORBIDDEN, "This request comes from another site.")
    try:
        wish = form.wish()
        verdict = "mail" if website else site.readers.ask(wish, visitor(request))
    except BadInput as error:
        return _form(request, site, form, error)
    if verdict in {"network", "busy"}:
        log.warning("a request to subscribe was turned away: %s", TURNED_AWAY[verdict])
    if verdict == "network":
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, headers={"Retry-After": "86400"})
    if verdict == "busy":
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)
    return RedirectResponse(SENT, HTTPStatus.SEE_OTHER)


@router.get(SENT)
def sent(request: Request) -> Response:
    """Say to look into the mailbox."""
    return page(request, "subscribe_sent", None)


@router.get("/confirm/{token}")
def look(request: Request, token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Show what was asked for and the button. Changes nothing."""
    consent = site.readers.asked(token)
    done = consent.confirmed_at is not None
    view = ConfirmPage(
        to=masked_address(consent.wish.address),
        wishes=wish_words(consent.wish, site.readers.titles()),
        action=_action(token),
        done=done,
    )
    return page(request, "confirm", view)


@router.post("/confirm/{token}")
def confirm(request: Request, token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Put it in force. Pressing twice is fine, and begins nothing again that has ended meanwhile."""
    consent = site.readers.asked(token)
    subscription = site.readers.confirm(token, visitor(request))
    view = ConfirmPage(
        to=masked_address(consent.wish.address),
        wishes=wish_words(consent.wish, site.readers.titles()),
        action=_action(token),
        done=True,
        state=subscription.state,
        manage=f"/s/{site.readers.link(subscription)}",
    )
    return page(request, "confirm", view)


def visitor(request: Request) -> Visitor:
    """Return who makes the request, for the record of what was agreed to."""
    agent = clean(request.headers.get("user-agent", ""), LONGEST_AGENT)
    return Visitor(ip=request.client.host if request.client else "", agent=agent)


def _form(request: Request, site: Site, form: Given, error: BadInput | None = None) -> Response:
    view = SubscribePage(form=shown(form, site.readers.choices(), site.clock.now(), error=error))
    return page(request, "subscribe", view, status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)


def _action(token: str) -> str:
    return f"/confirm/{clean(token, NAME)}"
