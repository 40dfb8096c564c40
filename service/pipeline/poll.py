"""Feeds in, new and changed entries stored: claim what is due → fetch → parse → store with the validators."""

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from service.core.cadence import Polled, next_poll
from service.core.errors import LeaseLost, StoreUnavailable
from service.core.feed import Feed, FetchRequest, FetchResult, ParsedFeed, PollRecord
from service.ports.intake import Stored
from service.ports.store import Engine, Store
from service.ports.world import Clock, Fetcher, Parser

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledFeed:
    """What one poll brought: the feed as it is now, the line in its history, and the entries."""

    feed: Feed
    record: PollRecord
    stored: Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The step. The lease outlasts the fetcher's and the parser's deadlines together."""

    store: Store
    fetcher: Fetcher
    parser: Parser
    engine: Engine
    clock: Clock
    jitter: Callable[[], float]
    min_interval: timedelta
    max_interval: timedelta
    batch: int = 100
    lease: timedelta = timedelta(minutes=2)

    def run(self, now: datetime) -> list[PolledFeed]:
        """Poll one batch of what is due; empty when nothing is."""
        with self.store.write() as tx:
            feeds = tx.feeds.claim_due(now, limit=self.batch, lease=self.lease)
        return self._poll(feeds)

    def run_feeds(self, feed_ids: Collection[int], now: datetime) -> list[PolledFeed]:
        """Poll these feeds now, due or not, but for those that are being polled already."""
        with self.store.write() as tx:
            feeds = tx.feeds.claim(feed_ids, now, lease=self.lease)
        return self._poll(feeds)

    def _poll(self, feeds: Sequence[Feed]) -> list[PolledFeed]:
        by_id: Mapping[int, Feed] = {feed.feed_id: feed for feed in feeds}
        requests = [_request(feed) for feed in feeds]
        return [self._settled(by_id[result.feed_id], result) for result in self.fetcher.fetch(requests)]

    def _settled(self, feed: Feed, result: FetchResult) -> PolledFeed:
        """Settle one feed, come what may: what one document does to us must not cost the others their poll."""
        try:
            return self._settle(feed, result)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("feed %d %s cannot be taken in", feed.feed_id, feed.url)
            words = f"this document cannot be taken in: {type(error).__name__}: {error}"
            return self._store(feed, result, None, self.clock.now(), error=words[:500])

    def _settle(self, feed: Feed, result: FetchResult) -> PolledFeed:
        now = self.clock.now()
        if result.error:
            return self._store(feed, result, None, now, error=result.error)
        if _unmodified(result) or _body_hash(result) == feed.body_hash:
            return self._store(feed, result, None, now)
        parsed = self.parser.parse(result.body, url=result.final_url, content_type=result.content_type, fetched_at=now)
        if not parsed.entries and parsed.errors:
            return self._store(feed, result, None, now, error="; ".join(error.message for error in parsed.errors[:3]))
        return self._store(feed, result, parsed, now)

    def _store(
        self, feed: Feed, result: FetchResult, parsed: ParsedFeed | None, now: datetime, *, error: str = ""
    ) -> PolledFeed:
        if error:
            log.warning("feed %d %s: %s", feed.feed_id, feed.url, error)
        try:
            return self._stored(feed, result, parsed, now, error)
        except LeaseLost:
            log.warning("feed %d %s: another worker took over; this poll is dropped", feed.feed_id, feed.url)
            return PolledFeed(
                feed=feed, record=_record(result, Stored(), now, "another worker took over"), stored=Stored()
            )

    def _stored(
        self, feed: Feed, result: FetchResult, parsed: ParsedFeed | None, now: datetime, error: str
    ) -> PolledFeed:
        with self.store.write() as tx:
            stored = Stored()
            if parsed is not None:
                stored = tx.entries.put(feed, parsed.entries, now=now, backlog=not feed.baseline_done)
            record = _record(result, stored, now, error)
            after = self._after(feed, result, parsed, record)
            if not tx.feeds.finish(after, record):
                raise LeaseLost(feed.url)
            self.engine.wake(tx, "ingest", stored.new + stored.changed)
        return PolledFeed(feed=after, record=record, stored=stored)

    def _after(self, feed: Feed, result: FetchResult, parsed: ParsedFeed | None, record: PollRecord) -> Feed:
        ok = record.outcome != "failed"
        polled = Polled(
            ok=ok,
            max_age_s=result.max_age_s,
            retry_after_s=result.retry_after_s,
            ttl_s=parsed.ttl_s if parsed else None,
            published=tuple(entry.published for entry in parsed.entries if entry.published) if parsed else (),
        )
        cadence = next_poll(
            feed,
            polled,
            now=record.at,
            jitter=self.jitter(),
            min_interval=self.min_interval,
            max_interval=self.max_interval,
        )
        after = replace(
            feed,
            due_at=cadence.due_at,
            gap_s=cadence.gap_s,
            failures=cadence.failures,
            state=cadence.state,
            last_poll_at=record.at,
            last_error=record.error,
        )
        return _refreshed(after, result, parsed, record) if ok else after


def _request(feed: Feed) -> FetchRequest:
    return FetchRequest(feed_id=feed.feed_id, url=feed.url, etag=feed.etag, last_modified=feed.last_modified)


def _unmodified(result: FetchResult) -> bool:
    return result.status == HTTPStatus.NOT_MODIFIED


def _body_hash(result: FetchResult) -> str:
    return hashlib.sha256(result.body).hexdigest()


def _record(result: FetchResult, stored: Stored, now: datetime, error: str) -> PollRecord:
    return PollRecord(
        at=now,
        outcome="failed" if error else "new" if stored.new or stored.changed else "unchanged",
        status=result.status,
        bytes=len(result.body),
        elapsed_ms=result.elapsed_ms,
        new=len(stored.new),
        changed=len(stored.changed),
        error=error,
    )


def _refreshed(feed: Feed, result: FetchResult, parsed: ParsedFeed | None, record: PollRecord) -> Feed:
    """Return the feed after a good poll.

    Validators are taken from a 200 as they stand, absent ones included. A 304 may leave a header out without meaning
    that it is gone, so there only what is sent replaces what we hold.
    """
    unmodified = _unmodified(result)
    feed = replace(
        feed,
        etag=result.etag or (feed.etag if unmodified else None),
        last_modified=result.last_modified or (feed.last_modified if unmodified else None),
        body_hash=feed.body_hash if unmodified else _body_hash(result),
        last_ok_at=record.at,
        last_entry_at=record.at if record.new else feed.last_entry_at,
    )
    if parsed is None:
        return feed
    return replace(
        feed, title=parsed.title or feed.title, lang=feed.lang or parsed.language or None, baseline_done=True
    )
