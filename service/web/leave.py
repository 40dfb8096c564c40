"""Leaving: one page, one button, and the one-click POST that mail programs make (RFC 8058).

Only a POST ends a subscription: link scanners follow every link in a mail, and must not unsubscribe anybody. The key in
the address is all that is needed; there are no cookies, so there is nothing for another site to abuse.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.core.subscription import Subscription, masked
from service.web.pages import page, site_of
from service.web.site import Site

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """All the page says. `ended` is true once there is nothing to leave any more; `others` also go to the address."""

    to: str
    what: str
    ended: bool
    action: str
    others: bool = False


@router.get("/s/{token}/unsubscribe")
def ask(request: Request, token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Show what the subscription is and the button that ends it. Changes nothing."""
    subscription, whole = site.readers.opened(token)
    others = whole and bool(site.readers.others(subscription))
    return _page(request, site, subscription, ended=subscription.state == "ended", others=others)


@router.post("/s/{token}/unsubscribe")
def end(request: Request, token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """End the subscription and drop what was still to be sent. Doing it twice is fine."""
    subscription, _ = site.readers.opened(token)
    site.readers.readers().leave(subscription)
    return _page(request, site, subscription, ended=True)


@router.post("/s/{token}/unsubscribe-all")
def end_all(request: Request, token: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """End all that goes to this address."""
    subscription = site.readers.whole(token)
    site.readers.leave_all(subscription)
    return _page(request, site, subscription, ended=True)


def _page(request: Request, site: Site, subscription: Subscription, *, ended: bool, others: bool = False) -> Response:
    view = Leaving(
        to=masked(subscription.channel),
        what=what_words(subscription),
        ended=ended,
        action=f"/s/{site.readers.link(subscription)}/unsubscribe" if others else f"/s/{subscription.key}/unsubscribe",
        others=others,
    )
    return page(request, "leave", view)


def what_words(subscription: Subscription) -> str:
    """Return `alerts as things happen and the daily digest at 07:00 (Europe/Kyiv)`."""
    how = "daily" if not subscription.days else "weekly" if len(subscription.days) == 1 else "regular"
    digest = f"the {how} digest at {subscription.at:%H:%M} ({subscription.tz})"
    words = ["alerts as things happen"] * subscription.wants_alerts + [digest] * subscription.wants_digests
    return " and ".join(words)
