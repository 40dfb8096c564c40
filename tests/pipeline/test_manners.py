"""How we treat servers and how servers treat us: real requests to a real server, the real parser and store, no waiting.

Only the clock is played: polls happen when the schedule says, a day passes when a story needs one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from service.adapters.fetch import HttpFetcher
from service.adapters.parse import ParseWorker
from service.adapters.store import open_store
from service.core.feed import Feed
from service.pipeline.manage import add_feed
from service.pipeline.poll import Poll, PolledFeed
from service.ports.store import Store
from tests.servers import Asked, LoopbackServer, Reply
from tests.standins import NOON, BellEngine, HandClock

METADATA = "http://169.254.169.254/latest/meta-data/"


@dataclass
class Outlet:
    """A well-behaved feed: answers 304 to who has what it has. `etag` and `modified` are None where it sends none."""

    etag: str | None = '"1"'
    modified: str | None = "Wed, 04 Mar 2026 11:00:00 GMT"
    items: list[str] = field(default_factory=lambda: ["Harbour opens"])
    always: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        known, since = (asked.headers.get(name) for name in ("if-none-match", "if-modified-since"))
        unchanged = known == self.etag if known else since is not None and since == self.modified
        return Reply(status=304, headers=self.headers) if unchanged else self.whole

    @property
    def headers(self) -> dict[str, str]:
        named = {"ETag": self.etag, "Last-Modified": self.modified}
        return {name: value for name, value in named.items() if value} | self.always

    @property
    def whole(self) -> Reply:
        rows = "".join(f"<item><title>{t}</title><guid isPermaLink='false'>{t}</guid></item>" for t in self.items)
        body = f"<rss version='2.0'><channel><title>Northern Wire</title>{rows}</channel></rss>"
        return Reply(headers={"Content-Type": "application/rss+xml"} | self.headers, body=body.encode())

    @property
    def plain(self) -> int:
        """How often it was asked without validators."""
        return sum(conditions(asked) == (None, None) for asked in self.asked)


def conditions(asked: Asked) -> tuple[str | None, str | None]:
    return asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")


@dataclass
class Resolver:
    """Every name is on loopback, but for those whose answers are listed, given one after the other."""

    answers: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, host: str, _port: int) -> Sequence[str]:
        listed = self.answers.get(host, ["127.0.0.1"])
        return [listed.pop(0) if len(listed) > 1 else listed[0]]


@dataclass
class World:
    store: Store
    server: LoopbackServer
    parser: ParseWorker
    clock: HandClock = field(default_factory=HandClock)
    resolver: Resolver = field(default_factory=Resolver)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start the step, as after a restart: only the store knows what was."""
        self.fetcher = HttpFetcher(
            user_agent="Tocsin/test (+https://tocsin.example/)",
            allow_nets=["127.0.0.1/32"],
            host_gap_s=0.01,
            deadline_s=1,
            max_bytes=1_000_000,
            resolve=self.resolver,
            now=self.clock.now,
        )
        self.step = Poll(
            store=self.store,
            fetcher=self.fetcher,
            parser=self.parser,
            engine=BellEngine(),
            clock=self.clock,
            jitter=lambda: 0.5,
            min_interval=timedelta(minutes=5),
            max_interval=timedelta(hours=6),
            host_gap=timedelta(seconds=2),
        )

    def add(self, path: str = "/feed", host: str = "wire.example") -> int:
        with self.store.write() as tx:
            return add_feed(tx, self.server.url(path, host=host), now=self.clock.now()).feed_id

    def feed(self, feed_id: int) -> Feed:
        with self.store.read() as tx:
            return tx.feeds.get(feed_id)

    def poll(self, feed_id: int, times: int = 1) -> Feed:
        """Let time pass until this feed is polled, so many times. Others are polled when they are due, too."""
        for _ in range(times):
            self.clock.at = max(self.clock.at, self.feed(feed_id).due_at)
            while not any(done.feed.feed_id == feed_id for done in self.step.run(self.clock.now())):
                self.clock.forward(seconds=1)  # its host may want a moment between two requests
        return self.feed(feed_id)

    def entries(self) -> int:
        with self.store.read() as tx:
            return tx.entries.waiting()


@pytest.fixture(scope="module")
def parser() -> Iterator[ParseWorker]:
    with ParseWorker() as made:
        yield made


@pytest.fixture
def world(sqlite_url: str, parser: ParseWorker) -> Iterator[World]:
    with open_store(sqlite_url) as store, LoopbackServer() as server:
        made = World(store, server, parser)
        yield made
        made.fetcher.close()


@pytest.fixture
def outlet(world: World) -> Outlet:
    made = Outlet()
    world.server.routes["/feed"] = made
    return made


def test_a_touched_file_is_asked_for_whole_once_and_then_by_its_new_validators(world: World, outlet: Outlet) -> None:
    feed_id = world.add()
    world.poll(feed_id)
    outlet.etag, outlet.modified = '"2"', "Wed, 04 Mar 2026 12:00:00 GMT"
    world.poll(feed_id, 3)
    assert [conditions(asked) for asked in outlet.asked[1:]] == [
        ('"1"', "Wed, 04 Mar 2026 11:00:00 GMT"),
        ('"2"', "Wed, 04 Mar 2026 12:00:00 GMT"),
        ('"2"', "Wed, 04 Mar 2026 12:00:00 GMT"),
    ]
    assert (outlet.plain, world.entries()) == (1, 1)


