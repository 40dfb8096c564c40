"""When a message that could not be sent is tried again, and when we give up.

Webhooks follow the schedule the Standard Webhooks specification recommends, about 75 hours in all. Email follows the
shorter one mail servers are used to: a greylisted message passes on the second or third try. An alert that a server
refuses for now is given up within four hours and a digest within a day, since by then what it says is no longer news.
A mail server that does not answer at all is our side's trouble, not the reader's: alerts wait it out as digests do.
Jitter of up to a fifth either way keeps what failed together from coming back together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.subscription import ChannelKind

MINUTE = 60
HOUR = 3600

# Seconds to wait after the first failure, the second, …; after the last one we give up.
SCHEDULES: dict[ChannelKind, tuple[int, ...]] = {
    "webhook": (
        5,
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        14 * HOUR,
        20 * HOUR,
        24 * HOUR,
    ),
    "email": (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 4 * HOUR, 4 * HOUR, 4 * HOUR),
}
ALERT_BY_EMAIL = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 110 * MINUTE)
SPREAD = 0.2
LONGEST_WISH = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How one try went. `retry` says whether another can help; `gone` that the address is closed for good.

    `answered` says whether the far side said so, in which case `retry_after_s` is what it asked for, in seconds.
    """

    ok: bool = False
    retry: bool = True
    gone: bool = False
    answered: bool = True
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When to try again; `at` None means never, and `reason` says why."""

    at: datetime | None
    reason: str


def next_try(
    kind: ChannelKind, attempts: int, tried: Tried, *, digest: bool = False, now: datetime, jitter: float
) -> Retry:
    """Decide after the try numbered `attempts` (1 for the first). `jitter` is in [0, 1); 0.5 means none.

    `digest` says that the message is one, or for another reason as good tomorrow as today.
    """
    if tried.ok:
        return Retry(at=None, reason="sent")
    if tried.gone:
        return Retry(at=None, reason="gave up: the far side says the address is gone")
    if not tried.retry:
        return Retry(at=None, reason="gave up: trying again cannot help")
    hurried = kind == "email" and tried.answered and not digest
    schedule = ALERT_BY_EMAIL if hurried else SCHEDULES[kind]
    failures = max(attempts, 1)
    if failures > len(schedule):
        return Retry(at=None, reason=f"gave up after {failures} tries")
    return _again(
        schedule[failures - 1], tried.retry_after_s, f"try {failures + 1} of {len(schedule) + 1}", now, jitter
    )


def _again(base_s: int, wish_s: float | None, which: str, now: datetime, jitter: float) -> Retry:
    wait = timedelta(seconds=base_s * (1 + SPREAD * (2 * jitter - 1)))
    if wish_s is None or wish_s <= wait.total_seconds():
        return Retry(at=now + wait, reason=f"{which} in {_words(wait)}")
    wish = timedelta(seconds=min(wish_s, LONGEST_WISH.total_seconds()))
    if wish <= wait:
        return Retry(at=now + wait, reason=f"{which} in {_words(wait)}")
    return Retry(at=now + wish, reason=f"{which} in {_words(wish)}, as the far side asked")


def _words(wait: timedelta) -> str:
    seconds = wait.total_seconds()
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"
