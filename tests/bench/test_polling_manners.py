"""Manners over a long time: a thousand polls of a restless server, a hundred restarts with five thousand feeds."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from service.adapters.fetch import HttpFetcher
from service.adapters.parse import ParseWorker
from service.adapters.store import SqlStore, open_store, upgrade
from service.core.feed import FetchRequest, FetchResult
from service.pipeline.manage import add_feed
from service.pipeline.poll import Poll
from service.ports.world import Fetcher, Parser, nothing_more
from tests.bench.rig import LOOPBACK, say
from tests.servers import Asked, LoopbackServer, Reply
from tests.standins import NOON, BellEngine, HandClock, LineParser

pytestmark = pytest.mark.bench

POLLS = 1000
FEEDS = 5000
RESTARTS = 100
SLOTS = 64


def step_of(store: SqlStore, fetcher: Fetcher, parser: Parser, clock: HandClock, chance: random.Random) -> Poll:
    return Poll(
        store=store,
        fetcher=fetcher,
        parser=parser,
        engine=BellEngine(),
        clock=clock,
        jitter=chance.random,
        min_interval=timedelta(minutes=5),
        max_interval=timedelta(hours=6),
        host_gap=timedelta(seconds=2),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    upgrade(url)
    with open_store(url, durable=False) as opened:
        yield opened


@dataclass
class Restless:
    """Publishes now and then; between that its validators move for no reason, together or one alone."""

    chance: random.Random
    now: Callable[[], datetime]
    dates: list[datetime] = field(default_factory=lambda: [NOON])
    etag: int = 0
    modified: int = 0
    plain: int = 0
    asked: int = 0
    stale: int = 0

    def __call__(self, asked: Asked) -> Reply:
        self.asked += 1
        sent = asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")
        self.plain += sent == (None, None)
        self.stale += sent not in {(None, None), self.named}
        self._live()
        named = {"ETag": self.named[0], "Last-Modified": self.named[1], "Content-Type": "application/rss+xml"}
        if sent == self.named:
            return Reply(status=304, headers=named)
        items = "".join(
            f"<item><title>News {n}</title><guid>{n}</guid><pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for n, at in list(enumerate(self.dates))[-50:]
        )
        return Reply(headers=named, body=f"<rss version='2.0'><channel>{items}</channel></rss>".encode())

    @property
    def named(self) -> tuple[str, str]:
        return f'"{self.etag}"', f"date {self.modified}"

    def _live(self) -> None:
        """Let something happen between two polls, and tell of it on this one."""
        what = self.chance.random()
        if what < 0.1 or self.now() - self.dates[-1] > timedelta(hours=20):
            self.dates.append(self.now())
            what = 0.0
        self.etag += what < 0.35
        self.modified += what < 0.25 or 0.35 <= what < 0.45


def test_a_thousand_polls_of_a_restless_server(store: SqlStore) -> None:
    """Each is made when it is due. What the server last named is what it is asked by, always."""
    clock = HandClock()
    restless = Restless(random.Random(1), clock.now)  # noqa: S311  chance needs no secrecy
    with (
        LoopbackServer({"/feed": restless}) as server,
        HttpFetcher(user_agent="Tocsin/bench", allow_nets=[LOOPBACK], host_gap_s=0) as fetcher,
        ParseWorker() as parser,
    ):
        step = step_of(store, fetcher, parser, clock, random.Random(2))  # noqa: S311
        with store.write() as tx:
            feed_id = add_feed(tx, server.url("/feed"), now=NOON).feed_id
        for _ in range(POLLS):
            with store.read() as tx:
                clock.at = max(clock.at, tx.feeds.get(feed_id).due_at)
            assert [done.record.error for done in step.run(clock.now())] == [""]
    days = (clock.now() - NOON).days
    say(
        f"{restless.asked:,} polls over {days} days of a server that touches its validators",
        f"{restless.plain} unconditional, {restless.stale} with validators that were not the last",
        "exactly 1 and 0",
    )
    assert (restless.asked, restless.plain, restless.stale) == (POLLS, 1, 0)


@dataclass
class Watch:
    """A fetcher that answers one after the other, 15 ms apart by the clock, and looks at what it is asked and when.

    It dies after `lives` answers, in the middle of what is under way, as a killed process does.
    """

    clock: HandClock
    due: dict[int, datetime]
    lives: int = 0
    early: int = 0
    asked: int = 0
    most: int = 0

    def fetch(
        self, requests: Iterable[FetchRequest], *, more: Callable[[int], Sequence[FetchRequest]] = nothing_more
    ) -> Iterator[FetchResult]:
        under_way = list(requests)
        for request in under_way:
            self._look(request)
        while True:
            for request in more(SLOTS - len(under_way)) if len(under_way) < SLOTS else ():
                self._look(request)
                under_way.append(request)
            self.most = max(self.most, len(under_way))
            if not under_way:
                return
            request = under_way.pop(0)
            if self.lives == 0:
                raise KeyboardInterrupt
            self.lives -= 1
            self.clock.forward(milliseconds=15)
            yield (
                FetchResult(feed_id=request.feed_id, url=request.url, final_url=request.url, status=304, etag='"1"')
                if request.etag
                else FetchResult(
                    feed_id=request.feed_id, url=request.url, final_url=request.url, status=200, body=b"a|x", etag='"1"'
                )
            )

    def _look(self, request: FetchRequest) -> None:
        self.asked += 1
        self.early += self.clock.now() < self.due[request.feed_id]


def test_a_hundred_restarts(store: SqlStore) -> None:
    """Killed at random moments over a day of five thousand feeds: nothing early, nothing in a burst, nothing lost."""
    clock, chance = HandClock(), random.Random(3)  # noqa: S311
    with store.write() as tx:
        urls = [f"https://o{n}.co.xx/feed" for n in range(FEEDS)]
        due = {add_feed(tx, url, now=NOON).feed_id: NOON for url in urls}
    watch = Watch(clock, due)
    for _ in range(RESTARTS):
        step = step_of(store, watch, LineParser(), clock, chance)
        watch.lives = chance.randrange(50, 400)
        while True:
            try:
                done = step.run(clock.now())
            except KeyboardInterrupt:
                break
            due |= {item.feed.feed_id: item.feed.due_at for item in done}
            if not done:
                clock.forward(seconds=chance.uniform(1, 120))
        with store.read() as tx:
            due |= {feed.feed_id: feed.due_at for feed in tx.feeds.all()}
        clock.forward(seconds=chance.uniform(0, 60))
    hours = (clock.now() - NOON) / timedelta(hours=1)
    say(
        f"{RESTARTS} restarts over {hours:.0f} h with {FEEDS:,} feeds, {watch.asked:,} requests",
        f"{watch.early} early, {watch.most} in flight at most",
        "never early, never more than 64",
    )
    assert watch.early == 0
    assert watch.most <= SLOTS
