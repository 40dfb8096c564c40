"""The map of an event as a picture, for pages and programs of others. Anybody may see it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from service.adapters.render.places import pins_of
from service.core.errors import NotFound
from service.web.machine import conditional
from service.web.pages import site_of
from service.web.site import Site

router = APIRouter(include_in_schema=False)


@router.get("/maps/{event_id}.png")
def picture(request: Request, event_id: int, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Give the map. One that was merged sends the visitor on; one that was withdrawn, or has no place, has none."""
    with site.store.read() as tx:
        event = tx.events.get(event_id)
        if event.merged_into is not None:
            return RedirectResponse(f"/maps/{tx.events.living(event_id)}.png", HTTPStatus.SEE_OTHER)
    drawn = site.maps.draw(pins_of([event]))
    if drawn is None:
        raise NotFound(f"there is no map of event {event_id}", hint="its place is not known, or it was withdrawn")
    return conditional(request, drawn.png, "image/png", event.last_seen)
