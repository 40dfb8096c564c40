"""What hubs and we agreed on: one for each feed, asked for by one at a time, and never out of step with its feed."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from service.adapters.store import SqlStore, open_store
from service.core.errors import NotFound
from service.core.feed import Feed, Push
from service.core.websub import begun
from service.ports.store import Transaction
from tests.adapters.store.making import LATER, LEASE, NOW, a_feed, polled

BASE = "https://tocsin.example"
HUB = {"hub": "https://hub.example/", "topic": "https://northernwire.example/feed", "baseline_done": True}


def pushed(tx: Transaction, number: int = 1, **slots: Any) -> Push:
    """Add a feed with a hub and what is to be asked of that."""
    feed = a_feed(tx, url=f"https://northernwire.example/{number}", state="active", **HUB)
    push = begun(feed, base_url=BASE, key=f"key {number}", secret="s3cret", now=NOW)
    assert tx.pushes.add(replace(push, **slots))
    return replace(push, **slots)


def test_what_is_written_is_read(store: SqlStore) -> None:
    full: dict[str, Any] = {
        "state": "active",
        "active_since": NOW,
        "expires_at": LATER,
        "told_at": NOW,
        "seen": b"\0\1",
        "dropped": 2,
    }
    with store.write() as tx:
        push = pushed(tx, **full, tries=3, error="x")
    with store.read() as tx:
        assert tx.pushes.get(push.feed_id) == tx.pushes.by_key("key 1") == push
        assert tx.pushes.get(99) is None
        with pytest.raises(NotFound) as unknown:
            tx.pushes.by_key("key 9")
    assert "key 9" not in str(unknown.value)


def test_a_feed_has_one_and_it_can_be_forgotten(store: SqlStore) -> None:
    with store.write() as tx:
        push = pushed(tx)
        assert not tx.pushes.add(replace(push, key="another"))
        tx.pushes.end(push.feed_id)
        assert tx.pushes.add(replace(push, key="another"))


def test_due_ones_come_longest_due_first_and_are_out_of_the_way_once_saved(store: SqlStore) -> None:
    with store.write() as tx:
        late, soon, _ = (pushed(tx, n, due_at=NOW + n * LEASE) for n in (2, 1, 3))
        due = tx.pushes.due(NOW + 2 * LEASE, limit=9)
        assert due == [soon, late]
        for push in due:
            tx.pushes.save(replace(push, due_at=NOW + 9 * LEASE, tries=1))
        assert tx.pushes.due(NOW + 2 * LEASE, limit=9) == []


def test_two_who_claim_at_once_never_get_the_same_one(store_url: str) -> None:
    with open_store(store_url) as one, open_store(store_url) as other:
        with one.write() as tx:
            for n in range(20):
                pushed(tx, n)
        claimed: list[int] = []

        def claim(store: SqlStore) -> None:
            while True:
                with store.write() as tx:
                    due = tx.pushes.due(NOW, limit=3)
                    for push in due:
                        tx.pushes.save(replace(push, due_at=LATER))
                claimed.extend(push.feed_id for push in due)
                if not due:
                    return

        claimers = [Thread(target=claim, args=(store,)) for store in (one, other)]
        for claimer in claimers:
            claimer.start()
        for claimer in claimers:
            claimer.join()
    assert len(claimed) == len(set(claimed)) == 20


@pytest.mark.parametrize(
    ("slots", "wanted"),
    [
        ({}, True),
        ({"state": "failing"}, True),
        ({"state": "muted"}, False),
        ({"state": "gone"}, False),
        ({"hub": None}, False),
        ({"baseline_done": False}, False),
    ],
)
def test_a_feed_that_names_a_hub_is_to_be_asked_for_once(store: SqlStore, slots: dict[str, Any], wanted: bool) -> None:  # noqa: FBT001
    with store.write() as tx:
        feed = a_feed(tx, **({"state": "active"} | HUB | slots))
        unasked = tx.pushes.unasked(limit=9)
        assert unasked == ([feed] if wanted else [])
        for each in unasked:
            tx.pushes.add(begun(each, base_url=BASE, key="k", secret="s", now=NOW))
        assert tx.pushes.unasked(limit=9) == []


@pytest.mark.parametrize(
    ("slots", "base", "unwanted"),
    [
        ({}, BASE, False),
        ({}, "", True),
        ({}, "https://elsewhere.example", True),
        ({"hub": "https://other.example/"}, BASE, True),
        ({"topic": "https://other.example/"}, BASE, True),
        ({"hub": None, "topic": None}, BASE, True),
        ({"state": "gone"}, BASE, True),
    ],
)
def test_what_is_not_as_agreed_any_more_is_found(
    store: SqlStore,
    slots: dict[str, Any],
    base: str,
    unwanted: bool,  # noqa: FBT001
) -> None:
    with store.write() as tx:
        push = pushed(tx)
        (feed,) = tx.feeds.claim([push.feed_id], NOW, lease=LEASE)
        tx.feeds.finish(replace(feed, **slots), polled())
        found = tx.pushes.unwanted(base, limit=9)
        assert found == ([push] if unwanted else [])
        for each in found:
            tx.pushes.save(replace(each, state="leaving"))
        assert tx.pushes.unwanted(base, limit=9) == []


def test_a_muted_feed_wants_no_push(store: SqlStore) -> None:
    with store.write() as tx:
        push = pushed(tx)
        tx.feeds.set_muted(push.feed_id, muted=True, now=NOW)
        assert tx.pushes.unwanted(BASE, limit=9) == [push]


def polling(tx: Transaction, push: Push) -> Feed:
    (feed,) = tx.feeds.claim([push.feed_id], NOW, lease=LEASE)
    return feed


def test_a_poll_under_way_does_not_undo_what_a_hub_promised_and_told(store: SqlStore) -> None:
    with store.write() as tx:
        push = pushed(tx)
        feed = polling(tx, push)
        tx.feeds.count_on(push.feed_id, until=LATER)
        tx.feeds.told(push.feed_id, polled(new=1, note="its hub told us"))
        assert tx.feeds.finish(replace(feed, due_at=LATER), polled(outcome="unchanged"))
        after = tx.feeds.get(push.feed_id)
        assert (after.pushed_until, after.last_entry_at, after.due_at) == (LATER, NOW, LATER)
        assert [record.note for record in tx.feeds.polls(push.feed_id)] == ["", "its hub told us"]


def test_a_feed_no_longer_pushed_is_due_sooner_and_never_later(store: SqlStore) -> None:
    with store.write() as tx:
        push = pushed(tx)
        tx.feeds.finish(replace(polling(tx, push), due_at=LATER), polled())
        tx.feeds.count_on(push.feed_id, until=None, ask_at=LATER + LEASE)
        assert tx.feeds.claim_due(LATER - LEASE, limit=9, lease=LEASE) == []
        tx.feeds.count_on(push.feed_id, until=None, ask_at=LATER - 2 * LEASE)
        assert [feed.feed_id for feed in tx.feeds.claim_due(LATER - LEASE, limit=9, lease=LEASE)] == [push.feed_id]


def test_the_history_stays_short_however_much_a_hub_tells(store: SqlStore) -> None:
    with store.write() as tx:
        push = pushed(tx)
        for n in range(40):
            tx.feeds.told(push.feed_id, polled(at=NOW + timedelta(minutes=n), new=1))
        assert len(tx.feeds.polls(push.feed_id, 99)) == 30
        assert tx.feeds.get(push.feed_id).last_entry_at == NOW + timedelta(minutes=39)
