from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from service.adapters.store import SqlStore
from service.core.errors import NotFound
from service.core.feed import DateFlag, Enclosure
from service.ports.intake import Stored
from tests.adapters.store.making import LATER, LEASE, NOW, a_feed, an_entry, connection_of, judged, parsed, put


def test_what_is_claimed_is_what_was_put(store: SqlStore) -> None:
    item = parsed(
        "1", guid="g", url="https://northernwire.example/1?x", summary="S", content="C", content_html="<p>C</p>",
        authors=("A. Writer",), categories=("World",), enclosures=(Enclosure(url="https://e.example/a.mp3"),),
        published=NOW - timedelta(hours=1), updated=NOW, published_raw="Mon", date_flag="ok",
    )  # fmt: skip
    with store.write() as tx:
        source = a_feed(tx, country="UA", lang="uk")
        [entry_id] = put(tx, source, item, backlog=True).new
    with store.write() as tx:
        [entry] = tx.entries.claim(NOW, limit=5, lease=LEASE)
    assert (entry.entry_id, entry.feed_id, entry.outlet) == (entry_id, source.feed_id, "Northern Wire")
    assert (entry.uid, entry.url, entry.canonical_url) == ("1", item.url, item.canonical_url)
    assert (entry.title, entry.summary, entry.content) == ("Title 1", "S", "C")
    assert (entry.lang, entry.country, entry.backlog, entry.revision) == ("uk", "UA", True, 1)
    assert (entry.published, entry.first_seen) == (item.published, NOW)
    with store.read() as tx:
        assert tx.entries.get(entry_id) == entry


def test_a_feed_without_a_title_speaks_under_its_host(store: SqlStore) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx, title="", url="https://www.meridian.example/rss"), parsed("1"))
        assert tx.entries.claim(NOW, limit=1, lease=LEASE)[0].outlet == "meridian.example"


def test_an_unknown_entry_is_not_found(store: SqlStore) -> None:
    with store.read() as tx, pytest.raises(NotFound, match="no entry 7"):
        tx.entries.get(7)


def test_only_the_unseen_is_new(store: SqlStore) -> None:
    with store.write() as tx:
        source = a_feed(tx)
        assert len(put(tx, source, parsed("2"), parsed("1")).new) == 2
        again = put(tx, source, parsed("3"), parsed("2"), parsed("1"), now=LATER)
        assert (len(again.new), again.changed) == (1, ())


def test_the_same_uid_in_two_feeds_is_two_entries(store: SqlStore) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), parsed("1"))
        assert len(put(tx, a_feed(tx, url="https://meridian.example/"), parsed("1")).new) == 1


def test_entries_are_claimed_in_the_order_they_were_published(store: SqlStore) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), parsed("undated"), parsed("late", published=NOW), parsed("early", published=NOW - LEASE))
        assert [entry.uid for entry in tx.entries.claim(NOW, limit=5, lease=LEASE)] == ["early", "late", "undated"]


def test_claimed_entries_are_not_claimed_again_until_their_lease_is_over(store: SqlStore) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), parsed("2"), parsed("1"))
        assert len(tx.entries.claim(NOW, limit=1, lease=LEASE)) == 1
        assert len(tx.entries.claim(NOW, limit=9, lease=LEASE)) == 1
        assert tx.entries.claim(NOW, limit=9, lease=LEASE) == []
        assert tx.entries.waiting() == 2
        assert tx.entries.claim(NOW + LEASE, limit=9, lease=LEASE)


def test_what_is_finished_or_failed_waits_no_more_and_is_counted_by_reason(store: SqlStore) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), *(parsed(str(n)) for n in range(4)))
        one, two, three, four = tx.entries.claim(NOW, limit=9, lease=LEASE)
        assert tx.entries.finish([(one, judged())])
        assert tx.entries.finish([(two, judged())])
        assert tx.entries.finish([(three, judged(set_aside=None))])
        assert tx.entries.fail(four, "ValueError: what")
        assert tx.entries.waiting() == 0
        assert tx.entries.set_aside_counts() == {"no_cue": 2, "failed": 1}
        assert tx.entries.claim(LATER, limit=9, lease=LEASE) == []


def test_a_lost_lease_writes_nothing(store: SqlStore) -> None:
    with store.write() as tx:
        slow = an_entry(tx)
        [quick] = tx.entries.claim(NOW + LEASE, limit=1, lease=LEASE)
        assert not tx.entries.finish([(slow, judged())])
        assert not tx.entries.fail(slow, "too late")
        assert tx.entries.waiting() == 1
        assert tx.entries.finish([(quick, judged())])
        assert not tx.entries.finish([(quick, judged())])


def test_an_entry_that_crashed_its_workers_five_times_is_failed(store: SqlStore) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), parsed("1"))
        for n in range(5):
            assert len(tx.entries.claim(NOW + n * LEASE, limit=9, lease=LEASE)) == 1
        assert tx.entries.claim(NOW + 5 * LEASE, limit=9, lease=LEASE) == []
        assert tx.entries.set_aside_counts() == {"failed": 1}


def test_further_tries_are_made_alone_so_that_neighbours_get_through(store: SqlStore) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), parsed("new"), parsed("b"), parsed("a"))
        tx.entries.claim(NOW, limit=2, lease=LEASE)
        claims = [tx.entries.claim(NOW + LEASE, limit=9, lease=LEASE) for _ in range(4)]
        assert [[entry.uid for entry in claim] for claim in claims] == [["a"], ["b"], ["new"], []]


