"""How the feeds are, problems first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.adapters.render.clean import NAME, QUOTE, clean, web_url
from service.adapters.render.words import country
from service.core.feed import Feed, FeedState, PollRecord
from service.web.coverage import Gap, gap
from service.web.pages import page, site_of
from service.web.site import Site

LIMIT = 200
POLLS = 24
STATES: dict[FeedState, tuple[str, str]] = {
    "failing": ("Failing", "out"),
    "new": ("Not polled yet", ""),
    "active": ("Working", "new"),
    "muted": ("Muted", ""),
}
ORDER = tuple(STATES)

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One feed. `polls` are the last outcomes, oldest first: new, unchanged or failed."""

    title: str
    url: str
    shown_url: str
    country: str
    state: str
    state_class: str
    why: str
    polls: Sequence[str]
    last_ok_at: datetime | None
    due_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """All the page says. `hidden` counts feeds left out of the table."""

    rows: Sequence[FeedRow]
    total: int
    failing: int
    hidden: int
    gap: Gap | None


@router.get("/feeds")
def feeds(request: Request, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Show the state of every feed."""
    with site.store.read() as tx:
        every = sorted(tx.feeds.all(), key=lambda feed: (ORDER.index(feed.state), -feed.failures, feed.feed_id))
        rows = [_row(feed, tx.feeds.polls(feed.feed_id, POLLS)) for feed in every[:LIMIT]]
    view = FeedPage(
        rows=rows,
        total=len(every),
        failing=sum(feed.state == "failing" for feed in every),
        hidden=len(every) - len(rows),
        gap=gap(every),
    )
    return page(request, "feeds", view, section="Feeds")


def _row(feed: Feed, polls: Sequence[PollRecord]) -> FeedRow:
    state, state_class = STATES[feed.state]
    bare = feed.url.partition("://")[2]
    return FeedRow(
        title=clean(feed.title, NAME) or bare.partition("/")[0],
        url=web_url(feed.url),
        shown_url=clean(bare, NAME),
        country=country(feed.country) if feed.country else "",
        state=state,
        state_class=state_class,
        why=clean(feed.last_error, QUOTE) if feed.failures else "",
        polls=[record.outcome for record in sorted(polls, key=lambda record: record.at)],
        last_ok_at=feed.last_ok_at,
        due_at=None if feed.state == "muted" else feed.due_at,
        failures=feed.failures,
    )
