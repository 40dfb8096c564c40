"""A digest as a page for everybody: what was reported in a stretch of time, as it stands now. It holds nobody's name.

Mails link to it with their stretch and rules; without them it is a day in UTC.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from service.adapters.render.digest_view import DigestView, digest_view
from service.adapters.render.places import WebMap, web_map
from service.core.errors import BadInput
from service.core.event import Event
from service.pipeline.gather import Gathering
from service.web.pages import page, site_of, text_page
from service.web.site import Site

LONGEST = timedelta(days=16)
DAY = timedelta(days=1)
FIRST = date(2000, 1, 1)
MOST_RULES = 50
PATIENCE_S = 5.0
BUSY = "Too many people are reading at this moment. Please try again."
_room = threading.BoundedSemaphore(2)
"""So many are put together at once: the longest takes a while, and whoever asks for many must not stop the rest."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPage:
    """All the page says. `earlier` and `later` are dates to go to, empty where there is nothing to see.

    `text` leads to the same in plain text.
    """

    digest: DigestView
    map: WebMap | None
    text: str
    earlier: str
    later: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A digest in words, and the events it is about."""

    view: DigestView
    events: Sequence[Event]


def asked(
    day: date,
    site: Annotated[Site, Depends(site_of)],
    since: datetime | None = None,
    until: datetime | None = None,
    rules: str = "",
) -> Shown:
    """Put together what the address asks for. Raises BadInput, and HTTPException 503 while too many ask."""
    now = site.clock.now()
    start, end = _stretch(day, since, until, now)
    wanted = tuple(rule for rule in rules.split(",")[:MOST_RULES] if rule)
    if not _room.acquire(timeout=PATIENCE_S):
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)
    try:
        with site.store.read() as tx:
            message = Gathering(tx=tx, rules=site.rules(), now=now).public(day, start, end, rules=wanted)
        view = digest_view(message, base_url=site.settings.base_url, cards=20, lines=100, titles=site.readers.titles())
    finally:
        _room.release()
    return Shown(view=view, events=[item.event for item in message.items])


@router.get("/digest")
def today(site: Annotated[Site, Depends(site_of)]) -> Response:
    """Go to today's."""
    return RedirectResponse(f"/digest/{site.clock.now().date()}", HTTPStatus.SEE_OTHER)


@router.get("/digest/{day}.txt")
def as_text(request: Request, shown: Annotated[Shown, Depends(asked)]) -> Response:
    """Give the same in plain text."""
    return _public(text_page(request, "digest", shown.view))


@router.get("/digest/{day}")
def digest(
    request: Request, day: date, site: Annotated[Site, Depends(site_of)], shown: Annotated[Shown, Depends(asked)]
) -> Response:
    """Show what was reported on a day, or in the stretch of a mail."""
    query = f"?{request.url.query}" if request.url.query else ""
    view = DigestPage(
        digest=shown.view,
        map=web_map(shown.events, site.maps),
        text=f"/digest/{day}.txt{query}",
        earlier=str(day - DAY) if day > FIRST else "",
        later=str(day + DAY) if day < site.clock.now().date() else "",
    )
    return _public(page(request, "digest", view))


def _public(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


def _stretch(day: date, since: datetime | None, until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """Return a stretch that is not too long and not yet to come. Raises BadInput for one that makes no sense."""
    if not FIRST <= day <= now.date() + DAY:
        raise BadInput("there is no digest of that day", hint="/digest is today's")
    begin = datetime.combine(day, time(), UTC)
    start, end = (_aware(since) or begin), min(_aware(until) or begin + DAY, now)
    if (since or until) and not timedelta(0) <= end - start <= LONGEST:
        raise BadInput("this stretch of time is empty, or too long", hint=f"at most {LONGEST.days} days")
    return min(start, end), end


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=at.tzinfo or UTC) if at else None
