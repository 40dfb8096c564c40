"""The next poll: rhythm, then failures, then the server's wishes, then jitter, then hours not to come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.cadence.pace import MAX_INTERVAL, MIN_INTERVAL, is_pushed, learned, pace
from service.core.cadence.standing import Standing, stand, stretched
from service.core.cadence.wishes import keep_away, outside, wished
from service.core.feed import Feed, FeedState

SPREAD = 0.1
LONGEST_SPREAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """How a poll went. Wishes are seconds.

    `published` are the times of all entries of the feed's last document, any order; `read` says that it came with this
    poll. `excused` is a failure that is our own network's.
    """

    ok: bool
    status: int | None = None
    max_age_s: float | None = None
    retry_after_s: float | None = None
    published: Sequence[datetime] = ()
    read: bool = False
    excused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """When to poll next, and what the feed's row says from now on. `gap_s` is None while nothing is known.

    `soonest_at` is when it may be polled if it turns urgent meanwhile. `away` is how long its host wants to be left
    alone by all of us.
    """

    due_at: datetime
    soonest_at: datetime
    gap_s: float | None
    failures: int
    state: FeedState
    state_since: datetime
    gone_at: datetime | None
    away: timedelta | None
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

    The feed is as its last document has it (`ttl_s`, `skip_hours` …), but for what is decided here. A priority feed is
    asked at `min_interval` however rarely it publishes, and so is a hot one; the server's wishes hold for them too.
    """
    gap_s = learned(feed.gap_s, polled.published, now) if polled.read else feed.gap_s
    standing = stand(feed, ok=polled.ok, status=polled.status, excused=polled.excused, now=now)
    away = None if polled.ok else keep_away(polled.status, polled.retry_after_s, standing.failures)
    planned = pace(feed, gap_s, polled.published, least=min_interval, most=max_interval, now=now)
    urgent = planned if is_pushed(feed, now) else (min_interval, "")
    due_at, why = _due(feed, polled, standing, planned=planned, away=away, now=now, jitter=jitter)
    soonest_at, _ = _due(feed, polled, standing, planned=urgent, away=away, now=now, jitter=jitter)
    return Cadence(
        due_at=due_at,
        soonest_at=min(soonest_at, due_at),
        gap_s=gap_s,
        failures=standing.failures,
        state=standing.state,
        state_since=standing.state_since,
        gone_at=standing.gone_at,
        away=away,
        reason=why,
    )


def _due(
    feed: Feed,
    polled: Polled,
    standing: Standing,
    *,
    planned: tuple[timedelta, str],
    away: timedelta | None,
    now: datetime,
    jitter: float,
) -> tuple[datetime, str]:
    wait, why = stretched(*planned, standing=standing, ok=polled.ok, status=polled.status, excused=polled.excused)
    wait, why = wished(wait, why, fresh_s=max(polled.max_age_s or 0, feed.ttl_s or 0), away_s=polled.retry_after_s)
    if away is not None and away > wait:
        wait, why = away, "the server has had too much of us"
    spread = min(wait * SPREAD, LONGEST_SPREAD) * jitter
    at = now + wait + spread
    if feed.priority:
        return at, why
    free_at = outside(at, hours=feed.skip_hours, days=feed.skip_days)
    return (at, why) if free_at == at else (free_at + spread, "the feed asks not to be polled before then")
