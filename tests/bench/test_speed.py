"""How fast the road is, step by step. `make bench` prints the figures; nothing here fails for being slow."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from service import resources
from service.bootstrap import App
from service.cli.demo.story import load_story
from service.core.event import Event
from service.core.feed import ParsedEntry
from service.core.rules import Subject
from service.pipeline.manage import Wish, add_feed
from service.settings import load
from tests.servers import Asked, LoopbackServer, Reply
from tests.standins import NOON, HandClock

pytestmark = pytest.mark.bench

ROUNDS = 5
SUBSCRIBERS = 200
FEEDS = 200


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with App(
        load(environ={}, flags={"data_dir": tmp_path, "ingest_batch": 50, "allow_nets": "127.0.0.0/8"}),
        clock=HandClock(),
    ) as made:
        yield made


def news(tag: str) -> list[ParsedEntry]:
    """Return the demo's news as entries, each round's under ids of its own."""
    story = load_story(resources.shipped("config") / "demo" / "story.yaml")
    told = story.told(NOON - timedelta(days=4), NOON)
    return [
        ParsedEntry(uid=f"{tag}-{n}", title=item.title, summary=item.summary, published=item.published)
        for n, item in enumerate(told)
    ]


@contextmanager
def measured(what: str, count: int) -> Iterator[None]:
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = 1000 * cpu / count
    print(f"\n{what}: {count / wall:,.0f}/s, {each:.2f} ms of CPU each, peak {peak:.0f} MiB")  # noqa: T201  the result


def test_judge(app: App) -> None:
    with app.store.write() as tx:
        feed = add_feed(tx, "https://wire.example/feed", now=NOON)
        for tag in range(ROUNDS):
            tx.entries.put(feed, news(f"{tag}"), now=NOON, backlog=False)
        entries = tx.entries.claim(NOON, limit=500, lease=timedelta(hours=1))
    app.judge.judge(entries[:20])
    with measured("judge: entries", len(entries)):
        app.judge.judge(entries)


@pytest.mark.parametrize("subscribers", [0, 1, SUBSCRIBERS])
def test_ingest(app: App, subscribers: int) -> None:
    for number in range(subscribers):
        app.subscribe(Wish(kind="webhook", address=f"https://desk.example/{number}", mode="alert"))
    with app.store.write() as tx:
        feed = add_feed(tx, "https://wire.example/feed", now=NOON)
        tx.entries.put(feed, news("0"), now=NOON, backlog=False)
        waiting = tx.entries.waiting()
    app.judge.judge([])
    with measured(f"ingest: entries, {subscribers} subscribers", waiting):
        while app.ingest.run(NOON):
            pass


def test_store_entries(app: App) -> None:
    with app.store.write() as tx:
        feed = add_feed(tx, "https://wire.example/feed", now=NOON)
    batches = [news(f"{tag}") for tag in range(4 * ROUNDS)]
    with measured("store: entries, one transaction a document", sum(map(len, batches))):
        for batch in batches:
            with app.store.write() as tx:
                tx.entries.put(feed, batch, now=NOON, backlog=False)


def test_match_rules(app: App) -> None:
    event = Event(event_id=1, kind="strike", headline="Drone hits market", first_seen=NOON, last_seen=NOON)
    rules = app.rules()
    with measured(f"match: events against {len(rules)} rules", 500):
        for _ in range(500):
            rules.matching(Subject(event=event))


def document(asked: Asked) -> Reply:
    """Answer 304 to who has it, else a small feed."""
    if asked.headers.get("if-none-match") == '"1"':
        return Reply(status=304)
    body = (
        b"<rss version='2.0'><channel><title>Wire</title><item><title>Rain</title><guid>1</guid></item></channel></rss>"
    )
    return Reply(headers={"ETag": '"1"', "Content-Type": "application/rss+xml"}, body=body)


def test_poll(app: App) -> None:
    """Two hundred feeds over loopback, each on a host of its own, the commits included."""
    hosts = [f"127.0.{n // 100}.{n % 100 + 1}" for n in range(FEEDS)]
    with LoopbackServer({"/feed": document}, address="0.0.0.0") as server:  # noqa: S104  many loopback addresses
        feeds = [app.add_feed(f"http://{host}:{server.port}/feed").feed_id for host in hosts]
        for what in ("poll: feeds never seen", "poll: unchanged feeds"):
            with measured(what, len(feeds)):
                done = app.poll.run_feeds(feeds, NOON)
            assert {item.record.error for item in done} == {""}