def test_an_etag_that_moves_alone_is_followed(world: World, outlet: Outlet) -> None:
    feed_id = world.add()
    world.poll(feed_id)
    outlet.etag = '"2"'
    world.poll(feed_id, 2)
    assert [conditions(asked)[0] for asked in outlet.asked] == [None, '"1"', '"2"']


def test_a_server_that_knows_only_dates_is_asked_by_dates(world: World, outlet: Outlet) -> None:
    outlet.etag = None
    feed_id = world.add()
    world.poll(feed_id)
    outlet.modified = "sometime on Wednesday"
    world.poll(feed_id, 2)
    assert [conditions(asked) for asked in outlet.asked] == [
        (None, None),
        (None, "Wed, 04 Mar 2026 11:00:00 GMT"),
        (None, "sometime on Wednesday"),
    ]


def test_a_304_that_brings_a_new_etag_is_believed(world: World, outlet: Outlet) -> None:
    feed_id = world.add()
    world.poll(feed_id)
    world.server.routes["/feed"] = Reply(status=304, headers={"ETag": 'W/"weak"'})
    feed = world.poll(feed_id)
    assert (feed.etag, feed.last_modified) == ('W/"weak"', "Wed, 04 Mar 2026 11:00:00 GMT")
    assert outlet.plain == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_server_that_has_had_too_much_is_left_alone_with_all_its_feeds(
    world: World, outlet: Outlet, form: str
) -> None:
    until = NOON + timedelta(hours=5)
    wish = "18000" if form == "seconds" else format_datetime(until, usegmt=True)
    world.server.routes["/busy"] = Reply(status=429, headers={"Retry-After": wish})
    busy = world.add("/busy", host="a.wire.example")
    world.poll(busy)
    other = world.add("/feed", host="b.wire.example")
    world.clock.at = until - timedelta(seconds=1)
    assert world.step.run(world.clock.now()) == []
    world.poll(other)
    assert world.clock.now() >= until
    assert world.feed(busy).due_at >= until
    assert len(outlet.asked) == 1


@pytest.mark.usefixtures("outlet")
def test_a_server_out_of_order_says_when_to_come_back(world: World) -> None:
    feed_id = world.add()
    before = world.poll(feed_id)
    world.server.routes["/feed"] = Reply(status=503, headers={"Retry-After": "86400"})
    feed = world.poll(feed_id)
    assert feed.due_at >= world.clock.now() + timedelta(days=1)
    assert (feed.etag, feed.last_modified) == (before.etag, before.last_modified)
    assert feed.failures == 1


def test_what_moved_for_good_is_asked_at_its_new_place_after_three_days(world: World, outlet: Outlet) -> None:
    outlet.always = {"Cache-Control": "max-age=21600"}
    feed_id = world.add()
    world.poll(feed_id)
    new = world.server.url("/new", host="wire.example")
    world.server.routes |= {"/new": outlet, "/feed": Reply(status=301, headers={"Location": new})}
    began = world.clock.now()
    feed = world.feed(feed_id)
    old = feed.url
    while feed.url == old and world.clock.now() < began + timedelta(days=9):
        feed = world.poll(feed_id)
    assert feed.url == new
    assert timedelta(hours=72) <= world.clock.now() - began < timedelta(hours=90)
    with world.store.read() as tx:
        assert [url for url, _ in tx.feeds.addresses(feed_id)] == [old]
    sent = len(world.server.asked)
    world.poll(feed_id)
    assert [asked.path for asked in world.server.asked[sent:]] == ["/new"]


def test_what_moved_for_now_is_never_believed_to_have_moved(world: World, outlet: Outlet) -> None:
    outlet.always = {"Cache-Control": "max-age=21600"}
    world.server.routes["/now"] = Reply(status=302, headers={"Location": "/feed"})
    feed_id = world.add("/now")
    url = world.feed(feed_id).url
    while world.clock.now() < NOON + timedelta(days=6):
        feed = world.poll(feed_id)
    assert (feed.url, feed.moved_to, feed.moved_seen) == (url, None, 0)
    assert outlet.plain <= 6


