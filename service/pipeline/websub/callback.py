"""What hubs ask and tell us: prove who speaks → read → store as a poll would, without taking it for the whole feed.

What a hub sends holds some items of the feed, often one. So nothing is concluded from what is missing in it, and what
the feed's row says of its last document stays: the next poll for safety reads those items once more, and finds them
known.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from service.core.cadence import split
from service.core.errors import BadInput, NotFound
from service.core.feed import Feed, ParsedFeed, PollRecord, Push
from service.core.websub import ask_soon, confirmed, denied, fingerprint, is_repeated, is_signed, listens, told
from service.pipeline.websub.keep import keep
from service.ports.intake import Stored
from service.ports.store import Engine, Store, Transaction
from service.ports.world import Clock, Parser

log = logging.getLogger(__name__)

NOTE = "its hub told us"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a message. `stored` is what it changed; `taken`: it was new, from the hub, and could be read.

    hint: what it says could not be made out, so the feed is asked itself. dropped: it is not from the hub. repeated:
    we had it. gone: we do not listen any more.
    """

    outcome: Literal["taken", "hint", "dropped", "repeated", "gone"]
    stored: Stored = field(default_factory=Stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """The end that hubs talk to. `min_interval` is the least time between two polls that a hint may cause."""

    store: Store
    parser: Parser
    engine: Engine
    clock: Clock
    min_interval: timedelta

    def agree(self, key: str, said: Mapping[str, str]) -> str:
        """Answer a hub that asks back; return what is to be said to it. `said` are its `hub.` parameters.

        Raises NotFound for what we do not want, and BadInput for what is no such question.
        """
        mode, challenge = said.get("hub.mode", ""), said.get("hub.challenge", "")
        if mode not in {"subscribe", "unsubscribe", "denied"} or not (challenge or mode == "denied"):
            raise BadInput("no question that a hub asks", hint="hub.mode and hub.challenge are needed")
        with self.store.read() as tx:
            feed_id = tx.pushes.by_key(key).feed_id
        with self.store.write() as tx:
            push = self._held(tx, feed_id, key)
            if said.get("hub.topic") != push.topic:
                raise _not_wanted()
            keep(tx, push, self._agreed(push, mode, said), now=self.clock.now())
        log.info("feed %d: its hub %s says %s", push.feed_id, push.hub, mode)
        return challenge

    def _agreed(self, push: Push, mode: str, said: Mapping[str, str]) -> Push | None:
        now = self.clock.now()
        if mode == "denied":
            return denied(push, said.get("hub.reason", ""), now=now)
        if mode == "unsubscribe":
            if push.state != "leaving":
                raise _not_wanted()
            return None
        lease = said.get("hub.lease_seconds", "")
        agreed = confirmed(push, int(lease) if lease.isdecimal() and len(lease) < 12 else None, now=now)  # noqa: PLR2004
        if agreed is None:
            raise _not_wanted()
        return agreed

    def listens(self, key: str) -> bool:
        """Whether a message to this key is worth reading. Raises NotFound for a key that is nobody's."""
        with self.store.read() as tx:
            return listens(tx.pushes.by_key(key), self.clock.now())

    def take(self, key: str, body: bytes, *, signature: str, content_type: str) -> Told:
        """Take a message in. `signature` is its X-Hub-Signature. Raises NotFound for a key that is nobody's."""
        now, mark = self.clock.now(), fingerprint(body)
        with self.store.read() as tx:
            push = tx.pushes.by_key(key)
            feed = tx.feeds.get(push.feed_id)
        if not listens(push, now):
            return Told(outcome="gone")
        if not is_signed(push.secret, signature, body):
            return self._drop(push)
        if is_repeated(push, mark):
            return Told(outcome="repeated")
        parsed = self._read(feed, body, content_type)
        with self.store.write() as tx:
            push = self._held(tx, feed.feed_id, key)
            if is_repeated(push, mark):
                return Told(outcome="repeated")
            tx.pushes.save(told(push, mark, now=now))
            return self._take(tx, tx.feeds.get(feed.feed_id), parsed, bytes_=len(body))

    def _held(self, tx: Transaction, feed_id: int, key: str) -> Push:
        push = tx.pushes.hold(feed_id)
        if push is None or push.key != key:
            raise _not_wanted()
        return push

    def _drop(self, push: Push) -> Told:
        """Count what is not from the hub. The sender is told nothing: it may be trying out secrets."""
        log.warning("feed %d: a message that its hub %s has not signed is dropped", push.feed_id, push.hub)
        with self.store.write() as tx:
            held = self._held(tx, push.feed_id, push.key)
            tx.pushes.save(replace(held, dropped=held.dropped + 1, error="a message without the right signature"))
        return Told(outcome="dropped")

    def _read(self, feed: Feed, body: bytes, content_type: str) -> ParsedFeed:
        return self.parser.parse(
            body,
            url=feed.url,
            content_type=content_type,
            fetched_at=self.clock.now(),
            country=feed.country,
            marks=feed.marks,
            id_policy=feed.id_policy,
        )

    def _take(self, tx: Transaction, feed: Feed, parsed: ParsedFeed, *, bytes_: int) -> Told:
        now = self.clock.now()
        why = _unfit(feed, parsed)
        if why:
            log.warning("feed %d: what its hub sent cannot be taken in: %s", feed.feed_id, why)
            at = ask_soon(feed, now=now, at_least=self.min_interval)
            tx.feeds.count_on(feed.feed_id, until=feed.pushed_until, ask_at=at)
            tx.feeds.told(feed.feed_id, _record(now, Stored(), bytes_, error=why))
            return Told(outcome="hint")
        stored, backlog = _put(tx, feed, parsed, now)
        if stored.new or stored.changed:
            tx.feeds.told(feed.feed_id, _record(now, stored, bytes_, note=f"{NOTE}; {backlog}" if backlog else NOTE))
            self.engine.wake(tx, "ingest", stored.new + stored.changed)
        return Told(outcome="taken", stored=stored)


def _unfit(feed: Feed, parsed: ParsedFeed) -> str:
    """Say why this is only a hint that there is something new, "" where it can be stored."""
    if not feed.baseline_done:
        return "the feed was not read yet"
    if not (parsed.entries or parsed.marks):
        return "; ".join(error.message for error in parsed.errors[:3]) or "there is nothing in it"
    return "" if parsed.id_policy == feed.id_policy else "its entries have not the names they have in the feed"


def _put(tx: Transaction, feed: Feed, parsed: ParsedFeed, now: datetime) -> tuple[Stored, str]:
    """Store the entries. The rest of the feed's last document is still there as far as anybody knows."""
    # Whether much of it is old news is measured by a whole document: one late item is late, not a relaunch.
    found = split(feed, replace(parsed, marks=max(feed.marks, parsed.marks, key=len)), elsewhere=False)
    put = [
        tx.entries.put(feed, entries, now=now, backlog=backlog, marks=feed.marks)
        for entries, backlog in ((found.backlog, True), (found.news, False))
        if entries
    ]
    new = tuple(entry_id for part in put for entry_id in part.new)
    changed = tuple(entry_id for part in put for entry_id in part.changed)
    return Stored(new=new, changed=changed), found.reason


def _record(now: datetime, stored: Stored, size: int, *, note: str = "", error: str = "") -> PollRecord:
    brought = bool(stored.new or stored.changed)
    return PollRecord(
        at=now,
        outcome="failed" if error else "new" if brought else "unchanged",
        bytes=size,
        new=len(stored.new),
        changed=len(stored.changed),
        error=f"what its hub sent cannot be taken in: {error}" if error else "",
        note=note,
    )


def _not_wanted() -> NotFound:
    return NotFound("we have not asked for that")
