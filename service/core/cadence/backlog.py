"""Which entries of a document are old news: stored, and never alerted on.

All of a first document is. So is what a feed that was moved, relaunched or given new GUIDs brings up again: when most
of a document is entries that we have never seen, with dates from before we last looked, the old ones among them are
kept from readers. What is dated later is news all the same: an alert too many is an annoyance, a hidden attack a
failure.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.feed import Feed, ParsedEntry, ParsedFeed
from service.core.marks import NOTHING, fingerprint, unpack

SLACK = timedelta(hours=6)
"""Outlets publish late what they dated early; so much is nothing out of the ordinary."""

MOST = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A document's entries. `reason` says why any are backlog, empty where none are."""

    backlog: tuple[ParsedEntry, ...] = ()
    news: tuple[ParsedEntry, ...] = ()
    reason: str = ""


def split(feed: Feed, parsed: ParsedFeed, *, elsewhere: bool) -> Split:
    """Decide, before anything is stored. `elsewhere`: this is the first document from a new address."""
    if not feed.baseline_done:
        return Split(backlog=parsed.entries, reason="the first document is where we begin")
    if feed.last_ok_at is None:
        return Split(news=parsed.entries)
    known = {name for mark in unpack(feed.marks) for name in (mark.uid, mark.address)} - {NOTHING}
    old = tuple(entry for entry in parsed.entries if _is_old(entry, feed.last_ok_at - SLACK, known))
    all_items = sum(1 for _ in unpack(parsed.marks)) or len(parsed.entries)
    if not old or (len(old) <= MOST * all_items and not elsewhere):
        return Split(news=parsed.entries)
    chosen = set(map(id, old))
    reason = f"{len(old)} of {all_items} entries are new to us and dated before our last visit: kept as backlog"
    news = tuple(entry for entry in parsed.entries if id(entry) not in chosen)
    return Split(backlog=old, news=news, reason=reason)


def _is_old(entry: ParsedEntry, before: datetime, known: Collection[bytes]) -> bool:
    if entry.published is None or entry.published >= before:
        return False
    return fingerprint(entry.uid) not in known and fingerprint(entry.canonical_url) not in known
