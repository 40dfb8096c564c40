"""How often a feed publishes, and how often we would like to ask it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from service.core.feed import Feed

START = timedelta(minutes=15)
MIN_INTERVAL = timedelta(minutes=5)
MAX_INTERVAL = timedelta(hours=6)

HOT = timedelta(hours=2)
"""How long a feed that brought something relevant is asked often: more of it may follow, there as elsewhere."""

SAFETY = timedelta(hours=6)
"""How often to look after a feed whose hub has promised to tell us."""

RECENT = 20
"""How many of a document's newest entries say how often the feed publishes; older ones are another season."""

LEARN = 0.3
"""How far one document moves the gap we believe in."""

QUIET = 10
"""A silence of ten gaps says that the gap is no longer what it was: the feed sleeps, or has ended."""


def learned(known_s: float | None, published: Sequence[datetime], now: datetime) -> float | None:
    """Return the usual seconds between entries: the document's median gap, weighed against what we knew."""
    times = sorted((at for at in published if at <= now), reverse=True)[:RECENT]
    if len(times) < 2:  # noqa: PLR2004  one entry has no gap
        return known_s
    seen_s = median((later - earlier).total_seconds() for later, earlier in pairwise(times))
    return seen_s if known_s is None else known_s + LEARN * (seen_s - known_s)


def pace(
    feed: Feed, gap_s: float | None, published: Sequence[datetime], *, least: timedelta, most: timedelta, now: datetime
) -> tuple[timedelta, str]:
    """Return how long to wait if nothing is in the way, and why."""
    if is_pushed(feed, now) and feed.pushed_until:
        return max(least, min(SAFETY, feed.pushed_until - now)), "its hub tells us; this is for safety"
    if feed.hot_until and feed.hot_until > now:
        return least, "it just brought something relevant"
    if feed.priority:
        return least, "a priority feed"
    if gap_s is None:
        return _clamp(START, least, most), "its pace is not known yet"
    gap_s = max(gap_s, _silence_s(feed, published, now) / QUIET)
    return _clamp(timedelta(seconds=gap_s / 2), least, most), f"it publishes about every {_words(gap_s)}"


def is_pushed(feed: Feed, now: datetime) -> bool:
    """Whether a hub has promised to tell us of its news."""
    return feed.pushed_until is not None and feed.pushed_until > now


def _silence_s(feed: Feed, published: Sequence[datetime], now: datetime) -> float:
    """Return the seconds since it last had something to say, as far as we know."""
    last = max((at for at in published if at <= now), default=feed.last_entry_at)
    return (now - last).total_seconds() if last else 0.0


def _clamp(wait: timedelta, least: timedelta, most: timedelta) -> timedelta:
    return max(least, min(wait, most))


def _words(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.0f} h"  # noqa: PLR2004  where hours read better
