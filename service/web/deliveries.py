"""What was sent, what waits, what could not be delivered: how much is for all to see, what to whom for operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.adapters.render.clean import HEADLINE, QUOTE, clean
from service.core.errors import BadInput
from service.core.subscription import masked
from service.ports.outbox import Delivery
from service.ports.world import Attempt
from service.web import session
from service.web.pages import page, site_of
from service.web.site import Site

LIMIT = 100
LONGEST_H = 14 * 24
State = Literal["pending", "sent", "gave_up", "superseded"]
STATES: dict[State, tuple[str, str]] = {
    "pending": ("Waiting", "hold"),
    "sent": ("Sent", "sent"),
    "gave_up": ("Gave up", "out"),
    "superseded": ("Replaced, or not wanted any more", ""),
}
UNWANTED = {
    "subscription ended": "Not sent: its reader left",
    "subscription paused": "Not sent: paused",
    "erased": "Not sent: its reader was erased",
}
"""Why a message was dropped, by how its last error begins."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRow:
    """One try: how it went, and the beginning of what was answered."""

    at: datetime
    words: str
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One message. `at` is when it was sent, else when it is due."""

    outbox_id: int
    subscription_id: int
    event_id: int | None
    subject: str
    to: str
    state: str
    state_class: str
    at: datetime
    attempts: int
    error: str
    can_retry: bool
    tries: Sequence[TryRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """All the page says. `counts` has the words of each state and how many messages are in it."""

    counts: Sequence[tuple[str, str]]
    rows: Sequence[DeliveryRow] = ()
    state: str = ""
    states: Sequence[tuple[str, str]] = ()


@router.get("/deliveries")
def deliveries(request: Request, site: Annotated[Site, Depends(site_of)], state: str = "") -> Response:
    """Show how many messages are in each state, and operators the latest, all of them or those in one state."""
    if state and state not in STATES:
        raise BadInput(f"there is no state {state!r}", hint=f"use one of {', '.join(STATES)}")
    with site.store.read() as tx:
        numbers = tx.outbox.states()
        found = tx.outbox.list(state=state or None, limit=LIMIT) if session.signed_in(request) else ()
    view = DeliveryPage(
        counts=[(words, f"{numbers.get(key, 0):,}") for key, (words, _) in STATES.items()],
        rows=[_row(item) for item in found],
        state=state,
        states=[(key, words) for key, (words, _) in STATES.items()],
    )
    return page(request, "deliveries", view, section="Deliveries")


@router.post("/deliveries/{outbox_id}/retry")
def retry(
    request: Request, site: Annotated[Site, Depends(site_of)], outbox_id: int, csrf: Annotated[str, Form()] = ""
) -> Response:
    """Make a message that was given up due again."""
    session.operator(request, csrf)
    site.endpoints.retry(outbox_id, site.clock.now())
    return RedirectResponse("/deliveries", HTTPStatus.SEE_OTHER)


@router.post("/deliveries/replay")
def replay(
    request: Request,
    site: Annotated[Site, Depends(site_of)],
    hours: Annotated[int, Form(ge=1, le=LONGEST_H)],
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Make due again everything that was given up in the last hours."""
    session.operator(request, csrf)
    now = site.clock.now()
    site.endpoints.replay(now - timedelta(hours=hours), now)
    return RedirectResponse("/deliveries?state=pending", HTTPStatus.SEE_OTHER)


def _row(delivery: Delivery) -> DeliveryRow:
    _, look = STATES[delivery.state]
    return DeliveryRow(
        outbox_id=delivery.message.outbox_id,
        subscription_id=delivery.subscription_id,
        event_id=delivery.message.event_id,
        subject=clean(delivery.subject, HEADLINE),
        to=masked(delivery.message.channel),
        state=_state(delivery),
        state_class=look,
        at=delivery.sent_at or delivery.due_at,
        attempts=delivery.message.attempts,
        error=clean(delivery.last_error, QUOTE) if delivery.state != "sent" else "",
        can_retry=delivery.state == "gave_up",
        tries=[_try(attempt) for attempt in delivery.attempts],
    )


def _state(delivery: Delivery) -> str:
    if delivery.state != "superseded":
        return STATES[delivery.state][0]
    reasons = (words for start, words in UNWANTED.items() if delivery.last_error.startswith(start))
    return next(reasons, "Replaced by a newer one, or withdrawn")


def _try(attempt: Attempt) -> TryRow:
    status = f"answered {attempt.status}" if attempt.status else "arrived" if attempt.ok else attempt.error
    words = clean(f"{status} after {attempt.elapsed_ms / 1000:.1f} s", QUOTE)
    return TryRow(at=attempt.at, words=words, response=clean(attempt.response, QUOTE))
