"""When a permanent redirect is believed: a new address is for good, and mistakes and hijackers redirect too."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from service.core.feed import Feed, FetchResult, ParsedFeed
from service.core.marks import NOTHING, unpack

SIGHTINGS = 3
STEADY = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What the feed's row says of where it goes. `settled`: `to` is its address from now on."""

    to: str | None = None
    since: datetime | None = None
    seen: int = 0
    settled: bool = False
    reason: str = ""


def move(feed: Feed, result: FetchResult, *, good: bool, known: bool, now: datetime) -> Move:
    """Decide after an answer. `good`: it was a feed, or unchanged; `known`: it has something we know, see `is_known`.

    Only a chain of 301 and 308 to one place counts, seen three times over three days; any other answer begins anew.
    No answer says nothing. A place whose first document has nothing in common with ours is never believed: once its
    entries are in the store, every later document would look familiar.
    """
    before = Move(to=feed.moved_to, since=feed.moved_since, seen=feed.moved_seen)
    if result.status is None:
        return before
    if not result.moved or result.final_url in {"", feed.url} or _gives_up_tls(feed.url, result.final_url):
        return Move()
    if result.final_url != feed.moved_to:
        return _first(result.final_url, known=known, now=now) if good else Move()
    if not good or not feed.moved_seen or feed.moved_since is None:
        return before
    seen = feed.moved_seen + 1
    if known and seen >= SIGHTINGS and now - feed.moved_since >= STEADY:
        return Move(to=result.final_url, seen=seen, settled=True, reason=f"moved for good, from {feed.url}")
    return Move(to=feed.moved_to, since=feed.moved_since, seen=seen)


def _first(to: str, *, known: bool, now: datetime) -> Move:
    if known:
        return Move(to=to, since=now, seen=1, reason=f"redirected for good to {to}")
    return Move(to=to, since=now, reason=f"redirected to {to}, which has nothing that we know")


def is_known(feed: Feed, parsed: ParsedFeed | None, *, stored_before: bool) -> bool:
    """Whether a document is this feed's: unchanged (None), or with an entry we know, or with our address as its own.

    `stored_before`: the store knew some of its entries.
    """
    if parsed is None or stored_before or parsed.self_url == feed.url:
        return True
    ours = {name for mark in unpack(feed.marks) for name in (mark.raw, mark.uid, mark.address)}
    theirs = {name for mark in unpack(parsed.marks) for name in (mark.raw, mark.uid, mark.address)}
    return bool(ours & theirs - {NOTHING})


def _gives_up_tls(old: str, new: str) -> bool:
    return urlsplit(old).scheme == "https" and urlsplit(new).scheme != "https"