def test_what_is_gone_is_asked_once_more_a_day_later_and_then_once_a_month(world: World, outlet: Outlet) -> None:
    feed_id = world.add()
    world.poll(feed_id)
    world.server.routes["/feed"] = Reply(status=410)
    feed = world.poll(feed_id)
    first = world.clock.now()
    assert feed.due_at - first >= timedelta(hours=24)
    assert feed.state == "active"
    while world.feed(feed_id).state != "gone" and world.clock.now() < first + timedelta(days=4):
        feed = world.poll(feed_id)
    assert feed.state_since == world.clock.now()
    assert feed.due_at - world.clock.now() >= timedelta(days=29)
    world.server.routes["/feed"] = outlet
    assert world.poll(feed_id).state == "active"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(headers={"Content-Type": "text/html"}, body=b"<!doctype html><html><title>Sorry</title></html>"), None),
        (Reply(body=b""), None),
        (Reply(status=302, headers={"Location": METADATA}), "blocked"),
        (Reply(headers={"Content-Encoding": "gzip"}, body=b"\x1f\x8bdamage"), "protocol"),
        (Reply(body=b"x" * 1_000_001), "too_large"),
        (Reply(status=500), "http"),
    ],
    ids=["a page", "nothing", "the metadata address", "damaged", "a bomb", "an error"],
)
def test_what_is_no_feed_is_a_failure_in_words_and_forgets_nothing(
    world: World, outlet: Outlet, reply: Reply, code: str | None
) -> None:
    feed_id = world.add()
    good = world.poll(feed_id)
    world.server.routes["/feed"] = reply
    bad = world.poll(feed_id)
    assert bad.failures == 1
    assert bad.last_error
    assert bad.error_code == (code or bad.error_code)
    assert (bad.etag, bad.last_modified, bad.body_hash) == (good.etag, good.last_modified, good.body_hash)
    world.server.routes["/feed"] = outlet
    assert (world.poll(feed_id).failures, outlet.plain) == (0, 1)


def test_a_server_that_drips_is_given_up_at_the_deadline(world: World) -> None:
    def drip() -> Iterator[bytes]:
        while not world.server.stopping.wait(0.05):
            yield b"<"

    world.server.routes["/feed"] = lambda _asked: Reply(body=drip())
    feed = world.poll(world.add())
    assert (feed.failures, feed.error_code) == (1, "timeout")


def test_a_name_that_turns_inside_between_polls_is_not_followed(world: World, outlet: Outlet) -> None:
    """Loopback stands for the open internet here; the second answer of the resolver is another machine of ours."""
    world.resolver.answers["wire.example"] = ["127.0.0.1", "127.0.0.2"]
    feed_id = world.add()
    assert world.poll(feed_id).failures == 0
    feed = world.poll(feed_id)
    assert (feed.failures, feed.error_code, len(outlet.asked)) == (1, "blocked", 1)


def test_a_restart_in_the_middle_asks_nothing_early_and_nothing_twice(world: World, outlet: Outlet) -> None:
    feed_id = world.add()
    due = world.poll(feed_id).due_at
    world.fetcher.close()
    world.begin()
    world.clock.at = due - timedelta(seconds=1)
    assert world.step.run(world.clock.now()) == []
    world.poll(feed_id)
    assert [conditions(asked)[0] for asked in outlet.asked] == [None, '"1"']


def test_a_restart_while_a_request_was_under_way_waits_for_the_lease(world: World, outlet: Outlet) -> None:
    feed_id = world.add()
    with world.store.write() as tx:
        assert tx.feeds.claim_due(world.clock.now(), limit=1, lease=world.step.lease)
    world.begin()
    assert world.step.run(world.clock.now()) == []
    assert world.step.run(world.clock.forward(seconds=world.step.lease.total_seconds() + 1))
    assert (len(outlet.asked), world.feed(feed_id).failures) == (1, 0)


def test_fifty_feeds_of_one_owner_are_asked_one_after_the_other(world: World) -> None:
    paths = [f"/{n}" for n in range(50)]
    world.server.routes |= {path: Outlet(items=[f"News of {path}"]) for path in paths}
    feeds = [world.add(path, host=f"desk{n % 7}.wire.example") for n, path in enumerate(paths)]
    done: list[PolledFeed] = []
    seconds = 0
    while len(done) < len(feeds) and seconds < 600:
        done += world.step.run(world.clock.now())
        world.clock.forward(seconds=1)
        seconds += 1
    assert sorted(item.feed.feed_id for item in done) == sorted(feeds)
    assert {item.record.error for item in done} == {""}
    assert world.server.most_at_once == 1
    starts = sorted(asked.at for asked in world.server.asked)
    assert min(later - earlier for earlier, later in pairwise(starts)) > 0.005


def test_cookies_are_offered_and_never_come_back(world: World, outlet: Outlet) -> None:
    outlet.always = {"Set-Cookie": "spy=1; Path=/"}
    world.poll(world.add(), 3)
    allowed = {"host", "user-agent", "accept", "accept-encoding", "connection", "if-none-match", "if-modified-since"}
    assert {name for asked in outlet.asked for name in asked.headers} <= allowed


def test_weeks_of_quiet_cost_the_server_no_more_than_it_must(world: World, outlet: Outlet) -> None:
    """Freshness is honoured, nothing comes early, and a whole document is asked for at most once a day."""
    outlet.always = {"Cache-Control": "max-age=43200"}
    feed_id = world.add()
    times: list[datetime] = []
    for _ in range(40):
        world.poll(feed_id)
        times.append(world.clock.now())
    assert min(later - earlier for earlier, later in pairwise(times)) >= timedelta(hours=12)
    assert outlet.plain <= 1 + (times[-1] - times[0]) / timedelta(days=1)
