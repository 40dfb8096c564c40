"""One answer: read, and written in one transaction with the validators that stand for it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.core.cadence import Cadence, Move, Polled, is_known, move, next_poll, split
from service.core.errors import LeaseLost, StoreUnavailable
from service.core.feed import Feed, FetchResult, ParsedFeed, PollRecord
from service.pipeline.poll.after import (
    Reading,
    body_hash,
    is_unmodified,
    planned,
    published,
    record_of,
    taken_over,
)
from service.pipeline.poll.hub import held, looked_after
from service.pipeline.poll.rounds import Asked
from service.ports.intake import Stored
from service.ports.store import Engine, Store, Transaction
from service.ports.world import Parser

log = logging.getLogger(__name__)

OVERTAKEN = "another worker took over"
COSTLY = frozenset({"too_slow", "unreadable"})
"""The parser's words for a document that took a process down, or all the time one may have."""


ENOUGH = 2
AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Killer:
    """A document that cost us a parser so often, the last time then. Once may have been bad luck on a busy machine."""

    fingerprint: str
    times: int
    at: datetime

    def spared(self, fingerprint: str, now: datetime) -> bool:
        """Whether these bytes are not to be read just now. They are once a day: a feed is never given up."""
        return self.fingerprint == fingerprint and self.times >= ENOUGH and timedelta(0) <= now - self.at < AGAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledFeed:
    """What one poll brought: the feed as it is now, the line in its history, and the entries.

    `away` is a URL whose host wants to be left alone, empty where none does.
    """

    feed: Feed
    record: PollRecord
    stored: Stored
    away: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """Settles answers. An excused failure is our own network's: it counts against no feed.

    `killers` are the documents that cost us a parser, by feed, as far as this process knows: after a restart, which may
    be one with a better parser, they get another chance.
    """

    store: Store
    parser: Parser
    engine: Engine
    jitter: Callable[[], float]
    min_interval: timedelta
    max_interval: timedelta
    host_gap: timedelta
    killers: dict[int, Killer] = field(default_factory=dict)

    def settle(self, asked: Asked, result: FetchResult, now: datetime, *, excused: bool) -> PolledFeed:
        """Settle one feed, come what may: what one document does to us must not cost the others their poll."""
        writing = _Writing(settling=self, asked=asked, feed=asked.feed, result=result, now=now, excused=excused)
        try:
            return writing.write(self._read(asked, result, now))
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("feed %d %s cannot be taken in", asked.feed.feed_id, asked.feed.url)
            words = f"this document cannot be taken in: {type(error).__name__}: {error}"
            return writing.write(Reading(error=words[:500], code="not_taken_in"))

    def _read(self, asked: Asked, result: FetchResult, now: datetime) -> Reading:
        feed = asked.feed
        if result.error:
            return Reading(error=result.error, code=result.error_code or "http")
        if is_unmodified(result):
            stuck = Reading(error="said 304 to a request without validators", code="protocol")
            return stuck if asked.plain else Reading()
        fingerprint = body_hash(result)
        if feed.body_hash == fingerprint:
            return Reading()
        killer = self.killers.get(feed.feed_id)
        if killer and killer.spared(fingerprint, now):
            return Reading(error="still the document that the parser could not cope with", code="unreadable")
        parsed = self.parser.parse(
            result.body,
            url=result.final_url or feed.url,
            content_type=result.content_type,
            fetched_at=now,
            country=feed.country,
            marks=feed.marks,
            id_policy=feed.id_policy,
        )
        if parsed.entries or parsed.marks or not parsed.errors:
            return Reading(parsed=parsed)
        if parsed.errors[0].code in COSTLY:
            times = killer.times if killer and killer.fingerprint == fingerprint else 0
            self.killers[feed.feed_id] = Killer(fingerprint=fingerprint, times=times + 1, at=now)
        return _unreadable(parsed)


