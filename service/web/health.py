"""Whether the process is alive, and whether it does its work."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from service.core.codec import instant
from service.core.errors import TocsinError
from service.web.pages import site_of
from service.web.problems import Problem, answer
from service.web.site import Site

CLOCK = "clock"
MISSED_TICKS = 6
LEAST = timedelta(seconds=15)

router = APIRouter()


@router.get("/healthz")
def alive() -> dict[str, str]:
    """Answer as long as the process can."""
    return {"status": "alive"}


@router.get("/readyz")
def ready(request: Request, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Answer 200 if the database is reachable and up to date and the clock ticks, else 503 with what is wrong.

    While our own network is down, `outage_since` says since when. That is no 503: starting again would not help.
    """
    wrong = list(_wrong(site))
    if not wrong:
        outage = {"outage_since": instant(site.outage_since)} if site.outage_since else {}
        return JSONResponse({"status": "ready"} | outage)
    return answer(request, Problem(status=503, title="Not ready", detail=wrong[0], problems=wrong))


def _wrong(site: Site) -> Iterator[str]:
    try:
        with site.store.read() as tx:
            beats = tx.heartbeats.all()
    except TocsinError as error:
        yield f"The database does not answer: {error}"
        return
    yield from site.ready()
    patience = max(timedelta(seconds=site.settings.tick_s * MISSED_TICKS), LEAST)
    beat, now = beats.get(CLOCK), site.clock.now()
    if beat is None:
        yield "The clock has never ticked: is `tocsin run` or a worker running?"
    elif now - beat > patience:
        late, every = (now - beat).total_seconds(), site.settings.tick_s
        yield f"The clock last ticked {late:.0f} s ago; it should every {every:g} s."
