"""Items that were there last time are not read again, and nobody can tell from what comes out."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.parse.document import read_document
from service.core.feed import IdPolicy, ParsedFeed
from service.core.marks import NOTHING, fingerprint, unpack

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
URL = "https://wire.example/feed"

Item = dict[str, str]


def rss(items: Sequence[Item]) -> bytes:
    return _xml('<rss version="2.0"><channel><title>Wire</title>{}<ttl>5</ttl></channel></rss>', "item", "guid", items)


def rdf(items: Sequence[Item]) -> bytes:
    head = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    return _xml(head + "<channel><title>Wire</title></channel>{}</rdf:RDF>", "item", "guid", items)


def atom(items: Sequence[Item]) -> bytes:
    linked = [item | {"link": ""} for item in items]
    body = _xml('<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title>{}</feed>', "entry", "id", linked)
    for item in items:
        body = body.replace(b"<link></link>", f'<link href="{item["link"]}"/>'.encode(), 1)
    return body


def _xml(frame: str, name: str, guid: str, items: Sequence[Item]) -> bytes:
    parts = []
    for item in items:
        ident = f"<{guid}>{item['id']}</{guid}>" if item["id"] else ""
        words = f"<title>{item['title']}</title><link>{item['link']}</link><summary>{item['words']}</summary>"
        parts.append(f"<{name}>{ident}{words}<!-- {item['noise']} --></{name}>")
    return frame.format("\n".join(parts)).encode()


def jsonfeed(items: Sequence[Item]) -> bytes:
    found = [
        {
            "id": item["id"],
            "url": item["link"],
            "title": item["title"],
            "content_text": item["words"],
            "n": item["noise"],
        }
        for item in items
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": found}).encode()


def sitemap(items: Sequence[Item]) -> bytes:
    rows = "".join(
        f"<url><loc>{item['link']}</loc><news:news><news:title>{item['title']}</news:title></news:news></url>"
        for item in items
    )
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    news = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f"<urlset {spaces} {news}>{rows}</urlset>".encode()


FORMATS = [rss, rdf, atom, jsonfeed, sitemap]


def read(body: bytes, marks: bytes = b"", id_policy: IdPolicy = "guid") -> ParsedFeed:
    return read_document(
        body, url=URL, content_type="text/xml", fetched_at=NOW, country="UA", marks=marks, id_policy=id_policy
    )


def numbered(*numbers: int, **words: str) -> list[Item]:
    return [
        {"id": f"id-{n}", "link": f"https://wire.example/{n}", "title": f"Story {n}", "words": "", "noise": ""} | words
        for n in numbers
    ]


@pytest.mark.parametrize("document", FORMATS)
def test_only_what_was_not_there_is_read(document: Any) -> None:
    first = read(document(numbered(1, 2, 3)))
    assert len(first.entries) == 3
    again = read(document(numbered(1, 2, 3)), first.marks, first.id_policy)
    assert (again.entries, again.marks, again.format) == ((), first.marks, first.format)
    later = read(document(numbered(4, 2, 3)), first.marks, first.id_policy)
    assert [entry.title for entry in later.entries] == ["Story 4"]
    assert later.marks == read(document(numbered(4, 2, 3))).marks


@pytest.mark.parametrize("document", FORMATS)
def test_marks_stand_for_what_the_store_keeps(document: Any) -> None:
    parsed = read(document(numbered(1, 2)))
    assert [(mark.uid, mark.address) for mark in unpack(parsed.marks)] == [
        (fingerprint(entry.uid), fingerprint(entry.canonical_url)) for entry in parsed.entries
    ]


@pytest.mark.parametrize("document", FORMATS)
def test_an_edited_item_is_read_again_under_the_same_uid(document: Any) -> None:
    first = read(document(numbered(1, 2, 3)))
    items = [*numbered(1), *numbered(2, title="Story 2: thirty"), *numbered(3)]
    edited = read(document(items), first.marks, first.id_policy)
    assert [entry.uid for entry in edited.entries] == [first.entries[1].uid]


def test_what_surrounds_the_items_is_read_even_where_all_of_them_are_known() -> None:
    first = read(rss(numbered(1)))
    assert read(rss(numbered(1)), first.marks).ttl_s == 300


def test_every_item_has_a_mark_and_repeats_share_one() -> None:
    parsed = read(rss(numbered(1, 1, 2)))
    marks = list(unpack(parsed.marks))
    assert (len(marks), len(parsed.entries)) == (3, 2)
    assert marks[0] == marks[1]


def test_a_document_that_cannot_be_mended_has_no_marks() -> None:
    parsed = read(b"<rss><channel><item><title>One</title><b></item></channel></rss>")
    assert (parsed.marks, [entry.title for entry in parsed.entries]) == (b"", ["One"])


def test_a_document_that_can_be_mended_climbs_too() -> None:
    body = b"<rss><channel><item><title>AT&T one</title></item><item><title>two</title></item></channel></rss>"
    first = read(body)
    assert not read(body, first.marks, first.id_policy).entries


def test_items_of_feedparser_that_are_none_of_ours_cost_only_the_ladder() -> None:
    nested = b"<rss><channel><item><title>One</title><item><title>Two</title></item></item></channel></rss>"
    assert read(nested).marks == b""
    assert read(nested).entries


def test_feeds_whose_guids_repeat_go_by_address_and_stay_so() -> None:
    items = [*numbered(1, 2, 3, id="same"), *numbered(4)]
    parsed = read(rss(items))
    assert parsed.id_policy == "address"
    assert read(rss(numbered(1, 2)), id_policy="address").id_policy == "address"
    assert {entry.uid for entry in parsed.entries} >= {
        entry.uid for entry in read(rss(numbered(1, 2)), id_policy="address").entries
    }


def test_feeds_whose_addresses_are_no_better_go_by_words() -> None:
    items = numbered(1, 2, 3, id="", link="https://wire.example/live")
    parsed = read(rss(items))
    assert parsed.id_policy == "words"
    assert len({entry.uid for entry in parsed.entries}) == 3


def test_one_guid_that_is_shared_is_a_slip_and_no_policy() -> None:
    assert read(rss([*numbered(1, 2, id="same"), *numbered(*range(3, 60))])).id_policy == "guid"


def test_where_the_policy_turns_stricter_all_entries_are_named_anew() -> None:
    first = read(rss(numbered(1, 2, 3)))
    items = [*numbered(1), *numbered(2, 3, 4, id="same")]
    turned = read(rss(items), first.marks)
    assert turned == read(rss(items))


def test_marks_of_unknown_items_do_not_matter() -> None:
    stray = read(rss(numbered(7, 8, 9))).marks
    assert read(rss(numbered(1, 2)), stray) == read(rss(numbered(1, 2)))
    assert all(mark.uid != NOTHING for mark in unpack(stray))


words = st.sampled_from(["", "a", "b", "rain &amp; wind", "дощ"])
item = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["", "1", "2", "3", "https://wire.example/1", "http://www.wire.example/1"]),
        "link": st.sampled_from(["", "/1", "https://wire.example/1?utm_source=x", "/2", "/3", "/4"]),
        "title": words,
        "words": words,
        "noise": st.sampled_from(["", "1", "2"]),
    }
)
policies = st.sampled_from(["guid", "address", "words"])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMATS), st.lists(item, max_size=7), st.lists(item, max_size=7), policies, st.data())
def test_the_ladder_gives_what_a_full_parse_gives(
    document: Any, before: list[Item], new: list[Item], policy: IdPolicy, data: st.DataObject
) -> None:
    first = read(document(before), id_policy=policy)
    body = document(data.draw(st.permutations([*new, *before[:4]])))
    full, climbed = read(body, id_policy=first.id_policy), read(body, first.marks, first.id_policy)
    known = {mark.raw for mark in unpack(first.marks)}
    if full.id_policy != first.id_policy:
        assert climbed == full
        return
    by_uid = {mark.uid: mark.raw for mark in reversed(list(unpack(full.marks)))}
    unseen = tuple(entry for entry in full.entries if by_uid[fingerprint(entry.uid)] not in known)
    assert climbed.entries == unseen
    assert [mark.raw for mark in unpack(climbed.marks)] == [mark.raw for mark in unpack(full.marks)]
