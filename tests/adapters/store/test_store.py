"""Transactions: what holds together, what is undone, who waits for whom."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.adapters.store import SqlStore, open_store
from service.core.errors import StoreUnavailable
from service.core.subscription import Notice
from service.ports.store import Transaction
from tests.adapters.store.making import LEASE, NOW, a_feed, event, parsed, put, queue, subscribe

NOTICE = Notice(kind=None, code="same", reason="nothing new in it")


def urls(store: SqlStore) -> list[str]:
    with store.read() as tx:
        return [feed.url for feed in tx.feeds.all()]


def test_a_transaction_that_fails_leaves_nothing(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as tx:  # noqa: PT012 - the whole of it is undone
        a_feed(tx)
        raise ZeroDivisionError
    assert urls(store) == []


def test_calls_after_the_commit_come_in_order_and_see_what_was_written(store: SqlStore) -> None:
    heard: list[object] = []
    with store.write() as tx:
        a_feed(tx, url="https://meridian.example/")
        tx.after_commit(lambda: heard.append(urls(store)))
        tx.after_commit(lambda: heard.append("second"))
        assert heard == []
    assert heard == [["https://meridian.example/"], "second"]


def test_a_call_after_the_commit_may_write(store: SqlStore) -> None:
    def add() -> None:
        with store.write() as tx:
            a_feed(tx)

    with store.write() as tx:
        tx.after_commit(add)
    assert len(urls(store)) == 1


def test_nothing_is_called_when_the_transaction_fails(store: SqlStore) -> None:
    heard: list[str] = []
    with pytest.raises(ZeroDivisionError), store.write() as tx:  # noqa: PT012 - the whole of it is undone
        tx.after_commit(lambda: heard.append("never"))
        raise ZeroDivisionError
    assert heard == []


def test_a_call_that_fails_neither_undoes_the_transaction_nor_keeps_others_from_being_called(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    with store.write() as tx:
        a_feed(tx)
        tx.after_commit(lambda: heard.append(str(1 / 0)))
        tx.after_commit(lambda: heard.append("second"))
    assert heard == ["second"]
    assert len(urls(store)) == 1
    assert "after the commit failed" in caplog.text


def test_a_savepoint_that_fails_undoes_only_what_happened_inside(store: SqlStore) -> None:
    heard: list[str] = []
    with store.write() as tx:
        sub_id, event_id = subscribe(tx).subscription_id, tx.events.create(event())
        tx.decisions.add(sub_id, event_id, 1, "before", NOTICE, NOW)
        with pytest.raises(ZeroDivisionError), tx.savepoint():  # noqa: PT012 - the whole of it is undone
            a_feed(tx, url="https://inside.example/")
            tx.decisions.add(sub_id, event_id, 2, "inside", NOTICE, NOW)
            tx.after_commit(lambda: heard.append("inside"))
            raise ZeroDivisionError
        with tx.savepoint():
            a_feed(tx, url="https://after.example/")
            tx.decisions.add(sub_id, event_id, 3, "after", NOTICE, NOW)
            tx.after_commit(lambda: heard.append("after"))
    assert urls(store) == ["https://after.example/"]
    assert heard == ["after"]
    with store.read() as tx:
        assert [rule for _, _, rule, _ in tx.decisions.of(sub_id, event_id)] == ["before", "after"]


def test_a_database_error_inside_a_savepoint_does_not_spoil_the_rest(store: SqlStore) -> None:
    with store.write() as tx:
        with pytest.raises(Exception, match=r"(?i)constraint"), tx.savepoint():
            put(tx, a_feed(tx, url="https://meridian.example/"), parsed("1", date_flag="nonsense"))
        a_feed(tx)
    assert urls(store) == ["https://northernwire.example/feed"]


def test_savepoints_nest(store: SqlStore) -> None:
    with store.write() as tx, tx.savepoint():
        a_feed(tx, url="https://outer.example/")
        with pytest.raises(ZeroDivisionError), tx.savepoint():  # noqa: PT012 - the whole of it is undone
            a_feed(tx, url="https://inner.example/")
            raise ZeroDivisionError
    assert urls(store) == ["https://outer.example/"]


def test_a_reader_sees_one_picture_while_others_write(store: SqlStore) -> None:
    with store.read() as tx:
        assert tx.feeds.all() == []
        with store.write() as writing:
            a_feed(writing)
        assert tx.feeds.all() == []
        assert tx.entries.waiting() == 0
    assert len(urls(store)) == 1


def test_a_reader_does_not_wait_for_a_writer(store: SqlStore) -> None:
    with store.write() as writing:
        a_feed(writing)
        assert urls(store) == []


def test_a_reading_transaction_cannot_write(store: SqlStore) -> None:
    with pytest.raises(StoreUnavailable), store.read() as tx:
        a_feed(tx)
    assert urls(store) == []


def test_a_store_opened_for_reading_cannot_write(store_url: str) -> None:
    with open_store(store_url, read_only=True) as store:
        assert urls(store) == []
        with pytest.raises(StoreUnavailable, match="reading only"), store.write():
            pass


def test_a_writing_transaction_inside_another_of_the_same_thread_is_refused(sqlite_store: SqlStore) -> None:
    with sqlite_store.write(), pytest.raises(RuntimeError, match="open in this thread"), sqlite_store.write():
        pass
    with sqlite_store.write() as tx:
        a_feed(tx)


def test_no_update_is_lost_between_threads(store: SqlStore) -> None:
    with store.write() as tx:
        event_id = tx.events.create(event(sources=0))

    def raise_by_one(_: int) -> None:
        with store.write() as tx:
            tx.events.lock_linking()
            known = tx.events.get(event_id)
            tx.events.update(event(event_id=event_id, sources=known.sources + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_by_one, range(40)))
    with store.read() as tx:
        assert tx.events.get(event_id).sources == 40


def claim_feeds(tx: Transaction) -> list[int]:
    return [feed.feed_id for feed in tx.feeds.claim_due(NOW, limit=3, lease=LEASE)]


def claim_entries(tx: Transaction) -> list[int]:
    return [entry.entry_id for entry in tx.entries.claim(NOW, limit=3, lease=LEASE)]


def claim_messages(tx: Transaction) -> list[int]:
    return [message.outbox_id for message in tx.outbox.claim(NOW, limit=3, lease=LEASE)]


@pytest.mark.parametrize("claim", [claim_feeds, claim_entries, claim_messages])
def test_two_workers_never_claim_the_same_row(store: SqlStore, claim: Callable[[Transaction], list[int]]) -> None:
    with store.write() as tx:
        for n in range(40):
            a_feed(tx, url=f"https://meridian{n}.example/")
            queue(tx, subscribe(tx, address=f"reader{n}@example.org"), str(n))
        put(tx, a_feed(tx, url="https://meridian0.example/"), *(parsed(str(n)) for n in range(40)))
    start = threading.Barrier(4)

    def work(_: int) -> list[int]:
        start.wait()
        mine: list[int] = []
        while True:
            with store.write() as tx:
                claimed = claim(tx)
            if not claimed:
                return mine
            mine += claimed

    with ThreadPoolExecutor(4) as pool:
        claimed = sorted(row for rows in pool.map(work, range(4)) for row in rows)
    assert claimed == sorted(set(claimed))
    assert len(claimed) == 40


def test_a_start_with_nobody_else_at_work_lets_go_of_all_leases(store: SqlStore) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), parsed("1"))
        queue(tx, subscribe(tx), "k", event_id=tx.events.create(event()), revision=1)
        assert claim_feeds(tx)
        assert claim_entries(tx)
        assert claim_messages(tx)
    store.release_leases()
    with store.write() as tx:
        assert tx.outbox.supersede(1, 1) == 0, "it may have arrived"
        assert claim_feeds(tx)
        assert claim_entries(tx)
        assert claim_messages(tx)
