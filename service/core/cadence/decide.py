"""When a feed is polled next.

A feed is asked about twice as often as it usually publishes: half the median gap between its entries, within the
operator's bounds. What the server wishes (Cache-Control, ttl, Retry-After) only ever makes us slower, within reason:
a header sent by mistake must not silence a feed for a month. Failures stretch the gap one step each and never end it:
no feed is ever abandoned, because silence is not good news. Jitter is positive, so that nothing comes before its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from service.core.feed import Feed, FeedState

START = timedelta(minutes=15)
MIN_INTERVAL = timedelta(minutes=5)
MAX_INTERVAL = timedelta(hours=6)
HINT_CAP = timedelta(hours=24)
RETRY_AFTER_CAP = timedelta(days=7)
BACKOFF_CAP = timedelta(hours=24)
SPREAD = 0.1

FAILING_AFTER = 3
"""Failures in a row before a feed is shown as failing: one bad answer is weather."""

RECENT = 20
"""How many of a document's newest entries say how often the feed publishes; older ones are another season."""

LEARN = 0.3
"""How far one document moves the gap we believe in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """How a poll went. Wishes are seconds; `published` are the times of all entries the document held, any order."""

    ok: bool
    max_age_s: float | None = None
    retry_after_s: float | None = None
    ttl_s: float | None = None
    published: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """When to poll next, and what the feed's row says from now on. `gap_s` is None while nothing is known."""

    due_at: datetime
    gap_s: float | None
    failures: int
    state: FeedState
    reason: str


def next_poll(
    feed: Feed,
    polled: Polled,
    *,
    now: datetime,
    jitter: float,
    min_interval: timedelta = MIN_INTERVAL,
    max_interval: timedelta = MAX_INTERVAL,
) -> Cadence:
    """Decide after a poll that ended at `now`. `jitter` is in [0, 1).

    A priority feed is asked at `min_interval` however rarely it publishes; the server's wishes hold for it too.
    """
    gap_s = _learned(feed.gap_s, polled.published, now)
    failures = 0 if polled.ok else feed.failures + 1
    base, why = _base(feed, gap_s, min_interval, max_interval)
    wait, why = _backed_off(base, why, failures)
    wait, why = _wished(wait, why, polled)
    due_at = now + wait * (1 + SPREAD * jitter)
    return Cadence(due_at=due_at, gap_s=gap_s, failures=failures, state=_state(feed, failures), reason=why)


def _learned(known_s: float | None, published: Sequence[datetime], now: datetime) -> float | None:
    """Return the usual seconds between entries: the document's median gap, weighed against what we knew."""
    times = sorted((at for at in published if at <= now), reverse=True)[:RECENT]
    if len(times) < 2:  # noqa: PLR2004  one entry has no gap
        return known_s
    # A feed that has gone quiet slows down although its document still shows the old pace.
    seen_s = max(median((later - earlier).total_seconds() for later, earlier in pairwise(times)), _quiet_s(times, now))
    return seen_s if known_s is None else known_s + LEARN * (seen_s - known_s)


def _quiet_s(times: Sequence[datetime], now: datetime) -> float:
    return (now - times[0]).total_seconds() / 3


def _base(feed: Feed, gap_s: float | None, least: timedelta, most: timedelta) -> tuple[timedelta, str]:
    if feed.priority:
        return least, "a priority feed"
    if gap_s is None:
        return _clamp(START, least, most), "its pace is not known yet"
    return _clamp(timedelta(seconds=gap_s / 2), least, most), f"it publishes about every {_words(gap_s)}"


def _backed_off(base: timedelta, why: str, failures: int) -> tuple[timedelta, str]:
    if failures <= 1:
        return base, f"{why}; the last poll failed" if failures else why
    return min(base * failures, max(base, BACKOFF_CAP)), f"{failures} polls in a row failed"


def _wished(wait: timedelta, why: str, polled: Polled) -> tuple[timedelta, str]:
    hint = min(timedelta(seconds=_finite(max(polled.max_age_s or 0, polled.ttl_s or 0))), HINT_CAP)
    asked = min(timedelta(seconds=_finite(polled.retry_after_s or 0)), RETRY_AFTER_CAP)
    if asked > max(wait, hint):
        return asked, "the server asked us to come back later"
    return (hint, "the server says its answer stays fresh that long") if hint > wait else (wait, why)


def _finite(seconds: float) -> float:
    """Keep a hostile header from overflowing a timedelta."""
    return min(max(seconds, 0.0), RETRY_AFTER_CAP.total_seconds())


def _state(feed: Feed, failures: int) -> FeedState:
    if feed.state == "muted":
        return "muted"
    if failures >= FAILING_AFTER:
        return "failing"
    return feed.state if failures else "active"


def _clamp(wait: timedelta, least: timedelta, most: timedelta) -> timedelta:
    return max(least, min(wait, most))


def _words(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.0f} h"  # noqa: PLR2004  where hours read better
