"""Events for other people's programs: an Atom feed of the latest, and each as a CAP message. Anybody may read both."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from service import __version__
from service.adapters.render.atom import EMPTY, atom, updated
from service.adapters.render.cap import CapEvent, cap
from service.core.event import Development
from service.ports.store import Transaction
from service.web.pages import site_of
from service.web.site import Site

MOST = 50
MINUTE = "public, max-age=60"

router = APIRouter(include_in_schema=False)


@router.get("/feed.atom")
def feed(request: Request, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Give the latest events, or 304 to who has them."""
    with site.store.read() as tx:
        told = _told(tx, [event.event_id for event in tx.events.recent(limit=MOST)])
    body = atom(told, base_url=site.settings.base_url, version=__version__)
    latest = max(map(updated, told), default=EMPTY)
    return conditional(request, body, "application/atom+xml; charset=utf-8", latest)


@router.get("/e/{event_id}.cap")
def one(request: Request, event_id: int, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Give the latest CAP message about an event; one that was merged sends the visitor on to where it is now."""
    with site.store.read() as tx:
        found = tx.events.get(event_id)
        if found.merged_into is not None:
            return RedirectResponse(f"/e/{tx.events.living(event_id)}.cap", HTTPStatus.SEE_OTHER)
        (told,) = _told(tx, [event_id])
    body = cap(told, base_url=site.settings.base_url, status=site.settings.cap_status)
    return conditional(request, body, "application/cap+xml; charset=utf-8", updated(told))


def _told(tx: Transaction, event_ids: Sequence[int]) -> list[CapEvent]:
    events, stories = tx.events.some(event_ids), tx.events.stories(event_ids)
    merged = [other for story in stories.values() for other in story.merged]
    others = tx.events.stories(merged)
    return [
        CapEvent(
            event=events[event_id],
            developments=_plain(stories[event_id].developments),
            claims=stories[event_id].claims,
            before={other: _plain(others[other].developments) for other in stories[event_id].merged},
        )
        for event_id in event_ids
        if event_id in events
    ]


def _plain(kept: Sequence[tuple[int, Development]]) -> Sequence[Development]:
    return [item for _, item in kept]


def conditional(request: Request, body: bytes, media_type: str, latest: datetime) -> Response:
    """Answer with the document, or 304 to who says they have it (RFC 9110, section 13)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(latest.astimezone(UTC), usegmt=True),
        "Cache-Control": MINUTE,
    }
    if _has_it(request, tag, latest):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _has_it(request: Request, tag: str, latest: datetime) -> bool:
    """Whether they have it. Their tag decides where they send one; the time counts only where they send none."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in tags.split(",")}
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (ValueError, OverflowError):
        return False
    return since.tzinfo is not None and latest.replace(microsecond=0) <= since
