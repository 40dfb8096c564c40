"""The list of feeds, the page of each, and the figures for Prometheus."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.core.feed import Feed, PollRecord
from service.ports.store import Transaction
from tests.web.conftest import TestSite
from tests.web.story import NOW, Told

LEASE = timedelta(minutes=2)


def a_feed(tx: Transaction, name: str, *polls: PollRecord, **slots: Any) -> int:
    """Add a feed that was polled like this and stands like that."""
    url = slots.pop("url", f"https://{name.lower().replace(' ', '')}.example/rss")
    feed_id = tx.feeds.add(Feed(feed_id=0, url=url, title=name, due_at=NOW))
    for record in polls or (PollRecord(at=NOW - timedelta(minutes=5), outcome="unchanged", status=304),):
        (held,) = tx.feeds.claim([feed_id], NOW, lease=LEASE)
        sound = {"state": "active", "last_poll_at": record.at, "last_ok_at": record.at, "last_entry_at": record.at}
        assert tx.feeds.finish(replace(held, **{"due_at": NOW + timedelta(minutes=9)} | sound | slots), record)  # type: ignore[arg-type]
        tx.feeds.describe(
            feed_id, country=slots.get("country"), lang=slots.get("lang"), priority=slots.get("priority", False)
        )
    return feed_id


def words(page: httpx.Response) -> str:
    bare = re.sub(r"<(style|title)[^>]*>.*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", bare).split()).replace(" .", ".")


def test_each_feed_says_how_it_is_problems_first_priority_before_others(client: httpx.Client, site: TestSite) -> None:
    quiet = {"last_entry_at": NOW - timedelta(days=9), "gap_s": 7200.0}
    with site.store.write() as tx:
        a_feed(tx, "Sound Daily")
        a_feed(tx, "Quiet Gazette", **quiet)
        a_feed(tx, "Priority Gazette", **quiet, priority=True)
        a_feed(tx, "Broken Post", state="failing", failures=4, error_code="dns", last_error="name not found")
        tx.feeds.set_muted(a_feed(tx, "Muted Post"), muted=True, now=NOW)
    answer = client.get("/feeds")
    names = re.findall(r"<bdi>([^<]+)</bdi></a>", answer.text)
    assert names == ["Broken Post", "Priority Gazette", "Quiet Gazette", "Sound Daily", "Muted Post"]
    page = words(answer)
    assert "5 feeds, 1 failing, 2 silent. Problems first" in page
    assert "Answers, nothing new for 9 days though it usually publishes every 2 h" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=failing", {"Khartoum Post"}),
        ("state=working", {"Northern Wire", "Kharkiv Ledger", "Harbour Post", "Darfur Monitor"}),
        ("country=sd", {"Khartoum Post", "Darfur Monitor"}),
        ("country=SD&state=working", {"Darfur Monitor"}),
        ("country=-", set()),
        ("state=gone", set()),
    ],
)
@pytest.mark.usefixtures("told")
def test_feeds_are_filtered_by_state_and_country(client: httpx.Client, query: str, found: set[str]) -> None:
    page = client.get(f"/feeds?{query}").text
    names = {"Northern Wire", "Kharkiv Ledger", "Harbour Post", "Khartoum Post", "Darfur Monitor"}
    assert {name for name in names if f"<bdi>{name}</bdi></a>" in page} == found
    assert ("No feed matches." in page) is (not found)


def test_an_unknown_state_is_said_with_the_way_out(client: httpx.Client) -> None:
    page = client.get("/feeds?state=sad")
    assert page.status_code == 400
    assert "use one of failing, gone, silent" in page.text


def test_many_feeds_come_in_pages_each_feed_once(client: httpx.Client, site: TestSite) -> None:
    with site.store.write() as tx:
        for n in range(120):
            slots = {"state": "failing", "failures": 3, "last_error": "HTTP 500"} if n % 2 else {}
            a_feed(tx, f"Outlet {n:03}", country="UA", **slots)
    seen: list[str] = []
    address = "/feeds?country=UA"
    while address:
        page = client.get(address).text
        rows = re.findall(r"<bdi>(Outlet \d+)</bdi></a>", page)
        assert len(rows) <= 50
        seen += rows
        after = re.search(r'href="([^"]+)" rel="next"', page)
        address = after[1].replace("&amp;", "&") if after else ""
    assert len(seen) == len(set(seen)) == 120
    assert all(int(name[-3:]) % 2 for name in seen[:60]), "problems first, over pages too"
    assert "101–120 of 120" in page


def test_the_page_of_a_feed_tells_all_that_is_known(client: httpx.Client, site: TestSite) -> None:
    polls = [
        PollRecord(at=NOW - timedelta(hours=2), outcome="new", status=200, new=3, bytes=5120, elapsed_ms=80),
        PollRecord(
            at=NOW - timedelta(hours=1), outcome="failed", error="HTTP 503", status=503, note="the last poll failed"
        ),
    ]
    with site.store.write() as tx:
        feed_id = a_feed(
            tx,
            "Meridian Daily",
            *polls,
            country="UA",
            failures=1,
            last_error="HTTP 503",
            error_code="http",
            hub="https://hub.example/",
            id_policy="address",
            skip_hours=(1, 2),
            skip_days=(6,),
            ttl_s=1800.0,
            moved_to="https://new.example/rss",
            moved_seen=2,
        )
    page = words(client.get(f"/feeds/{feed_id}"))
    for said in (
        "Last poll failed Meridian Daily",
        "The last poll failed: HTTP 503.",
        "Moved permanently to https://new.example/rss: seen 2 of 3 times.",
        "Its entries' ids are not unique: they are told apart by address.".replace("'", "&#39;"),
        "Country Ukraine",
        "Hub https://hub.example/",
        "Pushes not asked: it needs base_url",
        "Not to be asked at 01 h, 02 h GMT",
        "Not to be asked on Sunday",
        "30 min between polls",
        "1 of the last 2 polls brought news, 1 failed; the latest failed.",
        "503",
        "80 ms",
    ):
        assert said in page, said


def test_a_page_that_is_no_feed_says_what_it_offers_and_swaps_nothing(client: httpx.Client, site: TestSite) -> None:
    offer = "a web page, not a feed; it offers https://harbourpost.example/feed.xml"
    with site.store.write() as tx:
        feed_id = a_feed(tx, "Harbour Post", url="https://harbourpost.example/", failures=1, last_error=offer)
    page = words(client.get(f"/feeds/{feed_id}"))
    assert "It offers: tocsin feeds add https://harbourpost.example/feed.xml" in page
    with site.store.read() as tx:
        assert tx.feeds.get(feed_id).url == "https://harbourpost.example/"


def test_a_feed_that_moved_shows_where_it_was(client: httpx.Client, site: TestSite) -> None:
    with site.store.write() as tx:
        feed_id = a_feed(tx, "Harbour Post")
        (held,) = tx.feeds.claim([feed_id], NOW, lease=LEASE)
        moved = replace(held, url="https://harbour.example/new")
        assert tx.feeds.finish(moved, PollRecord(at=NOW, outcome="unchanged"))
    page = words(client.get(f"/feeds/{feed_id}"))
    assert "Addresses before https://harbourpost.example/rss until 22 Nov 18:42" in page


def test_a_host_that_wants_to_be_left_alone_shows_on_its_feeds(client: httpx.Client, site: TestSite) -> None:
    with site.store.write() as tx:
        a_feed(tx, "Harbour Post")
        tx.feeds.keep_away("https://www.harbourpost.example/x", until=NOW + timedelta(hours=2), reason="HTTP 429")
    assert "Told to wait Asked us to stay away until 20:42 UTC: HTTP 429" in words(client.get("/feeds"))


def test_strangers_words_on_a_feeds_page_stay_words(client: httpx.Client, site: TestSite) -> None:
    nasty = "<script>alert(1)</script>"
    with site.store.write() as tx:
        feed_id = a_feed(tx, nasty, url="https://x.example/?<b>", failures=1, last_error=nasty, hub=nasty, lang=nasty)
    for path in ("/feeds", f"/feeds/{feed_id}"):
        assert "<script" not in client.get(path).text


def test_there_is_no_page_for_no_feed(client: httpx.Client) -> None:
    assert client.get("/feeds/7").status_code == 404


def test_the_gravest_gap_is_said_or_that_of_the_country_asked_for(client: httpx.Client, site: TestSite) -> None:
    broken = {"state": "failing", "failures": 9, "last_error": "HTTP 500", "last_ok_at": NOW - timedelta(hours=9)}
    with site.store.write() as tx:
        a_feed(tx, "World Wire", **broken)
        a_feed(tx, "Harbour Post", **broken, country="SD")
        a_feed(tx, "Priority Post", **broken, country="UA", priority=True)
    for query, title in (("", "Ukraine"), ("?country=SD", "Sudan"), ("?country=IL", "Ukraine")):
        assert f"{title} coverage is thin." in words(client.get(f"/feeds{query}"))
        assert "2 other gaps." in words(client.get(f"/events{query}"))


def figures(client: httpx.Client) -> dict[tuple[str, str], float]:
    """Return every sample by its name and its labels' values."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(answer.text))
    assert all(family.documentation and family.type == "gauge" for family in families)
    return {
        (sample.name.removeprefix("tocsin_"), "/".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.usefixtures("told")
def test_metrics_show_the_house_in_figures(client: httpx.Client, site: TestSite) -> None:
    with site.store.write() as tx:
        tx.heartbeats.beat("clock", NOW - timedelta(seconds=7))
    found = figures(client)
    assert found["feeds", "failing"] == 1
    assert found["feeds", "working"] == 4
    assert found["feeds", "gone"] == 0
    assert (found["coverage_gaps", ""], found["coverage_gap_feeds", "country/SD"]) == (1, 1)
    assert (found["events", "strike"], found["events", "talks"]) == (1, 1)
    assert found["reports", "strike"] == 3
    assert found["outbox_messages", "pending"] == 1
    assert found["oldest_due_seconds", "outbox"] == (NOW - datetime(2026, 11, 22, 11, 55, tzinfo=NOW.tzinfo)).seconds
    assert found["heartbeat_age_seconds", "clock"] == 7
    assert (found["rule_errors", ""], found["template_fallbacks", ""]) == (2, 0)
    assert ("priority_feed_last_good_age_seconds", "") not in found, "there is no priority feed"


def test_metrics_of_an_empty_house_can_be_read(client: httpx.Client) -> None:
    found = figures(client)
    assert (found["entries_waiting", ""], found["coverage_gaps", ""], found["feeds", "working"]) == (0, 0, 0)


def test_the_priority_feed_that_waited_longest_is_measured(client: httpx.Client, site: TestSite) -> None:
    with site.store.write() as tx:
        a_feed(tx, "One", priority=True, last_ok_at=NOW - timedelta(hours=3))
        a_feed(tx, "Two", priority=True)
    assert figures(client)["priority_feed_last_good_age_seconds", ""] == 3 * 3600
    with site.store.write() as tx:
        a_feed(tx, "Three", priority=True, last_ok_at=None, state="failing", failures=9)
    assert figures(client)["priority_feed_last_good_age_seconds", ""] == float("inf")


def test_scraping_twice_gives_the_same(client: httpx.Client, told: Told) -> None:
    assert told.strike
    assert client.get("/metrics").text == client.get("/metrics").text
