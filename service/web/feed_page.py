"""One feed: how it is, since when, what is known of it, and its last polls."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.adapters.render.clean import NAME, QUOTE, clean
from service.core.feed import Feed, PollRecord
from service.core.health import Health, health
from service.core.websub import words
from service.web.feed_words import POLLS, FeedWords, feed_words, host_of, kept_away
from service.web.pages import page, site_of
from service.web.site import Site

OUTCOMES = {"new": ("News", "new"), "unchanged": ("Nothing new", ""), "failed": ("Failed", "out")}
POLICIES = {"guid": "Their ids", "address": "Their addresses", "words": "Their words"}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollWords:
    """One poll. `status` is empty where no answer came."""

    at: datetime
    outcome: str
    outcome_class: str
    status: str
    new: int
    changed: int
    bytes: int
    ms: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneFeedPage:
    """All the page says. `before` are the addresses it had, each with when it left it."""

    feed: FeedWords
    next_reason: str
    facts: Sequence[tuple[str, str]]
    before: Sequence[tuple[str, datetime]]
    polls: Sequence[PollWords]


@router.get("/feeds/{feed_id}")
def feed(request: Request, feed_id: int, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Show one feed."""
    now = site.clock.now()
    with site.store.read() as tx:
        found = tx.feeds.get(feed_id)
        polls = tx.feeds.polls(feed_id, POLLS)
        seen = health(found, polls, host_of(found, kept_away(tx, now)), now)
        before = tx.feeds.addresses(feed_id)
        hub = words(tx.pushes.get(feed_id), now)
    view = OneFeedPage(
        feed=feed_words(found, seen),
        next_reason=clean(seen.next_reason, QUOTE),
        facts=list(_facts(found, seen, hub)),
        before=[(clean(url, QUOTE), until) for url, until in before],
        polls=[_poll(record) for record in polls],
    )
    return page(request, "feed", view, section="Feeds")


def _facts(feed: Feed, seen: Health, hub: str) -> Iterator[tuple[str, str]]:
    """Yield what the server and the operator said, as far as they said anything."""
    yield "Language", clean(feed.lang, NAME) or "not known"
    if feed.subject:
        yield "Topic", clean(feed.subject, NAME)
    yield "Entries told apart by", POLICIES[feed.id_policy]
    if feed.hub:
        yield "Hub", clean(feed.hub, QUOTE)
        yield "Pushes", clean(hub, QUOTE)
    if feed.ttl_s:
        yield "Asks us to wait", f"{feed.ttl_s / 60:.0f} min between polls"
    if feed.skip_hours:
        yield "Not to be asked at", ", ".join(f"{hour:02d} h" for hour in feed.skip_hours) + " GMT"
    if feed.skip_days:
        yield "Not to be asked on", ", ".join(DAYS[day % 7] for day in feed.skip_days)
    if feed.last_error and not seen.polls:
        yield "Last error", clean(feed.last_error, QUOTE)


def _poll(record: PollRecord) -> PollWords:
    outcome, outcome_class = OUTCOMES[record.outcome]
    return PollWords(
        at=record.at,
        outcome=outcome,
        outcome_class=outcome_class,
        status=str(record.status or ""),
        new=record.new,
        changed=record.changed,
        bytes=record.bytes,
        ms=record.elapsed_ms,
        words=clean(record.error or record.note, QUOTE),
    )
