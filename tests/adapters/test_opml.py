"""Lists of feeds come in from any reader, and go out without loss."""

from datetime import UTC, datetime

import pytest

from service.adapters.opml import Listed, read_opml, write_opml
from service.core.errors import BadInput
from service.core.feed import Feed

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)


def body(outlines: str) -> bytes:
    return f'<opml version="2.0"><head/><body>{outlines}</body></opml>'.encode()


def test_what_goes_out_comes_in_again() -> None:
    feeds = [
        Feed(
            feed_id=1,
            url="https://a.example/f?a=1&b=2",
            title='A "quoted" <title>\x07',
            lang="uk",
            country="UA",
            subject="shipping",
            priority=True,
            due_at=NOW,
        ),
        Feed(feed_id=2, url="https://b.example/f", due_at=NOW),
    ]
    assert read_opml(write_opml(feeds, title="Feeds & more", now=NOW).encode()) == [
        Listed(url="https://b.example/f", title="https://b.example/f"),
        Listed(
            url="https://a.example/f?a=1&b=2",
            title='A "quoted" <title>',
            lang="uk",
            country="UA",
            topic="shipping",
            priority=True,
        ),
    ]


def test_folders_are_kept_and_every_feed_comes_once() -> None:
    nested = """<outline text="News"><outline text="East">
    <outline type="rss" text="Wire" xmlUrl="https://wire.example/feed" htmlUrl="https://wire.example/"/>
    <outline type="rss" text="Wire again" xmlUrl="http://www.wire.example/feed/"/></outline>
    <outline text="Post" XMLURL=" https://post.example/feed "/></outline><outline text="Empty"/>"""
    assert read_opml(b"\n" + body(nested)) == [
        Listed(url="https://wire.example/feed", title="Wire", site="https://wire.example/", folders=("News", "East")),
        Listed(url="https://post.example/feed", title="Post", folders=("News",)),
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "not well-formed"),
        (b"<opml><body>", "not well-formed"),
        (body('<outline text="A & B"/>'), "not well-formed"),
        (body('<outline text="No address"/>'), "no feed"),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]>' + body('<outline xmlUrl="https://a.example/"/>'), "doctype"),
    ],
)
def test_a_list_that_cannot_be_read_says_where_and_what_to_do(document: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        read_opml(document, file="feeds.opml")
    assert caught.value.file == "feeds.opml"
    assert caught.value.hint
