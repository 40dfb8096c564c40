"""Leaving: one page, one button, and the one-click POST that mail programs make (RFC 8058).

Only a POST ends a subscription: link scanners follow every link in a mail, and must not unsubscribe anybody. The key in
the address is all that is needed; there are no cookies, so there is nothing for another site to abuse.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.core.subscription import Subscription
from service.web.deliveries import masked
from service.web.pages import page, site_of
from service.web.site import Site

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """All the page says. `ended` is true once there is nothing to leave any more."""

    to: str
    what: str
    ended: bool
    action: str


@router.get("/s/{key}")
@router.get("/s/{key}/unsubscribe")
def ask(request: Request, key: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Show what the subscription is and the button that ends it. Changes nothing."""
    with site.store.read() as tx:
        subscription = tx.subscriptions.by_key(key)
    return _page(request, subscription, ended=subscription.state == "ended")


@router.post("/s/{key}/unsubscribe")
def end(request: Request, key: str, site: Annotated[Site, Depends(site_of)]) -> Response:
    """End the subscription and drop what was still to be sent. Doing it twice is fine."""
    with site.store.write() as tx:
        subscription = tx.subscriptions.by_key(key)
        if subscription.state != "ended":
            tx.subscriptions.set_state(subscription.subscription_id, "ended")
    return _page(request, subscription, ended=True)


def _page(request: Request, subscription: Subscription, *, ended: bool) -> Response:
    view = Leaving(
        to=masked(subscription.channel),
        what=what_words(subscription),
        ended=ended,
        action=f"/s/{subscription.key}/unsubscribe",
    )
    return page(request, "leave", view)


def what_words(subscription: Subscription) -> str:
    """Return `alerts as things happen and the daily digest at 07:00 (Europe/Kyiv)`."""
    how = "daily" if not subscription.days else "weekly" if len(subscription.days) == 1 else "regular"
    digest = f"the {how} digest at {subscription.at:%H:%M} ({subscription.tz})"
    words = ["alerts as things happen"] * subscription.wants_alerts + [digest] * subscription.wants_digests
    return " and ".join(words)
