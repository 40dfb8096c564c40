"""When a hub is asked to tell us of a feed's news, what it says is worth, and when it is no longer counted on (WebSub).

What we hold to be true:
- a hub is a promise, not a source: the feed stays what counts, and is looked after every few hours all the while;
- **a hub that keeps quiet is worse than none**, because we ask the feed less often on its word. One entry that a poll
  finds, and the hub had ten minutes to tell us of, and the promise counts for nothing for a week;
- only what is signed with the secret the hub had from us is from the hub. SHA-1 is believed where a hub signs with
  nothing else, as many do: what is broken about it, finding two texts with one digest, forges no HMAC. Where there
  are several signatures the strongest decides alone;
- what a hub sends twice it sent once: an old message sent again by somebody else must not undo a later edit.

Where it fails: an outlet that dates its entries late, or publishes them by hand some time after their date, makes an
honest hub look slow, and is polled like any other.
Source: W3C WebSub (2018), sections 5 to 7.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from service.core.addresses import Network, refusal
from service.core.feed import Feed, Push, PushState
from service.core.urls import is_web

LEASE = timedelta(days=10)
"""What we ask for; the hub decides."""
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=30)
GRACE = timedelta(minutes=10)
"""So long a hub may take to tell us."""

RENEW_AFTER = 2 / 3
SPREAD = 0.1
FAILED = timedelta(minutes=5)
UNCONFIRMED = timedelta(minutes=15)
REFUSED = timedelta(days=1)
DISTRUST = timedelta(days=7)
SLOWEST = timedelta(days=7)
DOUBLINGS = 12  # more would only overflow
LEAVE_TRIES = 3
LEAVE_PAUSE = timedelta(minutes=5)
PAUSE = timedelta(hours=1)
"""How long after its last poll a feed is asked again when its hub is suddenly of no use."""

KEPT_SEEN = 64
_MARK = 8
_METHODS = ("sha512", "sha384", "sha256", "sha1")
_PRIVATE_NAMES = ("localhost", "local", "internal", "lan", "home.arpa", "test", "invalid")
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRequest:
    """One request to a hub: a form, posted. `secret` and `lease_s` only count for subscribing."""

    feed_id: int
    hub: str
    mode: Literal["subscribe", "unsubscribe"]
    topic: str
    callback: str
    secret: str
    lease_s: int = int(LEASE.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAnswer:
    """What the hub said. `status` is None when no answer came; `error` is empty for a 2xx, else says why in words."""

    feed_id: int
    status: int | None = None
    error: str = ""
    retry_after_s: float | None = None


def unreachable(base_url: str, *, given: bool, allow: Sequence[Network] = ()) -> str:
    """Return why hubs cannot reach us under this URL, "" where they can as far as one can tell.

    `given` says that the operator set it; `allow` are networks that count as open.
    """
    if not given or not is_web(base_url):
        return "base_url is not set"
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    try:
        return refusal(str(ip_address(host)), allow) or ""
    except ValueError:
        labels = host.split(".")
    private = len(labels) == 1 or any(host == name or host.endswith(f".{name}") for name in _PRIVATE_NAMES)
    return f"{host} is a name that only some know" if private else ""


def callback(base_url: str, key: str) -> str:
    """Return where a hub reaches us."""
    return f"{base_url}/push/{key}"


def begun(feed: Feed, *, base_url: str, key: str, secret: str, now: datetime) -> Push:
    """Return what is to be asked of the feed's hub."""
    return Push(
        feed_id=feed.feed_id,
        hub=feed.hub or "",
        topic=feed.topic or feed.url,
        callback=callback(base_url, key),
        key=key,
        secret=secret,
        due_at=now,
    )


def asking(push: Push, *, until: datetime) -> Push:
    """Return it as it is while we ask the hub, alone until then. What it promised before stands."""
    state: PushState = "leaving" if push.state == "leaving" else "asked"
    return replace(push, state=state, due_at=until, tries=push.tries + 1)


def answered(push: Push, answer: HubAnswer, *, now: datetime, jitter: float) -> Push:
    """Return it after the hub's answer. `jitter` is in [0, 1).

    An answer of 2xx only says that the hub will ask back; if it does not, we ask again, ever more rarely.
    """
    if push.state not in {"asked", "leaving"}:
        return push  # it has asked back, or denied it, before it answered
    if push.state == "leaving":
        tries = push.tries if answer.error else LEAVE_TRIES
        return replace(push, tries=tries, due_at=now + LEAVE_PAUSE, error=answer.error)
    if not answer.error:
        wait, error = _doubled(UNCONFIRMED, push.tries), "the hub has not asked back yet"
        return replace(push, due_at=_later(now, wait, jitter), error=error)
    if is_refusal(answer):
        wait = _doubled(REFUSED, push.tries)
        return replace(push, state="refused", due_at=_later(now, wait, jitter), error=answer.error)
    wait = max(_doubled(FAILED, push.tries), timedelta(seconds=min(answer.retry_after_s or 0, SLOWEST.total_seconds())))
    return replace(push, due_at=_later(now, wait, jitter), error=answer.error)


def is_refusal(answer: HubAnswer) -> bool:
    """Whether the hub said no, rather than that it is in trouble."""
    status = answer.status
    return status is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _BUSY


