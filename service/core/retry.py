"""When a message that could not be sent is tried again, when we give up, and when we leave an endpoint alone.

Webhooks follow the schedule the Standard Webhooks specification recommends, about 75 hours in all. Email follows the
shorter one mail servers are used to: a greylisted message passes on the second or third try. An alert that a server
refuses for now is given up within four hours and a digest within a day, since by then what it says is no longer news.
A mail server that does not answer at all is our side's trouble, not the reader's: alerts wait it out as digests do.
Jitter of up to a fifth either way keeps what failed together from coming back together.

An endpoint at which most tries fail is left alone for a while, longer each time, and then asked with one message: what
is sent at a machine that is down only wears out the messages' tries. One that failed for five days is disabled, and
whoever answers for it is told. A single success makes good all of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.subscription import Channel, ChannelKind

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
LONGEST_WISH = timedelta(hours=1)
"""Whoever asks for more is asked again after that, with one message: an alert of tomorrow is no alert."""
FURTHEST = timedelta(seconds=max(map(max, SCHEDULES.values())) * (1 + SPREAD))
"""No try lies further ahead than this."""

LOOK_BACK = timedelta(minutes=5)
FEWEST = 10
SHARE = 0.7
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
BUSY_PAUSE = timedelta(minutes=1)
"""For who says that we are too many (429) and not for how long."""
PATIENCE = timedelta(days=5)
PATIENCE_FAILURES = len(SCHEDULES["webhook"]) + 1
"""So many tries in a row must have failed too: who is seldom written to is not disabled for two of them."""


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
    kind: ChannelKind,
    attempts: int,
    tried: Tried,
    *,
    digest: bool = False,
    now: datetime,
    jitter: float,
    longest: timedelta = LONGEST_WISH,
) -> Retry:
    """Decide after the try numbered `attempts` (1 for the first). `jitter` is in [0, 1); 0.5 means none.

    `digest` says that the message is one, or for another reason as good tomorrow as today. A wait that the far side
    asks for is kept up to the `longest`.
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
    which = f"try {failures + 1} of {len(schedule) + 1}"
    wait = timedelta(seconds=schedule[failures - 1] * (1 + SPREAD * (2 * jitter - 1)))
    wish = _granted(tried.retry_after_s or 0, longest)
    if wish <= wait:
        return Retry(at=now + wait, reason=f"{which} in {_words(wait)}")
    asked = (
        ", as the far side asked" if wish.total_seconds() == tried.retry_after_s else ": the far side asked for more"
    )
    return Retry(at=now + wish, reason=f"{which} in {_words(wish)}{asked}")


def _granted(wish_s: float, longest: timedelta) -> timedelta:
    return timedelta(seconds=min(wish_s, longest.total_seconds()))


def _words(wait: timedelta) -> str:
    seconds = wait.total_seconds()
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bout:
    """The tries of one endpoint that ended together, at least one of them failed; `well` if one went well, too.

    `tries` and `failed` count those of the last five minutes, or since the breaker last closed; these among them.
    `asked_s` is the longest wait the far side asked for, `busy` that it said 429 without one.
    """

    ended: int
    well: bool = False
    tries: int
    failed: int
    asked_s: float | None = None
    busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an endpoint stands after failures. `disable` says, where it is not empty, why nothing more is sent there."""

    failing_since: datetime | None
    failures: int
    trips: int
    paused_until: datetime | None
    disable: str = ""


def health(channel: Channel, bout: Bout, *, now: datetime, longest: timedelta = LONGEST_WISH) -> Health:
    """Decide what failures do to an endpoint. One that asks for more than the `longest` wait gets one message then."""
    since, failures = (None, 0) if bout.well else (channel.failing_since or now, channel.failures + bout.ended)
    disable = ""
    if since is not None and now - since >= PATIENCE and failures >= PATIENCE_FAILURES:
        disable = f"every try failed since {since:%Y-%m-%d %H:%M} UTC, {failures} of them"
    trips, paused_until = channel.trips, channel.paused_until
    open_already = paused_until is not None and paused_until > now
    if bout.well and not open_already:
        trips = 0
    if not open_already and (trips or _mostly_fails(bout)):
        trips += 1
        paused_until = now + min(FIRST_PAUSE * 2 ** min(trips - 1, 10), LONGEST_PAUSE)
    if bout.asked_s is not None and bout.asked_s > longest.total_seconds():
        trips = max(trips, 1)
    wish = _wished(bout, longest)
    if wish is not None and (paused_until is None or paused_until < now + wish):
        paused_until = now + wish
    return Health(failing_since=since, failures=failures, trips=trips, paused_until=paused_until, disable=disable)


def _mostly_fails(bout: Bout) -> bool:
    return bout.tries >= FEWEST and bout.failed >= SHARE * bout.tries


def _wished(bout: Bout, longest: timedelta) -> timedelta | None:
    if bout.asked_s is not None:
        return _granted(bout.asked_s, longest)
    return BUSY_PAUSE if bout.busy else None
