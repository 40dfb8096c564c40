"""When a feed is polled next."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.core.cadence import Cadence, Polled, next_poll
from service.core.feed import Feed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)  # a Sunday
FEED = Feed(feed_id=1, url="https://northern-wire.example/rss", due_at=NOW)


def poll(feed: Feed = FEED, polled: Polled = Polled(ok=True), jitter: float = 0.0) -> Cadence:  # noqa: B008
    return next_poll(feed, polled, now=NOW, jitter=jitter)


def read(published: Sequence[datetime]) -> Polled:
    return Polled(ok=True, read=True, published=published)


def failed(status: int | None = None, retry_after_s: float | None = None) -> Polled:
    return Polled(ok=False, status=status, retry_after_s=retry_after_s)


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
    assert minutes(poll(polled=read(every(gap)))) == pytest.approx(expected_min)


def test_the_pace_is_learned_slowly() -> None:
    known = replace(FEED, gap_s=7200.0)
    learned = poll(known, read(every(timedelta(minutes=10)))).gap_s
    assert learned == pytest.approx(7200 + 0.3 * (600 - 7200))


def test_an_unchanged_document_teaches_nothing_again() -> None:
    known = replace(FEED, gap_s=7200.0)
    assert poll(known, Polled(ok=True, published=every(timedelta(minutes=10)))).gap_s == 7200


def test_a_feed_that_went_quiet_slows_down_although_its_document_shows_the_old_pace() -> None:
    busy_last_week = [NOW - timedelta(days=7, minutes=10 * n) for n in range(20)]
    assert minutes(poll(polled=read(busy_last_week))) == 360
    silent = replace(FEED, gap_s=600.0, last_entry_at=NOW - timedelta(days=7))
    assert minutes(poll(silent)) == 360


def test_times_in_the_future_teach_nothing() -> None:
    ahead = [NOW + timedelta(minutes=n) for n in range(1, 10)]
    assert poll(polled=read(ahead)).gap_s is None


def test_a_priority_feed_is_asked_at_the_least_interval() -> None:
    assert minutes(poll(replace(FEED, priority=True, gap_s=86400.0))) == 5


@pytest.mark.parametrize(
    ("polled", "expected_min"),
    [
        (Polled(ok=True, max_age_s=60), 15),
        (Polled(ok=True, max_age_s=3600), 60),
        (Polled(ok=True, max_age_s=10**9), 24 * 60),
        (Polled(ok=True, max_age_s=float("inf")), 24 * 60),
        (failed(503, 7200), 120),
        (failed(429, 10**9), 7 * 24 * 60),
        (failed(503, -1), 15),
    ],
)
def test_the_servers_wishes_make_us_slower_within_reason(polled: Polled, expected_min: float) -> None:
    assert minutes(poll(polled=polled)) == expected_min


def test_wishes_hold_for_priority_feeds_too() -> None:
    assert minutes(poll(replace(FEED, priority=True), failed(503, 3600))) == 60
    assert minutes(poll(replace(FEED, priority=True, ttl_s=1800.0))) == 30


@pytest.mark.parametrize("polled", [Polled(ok=True), Polled(ok=True, status=304), failed()])
def test_what_the_last_document_wished_holds_until_the_next_one(polled: Polled) -> None:
    assert minutes(poll(replace(FEED, ttl_s=5400.0), polled)) == 90


def test_a_host_that_has_had_too_much_is_left_alone_by_everybody() -> None:
    """How long is what it says, or an hour for each time in a row that it says so without saying how long."""
    assert poll(polled=failed(503)).away is None
    assert poll(polled=failed(503, 120)).away == timedelta(minutes=2)
    assert poll(polled=failed(429)).away == timedelta(hours=1)
    assert poll(polled=failed(429, 0)).away == timedelta(hours=1), "to say 'too much' and 'at once' is to say no time"
    assert poll(polled=failed(503, 0)).away is None
    assert poll(replace(FEED, failures=3), failed(429)).away == timedelta(hours=4)
    assert minutes(poll(replace(FEED, priority=True), failed(429))) == 60
    assert poll(polled=Polled(ok=True, status=200, retry_after_s=9)).away is None


def test_a_hot_feed_is_asked_at_the_least_interval_while_it_is_hot() -> None:
    rare = replace(FEED, gap_s=86400.0)
    assert minutes(poll(replace(rare, hot_until=NOW + timedelta(hours=1)))) == 5
    assert minutes(poll(replace(rare, hot_until=NOW))) == 360
    assert minutes(poll(replace(rare, hot_until=NOW + timedelta(hours=1), ttl_s=1200.0))) == 20


def test_what_turns_urgent_may_come_sooner_but_never_against_the_servers_wish() -> None:
    rare = replace(FEED, gap_s=86400.0)
    assert poll(rare).soonest_at == NOW + timedelta(minutes=5)
    assert poll(replace(rare, ttl_s=3600.0)).soonest_at == NOW + timedelta(hours=1)
    assert poll(rare, failed(429)).soonest_at == NOW + timedelta(hours=1)


def test_a_pushed_feed_is_only_looked_after() -> None:
    """Every six hours at most, and in time when the promise ends before."""
    pushed = replace(FEED, gap_s=600.0, hot_until=NOW + timedelta(hours=1), pushed_until=NOW + timedelta(days=1))
    assert poll(pushed).due_at == poll(pushed).soonest_at == NOW + timedelta(hours=6)
    assert minutes(poll(replace(pushed, pushed_until=NOW + timedelta(hours=2)))) == 120
    assert minutes(poll(replace(pushed, pushed_until=NOW))) == 5


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        ((12,), (), NOW.replace(hour=13)),
        ((12, 13, 14), (), NOW.replace(hour=15)),
        ((13,), (), NOW + timedelta(minutes=15)),
        ((12, *range(13, 24), 0, 1), (), NOW + timedelta(hours=14)),
        ((), (6,), NOW + timedelta(hours=12)),
        ((0, 1), (5, 6), NOW + timedelta(hours=14)),
        (tuple(range(24)), (), NOW + timedelta(minutes=15)),
        ((), tuple(range(7)), NOW + timedelta(minutes=15)),
    ],
)
def test_no_poll_falls_into_hours_and_days_to_skip(
    hours: tuple[int, ...], days: tuple[int, ...], expected: datetime
) -> None:
    """It moves to the end of the window; a feed that is never to be polled is not understood."""
    assert poll(replace(FEED, skip_hours=hours, skip_days=days)).due_at == expected


def test_priority_feeds_have_no_hours_to_skip() -> None:
    assert minutes(poll(replace(FEED, priority=True, skip_hours=(12,), skip_days=(6,)))) == 5


def test_feeds_do_not_all_come_at_the_end_of_the_hour_they_skip() -> None:
    assert NOW.replace(hour=13) < poll(replace(FEED, skip_hours=(12,)), jitter=0.5).due_at < NOW.replace(hour=14)


def test_failures_stretch_the_gap_and_never_end_it() -> None:
    waits = [minutes(poll(replace(FEED, failures=n), failed())) for n in (0, 1, 2, 9, 95, 10_000)]
    assert waits == [15, 30, 45, 150, 1380, 1380]


def test_what_comes_back_is_noticed_within_a_day() -> None:
    """However long it failed, whatever the jitter, and however seldom it publishes."""
    for feed in (FEED, replace(FEED, gap_s=864000.0), replace(FEED, priority=True)):
        for bad in (failed(), failed(404), failed(403), failed(500)):
            assert minutes(poll(replace(feed, failures=5000), bad, jitter=0.999)) <= 24 * 60


def test_our_own_networks_failure_is_nobodys() -> None:
    excused = poll(replace(FEED, failures=2, state="active"), Polled(ok=False, excused=True))
    assert (excused.failures, excused.state, minutes(excused)) == (2, "active", 15)


@pytest.mark.parametrize("status", [401, 403])
def test_who_turns_us_away_is_asked_less_and_less(status: int) -> None:
    waits = [minutes(poll(replace(FEED, failures=n), failed(status))) / 60 for n in (0, 1, 2, 3, 4, 5, 500)]
    assert waits == [1, 2, 4, 8, 16, 23, 23]


def test_a_single_410_costs_a_day() -> None:
    once = poll(replace(FEED, state="active"), failed(410))
    assert (once.gone_at, once.state, minutes(once)) == (NOW, "active", 24 * 60)


def test_410_twice_a_day_apart_is_gone_with_a_look_once_a_month() -> None:
    said = replace(FEED, state="active", failures=1, gone_at=NOW - timedelta(hours=24))
    gone = poll(said, failed(410))
    assert (gone.state, gone.state_since, gone.due_at) == ("gone", NOW, NOW + timedelta(days=30))
    assert poll(replace(said, gone_at=NOW - timedelta(hours=23)), failed(410)).state == "active"


def test_another_answer_between_two_410_begins_the_row_anew() -> None:
    said = replace(FEED, state="active", failures=1, gone_at=NOW - timedelta(hours=24))
    assert poll(said, failed(404)).gone_at is None
    assert poll(said, failed(None)).gone_at == said.gone_at
    assert poll(said, Polled(ok=True, status=304)).gone_at is None


def test_a_gone_feed_stays_so_whatever_fails_and_comes_back_by_a_good_poll() -> None:
    gone = replace(FEED, state="gone", state_since=NOW - timedelta(days=30), failures=2, gone_at=NOW)
    assert poll(gone, failed(404)).state == poll(gone, failed()).state == "gone"
    assert poll(gone, failed()).due_at == NOW + timedelta(days=30)
    back = poll(gone)
    assert (back.state, back.state_since, back.gone_at, minutes(back)) == ("active", NOW, None, 15)


def test_a_state_has_a_beginning() -> None:
    long_ago = NOW - timedelta(days=3)
    assert poll(replace(FEED, state="active", state_since=long_ago)).state_since == long_ago
    assert poll(replace(FEED, state="failing", state_since=long_ago, failures=5)).state_since == NOW


def test_one_success_forgives_everything() -> None:
    back = poll(replace(FEED, failures=50, state="failing"))
    assert (back.failures, back.state, minutes(back)) == (0, "active", 15)


def test_a_feed_is_shown_as_failing_from_the_third_failure_on() -> None:
    active = replace(FEED, state="active")
    states = [poll(replace(active, failures=n), failed()).state for n in range(4)]
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
    assert poll(replace(FEED, failures=4), failed()).reason == "5 polls in a row failed"
    assert "server" in poll(polled=Polled(ok=True, max_age_s=7200)).reason