def test_an_edit_of_the_words_makes_a_revision_that_waits_again(store: SqlStore) -> None:
    with store.write() as tx:
        entry = an_entry(tx, summary="strike kills 3")
        tx.entries.finish([(entry, judged())])
        edit = put(tx, a_feed(tx), parsed("1", summary="strike kills 30"), now=LATER)
        assert (edit.new, edit.changed) == ((), (entry.entry_id,))
        [again] = tx.entries.claim(LATER, limit=9, lease=LEASE)
        assert (again.entry_id, again.revision, again.summary) == (entry.entry_id, 2, "strike kills 30")
        assert (again.first_seen, tx.entries.set_aside_counts()) == (NOW, {})


def test_an_edit_while_an_entry_is_judged_takes_its_lease(store: SqlStore) -> None:
    with store.write() as tx:
        before = an_entry(tx)
        put(tx, a_feed(tx), parsed("1", title="Other words"), now=LATER)
        assert not tx.entries.finish([(before, judged())])
        assert tx.entries.claim(LATER, limit=9, lease=LEASE)[0].title == "Other words"


@pytest.mark.parametrize(
    "edit",
    [
        {"published": LATER},
        {"updated": LATER, "published_raw": "Tue"},
        {"summary": "  two\n words "},
        {"title": "TITLE 1"},
        {"url": "https://northernwire.example/1?utm_source=rss"},
        {"content_html": "<p>"},
    ],
    ids=["date", "update", "spacing", "case", "address", "markup"],
)
def test_what_does_not_change_the_words_is_no_edit(store: SqlStore, edit: dict[str, Any]) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), parsed("1", summary="two words"))
        again = put(tx, a_feed(tx), parsed("1", **({"summary": "two words"} | edit)), now=LATER)
        assert (again.new, again.changed) == ((), ())


def test_a_feed_that_edits_for_ever_is_followed_for_24_revisions(store: SqlStore) -> None:
    with store.write() as tx:
        source = a_feed(tx)
        put(tx, source, parsed("1"))
        changed = [put(tx, source, parsed("1", summary=f"{n} minutes ago")).changed for n in range(30)]
        assert sum(map(len, changed)) == 23
        assert tx.entries.claim(NOW, limit=1, lease=LEASE)[0].revision == 24


FUTURE = NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    ("first", "edit", "kept"),
    [
        (("ok", NOW), ("ok", LATER), LATER),
        (("ok", NOW), ("missing", None), NOW),
        (("ok", NOW), ("unparsed", None), NOW),
        (("ok", NOW), ("clamped", LATER), NOW),
        (("tz_guessed", NOW), ("clamped", LATER), NOW),
        (("missing", None), ("clamped", LATER), None),
        (("missing", None), ("ok", LATER), LATER),
        (("clamped", NOW), ("clamped", LATER), NOW),
        (("clamped", NOW), ("ok", FUTURE), NOW),
        (("clamped", NOW), ("missing", None), NOW),
    ],
    ids=lambda date: str(date[0]) if isinstance(date, tuple) else "",
)
def test_a_date_is_only_given_up_for_one_that_was_read(
    store: SqlStore,
    first: tuple[DateFlag, datetime | None],
    edit: tuple[DateFlag, datetime | None],
    kept: datetime | None,
) -> None:
    with store.write() as tx:
        for n, (flag, at) in enumerate((first, edit)):
            put(tx, a_feed(tx), parsed("1", summary=f"{n} killed", published=at, date_flag=flag), now=NOW)
        [entry] = tx.entries.claim(NOW, limit=1, lease=LEASE)
        assert (entry.summary, entry.published) == ("1 killed", kept)


def test_a_change_of_what_are_no_words_writes_nothing(store: SqlStore) -> None:
    with store.write() as tx:
        source = a_feed(tx)
        put(tx, source, *(parsed(str(n)) for n in range(20)))
        said: list[str] = []
        event.listen(connection_of(tx), "before_cursor_execute", lambda *given: said.append(given[2]))
        volatile = {"published": LATER, "updated": LATER, "content_html": "<img>", "categories": ("12 comments",)}
        assert put(tx, source, *(parsed(str(n), **volatile) for n in range(20))) == Stored()
        assert [statement.split()[0] for statement in said] == ["SELECT"]


def test_a_uid_longer_than_an_index_takes_is_still_the_same_uid(store: SqlStore) -> None:
    long = "https://northernwire.example/" + "".join(chr(0x4E00 + n % 20000) for n in range(0, 90000, 7))
    with store.write() as tx:
        assert len(put(tx, a_feed(tx), parsed("x", uid=long, canonical_url=long)).new) == 1
        assert len(put(tx, a_feed(tx), parsed("x", uid=long, canonical_url=long)).new) == 0
        assert len(put(tx, a_feed(tx), parsed("x", uid=long + "2", canonical_url=long + "2")).new) == 1


def test_hostile_characters_are_stored_as_replacements(store: SqlStore) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), parsed("n\x00ul", title="a\x00b \ud800 c 😀", summary="\udfff", authors=("\x00\ud800",)))
        [entry] = tx.entries.claim(NOW, limit=1, lease=LEASE)
        assert (entry.uid, entry.title, entry.summary) == ("n\ufffdul", "a\ufffdb \ufffd c 😀", "\ufffd")
        assert not put(tx, a_feed(tx), parsed("n\x00ul", title="a\x00b \ud800 c 😀", summary="\udfff")).new


def test_a_document_of_thousands_of_items_is_put(store: SqlStore) -> None:
    with store.write() as tx:
        items = [parsed(str(n)) for n in range(3000)]
        assert len(put(tx, a_feed(tx), *items).new) == 3000
        assert not put(tx, a_feed(tx), *items).new
