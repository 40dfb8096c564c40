"""A feed's health as pages show it: cleaned words, names of states, and the last polls as a strip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.adapters.render.clean import NAME, QUOTE, clean, web_url
from service.adapters.render.words import country
from service.core.feed import Feed, Host
from service.core.health import Health, HealthState
from service.core.urls import host_key
from service.ports.store import Transaction

POLLS = 30
STATES: Mapping[HealthState, tuple[str, str]] = {
    "failing": ("Failing", "out"),
    "gone": ("Gone", "out"),
    "silent": ("Silent", "hold"),
    "away": ("Told to wait", "hold"),
    "stumbled": ("Last poll failed", "hold"),
    "new": ("Not polled yet", ""),
    "working": ("Working", "new"),
    "muted": ("Muted", ""),
}
"""Each state's name and how its tag looks, in the order in which the states are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWords:
    """What any page says of a feed. `polls` are the last outcomes, oldest first: new, unchanged or failed."""

    feed_id: int
    title: str
    url: str
    shown_url: str
    country: str
    priority: bool
    state: str
    state_class: str
    sentence: str
    notes: Sequence[str]
    suggests: Sequence[str]
    since: datetime | None
    last_ok_at: datetime | None
    due_at: datetime | None
    polls: Sequence[str]
    polls_words: str


def feed_words(feed: Feed, health: Health) -> FeedWords:
    """Put the feed and its health into words that are safe to show."""
    state, state_class = STATES[health.state]
    bare = feed.url.partition("://")[2]
    outcomes = [record.outcome for record in reversed(health.polls)]
    return FeedWords(
        feed_id=feed.feed_id,
        title=clean(feed.title, NAME) or bare.partition("/")[0],
        url=web_url(feed.url),
        shown_url=clean(bare, NAME),
        country=country(feed.country) if feed.country else "",
        priority=feed.priority,
        state=state,
        state_class=state_class,
        sentence=_capital(clean(health.sentence, QUOTE)),
        notes=[_capital(clean(note, QUOTE)) for note in health.notes],
        suggests=[clean(url, QUOTE) for url in health.suggests],
        since=health.since,
        last_ok_at=health.last_good,
        due_at=health.next_poll,
        polls=outcomes,
        polls_words=_strip_words(outcomes),
    )


def kept_away(tx: Transaction, now: datetime) -> dict[str, Host]:
    """Return the hosts that asked us to stay away, by their key."""
    return {host.key: host for host in tx.feeds.kept_away(now)}


def host_of(feed: Feed, hosts: Mapping[str, Host]) -> Host | None:
    """Return the feed's host if it is among these."""
    return hosts.get(host_key(feed.url)) if hosts else None


def _strip_words(outcomes: Sequence[str]) -> str:
    """Return what the strip shows: `12 of the last 30 polls brought news, 3 failed; the latest failed`."""
    if not outcomes:
        return "no polls yet"
    new, failed = outcomes.count("new"), outcomes.count("failed")
    latest = {"new": "brought news", "unchanged": "found nothing new", "failed": "failed"}[outcomes[-1]]
    polls = f"the last {len(outcomes)} polls" if len(outcomes) > 1 else "1 poll"
    return f"{new} of {polls} brought news, {failed} failed; the latest {latest}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
