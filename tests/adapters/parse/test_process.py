"""The worker that can be killed: no bytes take more than their time or memory, and nothing of it shows."""

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from service.adapters.parse import ParseWorker
from service.adapters.parse.document import read_document
from service.core.feed import ParsedFeed

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
URL = "https://outlet.example/feed"
FEED = b"""<rss version="2.0"><channel><title>Outlet</title>
<item><title>Talks</title><link>/1</link><category>a</category><author>x</author>
<enclosure url="/1.mp3" type="audio/mpeg" length="3"/>
<pubDate>Thu, 20 Aug 2026 10:00:00 EEST</pubDate></item></channel></rss>"""


@pytest.fixture(scope="module")
def parser() -> Iterator[ParseWorker]:
    with ParseWorker(budget_s=20) as worker:
        yield worker
    gc.collect()


def parse(parser: ParseWorker, body: bytes) -> ParsedFeed:
    return parser.parse(body, url=URL, content_type="text/xml", fetched_at=NOW)


def test_what_comes_through_the_pipe_is_what_was_read(parser: ParseWorker) -> None:
    assert parse(parser, FEED) == read_document(FEED, url=URL, content_type="text/xml", fetched_at=NOW)


def test_what_is_known_of_the_feed_goes_through_the_pipe_too(parser: ParseWorker) -> None:
    first = parser.parse(FEED, url=URL, content_type="", fetched_at=NOW, country="UA", id_policy="words")
    assert (first.id_policy, len(first.marks)) == ("words", 28)
    again = parser.parse(FEED, url=URL, content_type="", fetched_at=NOW, id_policy="words", marks=first.marks)
    assert (again.entries, again.marks) == ((), first.marks)


def test_an_answer_of_many_parts_arrives_whole(parser: ParseWorker) -> None:
    items = b"".join(
        b"<item><title>%d</title><description>%s</description></item>" % (n, b"x " * 4000) for n in range(90)
    )
    body = b"<rss><channel>" + items + b"</channel></rss>"
    assert parse(parser, body) == read_document(body, url=URL, content_type="text/xml", fetched_at=NOW)


@pytest.mark.parametrize("body", [b"", b"\0", b"\xff\xfe", b"{", b"<", b"\x1f\x8b", bytes(range(256)) * 100])
def test_no_bytes_raise(parser: ParseWorker, body: bytes) -> None:
    assert parse(parser, body).errors


def test_many_threads_may_ask_at_once() -> None:
    with ParseWorker(workers=2, budget_s=20) as parser, ThreadPoolExecutor(8) as pool:
        bodies = [FEED.replace(b"Talks", b"Talks %d" % n) for n in range(24)]
        titles = [parsed.entries[0].title for parsed in pool.map(lambda body: parse(parser, body), bodies)]
    assert titles == [f"Talks {n}" for n in range(24)]


def test_a_document_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    slow = b'<rss version="2.0"><channel><item><title>' + b"<!DOCTYPE " * 500_000
    with ParseWorker(budget_s=0.01) as hasty:
        started = time.monotonic()
        assert [error.code for error in parse(hasty, slow).errors] == ["too_slow"]
        assert time.monotonic() - started < 2
        hasty._budget_s = 20
        assert parse(hasty, FEED).entries


def test_a_worker_that_was_killed_is_replaced(parser: ParseWorker) -> None:
    assert parse(parser, FEED).entries
    worker = parser._idle.get()
    assert worker is not None
    worker._process.kill()
    worker._process.wait()
    parser._idle.put(worker)
    assert parse(parser, FEED).entries


def test_a_document_that_needs_too_much_memory_is_refused_and_the_next_is_read() -> None:
    greedy = b'{"items": [' + b"[]," * 3_000_000 + b"0]}"
    with ParseWorker(budget_s=20, memory_mb=150) as small:
        assert parse(small, greedy).errors[0].code in {"too_large", "unreadable"}
        assert parse(small, FEED).entries


def test_secrets_of_the_service_do_not_reach_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_SECRET_KEY", "fictional")
    with ParseWorker(budget_s=20) as parser:
        parse(parser, FEED)
        worker = parser._idle.get()
        assert worker is not None
        with open(f"/proc/{worker._process.pid}/environ", "rb") as environment:  # noqa: PTH123 - not a file on disk
            assert b"fictional" not in environment.read()
        parser._idle.put(worker)


@pytest.mark.parametrize(
    "body",
    [
        b'<rss version="2.0"><channel>' + b"<item><title>x</title></item>" * 200_000,
        b'<rss version="2.0"><channel><item><description>' + b"&lt;!--" * 500_000,
        b'<rss version="2.0"><channel><item><description>' + b"&lt;div&gt;" * 400_000,
        b"<rss>" + b"<a>" * 500_000,
        b"<rss>" + b"<&" * 500_000,
        b"<rss>" + b"<![CDATA[" * 300_000,
        b"<?xml " * 500_000,
        b"<!-- " * 500_000,
        b"[" * 1_000_000,
        b"\xd0" * 2_000_000,
    ],
    ids=["items", "comments", "nested", "elements", "brackets", "cdata", "prologs", "open", "arrays", "bytes"],
)
def test_hostile_bytes_are_answered_within_five_seconds(body: bytes) -> None:
    with ParseWorker() as parser:
        started = time.monotonic()
        parse(parser, body)
        assert time.monotonic() - started < 5
