"""The poll step: claims what is due while there is room for it, and settles answers as they come in."""

import logging
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.core.cadence import GENTLE, PROBE_EVERY, Network, Sighting
from service.core.feed import Feed, FetchRequest, FetchResult
from service.core.urls import host_key
from service.pipeline.poll.rounds import Asked, Round
from service.pipeline.poll.settle import Killer, PolledFeed, Settling
from service.ports.store import Engine, Store, Transaction
from service.ports.world import Clock, Fetcher, Parser

log = logging.getLogger(__name__)

IDLE = timedelta(seconds=1)
"""How long not to look again after nothing was due."""


@dataclass(slots=True)
class _Known:
    """What the workers of one process know together."""

    network: Network = field(default_factory=Network)
    probed_at: datetime | None = None
    looked_at: datetime | None = None
    paused: bool = False
    killers: dict[int, Killer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The step. The lease outlasts the fetcher's and the parser's deadlines together, for each of a host's feeds.

    `batch` is how many feeds are claimed at once, `per_host` how many of one host. A run ends when nothing more is due,
    but claims no longer than `turn` and no more than `most` feeds, so that the worker can look around.
    """

    store: Store
    fetcher: Fetcher
    parser: Parser
    engine: Engine
    clock: Clock
    jitter: Callable[[], float]
    min_interval: timedelta
    max_interval: timedelta
    batch: int = 50
    per_host: int = 3
    host_gap: timedelta = timedelta(0)
    lease: timedelta = timedelta(minutes=2)
    turn: timedelta = timedelta(minutes=1)
    most: int = 1000
    known: _Known = field(default_factory=_Known, repr=False)

    def run(self, now: datetime) -> list[PolledFeed]:
        """Poll what is due from `now` on; empty when nothing is."""
        return self._poll(_Due(poll=self, began=now).claim)

    def run_feeds(self, feed_ids: Collection[int], now: datetime) -> list[PolledFeed]:
        """Poll these feeds now, due or not, but for those that are being polled already."""
        lease = self.lease * (1 + len(feed_ids) // self.batch)  # all at once, so that no host is held against ourselves
        with self.store.write() as tx:
            feeds = tx.feeds.claim(feed_ids, max(now, self.clock.now()), lease=lease)
        return self._poll(_nothing_more, feeds)

    def pause(self) -> None:
        """Claim nothing until `resume`. What is under way is finished, then `run` ends; later ones end at once."""
        self.known.paused = True

    def resume(self) -> None:
        """Claim again what is due."""
        self.known.paused = False

    @property
    def outage_since(self) -> datetime | None:
        """When our own network went down, None while it is up, as far as this process has seen."""
        return self.known.network.since

    def _poll(self, claim: Callable[[int], Sequence[Feed]], feeds: Sequence[Feed] = ()) -> list[PolledFeed]:
        going = Round(claim=claim, now=self.clock.now, waiting=deque(feeds))
        settling = Settling(
            store=self.store,
            parser=self.parser,
            engine=self.engine,
            jitter=self.jitter,
            min_interval=self.min_interval,
            max_interval=self.max_interval,
            host_gap=self.host_gap,
            killers=self.known.killers,
        )
        done: list[PolledFeed] = []
        requests: Sequence[FetchRequest] = ()
        while True:
            for result in self.fetcher.fetch(requests, more=going.more):
                polled = self._settled(settling, going.answered(result), result)
                if polled.away:
                    going.leave(polled.away)
                done.append(polled)
            # Other workers may have all the slots by now; what this one has claimed it must not leave lying.
            requests = going.ready(len(going.waiting))
            if not requests:
                return done

    def _settled(self, settling: Settling, asked: Asked, result: FetchResult) -> PolledFeed:
        now = self.clock.now()
        sighting = Sighting(
            feed=asked.feed,
            host=host_key(asked.feed.url),
            at=now,
            answered=result.status is not None,
            code=result.error_code,
        )
        network = self._look_out(sighting)
        excused = network.excuses(sighting)
        if excused:  # it may have been claimed before its failures were forgiven
            asked = replace(asked, feed=network.pardon(asked.feed))
        return settling.settle(asked, result, now, excused=excused)

    def _look_out(self, sighting: Sighting) -> Network:
        """Take in how a poll went. The feeds whose failures showed that our network is down are cleared of them."""
        before = self.known.network
        network = self.known.network = before.after(sighting)
        if network.since is not None and before.since is None:
            log.error("nothing can be reached since %s: this is our own network, and no feed's fault", network.since)
            with self.store.write() as tx:
                tx.feeds.forgive(network.pardoned)
        if network.since is None and before.since is not None:
            log.warning("the network is back; it was down since %s", before.since)
        return network


def _nothing_more(_room: int) -> Sequence[Feed]:
    return ()


@dataclass(slots=True, kw_only=True)
class _Due:
    """What is due, claimed bit by bit until this run's turn is over."""

    poll: Poll
    began: datetime
    taken: int = 0
    idle_until: datetime | None = None

    def claim(self, room: int) -> Sequence[Feed]:
        poll = self.poll
        now = max(self.began, poll.clock.now())
        limit = min(max(room, poll.batch), poll.most - self.taken)
        if poll.outage_since is not None:
            limit = self._gently(now)
        over = poll.known.paused or now - self.began >= poll.turn or limit <= 0
        if over or (self.idle_until is not None and now < self.idle_until):
            return ()
        with poll.store.write() as tx:
            self._look_at_the_clock(tx)
            feeds = tx.feeds.claim_due(now, limit=limit, lease=poll.lease, per_host=poll.per_host)
        self.taken += len(feeds)
        self.idle_until = now + IDLE if len(feeds) < limit else None
        return feeds

    def _look_at_the_clock(self, tx: Transaction) -> None:
        """Take schedules along where the clock was set back, be it while we were not running."""
        now, known = self.poll.clock.now(), self.poll.known
        if known.looked_at is None or now < known.looked_at:
            count = tx.feeds.set_back(now)
            if count:
                log.warning(
                    "the clock was set back: %d feeds were polled later than now; their schedules follow", count
                )
        known.looked_at = now

    def _gently(self, now: datetime) -> int:
        """Return how many to ask while the network is down: a few, now and then."""
        known = self.poll.known
        if known.probed_at is not None and timedelta(0) <= now - known.probed_at < PROBE_EVERY:
            return 0
        known.probed_at = now
        return GENTLE
