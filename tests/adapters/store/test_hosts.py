"""Whose turn it is where. No host is ever asked by two at once, and none is forgotten."""

from dataclasses import replace
from datetime import timedelta

from service.adapters.store import SqlStore
from service.core.feed import Feed
from service.ports.store import Transaction
from tests.adapters.store.making import LATER, LEASE, NOW, a_feed, polled

GAP = timedelta(seconds=2)


def feeds_of(tx: Transaction, host: str, count: int) -> list[Feed]:
    """Add feeds on this host, all due, the first for longest."""
    return [a_feed(tx, url=f"https://{n}.{host}/", due_at=NOW - timedelta(minutes=count - n)) for n in range(count)]


def names(feeds: list[Feed]) -> list[str]:
    return [feed.url.removeprefix("https://").strip("/") for feed in feeds]


def claimed(tx: Transaction, *, limit: int = 100, per_host: int = 3, after: timedelta = GAP * 0) -> list[Feed]:
    return tx.feeds.claim_due(NOW + after, limit=limit, lease=LEASE, per_host=per_host)


def test_of_each_host_only_a_few_feeds_are_taken_and_nobody_else_gets_more(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 5)
        feeds_of(tx, "harbour.example", 1)
        first = claimed(tx, per_host=2)
        assert names(first) == ["0.meridian.example", "1.meridian.example", "0.harbour.example"]
        assert claimed(tx, per_host=2) == []


def test_a_host_is_released_with_the_last_of_its_feeds_and_free_when_that_was_said(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 3)
        one, two = claimed(tx, per_host=2)
        tx.feeds.finish(replace(one, due_at=LATER), polled(), free_at=NOW)
        assert claimed(tx) == []
        tx.feeds.finish(replace(two, due_at=LATER), polled(), free_at=NOW + GAP)
        assert claimed(tx, after=GAP / 2) == []
        assert names(claimed(tx, after=GAP)) == ["2.meridian.example"]


def test_what_a_claim_has_no_room_for_is_there_for_the_next(store: SqlStore) -> None:
    with store.write() as tx:
        for n in range(40):
            feeds_of(tx, f"meridian{n}.example", 1)
        assert len(claimed(tx, limit=3)) == 3
        assert len(claimed(tx)) == 37


def test_a_host_whose_holder_is_gone_is_taken_over_and_the_holder_cannot_release_it(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 2)
        [slow] = claimed(tx, per_host=1)
        assert len(claimed(tx, after=LEASE)) == 2
        assert not tx.feeds.finish(slow, polled(), free_at=NOW)
        assert claimed(tx, after=LEASE) == []


def test_a_slow_holder_still_writes_what_nobody_took_over_but_the_host_is_anothers(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 2)
        [slow] = claimed(tx, per_host=1)
        tx.feeds.heat([slow.feed_id], until=LATER)
        [other] = tx.feeds.claim([slow.feed_id + 1], NOW + LEASE, lease=LEASE)
        assert tx.feeds.finish(replace(slow, due_at=NOW), polled(), free_at=NOW)
        assert claimed(tx, after=LEASE) == []
        assert tx.feeds.finish(other, polled(), free_at=NOW)
        assert len(claimed(tx, after=LEASE)) == 2


def test_asking_by_name_waits_for_nobody_and_takes_no_host_from_anybody(store: SqlStore) -> None:
    with store.write() as tx:
        due = feeds_of(tx, "meridian.example", 2)
        idle = feeds_of(tx, "harbour.example", 3)
        tx.feeds.keep_away(idle[0].url, until=LATER, reason="429")
        ids = [feed.feed_id for feed in due + idle]
        assert len(claimed(tx, per_host=1)) == 1
        mine = tx.feeds.claim(ids, NOW, lease=LEASE)
        assert sorted(feed.feed_id for feed in mine) == ids[2:]
        assert claimed(tx) == []
        assert tx.feeds.claim(ids, NOW, lease=LEASE) == []


def test_a_host_that_tells_us_to_keep_away_is_left_alone_with_all_its_feeds(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 2)
        tx.feeds.keep_away("https://www.meridian.example/x", until=NOW + GAP, reason="it said 429")
        tx.feeds.keep_away("https://meridian.example/y", until=NOW + GAP / 2, reason="shorter")
        assert claimed(tx) == []
        assert len(claimed(tx, after=GAP)) == 2


def test_to_keep_away_during_a_poll_holds_after_it(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 1)
        [held] = claimed(tx)
        tx.feeds.keep_away(held.url, until=NOW + 2 * GAP, reason="503")
        tx.feeds.finish(replace(held, due_at=NOW), polled(), free_at=NOW + GAP)
        assert claimed(tx, after=GAP) == []
        assert len(claimed(tx, after=2 * GAP)) == 1


def test_the_hosts_to_keep_away_from_are_listed_with_the_reason_longest_first(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "harbour.example", 1)
        [held] = claimed(tx)
        tx.feeds.finish(held, polled(), free_at=LATER)
        tx.feeds.keep_away("https://a.meridian.example/", until=NOW + GAP, reason="429")
        tx.feeds.keep_away("https://hub.example/", until=LATER, reason="503")
        away = tx.feeds.kept_away(NOW)
        assert [(host.key, host.free_at, host.reason) for host in away] == [
            ("hub.example", LATER, "503"),
            ("meridian.example", NOW + GAP, "429"),
        ]
        assert [host.key for host in tx.feeds.kept_away(NOW + GAP)] == ["hub.example"]


def test_what_becomes_due_while_its_host_is_held_is_found_when_the_host_is_free(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 1)
        [held] = claimed(tx)
        added = a_feed(tx, url="https://new.meridian.example/")
        assert claimed(tx) == []
        tx.feeds.finish(replace(held, due_at=LATER), polled(), free_at=NOW + GAP)
        assert names(claimed(tx, after=GAP)) == names([added])


def test_an_unmuted_feed_is_found_again(store: SqlStore) -> None:
    with store.write() as tx:
        [only] = feeds_of(tx, "meridian.example", 1)
        tx.feeds.set_muted(only.feed_id, muted=True, now=NOW)
        assert claimed(tx) == []
        tx.feeds.set_muted(only.feed_id, muted=False, now=NOW)
        assert len(claimed(tx)) == 1


def test_a_start_with_nobody_else_at_work_frees_every_host(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 2)
        claimed(tx, per_host=1)
    store.release_leases()
    with store.write() as tx:
        assert len(claimed(tx)) == 2
