"""Events for programs, of any time. It needs the operator's token, as all of the API does."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from service.bootstrap.past import EPOCH, Span, kind_of, mark_in, mark_text, page_of, span_of
from service.core.codec import event_json
from service.web.pages import site_of
from service.web.session import bearer
from service.web.site import Site

MOST = 500
router = APIRouter(prefix="/api/v1", dependencies=[Depends(bearer)])
SiteOf = Annotated[Site, Depends(site_of)]


@router.get("/events")
def events(
    site: SiteOf,
    *,
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(alias="to", max_length=40)] = "",
    kind: str = "",
    country: Annotated[str, Query(max_length=2)] = "",
    before: Annotated[str, Query(max_length=40)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> JSONResponse:
    """List events, latest activity first. The `older` of an answer, given as `before`, has the next; null is the end.

    `from` and `to` are days or times, `2026-03-01` or `2026-03-01T12:00Z`; a last day is in it whole.
    """
    span, mark = span_of(since, until) or Span(since=EPOCH), mark_in(before)
    with site.store.read() as tx:
        found = page_of(tx, span, kind=kind_of(kind), country=country.upper(), before=mark, size=limit)
    body: dict[str, Any] = {"events": [event_json(event) for event in found.events]}
    return JSONResponse(body | {"older": mark_text(found.older) or None})
