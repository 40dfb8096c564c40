from dataclasses import replace
from datetime import timedelta

import pytest

from service.adapters.store import SqlStore
from service.core.errors import NotFound
from service.core.feed import UNDECLARED
from tests.adapters.store.making import LATER, LEASE, NOW, a_feed, feed, polled


def test_what_is_read_is_what_was_written(store: SqlStore) -> None:
    full = feed(
        country="UA",
        lang="uk",
        priority=True,
        state="failing",
        etag='W/"a"',
        last_modified="x",
        body_hash="h",
        last_poll_at=NOW,
        last_ok_at=NOW,
        last_entry_at=NOW,
        failures=3,
        last_error="timeout",
        gap_s=1.5,
        baseline_done=True,
        source="opml",
    )
    with store.write() as tx:
        feed_id = tx.feeds.add(full)
    with store.read() as tx:
        assert tx.feeds.get(feed_id) == replace(full, feed_id=feed_id)
        assert tx.feeds.all() == [replace(full, feed_id=feed_id)]


def test_a_url_is_added_once(store: SqlStore) -> None:
    with store.write() as tx:
        assert tx.feeds.add(feed()) == tx.feeds.add(feed(title="again"))
        assert [known.title for known in tx.feeds.all()] == ["Northern Wire"]


def test_an_unknown_feed_is_not_found(store: SqlStore) -> None:
    with store.read() as tx, pytest.raises(NotFound, match="no feed 7"):
        tx.feeds.get(7)


def test_due_feeds_are_leased_longest_due_first_and_only_once(store: SqlStore) -> None:
    with store.write() as tx:
        for n in range(4):
            a_feed(tx, url=f"https://meridian.example/{n}", due_at=NOW - timedelta(minutes=n))
        a_feed(tx, url="https://meridian.example/later", due_at=LATER)
        first = tx.feeds.claim_due(NOW, limit=3, lease=LEASE)
        second = tx.feeds.claim_due(NOW, limit=3, lease=LEASE)
        assert [known.url[-1] for known in first] == ["3", "2", "1"]
        assert [known.url[-1] for known in second] == ["0"]
        assert all(known.lease_token for known in first)


def test_an_expired_lease_is_taken_over_and_its_holder_writes_nothing(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx)
        [slow] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        [quick] = tx.feeds.claim_due(NOW + LEASE, limit=1, lease=LEASE)
        assert not tx.feeds.finish(replace(slow, title="slow"), polled())
        assert tx.feeds.finish(replace(quick, title="quick"), polled())
        assert not tx.feeds.finish(replace(quick, title="twice"), polled())
        assert tx.feeds.get(slow.feed_id).title == "quick"
        assert len(tx.feeds.polls(slow.feed_id)) == 1


def test_a_finished_feed_is_free_and_due_when_it_says(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx)
        [held] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        tx.feeds.finish(replace(held, due_at=LATER, etag="e2"), polled())
        assert tx.feeds.claim_due(NOW, limit=1, lease=LEASE) == []
        [again] = tx.feeds.claim_due(LATER, limit=1, lease=LEASE)
        assert again.etag == "e2"


def test_asking_by_name_leases_what_is_not_due_but_not_what_is_being_polled(store: SqlStore) -> None:
    with store.write() as tx:
        idle, busy = a_feed(tx, due_at=LATER), a_feed(tx, url="https://meridian.example/")
        tx.feeds.claim_due(NOW, limit=5, lease=LEASE)
        claimed = tx.feeds.claim([idle.feed_id, busy.feed_id, 99], NOW, lease=LEASE)
        assert [known.feed_id for known in claimed] == [idle.feed_id]


def test_a_muted_feed_is_not_due_and_a_poll_under_way_does_not_unmute_it(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx)
        [held] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        tx.feeds.set_muted(held.feed_id, muted=True, now=NOW)
        assert tx.feeds.finish(replace(held, state="active", baseline_done=True), polled())
        assert tx.feeds.get(held.feed_id).state == "muted"
        assert tx.feeds.claim_due(LATER, limit=1, lease=LEASE) == []
        tx.feeds.set_muted(held.feed_id, muted=False, now=LATER)
        assert tx.feeds.get(held.feed_id).state == "active"
        assert len(tx.feeds.claim_due(LATER, limit=1, lease=LEASE)) == 1


def test_a_feed_does_not_move_to_an_address_that_another_has(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx, url="https://meridian.example/old")
        a_feed(tx, url="https://meridian.example/new", due_at=LATER)
        [held] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        assert tx.feeds.finish(replace(held, url="https://meridian.example/new", title="kept"), polled())
        assert (tx.feeds.get(held.feed_id).url, tx.feeds.get(held.feed_id).title) == (
            "https://meridian.example/old",
            "kept",
        )


def test_the_last_30_polls_are_kept_newest_first(store: SqlStore) -> None:
    with store.write() as tx:
        other = a_feed(tx, url="https://meridian.example/")
        for n in range(35):
            [held] = tx.feeds.claim([a_feed(tx).feed_id], NOW, lease=LEASE)
            tx.feeds.finish(held, polled(new=n, error="e"))
        polls = tx.feeds.polls(held.feed_id, limit=100)
        assert [record.new for record in polls] == list(range(34, 4, -1))
        assert polls[0] == polled(new=34, error="e")
        assert tx.feeds.polls(other.feed_id) == []


def test_what_an_operator_says_of_a_feed_outlives_a_poll_under_way(store: SqlStore) -> None:
    with store.write() as tx:
        feed_id = a_feed(tx, url="https://meridian.example/said", country="UA", due_at=NOW).feed_id
        (held,) = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        tx.feeds.describe(feed_id, country="PL", lang="pl", priority=True)
        tx.feeds.set_muted(feed_id, muted=True, now=NOW, reason=UNDECLARED)
        assert tx.feeds.finish(replace(held, lang="uk", state="active"), polled())
        said = tx.feeds.get(feed_id)
        assert (said.country, said.lang, said.priority, said.state) == ("PL", "pl", True, "muted")
        assert said.last_error == UNDECLARED


def test_an_unknown_feed_cannot_be_described(store: SqlStore) -> None:
    with store.write() as tx, pytest.raises(NotFound, match="no feed 7"):
        tx.feeds.describe(7, country=None, lang=None, priority=False)
