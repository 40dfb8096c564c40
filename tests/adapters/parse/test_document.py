"""A document and what it means, side by side in tests/data/feeds: what the JSON names must be so."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.adapters.parse.document import read_document
from service.cli.parse import feed_json
from service.core.feed import ParsedFeed

FEEDS = Path(__file__).parents[2] / "data" / "feeds"
DOCUMENTS = sorted(path for path in FEEDS.iterdir() if path.suffix in {".xml", ".feed"})
NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)


def read(body: bytes | str, content_type: str = "", url: str = "https://outlet.example/feed") -> ParsedFeed:
    body = body.encode() if isinstance(body, str) else body
    return read_document(body, url=url, content_type=content_type, fetched_at=NOW)


def rss(items: str) -> str:
    return f'<rss version="2.0"><channel><title>Outlet</title>{items}</channel></rss>'


def assert_holds(expected: Any, found: Any, place: str = "") -> None:
    """Everything `expected` names is in `found`; lists have the same length."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert_holds(value, found[key], f"{place}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), place
        for n, (left, right) in enumerate(zip(expected, found, strict=True)):
            assert_holds(left, right, f"{place}[{n}]")
    else:
        assert found == expected, place


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_means_what_stands_beside_it(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    url = expected.get("feed", {}).get("self") or "https://outlet.example/feed"
    assert_holds(expected, feed_json(read(path.read_bytes(), url=url)))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_reading_again_gives_the_same_and_every_uid_is_unique(path: Path) -> None:
    first = read(path.read_bytes())
    assert read(path.read_bytes()) == first
    assert len({entry.uid for entry in first.entries}) == len(first.entries)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_beginning_of_a_document_raises(path: Path) -> None:
    body = path.read_bytes()
    for end in range(0, len(body), 97):
        read(body[:end])


def test_a_document_stored_as_gz_is_unpacked() -> None:
    assert read(gzip.compress(rss("<item><title>Packed</title></item>").encode())).entries[0].title == "Packed"


def test_a_guid_is_kept_as_written_even_where_it_passes_for_a_link() -> None:
    entry = read(rss('<item><guid isPermaLink="true">12345</guid><title>x</title></item>')).entries[0]
    assert (entry.guid, entry.url) == ("12345", None)


def test_a_gz_file_above_the_cap_is_refused() -> None:
    assert read(gzip.compress(bytes(11_000_000))).errors[0].code == "too_large"


def test_only_the_first_thousand_entries_are_read() -> None:
    parsed = read(rss("".join(f"<item><title>{n}</title></item>" for n in range(1_200))))
    assert (len(parsed.entries), parsed.entries[-1].title) == (1_000, "999")
    assert [error.code for error in parsed.errors] == ["too_many_entries"]


def test_a_document_is_what_it_is_and_not_what_it_is_called() -> None:
    assert read(rss("<item><title>x</title></item>"), content_type="text/html").format == "rss20"


def test_an_undeclared_prefix_on_every_element_loses_nothing() -> None:
    body = (
        '<rss:rss version="2.0"><rss:channel><rss:item><rss:title>Here</rss:title></rss:item></rss:channel></rss:rss>'
    )
    assert [entry.title for entry in read(body).entries] == ["Here"]


@pytest.mark.parametrize(
    "text", ["<", "{", "[]", '{"items": 3}', "{" * 100_000, "[" * 100_000, "\0\0\0", "<rss", "<?xml", "<!--", "<feed"]
)
def test_scraps_are_refused_with_a_code(text: str) -> None:
    assert read(text).errors


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("<guid>https://www.outlet.example/1</guid>", "<guid>http://outlet.example/1</guid>"),
        ("<link>http://www.outlet.example/1?utm_source=a</link>", "<link>https://outlet.example/1#top</link>"),
        ("<guid>1</guid><title>Before</title>", "<guid>1</guid><title>After</title>"),
    ],
)
def test_identity_survives_what_does_not_matter(left: str, right: str) -> None:
    one, other = (read(rss(f"<item><title>T</title>{item}</item>")).entries[0] for item in (left, right))
    assert one.uid == other.uid


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("<guid>1</guid>", "<guid>2</guid>"),
        ("<guid>https://outlet.example/live#1</guid>", "<guid>https://outlet.example/live#2</guid>"),
        ("<link>https://outlet.example/1</link>", "<link>https://outlet.example/2</link>"),
        ("<title>One</title>", "<title>Two</title>"),
    ],
)
def test_different_entries_keep_apart(left: str, right: str) -> None:
    one, other = (read(rss(f"<item>{item}</item>")).entries[0] for item in (left, right))
    assert one.uid != other.uid


def test_a_shared_guid_identifies_by_url_wherever_the_entry_stands() -> None:
    items = [f"<item><guid>g</guid><link>https://outlet.example/{n}</link></item>" for n in range(3)]
    uids = {entry.url: entry.uid for entry in read(rss("".join(items))).entries}
    assert {entry.url: entry.uid for entry in read(rss("".join(reversed(items)))).entries} == uids
    assert len(set(uids.values())) == 3


@pytest.mark.parametrize(
    ("zone_country", "expected"),
    [("https://news.outlet.il/feed", 8), ("https://news.outlet.ie/feed", 9), ("https://outlet.in/feed", 4)],
)
def test_an_ambiguous_zone_is_decided_by_where_the_feed_speaks_from(zone_country: str, expected: int) -> None:
    item = "<item><title>x</title><pubDate>Thu, 20 Aug 2026 10:00:00 IST</pubDate></item>"
    entry = read(rss(item), url=zone_country).entries[0]
    assert entry.published is not None
    assert (entry.published.hour, entry.date_flag) == (expected, "tz_guessed")
