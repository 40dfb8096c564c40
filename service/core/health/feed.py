"""How one feed is: its state in a word and in a sentence, since when, and when it is asked next and why then.

What a poll found stays in the feed's row; this puts it into words and adds the one thing no single poll can see: that
a feed answers and yet says nothing, far longer than it ever did. That is `silent`, after four times its usual gap and
at least a day, so that a night or a holiday is none; where its gap is not known, after a week.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from service.core.feed import UNDECLARED, Feed, Host, PollRecord
from service.core.health.words import moment, since, span

HealthState = Literal["failing", "gone", "silent", "away", "stumbled", "new", "working", "muted"]
"""failing: polls in a row brought nothing usable. gone: the server says so (410). silent: see above. away: its host
asked us to wait. stumbled: the last poll failed, which one may. new: not polled yet."""

PROBLEMS: tuple[HealthState, ...] = ("failing", "gone", "silent")
"""States that somebody should look at."""

HINDSIGHT = timedelta(hours=24)
"""No feed is called silent sooner."""

OVERDUE = timedelta(hours=1)
"""A feed that should have been asked this long ago is not being asked."""

GAPS = 4
UNKNOWN_PACE = timedelta(days=7)
MOVES = 3

_ORDER: tuple[HealthState, ...] = ("failing", "gone", "silent", "away", "stumbled", "new", "working", "muted")
_RANK = {state: rank for rank, state in enumerate(_ORDER)}
_CODES = {
    "dns": "its name was not found",
    "connect": "could not connect",
    "timeout": "no answer in time",
    "tls": "the secure connection failed",
    "blocked": "its address is one we may not ask",
    "too_large": "the answer was too large",
}
_OFFERS = re.compile(r"\bit offers (.*)", re.DOTALL)
_ADDRESS = re.compile(r"https?://[^\s,;]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a feed is. `since` is when the state began as far as known; `next_poll` is None for a muted feed.

    `notes` are sentences on what else is worth knowing; `suggests` are feeds that a page offers which was taken for a
    feed; `polls` are the last ones, newest first. Words of servers are in the sentences as they came.
    """

    state: HealthState
    sentence: str
    since: datetime | None
    last_good: datetime | None
    next_poll: datetime | None
    next_reason: str
    notes: tuple[str, ...] = ()
    suggests: tuple[str, ...] = ()
    polls: Sequence[PollRecord] = ()

    @property
    def problem(self) -> bool:
        """Whether somebody should look at it."""
        return self.state in PROBLEMS


def health(feed: Feed, polls: Sequence[PollRecord], kept_away: Host | None, now: datetime) -> Health:
    """Say how the feed is. `polls` are its last ones, newest first; `kept_away` is its host's wish, if it has one."""
    state = standing(feed, kept_away, now)
    return Health(
        state=state,
        sentence=_sentence(feed, state, kept_away, now),
        since=_since(feed, state),
        last_good=feed.last_ok_at,
        next_poll=None if state == "muted" else max(feed.due_at, kept_away.free_at if kept_away else feed.due_at),
        next_reason=_why_then(feed, state, polls[0].note if polls else "", kept_away, now),
        notes=tuple(_notes(feed, state, kept_away, now)),
        suggests=suggested(feed),
        polls=polls,
    )


def standing(feed: Feed, kept_away: Host | None, now: datetime) -> HealthState:
    """Return the state alone, which is quick: there may be thousands of feeds."""
    if feed.state in {"muted", "gone", "failing"}:
        return feed.state
    if kept_away is not None and kept_away.free_at > now:
        return "away"
    if feed.last_poll_at is None:
        return "new"
    if last_failed(feed):
        return "stumbled"
    return "silent" if is_silent(feed, now) else "working"


def urgency(feed: Feed, state: HealthState) -> tuple[int, bool, float, int]:
    """Return a key that sorts feeds problems first, priority feeds before others, the longest-standing ones first."""
    begun = _since(feed, state)
    return _RANK[state], not feed.priority, begun.timestamp() if begun else 0.0, feed.feed_id


def suggested(feed: Feed) -> tuple[str, ...]:
    """Return the feeds that the page offers which was taken for this feed. They are only ever suggested."""
    offer = _OFFERS.search(feed.last_error)
    return tuple(dict.fromkeys(_ADDRESS.findall(offer[1]))) if offer else ()


def last_failed(feed: Feed) -> bool:
    """Whether its last poll failed, even if that counts against nobody."""
    later = feed.last_poll_at is not None and (feed.last_ok_at is None or feed.last_poll_at > feed.last_ok_at)
    return feed.failures > 0 or bool(feed.error_code) or later


