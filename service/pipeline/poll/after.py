"""What a feed's row says after a poll. Pure."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import get_args

from service.core.cadence import Cadence, Move
from service.core.feed import Feed, FetchResult, IdPolicy, ParsedFeed, PollRecord
from service.core.marks import unpack
from service.ports.intake import Stored

STRICTER: tuple[IdPolicy, ...] = get_args(IdPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an answer holds: a new document, nothing new (`parsed` None), or why it is nothing usable."""

    parsed: ParsedFeed | None = None
    error: str = ""
    code: str = ""

    @property
    def ok(self) -> bool:
        """Whether the poll was good."""
        return not self.error


def is_unmodified(result: FetchResult) -> bool:
    """Whether the server said that we have it all."""
    return result.status == HTTPStatus.NOT_MODIFIED


def body_hash(result: FetchResult) -> str:
    """Return the fingerprint of the whole document."""
    return hashlib.sha256(result.body).hexdigest()


def record_of(result: FetchResult, reading: Reading, stored: Stored, *, at: datetime, plain: bool) -> PollRecord:
    """Return the line in the feed's history."""
    return PollRecord(
        at=at,
        outcome="failed" if reading.error else "new" if stored.new or stored.changed else "unchanged",
        plain=plain,
        status=result.status,
        bytes=len(result.body),
        elapsed_ms=result.elapsed_ms,
        new=len(stored.new),
        changed=len(stored.changed),
        error=reading.error,
    )


def taken_over(feed: Feed, result: FetchResult, reading: Reading, record: PollRecord) -> Feed:
    """Return the feed with what the answer says of itself: validators and wishes first, whatever the document holds.

    Validators are taken from a 200 as they stand, absent ones included. A 304 may leave a header out without meaning
    that it is gone, so there only what is sent replaces what we hold. A server that says 304 to a request without
    validators cannot be trusted with those we have.
    """
    feed = replace(feed, last_poll_at=record.at)
    if record.plain or (reading.ok and not is_unmodified(result)):
        feed = replace(feed, plain_at=record.at)
    if not reading.ok:
        lost = record.plain and is_unmodified(result)
        return replace(feed, etag=None, last_modified=None, body_hash=None) if lost else feed
    unmodified = is_unmodified(result)
    feed = replace(
        feed,
        etag=result.etag or (feed.etag if unmodified else None),
        last_modified=result.last_modified or (feed.last_modified if unmodified else None),
        body_hash=feed.body_hash if unmodified else body_hash(result),
        last_ok_at=record.at,
        last_entry_at=record.at if record.new else feed.last_entry_at,
    )
    return (
        _read(_told_by_links(feed, result), result, reading.parsed) if reading.parsed else _told_by_links(feed, result)
    )


def _told_by_links(feed: Feed, result: FetchResult) -> Feed:
    """Take the hub that Link headers name; they may stand on any answer."""
    return replace(feed, hub=result.hub, topic=result.topic or feed.topic or feed.url) if result.hub else feed


def _read(feed: Feed, result: FetchResult, parsed: ParsedFeed) -> Feed:
    hub = result.hub or (parsed.hubs[0] if parsed.hubs else None)
    return replace(
        feed,
        title=parsed.title or feed.title,
        lang=feed.lang or parsed.language or None,
        ttl_s=parsed.ttl_s,
        skip_hours=parsed.skip_hours,
        skip_days=parsed.skip_days,
        hub=hub,
        topic=(result.topic or parsed.self_url or result.final_url or feed.url) if hub else None,
        marks=parsed.marks,
        id_policy=max(feed.id_policy, parsed.id_policy, key=STRICTER.index),
        baseline_done=True,
    )


def published(feed: Feed, parsed: ParsedFeed | None) -> tuple[datetime, ...]:
    """Return when the entries of the feed's last document say they were published."""
    marked = tuple(mark.published for mark in unpack(feed.marks) if mark.published)
    read = tuple(entry.published for entry in parsed.entries if entry.published) if parsed else ()
    return marked or read


def planned(feed: Feed, cadence: Cadence, gone_to: Move, reading: Reading, *, excused: bool) -> Feed:
    """Return the feed with what was decided: when to come back, how it stands, where it lives."""
    if not excused:
        feed = replace(feed, last_error=reading.error, error_code=reading.code)
    feed = replace(
        feed,
        due_at=cadence.due_at,
        soonest_at=cadence.soonest_at,
        gap_s=cadence.gap_s,
        failures=cadence.failures,
        state=cadence.state,
        state_since=cadence.state_since,
        gone_at=cadence.gone_at,
    )
    if gone_to.settled and gone_to.to:
        return replace(feed, url=gone_to.to, moved_to=None, moved_since=None, moved_seen=0)
    return replace(feed, moved_to=gone_to.to, moved_since=gone_to.since, moved_seen=gone_to.seen)