def confirmed(push: Push, lease_s: int | None, *, now: datetime) -> Push | None:
    """Return it as agreed for so many seconds once the hub asks back, None where we want nothing of the kind.

    A hub may ask twice, because our answer was lost: that is agreed to, and changes nothing. More than 30 days are not
    believed. Less than an hour, or not to say, is not worth having.
    """
    if push.state == "active":
        return push
    if push.state != "asked":
        return None
    if lease_s is None or lease_s < SHORTEST.total_seconds():
        return None
    lease = timedelta(seconds=min(lease_s, LONGEST.total_seconds()))
    covered = push.promised_until is not None and push.promised_until > now
    return replace(
        push,
        state="active",
        active_since=push.active_since if covered and push.active_since else now,
        expires_at=now + lease,
        due_at=now + lease * RENEW_AFTER,
        tries=0,
        error="",
    )


def denied(push: Push, reason: str, *, now: datetime) -> Push:
    """Return it after the hub has said that it will not, or no longer, tell us."""
    if push.state == "leaving":
        return push
    words = f"the hub denies it: {reason[:200]}" if reason else "the hub denies it"
    wait = _doubled(REFUSED, push.tries)
    return replace(push, state="refused", active_since=None, expires_at=None, due_at=now + wait, error=words)


def distrusted(push: Push, reason: str, *, now: datetime) -> Push:
    """Return it after a poll has found what the hub had not told us. What it sends until its lease ends is taken."""
    return replace(push, state="distrusted", active_since=None, due_at=now + DISTRUST, tries=0, error=reason)


def left(push: Push, *, now: datetime) -> Push | None:
    """Return it when we want no more of it, None where there is nothing to tell the hub."""
    agreed = push.expires_at is not None and push.expires_at > now
    if push.state == "leaving" or not (agreed or push.state == "asked"):
        return None
    return replace(push, state="leaving", due_at=now, tries=0, error="")


def gave_up_leaving(push: Push) -> bool:
    """Whether the hub has been told that we leave, or told often enough."""
    return push.state == "leaving" and push.tries >= LEAVE_TRIES


def listens(push: Push, now: datetime) -> bool:
    """Whether what the hub sends is taken: as long as it promised, even where we do not count on it."""
    return push.state != "leaving" and push.expires_at is not None and push.expires_at > now


def missed(push: Push, published: Iterable[datetime | None], *, last_poll_at: datetime | None, now: datetime) -> str:
    """Return why the hub is not to be trusted, "" where it is.

    `published` are the dates of the entries that a poll at `now` was the first to bring. An entry cannot have been in
    the feed before the poll before: one that is dated earlier, or not at all, came halfway between, as far as we know.
    """
    if push.promised_until is None or push.promised_until <= now or push.active_since is None:
        return ""
    since, began = push.active_since, last_poll_at or push.active_since
    came = [at if at and at > began else began + (now - began) / 2 for at in published]
    quiet = sum(1 for at in came if at >= since and now - at > GRACE)
    return f"a poll found {quiet} that the hub had not told us of" if quiet else ""


def is_signed(secret: str, header: str, body: bytes) -> bool:
    """Whether the X-Hub-Signature header, repeated ones joined by commas, shows that the hub sent this body."""
    given: dict[str, list[str]] = {}
    for part in header.split(","):
        method, _, digest = part.strip().partition("=")
        given.setdefault(method.strip().lower(), []).append(digest.strip().lower())
    methods = [method for method in _METHODS if method in given]
    if not methods:
        return False
    right = hmac.new(secret.encode(), body, methods[0]).hexdigest().encode()
    return any(hmac.compare_digest(right, digest.encode(errors="replace")) for digest in given[methods[0]])


def fingerprint(body: bytes) -> bytes:
    """Return what is kept of a message to know it again."""
    return hashlib.blake2b(body, digest_size=_MARK).digest()


def is_repeated(push: Push, mark: bytes) -> bool:
    """Whether the hub has sent this lately."""
    return any(push.seen[at : at + _MARK] == mark for at in range(0, len(push.seen), _MARK))


def told(push: Push, mark: bytes, *, now: datetime) -> Push:
    """Return it after the hub has told us something."""
    return replace(push, told_at=now, seen=(push.seen + mark)[-KEPT_SEEN * _MARK :])


def words(push: Push | None, now: datetime) -> str:
    """Say how we stand with a feed's hub. Words of the hub are in it as they came."""
    if push is None:
        return "not asked: it needs base_url to be where others reach us"
    dropped = f"; {push.dropped} messages were not signed by it" if push.dropped else ""
    return _standing(push, now) + dropped


def _standing(push: Push, now: datetime) -> str:
    again = f"{push.error or 'no answer yet'}; asked again from {push.due_at:%Y-%m-%d %H:%M} UTC"
    if push.state == "leaving":
        return "it is being told that we want no more"
    if push.state == "refused":
        return f"it refused: {again}"
    if push.state == "distrusted":
        return f"not counted on: {again}"
    if push.expires_at is None or push.expires_at <= now:
        return f"asked: {again}"
    last = f", the last time {push.told_at:%Y-%m-%d %H:%M} UTC" if push.told_at else ", nothing so far"
    return f"it tells us{last}"


def ask_soon(feed: Feed, *, now: datetime, at_least: timedelta = PAUSE) -> datetime:
    """Return when to ask the feed itself: as soon as it is polite, never later than planned."""
    wait = max(at_least, timedelta(seconds=feed.ttl_s or 0))
    return min(feed.due_at, max(now, feed.last_poll_at + wait if feed.last_poll_at else now))


def _doubled(wait: timedelta, tries: int) -> timedelta:
    times: int = 2 ** min(max(tries - 1, 0), DOUBLINGS)
    return min(wait * times, SLOWEST)


def _later(now: datetime, wait: timedelta, jitter: float) -> datetime:
    return now + wait * (1 + SPREAD * jitter)
