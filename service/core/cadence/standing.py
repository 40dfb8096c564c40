"""What failures mean: they count in a row, they stretch the wait, and only a feed that says so twice is gone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from service.core.feed import Feed, FeedState

FAILING_AFTER = 3
"""Failures in a row before a feed is shown as failing: one bad answer is weather."""

BACKOFF_CAP = timedelta(hours=23)
"""With the longest jitter on top it stays within a day: what comes back is noticed the same day."""

WALLED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
WALL_START = timedelta(hours=1)
GONE_AGAIN = timedelta(hours=24)
GONE_PROBE = timedelta(days=30)
DOUBLINGS = 6  # more would only overflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the feed's row says of how it does."""

    failures: int
    state: FeedState
    state_since: datetime
    gone_at: datetime | None


def stand(feed: Feed, *, ok: bool, status: int | None, excused: bool, now: datetime) -> Standing:
    """Return the standing after a poll. An excused failure leaves it as it was."""
    if excused:
        since = feed.state_since or now
        return Standing(failures=feed.failures, state=feed.state, state_since=since, gone_at=feed.gone_at)
    failures = 0 if ok else feed.failures + 1
    gone_at = _gone_at(feed, ok=ok, status=status, now=now)
    state = _state(feed, failures, gone=gone_at is not None and now - gone_at >= GONE_AGAIN)
    since = feed.state_since if feed.state_since and state == feed.state else now
    return Standing(failures=failures, state=state, state_since=since, gone_at=gone_at)


def _gone_at(feed: Feed, *, ok: bool, status: int | None, now: datetime) -> datetime | None:
    if ok:
        return None
    if status == HTTPStatus.GONE:
        return feed.gone_at or now
    # No answer says nothing either way; any other answer breaks the row, unless the matter was settled already.
    return feed.gone_at if status is None or feed.state == "gone" else None


def _state(feed: Feed, failures: int, *, gone: bool) -> FeedState:
    if feed.state == "muted":
        return "muted"
    if not failures:
        return "active"
    if feed.state == "gone" or gone:
        return "gone"
    return "failing" if failures >= FAILING_AFTER else feed.state


def stretched(
    wait: timedelta, why: str, *, standing: Standing, ok: bool, status: int | None, excused: bool
) -> tuple[timedelta, str]:
    """Return the wait after failures, and why."""
    if ok:
        return wait, why
    if excused:
        return wait, "our own network is down"
    longer, why = _after_failure(wait, why, standing, status)
    return max(wait, longer), why


def _after_failure(wait: timedelta, why: str, standing: Standing, status: int | None) -> tuple[timedelta, str]:
    failures = standing.failures
    if standing.state == "gone":
        return GONE_PROBE, "it is gone for good; we look once a month"
    if status == HTTPStatus.GONE:
        return GONE_AGAIN, "it says it is gone; we ask once more in a day"
    if status in WALLED:
        return min(WALL_START * 2 ** min(failures - 1, DOUBLINGS), BACKOFF_CAP), "the server turns us away"
    if failures <= 1:
        return wait, f"{why}; the last poll failed"
    return min(wait * failures, BACKOFF_CAP), f"{failures} polls in a row failed"