def _unreadable(parsed: ParsedFeed) -> Reading:
    """Say what is wrong. Feeds that a page offers stand in the parser's words, for people to choose from."""
    return Reading(error="; ".join(error.message for error in parsed.errors[:3]), code=parsed.errors[0].code)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writing:
    settling: Settling
    asked: Asked
    feed: Feed
    result: FetchResult
    now: datetime
    excused: bool

    def write(self, reading: Reading) -> PolledFeed:
        """Write it all, or nothing if the lease was lost."""
        if reading.error and not self.excused:
            log.warning("feed %d %s: %s", self.feed.feed_id, self.feed.url, reading.error)
        try:
            with self.settling.store.write() as tx:
                return self._write(tx, reading)
        except LeaseLost:
            log.warning("feed %d %s: %s; this poll is dropped", self.feed.feed_id, self.feed.url, OVERTAKEN)
            overtaken = Reading(error=OVERTAKEN)
            record = record_of(self.result, overtaken, Stored(), at=self.now, plain=self.asked.plain)
            return PolledFeed(feed=self.feed, record=record, stored=Stored())

    def _write(self, tx: Transaction, reading: Reading) -> PolledFeed:
        push = held(tx, self.feed)
        stored, notes = self._put(tx, reading.parsed)
        before, broken = looked_after(tx, self.feed, push, stored, now=self.now)
        record = record_of(self.result, reading, stored, at=self.now, plain=self.asked.plain)
        feed = taken_over(before, self.result, reading, record)
        gone_to = self._moved(reading, stored)
        cadence = self._cadence(feed, reading)
        after = planned(feed, cadence, gone_to, reading, excused=self.excused)
        record = replace(
            record, note="; ".join(filter(None, [cadence.reason, self.asked.overdue, gone_to.reason, broken, *notes]))
        )
        self._say(gone_to, notes)
        away = self.result.final_url or self.feed.url if cadence.away else ""
        if cadence.away:
            tx.feeds.keep_away(away, until=self.now + cadence.away, reason=reading.error)
        if not tx.feeds.finish(after, record, free_at=self.now + self.settling.host_gap):
            raise LeaseLost(self.feed.url)
        self.settling.engine.wake(tx, "ingest", stored.new + stored.changed)
        return PolledFeed(feed=after, record=record, stored=stored, away=away)

    def _put(self, tx: Transaction, parsed: ParsedFeed | None) -> tuple[Stored, list[str]]:
        """Store the entries, old news as backlog. Return what that changed, and what is to be noted."""
        if parsed is None:
            return Stored(), []
        elsewhere = self.result.moved and self.result.final_url not in {self.feed.url, self.feed.moved_to}
        found = split(self.feed, parsed, elsewhere=elsewhere)
        put = [
            tx.entries.put(
                self.feed, entries, now=self.now, backlog=backlog, marks=parsed.marks, id_policy=parsed.id_policy
            )
            for entries, backlog in ((found.backlog, True), (found.news, False))
            if entries
        ]
        stored = Stored(
            new=tuple(entry_id for part in put for entry_id in part.new),
            changed=tuple(entry_id for part in put for entry_id in part.changed),
        )
        old = bool(found.backlog) and bool(put[0].new)
        notes = [f"not all of it could be read: {parsed.errors[0].message}"] if parsed.errors else []
        return stored, [*notes, found.reason] if old else notes

    def _moved(self, reading: Reading, stored: Stored) -> Move:
        parsed = reading.parsed
        before = parsed is not None and len(stored.new) < len({entry.uid for entry in parsed.entries})
        # Before the first document there is nothing it could have in common with.
        known = not self.feed.baseline_done or is_known(self.feed, parsed, stored_before=before)
        return move(self.feed, self.result, good=reading.ok, known=known, now=self.now)

    def _cadence(self, feed: Feed, reading: Reading) -> Cadence:
        polled = Polled(
            ok=reading.ok,
            status=self.result.status,
            max_age_s=self.result.max_age_s,
            retry_after_s=self.result.retry_after_s,
            published=published(feed, reading.parsed),
            read=reading.parsed is not None,
            excused=self.excused,
        )
        return next_poll(
            feed,
            polled,
            now=self.now,
            jitter=self.settling.jitter(),
            min_interval=self.settling.min_interval,
            max_interval=self.settling.max_interval,
        )

    def _say(self, gone_to: Move, notes: Sequence[str]) -> None:
        said = [gone_to.reason] if gone_to.settled else []
        for note in [*said, *(notes if self.feed.baseline_done else ())]:
            log.warning("feed %d %s: %s", self.feed.feed_id, self.feed.url, note)
