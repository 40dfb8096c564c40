"""What reading a document costs, how long its answer holds up other threads, and how much memory the worker takes."""

import random
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.adapters.parse import ParseWorker
from service.adapters.parse.document import read_document
from service.core.feed import ParsedFeed
from service.core.marks import pack, unpack

pytestmark = pytest.mark.bench

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
URL = "https://northern-wire.example/feed"
WORDS = (
    "talks",
    "truce",
    "ministers",
    "strike",
    "port",
    "city",
    "overnight",
    "drones",
    "warehouse",
    "governor",
    "river",
)
HEAD = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
 <channel><title>Northern Wire</title><link>https://northern-wire.example/</link><language>en-GB</language>"""


def words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count))


def story(number: int, chance: random.Random, paragraphs: int) -> str:
    link = f"https://www.northern-wire.example/2026/08/20/{words(chance, 5).replace(' ', '-')}-{number}"
    text = "".join(f"<p>{words(chance, 45)} <a href='{link}'>{words(chance, 3)}</a>.</p>" for _ in range(paragraphs))
    content = f"<content:encoded><![CDATA[{text}]]></content:encoded>" if text else ""
    return f"""<item><title>{words(chance, 9)}</title><link>{link}?utm_source=rss&amp;utm_medium=feed</link>
<guid isPermaLink="false">https://www.northern-wire.example/?p={number}</guid>
<pubDate>Thu, 20 Aug 2026 {number % 12:02d}:{number % 60:02d}:00 +0300</pubDate>
<dc:creator><![CDATA[Ann {words(chance, 1)}]]></dc:creator><category>World</category><category>News</category>
<media:content url="https://img.northern-wire.example/{number}.jpg" type="image/jpeg" medium="image"/>
<description><![CDATA[<p><img src="/{number}.jpg" width="300"/>{words(chance, 40)}</p><p>The post
<a href="{link}">{words(chance, 6)}</a> appeared first.</p>]]></description>{content}</item>"""


def feed(count: int = 50, paragraphs: int = 0) -> bytes:
    chance = random.Random(7)  # noqa: S311  the same words each time
    return (HEAD + "".join(story(n, chance, paragraphs) for n in range(count)) + "</channel></rss>").encode()


def told(what: str) -> None:
    print(f"\n{what}")  # noqa: T201  the result


def best_ms(work: Callable[[], object], rounds: int = 15) -> float:
    """Return the CPU time of the fastest of some rounds: the others waited for something."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def read(body: bytes, marks: bytes = b"") -> ParsedFeed:
    return read_document(body, url=URL, content_type="application/rss+xml", fetched_at=NOW, marks=marks)


@pytest.mark.parametrize("paragraphs", [0, 6], ids=["summaries", "full texts"])
def test_reading_fifty_items(paragraphs: int) -> None:
    body = feed(paragraphs=paragraphs)
    marks = list(unpack(read(body).marks))
    for unseen in (0, 2, 50):
        known = pack(marks[unseen:])
        cost = best_ms(lambda known=known: read(body, known))  # type: ignore[misc]
        speed = len(body) / cost / 1000
        told(f"parse: 50 items, {len(body) // 1000} KB, {unseen} unseen: {cost:.1f} ms of CPU, {speed:.1f} MB/s")


def ask(parser: ParseWorker, body: bytes, marks: bytes = b"") -> ParsedFeed:
    return parser.parse(body, url=URL, content_type="application/rss+xml", fetched_at=NOW, marks=marks)


def worker_mb(parser: ParseWorker) -> float:
    worker = parser._idle.get()
    assert worker is not None
    pages = int(Path(f"/proc/{worker._process.pid}/statm").read_text().split()[1])
    parser._idle.put(worker)
    return pages * resource.getpagesize() / 1e6


def test_asking_a_worker() -> None:
    body = feed()
    with ParseWorker() as parser:
        marks = ask(parser, body).marks
        for what, known in (("all", b""), ("none", marks)):
            start, count = time.perf_counter(), 40
            cost = best_ms(lambda known=known: ask(parser, body, known), count)  # type: ignore[misc]
            each = 1000 * (time.perf_counter() - start) / count
            told(f"worker: 50 items, {what} unseen: {each:.1f} ms from end to end, {cost:.2f} ms of CPU on this side")
        told(f"worker: {worker_mb(parser):.0f} MB resident")


@pytest.mark.parametrize("workers", [1, 2])
def test_three_threads_ask(workers: int) -> None:
    body, count = feed(), 60
    with ParseWorker(workers=workers) as parser:
        threads = [threading.Thread(target=lambda: [ask(parser, body) for _ in range(count // 3)]) for _ in range(3)]
        for _ in range(workers):
            ask(parser, b"")
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told(f"worker: {count / (time.perf_counter() - start):.0f} documents/s with {workers} for three threads")


@contextmanager
def stalls() -> Iterator[list[float]]:
    """Note how late a thread wakes that wants to every millisecond: so long nothing else could run."""
    late, stop = [0.0], threading.Event()

    def watch() -> None:
        before = time.perf_counter()
        while not stop.wait(0.001):
            now = time.perf_counter()
            late.append(now - before)
            before = now

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield late
    finally:
        stop.set()
        watcher.join()


def test_a_thousand_big_entries_let_others_run() -> None:
    body = feed(1000, paragraphs=28)[:9_999_000]
    with ParseWorker(budget_s=60) as parser:
        ask(parser, b"")
        with stalls() as late:
            parsed = ask(parser, body)
        size = sum(len(entry.content_html) + len(entry.content) for entry in parsed.entries)
        told(f"worker: {len(parsed.entries)} entries, {size / 1e6:.0f} MB: longest stall {1000 * max(late):.0f} ms")
        told(f"worker: {worker_mb(parser):.0f} MB resident after {len(body) / 1e6:.0f} MB")
