"""A feed's state, in a word and in a sentence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.core.feed import UNDECLARED, Feed, Host, PollRecord
from service.core.health import PROBLEMS, health, standing, suggested, urgency

NOW = datetime(2026, 11, 22, 18, 42, tzinfo=UTC)
HOUR = 3600.0
FEED = Feed(
    feed_id=1,
    url="https://northernwire.example/rss",
    title="Northern Wire",
    state="active",
    due_at=NOW + timedelta(minutes=5),
    last_poll_at=NOW - timedelta(minutes=10),
    last_ok_at=NOW - timedelta(minutes=10),
    last_entry_at=NOW - timedelta(hours=3),
    gap_s=2 * HOUR,
)
FAILING = replace(
    FEED,
    state="failing",
    state_since=NOW - timedelta(days=19, hours=9),
    failures=7,
    error_code="dns",
    last_error="northernwire.example: name not found",
)
AWAY = Host(key="northernwire.example", free_at=NOW + timedelta(hours=2), reason="429, Retry-After")


def ago(**by: float) -> datetime:
    return NOW - timedelta(**by)


@pytest.mark.parametrize(
    ("feed", "host", "state", "sentence"),
    [
        (FEED, None, "working", "answers and brings news, the last 3 h ago"),
        (replace(FEED, last_entry_at=None), None, "working", "answers, and has brought nothing yet"),
        (
            replace(FEED, last_entry_at=ago(days=9)),
            None,
            "silent",
            "answers, nothing new for 9 days though it usually publishes every 2 h",
        ),
        (replace(FEED, last_entry_at=ago(days=9), gap_s=None), None, "silent", "answers, nothing new for 9 days"),
        (FAILING, None, "failing", "failing since 3 November 09:42 UTC: northernwire.example: name not found"),
        (
            replace(FAILING, last_error=""),
            None,
            "failing",
            "failing since 3 November 09:42 UTC: its name was not found",
        ),
        (
            replace(FAILING, error_code="http", last_error="403: a bot wall wants to see a browser"),
            None,
            "failing",
            "failing since 3 November 09:42 UTC: 403: a bot wall wants to see a browser",
        ),
        (FEED, AWAY, "away", "asked us to stay away until 20:42 UTC: 429, Retry-After"),
        (
            replace(FEED, state="gone", gone_at=ago(days=400), error_code="http", last_error="410"),
            None,
            "gone",
            "gone (410) since 18 October 2025 18:42 UTC; asked once a month",
        ),
        (replace(FEED, state="muted"), None, "muted", "muted by an operator"),
        (replace(FAILING, state="muted"), None, "muted", "muted by an operator"),
        (replace(FEED, state="muted", last_error=UNDECLARED), None, "muted", f"muted: {UNDECLARED}"),
        (replace(FAILING, state="muted", last_error=UNDECLARED), None, "muted", f"muted: {UNDECLARED}"),
        (
            replace(FEED, state="muted", last_error="feed 4 has its address"),
            None,
            "muted",
            "muted: feed 4 has its address",
        ),
        (Feed(feed_id=1, url="https://a.example/", due_at=NOW), None, "new", "not polled yet"),
        (
            replace(FEED, failures=1, error_code="http", last_error="HTTP 503"),
            None,
            "stumbled",
            "the last poll failed: HTTP 503",
        ),
        (
            replace(FEED, last_poll_at=NOW),
            None,
            "stumbled",
            "the last poll failed, as all did: our own network is down, which counts against no feed",
        ),
        (
            replace(FAILING, state_since=None, last_ok_at=None, last_error="a web page, not a feed"),
            None,
            "failing",
            "failing: a web page, not a feed",
        ),
    ],
)
def test_each_state_has_its_sentence(feed: Feed, host: Host | None, state: str, sentence: str) -> None:
    found = health(feed, (), host, NOW)
    assert (found.state, found.sentence) == (state, sentence)
    assert found.problem == (state in PROBLEMS)


@pytest.mark.parametrize(
    ("gap_h", "quiet_h", "silent"),
    [
        (0.1, 23, False),  # a night without news is none
        (0.1, 25, True),
        (2, 25, True),
        (12, 47, False),
        (12, 49, True),
        (168, 27 * 24, False),  # a weekly
        (168, 29 * 24, True),
        (None, 6 * 24, False),  # what is not known to be quick is given a week
        (None, 8 * 24, True),
    ],
)
def test_silent_after_four_gaps_and_at_least_a_day(gap_h: float | None, quiet_h: float, silent: bool) -> None:  # noqa: FBT001
    feed = replace(FEED, gap_s=gap_h and gap_h * HOUR, last_entry_at=ago(hours=quiet_h))
    assert (standing(feed, None, NOW) == "silent") is silent


@pytest.mark.parametrize(
    ("feed", "note"),
    [
        (
            replace(FEED, moved_to="https://new.example/rss", moved_seen=2, moved_since=ago(days=2)),
            "moved permanently to https://new.example/rss: seen 2 of 3 times since 20 November 18:42 UTC",
        ),
        (
            replace(FEED, moved_to="https://parked.example/", moved_seen=0),
            "moved permanently to https://parked.example/, which has nothing that we know: not followed",
        ),
        (replace(FEED, id_policy="address"), "its entries' ids are not unique: they are told apart by address"),
        (
            replace(FEED, id_policy="words"),
            "neither ids nor addresses of its entries are unique: they are told apart by their words",
        ),
        (replace(FEED, pushed_until=NOW + timedelta(days=3)), "pushed by its hub until 25 November 18:42 UTC"),
        (
            replace(FEED, due_at=ago(hours=2)),
            "it should have been asked at 16:42 UTC: is `tocsin run` or a worker running?",
        ),
    ],
)
def test_what_else_is_worth_knowing_is_a_note(feed: Feed, note: str) -> None:
    assert health(feed, (), None, NOW).notes == (note,)
    assert health(FEED, (), None, NOW).notes == ()


def test_a_failing_feed_is_failing_although_its_host_wants_to_be_left_alone() -> None:
    found = health(FAILING, (), AWAY, NOW)
    assert found.state == "failing"
    assert found.notes == ("its host asked us to stay away until 20:42 UTC: 429, Retry-After",)


@pytest.mark.parametrize(
    ("feed", "host", "why"),
    [
        (FEED, None, "it publishes about every 2 h"),
        (replace(FEED, priority=True), AWAY, "its host asked us to stay away"),
        (replace(FEED, state="gone"), None, "what is gone is asked once a month"),
        (
            replace(FEED, hot_until=NOW + timedelta(hours=2)),
            None,
            "it brought something relevant: asked often until 20:42 UTC",
        ),
    ],
)
def test_the_next_poll_has_the_reason_noted_at_the_last_unless_something_came_since(
    feed: Feed, host: Host | None, why: str
) -> None:
    found = health(feed, [PollRecord(at=NOW, outcome="new", note="it publishes about every 2 h")], host, NOW)
    assert (found.next_poll, found.next_reason) == (host.free_at if host else FEED.due_at, why)


def test_a_muted_feed_has_no_next_poll() -> None:
    assert health(replace(FEED, state="muted"), (), None, NOW).next_poll is None


def test_a_host_that_is_free_again_keeps_nobody_away() -> None:
    assert standing(FEED, replace(AWAY, free_at=NOW), NOW) == "working"


def test_the_last_polls_come_along() -> None:
    polls = [PollRecord(at=NOW, outcome="new", new=2)]
    assert health(FEED, polls, None, NOW).polls == polls


def test_feeds_a_page_offers_are_suggested() -> None:
    words = "a web page, not a feed; it offers https://a.example/rss, https://a.example/atom?x=1"
    page = replace(FAILING, error_code="html_not_feed", last_error=words)
    assert suggested(page) == ("https://a.example/rss", "https://a.example/atom?x=1")
    assert suggested(FAILING) == ()


def test_problems_come_first_and_priority_feeds_before_others() -> None:
    feeds = [
        replace(FEED, feed_id=1),
        replace(FEED, feed_id=2, state="muted"),
        replace(FEED, feed_id=3, last_entry_at=ago(days=9)),
        replace(FEED, feed_id=4, last_entry_at=ago(days=8), priority=True),
        replace(FAILING, feed_id=5),
        replace(FAILING, feed_id=6, state_since=ago(days=30)),
        replace(FEED, feed_id=7, failures=1),
    ]
    ordered = sorted(feeds, key=lambda feed: urgency(feed, standing(feed, None, NOW)))
    assert [feed.feed_id for feed in ordered] == [6, 5, 4, 3, 7, 1, 2]
