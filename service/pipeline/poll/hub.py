"""Whether the hub that promised to tell us of a feed's news has kept its word: a poll is how we find out."""

from dataclasses import replace
from datetime import datetime

from service.core.feed import Feed, Push
from service.core.websub import distrusted, missed
from service.ports.intake import Stored
from service.ports.store import Transaction

LOOKED_AT = 50
"""Of a poll's new entries so many say enough."""


def held(tx: Transaction, feed: Feed) -> Push | None:
    """Return what was agreed on with the feed's hub; what the hub tells meanwhile waits for this poll."""
    return tx.pushes.hold(feed.feed_id) if feed.hub or feed.pushed_until else None


def looked_after(tx: Transaction, feed: Feed, push: Push | None, stored: Stored, *, now: datetime) -> tuple[Feed, str]:
    """Return the feed, pushed as long as we count on its hub from now on, and why that is no longer than promised."""
    if push is None:
        return replace(feed, pushed_until=None), ""
    why = _broken(tx, feed, push, stored, now) if push.promised_until and stored.new else ""
    if not why:
        return replace(feed, pushed_until=push.promised_until), ""
    tx.pushes.save(distrusted(push, why, now=now))
    tx.feeds.count_on(feed.feed_id, until=None)
    return replace(feed, pushed_until=None), f"{why}: it is not counted on any more"


def _broken(tx: Transaction, feed: Feed, push: Push, stored: Stored, now: datetime) -> str:
    entries = map(tx.entries.get, stored.new[:LOOKED_AT])
    published = [entry.published for entry in entries if not entry.backlog]
    return missed(push, published, last_poll_at=feed.last_poll_at, now=now)
