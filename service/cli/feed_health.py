"""How feeds are, for people and for programs."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from service.adapters.render.clean import NAME, QUOTE, clean
from service.adapters.render.coverage import gap_words
from service.cli import output
from service.core.codec import instant
from service.core.feed import Feed, PollRecord
from service.core.health import Health, coverage, health, urgency
from service.core.urls import host_key
from service.ports.store import Transaction

POLLS = 30
MARKS = {"new": "|", "unchanged": ".", "failed": "x"}

Looked = tuple[Feed, Health]


def looked_at(tx: Transaction, feeds: Sequence[Feed], now: datetime, *, polls: int = POLLS) -> list[Looked]:
    """Return each feed with its health, in the order given; `polls` 0 spares reading them."""
    hosts = {host.key: host for host in tx.feeds.kept_away(now)}
    return [
        (
            feed,
            health(feed, tx.feeds.polls(feed.feed_id, polls) if polls else (), hosts.get(host_key(feed.url)), now),
        )
        for feed in feeds
    ]


def worst_first(looked: Sequence[Looked]) -> list[Looked]:
    """Put problems first."""
    return sorted(looked, key=lambda item: urgency(item[0], item[1].state))


def is_finding(feed: Feed, seen: Health) -> bool:
    """Whether this makes the exit code 1: a problem, or a failure that is not one yet."""
    return seen.problem or (feed.failures > 0 and seen.state != "muted")


def say_gaps(looked: Sequence[Looked], now: datetime) -> None:
    """Print where events may be missing."""
    for gap in coverage([feed for feed, _ in looked], now):
        output.say(gap_words(gap, now))


def say_health(feed: Feed, seen: Health) -> None:
    """Print how one feed is in a few short lines, so that long addresses and errors fit any window."""
    output.say(f"{seen.state:<9} {feed.feed_id:>4}  {clean(feed.title, NAME) or feed.url}")
    for sentence in (seen.sentence, *seen.notes):
        output.say(f"{'':16}{clean(sentence, QUOTE)}")
    times = f"last good {_short(seen.last_good) or 'never'}, next poll {_short(seen.next_poll) or 'none'}"
    output.say(f"{'':16}{strip(seen.polls)}{'  ' if seen.polls else ''}{times}")


def _short(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else ""


def strip(polls: Sequence[PollRecord]) -> str:
    """Return one mark a poll, oldest first."""
    return "".join(MARKS[poll.outcome] for poll in reversed(polls))


def feed_json(feed: Feed, seen: Health) -> dict[str, object]:
    """Return a feed as the API gives it."""
    return {
        "feed_id": feed.feed_id,
        "url": feed.url,
        "title": feed.title,
        "state": feed.state,
        "country": feed.country,
        "topic": feed.subject,
        "lang": feed.lang,
        "priority": feed.priority,
        "due_at": instant(feed.due_at),
        "last_poll_at": instant(feed.last_poll_at),
        "last_ok_at": instant(feed.last_ok_at),
        "last_entry_at": instant(feed.last_entry_at),
        "failures": feed.failures,
        "last_error": feed.last_error,
        "source": feed.source,
        "health": health_json(seen),
    }


def health_json(seen: Health) -> dict[str, object]:
    """Return a feed's health as the API gives it; what is given beside it is left out."""
    return {
        "state": seen.state,
        "sentence": seen.sentence,
        "problem": seen.problem,
        "since": instant(seen.since),
        "last_good": instant(seen.last_good),
        "next_poll": instant(seen.next_poll),
        "next_reason": seen.next_reason,
        "notes": list(seen.notes),
        "suggests": list(seen.suggests),
    }


def poll_json(poll: PollRecord) -> dict[str, object]:
    """Return one poll as the API gives it."""
    return {
        "at": instant(poll.at),
        "outcome": poll.outcome,
        "error": poll.error,
        "note": poll.note,
        "status": poll.status,
        "plain": poll.plain,
        "new": poll.new,
        "changed": poll.changed,
        "bytes": poll.bytes,
        "elapsed_ms": poll.elapsed_ms,
    }


def show_json(feed: Feed, seen: Health, before: Sequence[tuple[str, datetime]], *, hub: str) -> dict[str, object]:
    """Return all that is known of a feed. `hub` says how we stand with its hub."""
    return feed_json(feed, seen) | {
        "gap_s": feed.gap_s,
        "ttl_s": feed.ttl_s,
        "skip_hours": list(feed.skip_hours),
        "skip_days": list(feed.skip_days),
        "id_policy": feed.id_policy,
        "hub": feed.hub,
        "hub_standing": hub if feed.hub else None,
        "pushed_until": instant(feed.pushed_until),
        "addresses": [{"url": url, "until": instant(until)} for url, until in before],
        "polls": [poll_json(poll) for poll in seen.polls],
    }


def show(feed: Feed, seen: Health, before: Sequence[tuple[str, datetime]], *, hub: str) -> None:
    """Print all that is known of a feed. `hub` says how we stand with its hub."""
    for label, value in _lines(feed, seen, before, hub):
        output.say(f"{label:<13} {clean(value, QUOTE)}")
    if seen.polls:
        output.say("")
    output.table(
        ("ended", "outcome", "status", "new", "edited", "bytes", "ms", "note"),
        [
            (_short(p.at), p.outcome, p.status, p.new, p.changed, p.bytes, p.elapsed_ms, clean(p.error or p.note))
            for p in seen.polls
        ],
        empty="",
    )


def _lines(feed: Feed, seen: Health, before: Sequence[tuple[str, datetime]], hub: str) -> Iterator[tuple[str, str]]:
    yield f"feed {feed.feed_id}", clean(feed.title, NAME) or feed.url
    yield "address", feed.url
    yield "state", seen.sentence
    yield from (("", note) for note in seen.notes)
    yield from (("it offers", f"{url} (tocsin feeds add {url})") for url in seen.suggests)
    yield "since", instant(seen.since) or "not known"
    yield "last good", instant(seen.last_good) or "never"
    yield "next poll", f"{instant(seen.next_poll) or 'none'}: {seen.next_reason}"
    yield (
        "covers",
        ", ".join(filter(None, (feed.country, feed.lang, "priority" if feed.priority else ""))) or "not said",
    )
    yield "entries by", {"guid": "id", "address": "address", "words": "words"}[feed.id_policy]
    if feed.hub:
        yield "hub", feed.hub
        yield "", hub
    if feed.ttl_s:
        yield "wishes", f"{feed.ttl_s / 60:.0f} min between polls"
    if feed.skip_hours or feed.skip_days:
        yield "not to ask", f"hours (GMT) {list(feed.skip_hours)}, days (0 is Monday) {list(feed.skip_days)}"
    yield from (("before", f"{url} until {instant(until)}") for url, until in before)
