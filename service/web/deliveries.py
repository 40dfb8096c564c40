"""What was sent, what waits, and what could not be delivered. Addresses are shown only in part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response

from service.adapters.render.clean import HEADLINE, QUOTE, clean
from service.core.errors import BadInput
from service.core.subscription import Channel
from service.ports.store import Delivery
from service.web.pages import page, site_of
from service.web.site import Site

LIMIT = 100
State = Literal["pending", "sent", "gave_up", "superseded"]
STATES: dict[State, tuple[str, str]] = {
    "pending": ("Waiting", "hold"),
    "sent": ("Sent", "sent"),
    "gave_up": ("Gave up", "out"),
    "superseded": ("Replaced by a newer one", ""),
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One message. `at` is when it was sent, else when it is due."""

    outbox_id: int
    event_id: int | None
    subject: str
    to: str
    state: str
    state_class: str
    at: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """All the page says."""

    rows: Sequence[DeliveryRow]
    state: str
    states: Sequence[tuple[str, str]]


@router.get("/deliveries")
def deliveries(request: Request, site: Annotated[Site, Depends(site_of)], state: str = "") -> Response:
    """Show the latest messages, all of them or those in one state."""
    if state and state not in STATES:
        raise BadInput(f"there is no state {state!r}", hint=f"use one of {', '.join(STATES)}")
    with site.store.read() as tx:
        found = tx.outbox.list(state=state or None, limit=LIMIT)
    states = [(key, words) for key, (words, _) in STATES.items()]
    view = DeliveryPage(rows=[_row(item) for item in found], state=state, states=states)
    return page(request, "deliveries", view, section="Deliveries")


def masked(channel: Channel) -> str:
    """Return `r…@example.org`, or a webhook's host: enough to recognise, too little to use."""
    if channel.kind == "webhook":
        return urlsplit(channel.address).hostname or "webhook"
    return masked_address(channel.address)


def masked_address(address: str) -> str:
    """Return `r…@example.org`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"


def _row(delivery: Delivery) -> DeliveryRow:
    words, look = STATES[delivery.state]
    return DeliveryRow(
        outbox_id=delivery.message.outbox_id,
        event_id=delivery.message.event_id,
        subject=clean(delivery.subject, HEADLINE),
        to=masked(delivery.message.channel),
        state=words,
        state_class=look,
        at=delivery.sent_at or delivery.due_at,
        attempts=delivery.message.attempts,
        error=clean(delivery.last_error, QUOTE) if delivery.state != "sent" else "",
    )
