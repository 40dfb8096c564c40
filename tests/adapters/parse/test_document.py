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


def test_hours_and_days_not_to_ask_in_are_taken_down() -> None:
    head = "<skipHours><hour>24</hour><hour> 3 </hour><hour>7</hour><hour>x</hour><hour>25</hour></skipHours>"
    days = "<skipDays><day>Sunday</day><day>MONDAY</day><day>Noday</day></skipDays>"
    parsed = read(rss(head + "<item><title>x</title></item>" + days))
    assert (parsed.skip_hours, parsed.skip_days) == ((0, 3, 7), (0, 6))


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        ("<ttl>60</ttl>", 3_600),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3_600),
        ("<sy:updatePeriod> Dayly </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 21_600),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0.5</sy:updateFrequency>", 7_200),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 3_600),
        ("<sy:updateFrequency>2</sy:updateFrequency>", 43_200),
        ("<sy:updatePeriod>always</sy:updatePeriod>", None),
        ("<ttl>5</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 3_600),
        ("<ttl>500</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 30_000),
    ],
)
def test_the_longest_wish_counts(head: str, seconds: int | None) -> None:
    body = rss(head + "<item><title>x</title></item>").replace(
        "<rss ", '<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    )
    assert read(body).ttl_s == seconds


def test_a_page_tells_the_feeds_it_offers_and_is_no_feed() -> None:
    links = "".join(
        f"<link rel='alternate' type='{kind}' href='{href}'>"
        for kind, href in [
            ("application/rss+xml", "/feed"), ("text/html", "/page"), ("application/atom+xml", "https://b.example/atom"),
            ("application/rss+xml", "javascript:x"), ("application/rss+xml", "/feed"),
        ]
    )  # fmt: skip
    parsed = read(f"<!doctype html><html><head>{links}</head></html>")
    assert parsed.links == ("https://outlet.example/feed", "https://b.example/atom")
    assert (parsed.entries, parsed.errors[0].code) == ((), "html_not_feed")


@pytest.mark.parametrize(
    ("text", "language", "written", "declared"),
    [
        ("Перемир'я підписано", "uk", "cp1251", "windows-1251"),
        ("Переговоры и перемирие", "ru", "koi8-r", "KOI8-R"),
        ("Переговоры и перемирие продолжаются", "ru", "koi8-r", "utf-8"),
        ("Переговоры и перемирие", "ru", "cp1251", "utf-8"),
        ("Переговоры и перемирие", "ru", "utf-8", "windows-1251"),
        ("הפסקת אש בצפון", "he", "cp1255", "windows-1255"),
        ("הפסקת אש בצפון", "he", "cp1255", "ISO-8859-8-I"),
        ("وقف إطلاق النار", "ar", "cp1256", "windows-1256"),
        ("وقف إطلاق النار", "ar", "cp1256", "utf-8"),
        ("停火谈判镕", "zh", "gb18030", "gb2312"),
        ("停火談判", "zh", "big5", "big5"),
        ("停戦交渉", "ja", "euc-jp", "EUC-JP"),
        ("Ateşkes görüşmeleri", "tr", "cp1254", "iso-8859-9"),
        ("Waffenruhe für Städte – „jetzt“", "de", "cp1252", "iso-8859-1"),
        ("Waffenruhe für Städte", "de", "utf-8", "iso-8859-1"),
        ("Waffenruhe für Städte", "de", "utf-16", "utf-16"),
        ("Waffenruhe für Städte", "de", "utf-16-le", "utf-16"),
        ("Waffenruhe für Städte", "de", "utf-16-be", "utf-8"),
        ("Waffenruhe für Städte", "de", "utf-8-sig", "latin1"),
    ],
)
def test_an_encoding_is_what_the_bytes_bear_out(text: str, language: str, written: str, declared: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?>' + rss(
        f"<language>{language}</language><item><title>{text}</title></item>"
    )
    assert [entry.title for entry in read(body.encode(written)).entries] == [text]


def test_junk_behind_the_document_costs_nothing() -> None:
    parsed = read(rss("<item><title>One</title></item>") + "<script>x</script><!-- cached -->")
    assert ([entry.title for entry in parsed.entries], len(parsed.marks)) == (["One"], 28)


def test_elements_beyond_all_measure_are_refused() -> None:
    assert read(rss("<a/>" * 160_000)).errors[0].code == "too_complex"
    parsed = read(rss("<item><title>One</title></item><item>" + "<a/>" * 160_000 + "</item>"))
    assert [entry.title for entry in parsed.entries] == ["One"]
    assert [error.code for error in parsed.errors] == ["too_complex"]


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


def test_the_country_we_were_told_wins_over_the_one_the_feed_seems_to_speak_from() -> None:
    body = rss("<item><title>x</title><pubDate>Thu, 20 Aug 2026 10:00:00 IST</pubDate></item>").encode()
    parsed = read_document(body, url="https://outlet.il/", content_type="", fetched_at=NOW, country="IN")
    assert parsed.entries[0].published == datetime(2026, 8, 20, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone_country", "expected"),
    [("https://news.outlet.il/feed", 8), ("https://news.outlet.ie/feed", 9), ("https://outlet.in/feed", 4)],
)
def test_an_ambiguous_zone_is_decided_by_where_the_feed_speaks_from(zone_country: str, expected: int) -> None:
    item = "<item><title>x</title><pubDate>Thu, 20 Aug 2026 10:00:00 IST</pubDate></item>"
    entry = read(rss(item), url=zone_country).entries[0]
    assert entry.published is not None
    assert (entry.published.hour, entry.date_flag) == (expected, "tz_guessed")
