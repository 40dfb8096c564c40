"""When a message that could not be sent is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from service.core.retry import SCHEDULES, Tried, next_try
from service.core.subscription import ChannelKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAILED = Tried()


def wait(
    kind: ChannelKind, attempts: int, tried: Tried = FAILED, jitter: float = 0.5, *, digest: bool = True
) -> float | None:
    at = next_try(kind, attempts, tried, digest=digest, now=NOW, jitter=jitter).at
    return None if at is None else (at - NOW).total_seconds()


def test_webhooks_follow_the_schedule_of_the_specification() -> None:
    hours = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert [wait("webhook", n) for n in range(1, 11)] == [*hours, None]


@pytest.mark.parametrize(
    ("tried", "digest", "hours"),
    [(FAILED, True, (16, 24)), (FAILED, False, (3, 4)), (Tried(answered=False), False, (16, 24))],
    ids=["a digest within a day", "an alert within four hours", "an alert to a silent server within a day"],
)
def test_email_is_given_up_in_time(tried: Tried, digest: bool, hours: tuple[int, int]) -> None:  # noqa: FBT001
    """Whatever the jitter does."""
    waits = [wait("email", n, tried, 0.999999, digest=digest) for n in range(1, 11)]
    assert [round(seconds / 1.2) for seconds in filter(None, waits[:4])] == [60, 300, 900, 3600]
    assert waits[-1] is None
    assert hours[0] * 3600 < sum(filter(None, waits)) <= hours[1] * 3600


@pytest.mark.parametrize("kind", ["webhook", "email"])
def test_jitter_stays_within_a_fifth_either_way(kind: ChannelKind) -> None:
    for attempts, base in enumerate(SCHEDULES[kind], start=1):
        low, high = wait(kind, attempts, jitter=0.0), wait(kind, attempts, jitter=0.999999)
        assert low == pytest.approx(base * 0.8)
        assert high == pytest.approx(base * 1.2, rel=1e-3)


@pytest.mark.parametrize(
    ("tried", "says"),
    [
        (Tried(ok=True), "sent"),
        (Tried(retry=False), "cannot help"),
        (Tried(gone=True), "gone"),
        (Tried(gone=True, retry_after_s=60), "gone"),
    ],
)
def test_what_cannot_be_helped_is_not_tried_again(tried: Tried, says: str) -> None:
    retry = next_try("webhook", 1, tried, now=NOW, jitter=0.5)
    assert retry.at is None
    assert says in retry.reason


@pytest.mark.parametrize(
    ("asked_s", "expected_s"),
    [(1, 5), (120, 120), (3600, 3600), (86_400, 3600), (10**9, 3600), (float("inf"), 3600), (-5, 5)],
)
def test_a_wish_of_the_far_side_is_honoured_up_to_an_hour(asked_s: float, expected_s: float) -> None:
    """It makes no try come sooner than the schedule has it either."""
    asked = Tried(retry_after_s=asked_s)
    assert wait("webhook", 1, asked) == expected_s
    assert wait("webhook", 9, asked) == 86_400
    longer = next_try("webhook", 1, asked, now=NOW, jitter=0.5, longest=timedelta(hours=6))
    assert longer.at == NOW + timedelta(seconds=min(max(asked_s, 5), 6 * 3600))


def test_the_reason_says_which_try_and_when() -> None:
    assert next_try("webhook", 3, FAILED, now=NOW, jitter=0.5).reason == "try 4 of 10 in 30 min"
    assert next_try("webhook", 10, FAILED, now=NOW, jitter=0.5).reason == "gave up after 10 tries"
    for asked_s, says in ((600, "10 min, as the far side asked"), (86_400, "1.0 h: the far side asked for more")):
        retry = next_try("webhook", 1, Tried(retry_after_s=asked_s), now=NOW, jitter=0.5)
        assert retry.reason == f"try 2 of 10 in {says}"


def test_the_whole_road_of_a_webhook_takes_about_three_days() -> None:
    total = timedelta(seconds=sum(SCHEDULES["webhook"]))
    assert timedelta(hours=75) < total < timedelta(hours=76)
