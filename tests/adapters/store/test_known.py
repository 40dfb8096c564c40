"""What a transaction knows by itself, and what it leaves for the next, is what the database holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from service.adapters.store import SqlStore, open_store
from service.core.entry import Entry
from service.core.event import Candidate, Link
from service.core.report import Count
from service.ports.store import Transaction
from tests.adapters.store.making import LATER, LEASE, NEW, NOW, a_feed, claim, event, full_report, parsed, put

DAY = timedelta(days=1)


def entries(tx: Transaction, *uids: str) -> Sequence[Entry]:
    """Let a feed bring entries a minute apart, and lease them."""
    put(tx, a_feed(tx), *(parsed(uid, published=NOW + int(uid) * timedelta(minutes=1)) for uid in uids), now=LATER)
    return tx.entries.claim(LATER, limit=len(uids), lease=LEASE)


def begun(store: SqlStore) -> tuple[int, Sequence[Entry]]:
    """Begin an event with the first of three entries, as ingest does."""
    with store.write() as tx:
        told = sorted(entries(tx, "1", "2", "3"), key=lambda entry: entry.title)
        event_id = tx.events.create(event())
        report_id = tx.events.save_report(told[0], full_report(), event_id, NEW, "en", now=NOW)
        tx.events.replace_claims(event_id, report_id, [claim(report_id, told[0].entry_id)], now=NOW)
        assert [account.title for account in tx.events.accounts(event_id)] == ["Title 1"]
        assert [one.value for one in tx.events.claims(event_id)] == [[8, None]]
        drawn = event(event_id=event_id, killed=Count(8, None), confidence=0.123456789, last_seen=told[0].told_at)
        tx.events.update(drawn)
    return event_id, told


def copied(tx: Transaction, event_id: int, entry: Entry) -> bool:
    """Count the entry as a copy, and save what it says."""
    counted = tx.events.count_copy(event_id, entry.told_at)
    link = Link(decision="copy", event_id=event_id, score=1.0, reason="the same text")
    tx.events.save_report(entry, full_report(killed=Count(9, 9)), event_id, link, "uk", now=NOW)
    return counted


def known(store: SqlStore) -> list[Candidate]:
    with store.read() as tx:
        return tx.events.candidates("strike", since=NOW - DAY)


def in_the_database(store_url: str) -> list[Candidate]:
    with open_store(store_url) as other:
        return known(other)


def test_what_is_left_for_the_next_to_link_is_what_was_written(store: SqlStore, store_url: str) -> None:
    event_id, told = begun(store)
    assert known(store) == in_the_database(store_url)
    for entry in told[:0:-1]:  # the later one first: accounts go by when they were told
        with store.write() as tx:
            assert tx.events.candidates("strike", since=NOW - DAY)
            assert copied(tx, event_id, entry)
        (candidate,) = known(store)
        assert [candidate] == in_the_database(store_url)
    assert (candidate.event.reports, candidate.event.last_seen) == (3, told[2].told_at)
    assert [account.title for account in candidate.accounts] == ["Title 3", "Title 2", "Title 1"]


def test_one_transaction_links_several_and_sees_each(store: SqlStore, store_url: str) -> None:
    event_id, told = begun(store)
    with store.write() as tx:
        for number, entry in enumerate(told[1:], start=1):
            with tx.savepoint():
                (candidate,) = tx.events.candidates("strike", since=NOW - DAY)
                assert len(candidate.accounts) == candidate.event.reports == number
                assert copied(tx, event_id, entry)
                assert len(tx.events.accounts(event_id)) == number + 1
    assert known(store) == in_the_database(store_url)


def test_what_a_savepoint_undid_was_never_known(store: SqlStore, store_url: str) -> None:
    event_id, told = begun(store)
    with store.write() as tx:
        (before,) = tx.events.candidates("strike", since=NOW - DAY)
        with pytest.raises(ZeroDivisionError), tx.savepoint():  # noqa: PT012 - the whole of it is undone
            assert copied(tx, event_id, told[1])
            assert tx.events.report_of(told[1].entry_id, "strike")
            assert len(tx.events.accounts(event_id)) == len(told) - 1
            raise ZeroDivisionError
        assert tx.events.report_of(told[1].entry_id, "strike") is None
        assert [account.title for account in tx.events.accounts(event_id)] == ["Title 1"]
        assert tx.events.candidates("strike", since=NOW - DAY) == [before]
        assert copied(tx, event_id, told[1]), "and it can be done again"
    assert known(store) == in_the_database(store_url)


def test_a_copy_is_not_counted_where_it_may_change_more(store: SqlStore, store_url: str) -> None:
    event_id, told = begun(store)
    with store.write() as tx:
        assert not tx.events.count_copy(event_id, NOW), "nobody asked for candidates"
        (candidate,) = tx.events.candidates("strike", since=NOW - DAY)
        assert not tx.events.count_copy(event_id, candidate.event.first_seen - DAY), "it was told before"
        assert not tx.events.count_copy(event_id + 1, NOW)
        tx.events.update(replace(candidate.event, state="retracted"))
        assert not tx.events.count_copy(event_id, told[1].told_at), "it has changed since"
    assert known(store) == in_the_database(store_url) == []


def test_an_edit_is_seen_by_whoever_links_next(store: SqlStore, store_url: str) -> None:
    event_id, told = begun(store)
    with store.write() as tx:
        assert tx.events.candidates("strike", since=NOW - DAY)
        tx.events.save_report(told[0], full_report(killed=Count(3, 3)), event_id, NEW, "en", now=LATER)
        tx.events.update(event(event_id=event_id, killed=Count(3, 3)))
        assert [account.report.killed for account in tx.events.accounts(event_id)] == [Count(3, 3)]
    (candidate,) = known(store)
    assert [candidate] == in_the_database(store_url)
    assert candidate.event.killed == Count(3, 3)


def test_reports_that_moved_are_seen_where_they_went(store: SqlStore, store_url: str) -> None:
    event_id, told = begun(store)
    with store.write() as tx:
        other = tx.events.create(event())
        moved = tx.events.save_report(told[1], full_report(), other, NEW, "en", now=NOW)
        assert [account.report_id for account in tx.events.accounts(other)] == [moved]
        tx.events.move([moved], event_id)
        assert tx.events.accounts(other) == []
        assert len(tx.events.accounts(event_id)) == len(told) - 1
        assert tx.events.report_of(told[1].entry_id, "strike") == (moved, event_id)
    assert known(store) == in_the_database(store_url)
