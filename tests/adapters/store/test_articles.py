"""Articles in the store: wanted once, leased, tried at most twice; their texts revise entries, not feeds' words."""

from datetime import timedelta

import pytest

from service.adapters.store import SqlStore
from service.core.feed import ArticleJob, Feed
from service.ports.store import Transaction
from tests.adapters.store.making import LATER, LEASE, NOW, a_feed, judged, parsed, put

URL = "https://northernwire.example/1"
TEXT = "The text of the article. " * 20


def wanted(store: SqlStore) -> Feed:
    """Store a judged entry whose article is wanted. Its id is 1."""
    with store.write() as tx:
        feed = a_feed(tx)
        put(tx, feed, parsed("1", content="short"))
        judge(tx)
        assert tx.articles.want(1, URL, due_at=NOW)
    return feed


def judge(tx: Transaction) -> None:
    for entry in tx.entries.claim(NOW, limit=9, lease=LEASE):
        assert tx.entries.finish([(entry, judged())])


def claimed(store: SqlStore, now: object = NOW) -> list[ArticleJob]:
    with store.write() as tx:
        return tx.articles.claim(now, limit=9, lease=LEASE)  # type: ignore[arg-type]


def test_an_article_is_wanted_once_in_an_entrys_life(store: SqlStore) -> None:
    wanted(store)
    with store.write() as tx:
        assert not tx.articles.want(1, URL, due_at=NOW)
    (job,) = claimed(store)
    with store.write() as tx:
        assert tx.articles.fail(job, "404 not found", status=404)
        assert not tx.articles.want(1, URL, due_at=NOW)
        assert tx.articles.counts() == {"failed": 1}
    assert claimed(store, LATER) == []


def test_a_leased_article_is_nobody_elses(store: SqlStore) -> None:
    wanted(store)
    (job,) = claimed(store)
    assert (job.entry_id, job.url, job.tries) == (1, URL, 1)
    assert claimed(store) == []


def test_one_whose_holders_were_killed_twice_is_given_up(store: SqlStore) -> None:
    wanted(store)
    tries = [claimed(store, NOW + n * LEASE) for n in range(3)]
    assert [[job.tries for job in jobs] for jobs in tries] == [[1], [2], []]
    with store.read() as tx:
        assert tx.articles.counts() == {"failed": 1}


def test_what_is_put_off_costs_no_try(store: SqlStore) -> None:
    wanted(store)
    (job,) = claimed(store)
    with store.write() as tx:
        assert tx.articles.postpone(job, due_at=LATER)
    assert claimed(store) == []
    assert [job.tries for job in claimed(store, LATER)] == [1]


def test_the_text_becomes_a_revision_that_waits_and_the_feeds_words_stay_known(store: SqlStore) -> None:
    """The next poll brings the feed's own short text: that is no edit."""
    feed = wanted(store)
    (job,) = claimed(store)
    with store.write() as tx:
        assert tx.articles.put(job, TEXT, status=200, now=LATER)
        assert tx.articles.counts() == {"done": 1}
    with store.write() as tx:
        assert put(tx, feed, parsed("1", content="short"), now=LATER).changed == ()
        (entry,) = tx.entries.claim(LATER, limit=9, lease=LEASE)
    assert (entry.content, entry.own_content, entry.revision, entry.article_revision) == (TEXT, "short", 2, 2)
    assert entry.own.content == "short"


def test_an_edit_keeps_the_article_and_is_known_as_the_later_word(store: SqlStore) -> None:
    feed = wanted(store)
    (job,) = claimed(store)
    with store.write() as tx:
        tx.articles.put(job, TEXT, status=200, now=LATER)
        judge(tx)
        assert put(tx, feed, parsed("1", title="Now 30 killed", content="edited"), now=LATER).changed == (1,)
        (entry,) = tx.entries.claim(LATER, limit=9, lease=LEASE)
    assert (entry.title, entry.content, entry.own_content) == ("Now 30 killed", TEXT, "edited")
    assert (entry.revision, entry.article_revision) == (3, 2)


def test_an_edit_that_brings_enough_words_needs_the_article_no_more(store: SqlStore) -> None:
    feed = wanted(store)
    (job,) = claimed(store)
    with store.write() as tx:
        tx.articles.put(job, TEXT, status=200, now=LATER)
        judge(tx)
        put(tx, feed, parsed("1", content="all of it " * 50), now=LATER)
        (entry,) = tx.entries.claim(LATER, limit=9, lease=LEASE)
    assert entry.content.startswith("all of it")
    assert (entry.own_content, entry.article_revision, entry.own) == ("", 0, entry)


def test_an_article_waits_for_its_entry_to_be_judged(store: SqlStore) -> None:
    """While the words are just changing nobody can say what the article adds to them."""
    feed = wanted(store)
    with store.write() as tx:
        put(tx, feed, parsed("1", title="Edited"), now=LATER)
    assert claimed(store, LATER) == []
    with store.write() as tx:
        judge(tx)
    (job,) = claimed(store, LATER)
    with store.write() as tx:
        put(tx, feed, parsed("1", title="Edited again"), now=LATER)
        assert not tx.articles.put(job, TEXT, status=200, now=LATER)
        assert tx.articles.fail(job, "being edited", status=200, retry_at=LATER)
        judge(tx)
    assert [job.tries for job in claimed(store, LATER)] == [2]


def test_who_lost_the_lease_writes_nothing(store: SqlStore) -> None:
    wanted(store)
    (late,) = claimed(store)
    assert len(claimed(store, NOW + LEASE + timedelta(seconds=1))) == 1
    with store.write() as tx:
        assert not tx.articles.put(late, TEXT, status=200, now=LATER)
        assert not tx.articles.fail(late, "x", status=500)
        assert not tx.articles.postpone(late, due_at=LATER)
    with store.read() as tx:
        assert (tx.entries.get(1).content, tx.articles.counts()) == ("short", {"waiting": 1})


@pytest.mark.parametrize("text", ["nul \0 in it", "lone \ud800 surrogate"])
def test_no_text_breaks_the_store(store: SqlStore, text: str) -> None:
    wanted(store)
    (job,) = claimed(store)
    with store.write() as tx:
        assert tx.articles.put(job, text, status=200, now=LATER)
