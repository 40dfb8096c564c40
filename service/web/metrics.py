"""`/metrics`: the house in figures, for Prometheus."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from service import __version__
from service.adapters.metrics import CONTENT_TYPE, Scrape, exposition
from service.core.health import coverage, standing
from service.web.feed_words import STATES, host_of, kept_away
from service.web.pages import site_of
from service.web.site import Site

router = APIRouter()


@router.get("/metrics", response_class=Response)
def metrics(site: Annotated[Site, Depends(site_of)]) -> Response:
    """Give all figures in Prometheus' text format. 503 if the database is out of reach."""
    return Response(exposition(scrape(site)), media_type=CONTENT_TYPE)


def scrape(site: Site) -> Scrape:
    """Read the figures: a handful of queries, however many feeds there are."""
    now = site.clock.now()
    with site.store.read() as tx:
        hosts = kept_away(tx, now)
        doubtful, watched = tx.counts.in_doubt(now, hosts=hosts), tx.counts.watched()
        figures, beats = tx.counts.figures(now), tx.heartbeats.all()
    states = Counter[str](dict.fromkeys(STATES, 0))
    states.update(standing(feed, host_of(feed, hosts), now) for feed in doubtful)
    states["working"] += sum(watched.values()) - sum(feed.state != "muted" for feed in doubtful)
    return Scrape(
        now=now,
        version=__version__,
        figures=figures,
        feeds=states,
        gaps=coverage(doubtful, now, watched=watched),
        heartbeats=beats,
        rule_errors=site.rule_errors(),
    )
