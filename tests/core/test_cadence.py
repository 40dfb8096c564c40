"""When a feed is polled next."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.core.cadence import Cadence, Polled, next_poll
from service.core.feed import Feed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = Feed(feed_id=1, url="https://northern-wire.example/rss", due_at=NOW)


def poll(feed: Feed = FEED, polled: Polled = Polled(ok=True), jitter: float = 0.0) -> Cadence:  # noqa: B008
    return next_poll(feed, polled, now=NOW, jitter=jitter)


def minutes(cadence: Cadence) -> float:
    return (cadence.due_at - NOW).total_seconds() / 60


def every(gap: timedelta, count: int = 10) -> Sequence[datetime]:
    return [NOW - gap * (n + 0.5) for n in range(count)]


def test_a_feed_of_unknown_pace_is_asked_after_a_quarter_of_an_hour() -> None:
    assert minutes(poll()) == 15


@pytest.mark.parametrize(
    ("gap", "expected_min"),
    [
        (timedelta(minutes=1), 5),
        (timedelta(minutes=30), 15),
        (timedelta(hours=2), 60),
        (timedelta(days=3), 360),
    ],
)
def test_a_feed_is_asked_twice_as_often_as_it_publishes_within_bounds(gap: timedelta, expected_min: float) -> None:
    assert minutes(poll(polled=Polled(ok=True, published=every(gap)))) == pytest.approx(expected_min)


def test_the_pace_is_learned_slowly() -> None:
    known = replace(FEED, gap_s=7200.0)
    learned = poll(known, Polled(ok=True, published=every(timedelta(minutes=10)))).gap_s
    assert learned == pytest.approx(7200 + 0.3 * (600 - 7200))


def test_a_feed_that_went_quiet_slows_down_although_its_document_shows_the_old_pace() -> None:
    busy_last_week = [NOW - timedelta(days=7, minutes=10 * n) for n in range(20)]
    assert minutes(poll(polled=Polled(ok=True, published=busy_last_week))) == 360


def test_times_in_the_future_teach_nothing() -> None:
    ahead = [NOW + timedelta(minutes=n) for n in range(1, 10)]
    assert poll(polled=Polled(ok=True, published=ahead)).gap_s is None


def test_a_priority_feed_is_asked_at_the_least_interval() -> None:
    assert minutes(poll(replace(FEED, priority=True, gap_s=86400.0))) == 5


@pytest.mark.parametrize(
    ("polled", "expected_min"),
    [
        (Polled(ok=True, max_age_s=60), 15),
        (Polled(ok=True, max_age_s=3600), 60),
        (Polled(ok=True, ttl_s=1800), 30),
        (Polled(ok=True, max_age_s=10**9), 24 * 60),
        (Polled(ok=True, max_age_s=float("inf")), 24 * 60),
        (Polled(ok=False, retry_after_s=7200), 120),
        (Polled(ok=False, retry_after_s=10**9), 7 * 24 * 60),
        (Polled(ok=False, retry_after_s=-1), 15),
    ],
)
def test_the_servers_wishes_make_us_slower_within_reason(polled: Polled, expected_min: float) -> None:
    assert minutes(poll(polled=polled)) == expected_min


def test_wishes_hold_for_priority_feeds_too() -> None:
    assert minutes(poll(replace(FEED, priority=True), Polled(ok=False, retry_after_s=3600))) == 60


def test_failures_stretch_the_gap_and_never_end_it() -> None:
    waits = [minutes(poll(replace(FEED, failures=n), Polled(ok=False))) for n in (0, 1, 2, 9, 95, 10_000)]
    assert waits == [15, 30, 45, 150, 1440, 1440]


def test_one_success_forgives_everything() -> None:
    back = poll(replace(FEED, failures=50, state="failing"))
    assert (back.failures, back.state, minutes(back)) == (0, "active", 15)


def test_a_feed_is_shown_as_failing_from_the_third_failure_on() -> None:
    active = replace(FEED, state="active")
    states = [poll(replace(active, failures=n), Polled(ok=False)).state for n in range(4)]
    assert states == ["active", "active", "failing", "failing"]


def test_a_muted_feed_stays_muted() -> None:
    assert poll(replace(FEED, state="muted")).state == "muted"


def test_jitter_is_never_early_and_at_most_a_tenth() -> None:
    assert [minutes(poll(jitter=j)) for j in (0.0, 0.5)] == [15, 15.75]
    assert 15 < minutes(poll(jitter=0.999)) <= 16.5


def test_a_demo_may_poll_every_second() -> None:
    second = timedelta(seconds=1)
    cadence = next_poll(FEED, Polled(ok=True), now=NOW, jitter=0.0, min_interval=second, max_interval=second)
    assert cadence.due_at == NOW + second


def test_the_reason_says_what_decided() -> None:
    assert poll(replace(FEED, gap_s=1800.0)).reason == "it publishes about every 30 min"
    assert poll(replace(FEED, failures=4), Polled(ok=False)).reason == "5 polls in a row failed"
    assert "server" in poll(polled=Polled(ok=True, max_age_s=7200)).reason
