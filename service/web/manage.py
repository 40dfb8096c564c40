"""What a reader may do with their own: change everything, pause, leave, take it along, have it forgotten.

The signed link is all that is needed; there are no cookies, so there is nothing for another site to abuse. A link whose
signature is not ours still serves to leave.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from service.core.errors import BadInput
from service.core.subscription import Subscription, masked
from service.web import leave
from service.web.pages import page, site_of
from service.web.site import Site
from service.web.wish_form import Given, WishForm, given, held, shown

router = APIRouter(include_in_schema=False)
SAVED = {"saved": "Saved.", "paused": "Paused. Nothing is sent until you go on.", "resumed": "On again."}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagePage:
    """All the page says. `others` is what else goes to the same address."""

    to: str
    state: str
    form: WishForm
    base: str
    said: str
    others: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePage:
    """All the page says. `counts` is what was forgotten, once it was."""

    to: str
    base: str
    done: bool


@router.get("/s/{token}")
def look(request: Request, token: str, site: Annotated[Site, Depends(site_of)], said: str = "") -> Response:
    """Show what the subscription is, in a form. Changes nothing."""
    subscription, whole = site.readers.opened(token)
    if not whole or subscription.state in {"ended", "pending"} or subscription.channel.kind != "email":
        return leave.ask(request, token, site)
    return _page(request, site, subscription, held(subscription), said=SAVED.get(said, ""))


@router.post("/s/{token}")
def save(
    request: Request,
    token: str,
    site: Annotated[Site, Depends(site_of)],
    form: Annotated[Given, Depends(given)],
) -> Response:
    """Write what the reader chose."""
    subscription = site.readers.whole(token)
    try:
        site.readers.change(subscription, form.wish())
    except BadInput as error:
        return _page(request, site, subscription, form, error=error)
    return _back(site, subscription, "saved")


@router.post("/s/{token}/pause")
def pause(token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Send nothing for a while."""
    subscription = site.readers.pause(site.readers.whole(token))
    return _back(site, subscription, "paused")


@router.post("/s/{token}/resume")
def resume(token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Go on."""
    subscription = site.readers.pause(site.readers.whole(token), off=True)
    return _back(site, subscription, "resumed")


@router.get("/s/{token}/export")
def export(token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Give the reader all that is held of them."""
    subscription = site.readers.whole(token)
    held_of_them = json.dumps(site.readers.export(subscription.channel.address), indent=1, ensure_ascii=False)
    headers = {"Content-Disposition": 'attachment; filename="tocsin-what-we-hold-of-you.json"'}
    return Response(held_of_them, media_type="application/json", headers=headers)


@router.get("/s/{token}/erase")
def ask_to_erase(request: Request, token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Show the button. Changes nothing."""
    subscription = site.readers.whole(token)
    return page(
        request, "erase", ErasePage(to=masked(subscription.channel), base=_base(site, subscription), done=False)
    )


@router.post("/s/{token}/erase")
def erase(request: Request, token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Forget the reader. The link is of no use from then on."""
    subscription = site.readers.whole(token)
    site.readers.erase(subscription.channel.address)
    return page(request, "erase", ErasePage(to="", base="", done=True))


def _page(
    request: Request,
    site: Site,
    subscription: Subscription,
    form: Given,
    *,
    error: BadInput | None = None,
    said: str = "",
) -> Response:
    view = ManagePage(
        to=masked(subscription.channel),
        state=subscription.state,
        form=shown(form, site.readers.choices(), site.clock.now(), error=error),
        base=_base(site, subscription),
        said=said,
        others=[leave.what_words(other) for other in site.readers.others(subscription)],
    )
    return page(request, "manage", view, status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)


def _base(site: Site, subscription: Subscription) -> str:
    return f"/s/{site.readers.link(subscription)}"


def _back(site: Site, subscription: Subscription, said: str) -> Response:
    return RedirectResponse(f"{_base(site, subscription)}?said={said}", HTTPStatus.SEE_OTHER)