def is_excused(feed: Feed) -> bool:
    """Whether its last poll failed because our own network was down."""
    return last_failed(feed) and not feed.failures and not feed.error_code


def is_silent(feed: Feed, now: datetime) -> bool:
    """Whether it has brought nothing new for far longer than it usually takes, whatever its last poll said."""
    if feed.last_entry_at is None:
        return False
    patience = UNKNOWN_PACE if feed.gap_s is None else max(GAPS * timedelta(seconds=feed.gap_s), HINDSIGHT)
    return now - feed.last_entry_at > patience


def _since(feed: Feed, state: HealthState) -> datetime | None:
    if state == "silent":
        return feed.last_entry_at
    if state == "gone":
        return feed.gone_at or feed.state_since
    return (feed.state_since or feed.last_ok_at) if state in {"failing", "muted"} else feed.last_ok_at


def _sentence(feed: Feed, state: HealthState, kept_away: Host | None, now: datetime) -> str:
    begun = since(_since(feed, state), now)
    if state == "muted":
        return _muted(feed)
    if state == "failing":
        return f"failing{begun}: {_error(feed)}"
    if state == "gone":
        return f"gone (410){begun}; asked once a month"
    if state == "away":
        return f"asked us to stay away until {_away(kept_away, now)}"
    if state == "stumbled":
        return _stumbled(feed)
    return "not polled yet" if state == "new" else _answers(feed, state, now)


def _muted(feed: Feed) -> str:
    if feed.last_error == UNDECLARED:
        return f"muted: {UNDECLARED}"
    # Whoever mutes a feed for a reason writes it where errors stand; an error of a poll has a code beside it.
    return f"muted: {feed.last_error}" if feed.last_error and not feed.error_code else "muted by an operator"


def _stumbled(feed: Feed) -> str:
    if is_excused(feed):
        return "the last poll failed, as all did: our own network is down, which counts against no feed"
    return f"the last poll failed: {_error(feed)}"


def _answers(feed: Feed, state: HealthState, now: datetime) -> str:
    if feed.last_entry_at is None:
        return "answers, and has brought nothing yet"
    quiet = span(now - feed.last_entry_at)
    if state == "working":
        return f"answers and brings news, the last {quiet} ago"
    if feed.gap_s is None:
        return f"answers, nothing new for {quiet}"
    return f"answers, nothing new for {quiet} though it usually publishes every {span(timedelta(seconds=feed.gap_s))}"


def _error(feed: Feed) -> str:
    return feed.last_error or _CODES.get(feed.error_code) or "nothing usable came back"


def _away(host: Host | None, now: datetime) -> str:
    if host is None:
        return "later"
    return moment(host.free_at, now) + (f": {host.reason}" if host.reason else "")


def _notes(feed: Feed, state: HealthState, kept_away: Host | None, now: datetime) -> list[str]:
    notes = []
    if state in {"failing", "gone"} and kept_away is not None and kept_away.free_at > now:
        notes.append(f"its host asked us to stay away until {_away(kept_away, now)}")
    if feed.moved_to:
        notes.append(_moving(feed, now))
    if feed.id_policy == "address":
        notes.append("its entries' ids are not unique: they are told apart by address")
    if feed.id_policy == "words":
        notes.append("neither ids nor addresses of its entries are unique: they are told apart by their words")
    if feed.pushed_until is not None and feed.pushed_until > now:
        notes.append(f"pushed by its hub until {moment(feed.pushed_until, now)}")
    if state not in {"muted", "new", "away"} and now - feed.due_at > OVERDUE:
        notes.append(f"it should have been asked at {moment(feed.due_at, now)}: is `tocsin run` or a worker running?")
    return notes


def _moving(feed: Feed, now: datetime) -> str:
    where = f"moved permanently to {feed.moved_to}"
    if not feed.moved_seen:
        return f"{where}, which has nothing that we know: not followed"
    seen = f"seen {min(feed.moved_seen, MOVES)} of {MOVES} times{since(feed.moved_since, now)}"
    return f"{where}: {seen}"


def _why_then(feed: Feed, state: HealthState, noted: str, kept_away: Host | None, now: datetime) -> str:
    """Say what decides when it is asked next: what was noted at the last poll, unless something stronger came since."""
    if state == "muted":
        return "it is muted and not asked"
    if state == "gone":
        return "what is gone is asked once a month"
    if kept_away is not None and kept_away.free_at > now:
        return "its host asked us to stay away"
    if feed.hot_until is not None and feed.hot_until > now:
        return f"it brought something relevant: asked often until {moment(feed.hot_until, now)}"
    return noted or "it is its turn"
