"""What stands behind the news, for everybody: how it comes about, and what had to be corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.adapters.render.clean import HEADLINE, clean
from service.adapters.render.words import HIGH_SOURCES, MEDIUM_SOURCES
from service.core.notify import FLOOR
from service.web.event_page import Moment, moment_of
from service.web.pages import page, site_of
from service.web.site import Site

MOST = 50
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodPage:
    """All the page says that is a figure: independent sources for a confidence, minutes between two updates."""

    medium: int
    high: int
    floor: int
    feeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """One correction or retraction."""

    event_id: int
    kind: str
    headline: str
    moment: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionsPage:
    """All the page says. `older` leads to those before, None at the end."""

    rows: Sequence[Corrected]
    older: int | None


@router.get("/method")
def method(request: Request, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Say how detection, confidence, linking and digests work."""
    with site.store.read() as tx:
        feeds = sum(tx.counts.watched().values())
    view = MethodPage(medium=MEDIUM_SOURCES, high=HIGH_SOURCES, floor=int(FLOOR.total_seconds() // 60), feeds=feeds)
    return page(request, "method", view)


@router.get("/corrections")
def corrections(
    request: Request,
    site: Annotated[Site, Depends(site_of)],
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """List what was corrected and withdrawn, the newest first."""
    with site.store.read() as tx:
        found = tx.events.corrections(before=before, limit=MOST + 1)
    rows = [
        Corrected(
            event_id=event.event_id,
            kind=event.kind,
            headline=clean(event.headline, HEADLINE),
            moment=moment_of(development),
        )
        for _, event, development in found[:MOST]
    ]
    older = found[MOST - 1][0] if len(found) > MOST else None
    return page(request, "corrections", CorrectionsPage(rows=rows, older=older))
