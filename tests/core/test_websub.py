"""When a hub is asked, what it says is worth, and when it is no longer counted on."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.core.addresses import networks
from service.core.feed import Feed, Push
from service.core.websub import (
    DISTRUST,
    KEPT_SEEN,
    LEAVE_TRIES,
    HubAnswer,
    answered,
    ask_soon,
    asking,
    begun,
    confirmed,
    denied,
    distrusted,
    fingerprint,
    gave_up_leaving,
    is_repeated,
    is_signed,
    left,
    listens,
    missed,
    told,
    unreachable,
    words,
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
FEED = Feed(
    feed_id=1, url="https://wire.example/feed", hub="https://hub.example/", topic="https://wire.example/t", due_at=NOW
)
ASKED = begun(FEED, base_url="https://tocsin.example", key="k", secret="s", now=NOW)


def active(**slots: Any) -> Push:
    given: dict[str, Any] = {"state": "active", "active_since": NOW - 10 * HOUR, "expires_at": NOW + 100 * HOUR} | slots
    return replace(ASKED, **given)


@pytest.mark.parametrize(
    ("url", "given", "reachable"),
    [
        ("https://tocsin.example.org", True, True),
        ("http://tocsin.example.org:8080/alerts", True, True),
        ("https://tocsin.example.org", False, False),
        ("", True, False),
        ("http://127.0.0.1:8000", True, False),
        ("http://[::1]:8000", True, False),
        ("http://10.0.0.8", True, False),
        ("https://8.8.8.8", True, True),
        ("http://localhost:8000", True, False),
        ("http://alerts", True, False),
        ("http://tocsin.local", True, False),
    ],
)
def test_a_hub_must_be_able_to_reach_us(url: str, given: bool, reachable: bool) -> None:  # noqa: FBT001
    assert (unreachable(url, given=given) == "") is reachable


def test_a_network_let_through_on_purpose_counts_as_open() -> None:
    assert unreachable("http://127.0.0.1:1", given=True, allow=networks(["127.0.0.0/8"])) == ""


def test_the_hub_is_told_where_what_and_until_when() -> None:
    assert (ASKED.callback, ASKED.topic, ASKED.hub) == (
        "https://tocsin.example/push/k",
        "https://wire.example/t",
        "https://hub.example/",
    )
    assert "push/k" not in repr(ASKED), "whoever knows the address may write to it"


@pytest.mark.parametrize(
    ("lease_s", "hours"),
    [(864_000, 240), (3_600, 1), (40 * 86_400, 720), (3_599, None), (0, None), (-5, None), (None, None)],
)
def test_leases_are_believed_from_an_hour_to_thirty_days(lease_s: int | None, hours: int | None) -> None:
    push = confirmed(asking(ASKED, until=NOW + HOUR), lease_s, now=NOW)
    if hours is None:
        assert push is None
        return
    assert push is not None
    assert (push.state, push.expires_at, push.tries) == ("active", NOW + hours * HOUR, 0)
    assert push.promised_until == push.expires_at
    assert NOW < push.due_at < NOW + hours * HOUR, "renewed well before"


def test_asking_back_twice_is_agreed_to_and_changes_nothing() -> None:
    assert confirmed(active(), 864_000, now=NOW) == active()


@pytest.mark.parametrize("state", ["refused", "distrusted", "leaving"])
def test_what_we_did_not_ask_for_is_not_agreed_to(state: str) -> None:
    assert confirmed(active(state=state), 864_000, now=NOW) is None


def test_a_renewal_does_not_interrupt() -> None:
    renewing = asking(active(), until=NOW + MINUTE)
    assert renewing.promised_until == active().expires_at
    push = confirmed(renewing, 864_000, now=NOW)
    assert push is not None
    assert (push.active_since, push.expires_at) == (active().active_since, NOW + 240 * HOUR)


def test_a_gap_in_the_lease_begins_it_anew() -> None:
    push = confirmed(asking(active(expires_at=NOW - HOUR), until=NOW), 864_000, now=NOW)
    assert push is not None
    assert push.active_since == NOW


def test_trouble_is_tried_again_ever_more_rarely_and_never_given_up() -> None:
    push, waits = ASKED, []
    for _ in range(40):
        push = answered(asking(push, until=NOW), HubAnswer(feed_id=1, status=503, error="503"), now=NOW, jitter=0)
        waits.append(push.due_at - NOW)
        assert push.state == "asked"
    assert (waits[0], waits[1], waits[-1]) == (5 * MINUTE, 10 * MINUTE, 7 * 24 * HOUR)


def test_retry_after_is_honoured() -> None:
    answer = HubAnswer(feed_id=1, status=429, error="429", retry_after_s=7200)
    assert answered(asking(ASKED, until=NOW), answer, now=NOW, jitter=0).due_at == NOW + 2 * HOUR


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_refusal_is_taken_for_a_day_then_two(status: int) -> None:
    no = HubAnswer(feed_id=1, status=status, error=f"{status}")
    once = answered(asking(ASKED, until=NOW), no, now=NOW, jitter=0)
    twice = answered(asking(once, until=NOW), no, now=NOW, jitter=0)
    assert (once.state, once.due_at, twice.due_at) == ("refused", NOW + 24 * HOUR, NOW + 48 * HOUR)


def test_an_answer_that_comes_after_the_hub_asked_back_changes_nothing() -> None:
    assert answered(active(), HubAnswer(feed_id=1, status=202), now=NOW, jitter=0) == active()


def test_a_hub_that_never_asks_back_is_asked_again() -> None:
    push = answered(asking(ASKED, until=NOW), HubAnswer(feed_id=1, status=202), now=NOW, jitter=0)
    assert (push.state, push.due_at, push.promised_until) == ("asked", NOW + 15 * MINUTE, None)
    assert "not asked back" in push.error


def test_a_denial_ends_the_promise() -> None:
    push = denied(active(), "no such topic", now=NOW)
    assert (push.state, push.promised_until, listens(push, NOW)) == ("refused", None, False)
    assert "no such topic" in push.error


@pytest.mark.parametrize(
    ("minutes", "last_poll", "quiet"),
    [
        pytest.param([-30], -60, True, id="half an hour old, and not told"),
        pytest.param([-9], -60, False, id="it may still come"),
        pytest.param([-30, -9], -60, True, id="one of two"),
        pytest.param([], -60, False, id="nothing new"),
        pytest.param([-5000], -15, False, id="dated long before, appeared just now"),
        pytest.param([-5000], -360, True, id="dated long before, appeared some hours ago"),
        pytest.param([None], -15, False, id="not dated, appeared just now"),
        pytest.param([None], -360, True, id="not dated, appeared some hours ago"),
        pytest.param([-700], -1400, False, id="before the hub had promised"),
    ],
)
def test_a_poll_that_finds_what_the_hub_kept_to_itself(minutes: list[int | None], last_poll: int, quiet: bool) -> None:  # noqa: FBT001
    published = [None if n is None else NOW + n * MINUTE for n in minutes]
    words = missed(active(), published, last_poll_at=NOW + last_poll * MINUTE, now=NOW)
    assert bool(words) is quiet


@pytest.mark.parametrize("push", [ASKED, active(state="refused"), active(expires_at=NOW), active(active_since=None)])
def test_who_promised_nothing_breaks_no_promise(push: Push) -> None:
    assert missed(push, [NOW - 5 * HOUR], last_poll_at=NOW - 6 * HOUR, now=NOW) == ""


def test_a_distrusted_hub_is_heard_but_not_counted_on_and_asked_again_in_a_week() -> None:
    push = distrusted(active(), "a poll found 1", now=NOW)
    assert (push.promised_until, listens(push, NOW), push.due_at) == (None, True, NOW + DISTRUST)
    assert asking(push, until=NOW).state == "asked"


def test_leaving_is_told_a_few_times_at_most() -> None:
    push = left(active(), now=NOW)
    assert push is not None
    assert (push.state, listens(push, NOW), gave_up_leaving(push)) == ("leaving", False, False)
    for _ in range(LEAVE_TRIES):
        push = answered(asking(push, until=NOW), HubAnswer(feed_id=1, error="no answer"), now=NOW, jitter=0)
    assert gave_up_leaving(push)
    assert left(active(state="refused", expires_at=None), now=NOW) is None


def signature(method: str, body: bytes = b"body", key: bytes = b"secret") -> str:
    return f"{method}=" + hmac.new(key, body, getattr(hashlib, method)).hexdigest()


@pytest.mark.parametrize(
    ("header", "good"),
    [
        *((signature(method), True) for method in ("sha1", "sha256", "sha384", "sha512")),
        (signature("sha256").upper(), True),
        (signature("sha256", b"other"), False),
        (signature("sha256", key=b"guess"), False),
        (f"{signature('sha1')}, {signature('sha256')}", True),
        (f"{signature('sha1')}, {signature('sha256', b'other')}", False),
        (f"{signature('sha1', b'other')},{signature('sha256')}", True),
        (signature("md5"), False),
        ("sha256=", False),
        ("sha256=é", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_only_what_the_hub_signed_is_from_the_hub_and_the_strongest_signature_decides(header: str, good: bool) -> None:  # noqa: FBT001
    assert is_signed("secret", header, b"body") is good


def test_the_last_messages_are_known_again() -> None:
    push = active()
    for n in range(KEPT_SEEN + 1):
        push = told(push, fingerprint(str(n).encode()), now=NOW)
    assert is_repeated(push, fingerprint(b"1"))
    assert is_repeated(push, fingerprint(str(KEPT_SEEN).encode()))
    assert not is_repeated(push, fingerprint(b"0"))
    assert len(push.seen) == KEPT_SEEN * 8


@pytest.mark.parametrize(
    ("last_poll", "ttl_s", "due", "expected"),
    [(-6, None, 1, 0), (-0.5, None, 5, 0.5), (-0.5, 7200, 5, 1.5), (-0.5, None, 0.1, 0.1), (None, None, 5, 0)],
)
def test_a_feed_whose_hub_fails_is_asked_soon_and_politely(
    last_poll: float | None, ttl_s: float | None, due: float, expected: float
) -> None:
    polled = None if last_poll is None else NOW + last_poll * HOUR
    feed = replace(FEED, due_at=NOW + due * HOUR, last_poll_at=polled, ttl_s=ttl_s)
    assert ask_soon(feed, now=NOW) == NOW + expected * HOUR


@pytest.mark.parametrize(
    ("push", "said"),
    [
        (None, "not asked: it needs base_url to be where others reach us"),
        (replace(ASKED, error="it answered 503"), "asked: it answered 503; asked again from 2026-03-04 12:00 UTC"),
        (active(), "it tells us, nothing so far"),
        (active(told_at=NOW), "it tells us, the last time 2026-03-04 12:00 UTC"),
        (active(state="asked"), "it tells us, nothing so far"),
        (active(dropped=3), "it tells us, nothing so far; 3 messages were not signed by it"),
        (denied(active(), "no", now=NOW), "it refused: the hub denies it: no; asked again from 2026-03-05 12:00 UTC"),
        (distrusted(active(), "a", now=NOW), "not counted on: a; asked again from 2026-03-11 12:00 UTC"),
        (left(active(), now=NOW), "it is being told that we want no more"),
    ],
)
def test_how_we_stand_with_a_hub_is_said_in_words(push: Push | None, said: str) -> None:
    assert words(push, NOW) == said
