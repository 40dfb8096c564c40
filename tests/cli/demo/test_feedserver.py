"""The outlets' feeds are real HTTP, read with a real client: documents, validators, misbehaviour, articles."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import feedparser
import httpx
import pytest

from service import resources
from service.cli.demo.feedserver import NAMES, FeedSite
from service.cli.demo.server import LoopbackServer
from service.cli.demo.story import Story, load_story, offset

START = datetime(2026, 11, 19, tzinfo=UTC)


class Set:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def to(self, stamp: str) -> None:
        self.at = START + offset(stamp)


@pytest.fixture(scope="module")
def story() -> Story:
    return load_story(resources.shipped("config") / "demo" / "story.yaml")


@pytest.fixture
def clock() -> Set:
    return Set()


@pytest.fixture
def site(story: Story, clock: Set) -> Iterator[tuple[FeedSite, httpx.Client]]:
    server = LoopbackServer()
    site = FeedSite(story, clock, start=START, base=server.url)
    server.start([site])
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield site, client
    server.close()


@pytest.fixture
def client(site: tuple[FeedSite, httpx.Client]) -> httpx.Client:
    return site[1]


def path(story: Story, outlet_id: str) -> str:
    return f"/{outlet_id}/{NAMES[story.outlets[outlet_id].format]}"


def test_every_feed_is_one_that_a_feed_reader_reads(story: Story, clock: Set, client: httpx.Client) -> None:
    clock.to("d1 23:59")
    for outlet_id, outlet in story.outlets.items():
        answer = client.get(path(story, outlet_id))
        assert answer.status_code == 200
        if outlet.format == "json":
            assert json.loads(answer.content)["title"] == outlet.title
            continue
        parsed = feedparser.parse(answer.content)
        assert not parsed.bozo
        assert parsed.feed.title == outlet.title
        assert parsed.version == {"rss": "rss20", "atom": "atom10"}[outlet.format]
        newest = story.told(START, clock.at, outlet_id)[0]
        assert parsed.entries[0].title == newest.title
        read = parsedate_to_datetime if outlet.format == "rss" else datetime.fromisoformat
        assert read(parsed.entries[0].published) == newest.published


def test_a_feed_holds_only_what_was_published_and_the_newest_thirty(
    story: Story, clock: Set, client: httpx.Client
) -> None:
    clock.to("d1 01:09")
    before = feedparser.parse(client.get(path(story, "northern-wire")).content)
    clock.to("d1 01:10")
    after = feedparser.parse(client.get(path(story, "northern-wire")).content)
    assert len(after.entries) == len(before.entries) + 1
    clock.to("d4 23:00")
    assert len(feedparser.parse(client.get(path(story, "northern-wire")).content).entries) == 30


def test_an_unchanged_feed_answers_304_to_either_validator(story: Story, clock: Set, client: httpx.Client) -> None:
    clock.to("d1 02:00")
    address = path(story, "northern-wire")
    first = client.get(address)
    for header, validator in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        again = client.get(address, headers={header: first.headers[validator]})
        assert (again.status_code, again.content) == (304, b"")
    clock.to("d1 04:30")
    for header, validator in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        assert client.get(address, headers={header: first.headers[validator]}).status_code == 200


def test_a_silent_edit_changes_the_document(story: Story, clock: Set, client: httpx.Client) -> None:
    clock.to("d2 10:00")
    first = client.get(path(story, "meridian-daily"))
    clock.to("d2 10:11")
    second = client.get(path(story, "meridian-daily"), headers={"If-None-Match": first.headers["ETag"]})
    entries = [
        next(e for e in feedparser.parse(a.content).entries if "meridian-khan-younis" in e.id) for a in (first, second)
    ]
    assert [e.title[-2:] for e in entries] == [" 3", "30"]
    assert entries[0].id == entries[1].id
    assert entries[0].published == entries[1].published


def test_feeds_misbehave_as_the_story_says(story: Story, clock: Set, client: httpx.Client) -> None:
    clock.to("d2 07:00")
    page = client.get(path(story, "coastal-courier"))
    assert page.headers["Content-Type"].startswith("text/html")
    clock.to("d2 10:00")
    assert feedparser.parse(client.get(path(story, "coastal-courier")).content).bozo
    clock.to("d2 12:00")
    assert client.get(path(story, "khartoum-dispatch")).status_code == 503
    clock.to("d3 08:59")
    frozen = client.get(path(story, "levant-observer"))
    clock.to("d3 09:01")
    assert len(client.get(path(story, "levant-observer")).json()["items"]) > len(frozen.json()["items"])
    clock.to("d2 23:01")
    assert client.get(path(story, "khartoum-dispatch")).status_code == 200


def test_links_lead_to_the_article_once_it_is_published(story: Story, clock: Set, client: httpx.Client) -> None:
    clock.to("d1 01:10")
    link = feedparser.parse(client.get(path(story, "northern-wire")).content).entries[0].link
    article = client.get(link)
    assert article.status_code == 200
    assert "Drone hits apartment block in Kharkiv" in article.text
    clock.at -= timedelta(minutes=1)
    assert client.get(link).status_code == 404


def test_the_server_answers_to_its_own_name_only(client: httpx.Client) -> None:
    assert client.get("/northern-wire/feed.xml", headers={"Host": "evil.example"}).status_code == 421
    assert client.get("/nobody/feed.xml").status_code == 404


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    first = LoopbackServer()
    second = LoopbackServer(first.port)
    assert second.port not in {0, first.port}
    first.close()
    second.close()


def test_a_port_can_be_had_again_at_once(story: Story, clock: Set) -> None:
    first = LoopbackServer()
    first.start([FeedSite(story, clock, start=START, base=first.url)])
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{first.url}/northern-wire/feed.xml").status_code == 200
    first.close()
    second = LoopbackServer(first.port)
    assert second.port == first.port
    second.close()
