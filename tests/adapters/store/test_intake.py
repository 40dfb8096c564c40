"""Feeds that do not keep to their uids. Each story: what was there, what came, what is new and what was edited."""

from service.adapters.store import SqlStore
from service.core.feed import ParsedEntry
from service.ports.store import Transaction
from tests.adapters.store.making import LATER, LEASE, NOW, a_feed, parsed, put

LIVE = "https://northernwire.example/live"


def came(tx: Transaction, *items: ParsedEntry) -> tuple[int, int]:
    """Put a document; return how many were new and how many edited."""
    stored = put(tx, a_feed(tx), *items, now=LATER)
    return len(stored.new), len(stored.changed)


def titles(tx: Transaction) -> list[str]:
    return sorted(entry.title for entry in tx.entries.claim(LATER, limit=99, lease=LEASE))


def test_an_entry_under_a_rotated_uid_is_not_new(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        assert came(tx, parsed("a#0", canonical_url=f"{LIVE}/a", title="T")) == (1, 0)
        assert came(tx, parsed("a#1", canonical_url=f"{LIVE}/a", title="T")) == (0, 0)
        assert came(tx, parsed("a#2", canonical_url=f"{LIVE}/a", title="T")) == (0, 0)


def test_an_entry_edited_under_a_rotated_uid_is_an_edit(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        came(tx, parsed("a#0", canonical_url=f"{LIVE}/a", title="Three killed"))
        assert came(tx, parsed("a#1", canonical_url=f"{LIVE}/a", title="Eight killed")) == (0, 1)
        assert came(tx, parsed("a#1", canonical_url=f"{LIVE}/a", title="Eight killed")) == (0, 0)


def test_two_items_at_one_address_in_one_document_are_two_entries(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        both = (parsed("p2", canonical_url=LIVE), parsed("p1", canonical_url=LIVE))
        assert came(tx, *both) == (2, 0)
        assert came(tx, *both) == (0, 0)
        assert came(tx, parsed("p3", canonical_url=LIVE), *both) == (1, 0)


def test_a_new_item_at_the_address_of_one_that_is_still_there_is_new(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        came(tx, parsed("p1", canonical_url=LIVE))
        assert came(tx, parsed("p2", canonical_url=LIVE), parsed("p1", canonical_url=LIVE)) == (1, 0)


def test_items_that_all_point_at_the_front_page_are_told_apart_by_uid(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        came(tx, parsed("1", canonical_url="https://northernwire.example/"))
        assert came(tx, parsed("2", canonical_url="https://northernwire.example/")) == (1, 0)


def test_items_without_any_address_are_told_apart_by_uid(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        came(tx, parsed("1", canonical_url=""))
        assert came(tx, parsed("2", canonical_url="")) == (1, 0)


def test_a_uid_used_again_for_something_else_is_a_new_entry(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        old, new = (parsed("1", title=what, canonical_url=f"{LIVE}/{what}") for what in ("flood", "strike"))
        came(tx, old)
        assert came(tx, new) == (1, 0)
        assert came(tx, new) == (0, 0)
        assert came(tx, old) == (0, 0)
        assert titles(tx) == ["flood", "strike"]


def test_a_new_address_under_the_same_title_is_the_same_entry(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        came(tx, parsed("1", canonical_url="http://northernwire.example/1"))
        assert came(tx, parsed("1", canonical_url="https://www.northernwire.example/1")) == (0, 0)


def test_a_new_title_at_the_same_address_is_an_edit(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        came(tx, parsed("1", title="Three killed"))
        assert came(tx, parsed("1", title="Eight killed")) == (0, 1)


def test_one_item_twice_in_a_document_is_one_entry(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        assert came(tx, parsed("1"), parsed("1")) == (1, 0)
        assert came(tx, parsed("1"), parsed("1")) == (0, 0)


def test_two_items_under_one_uid_are_two_entries_whatever_their_order(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        one, two = (parsed("same", title=what, canonical_url=f"{LIVE}/{what}") for what in ("flood", "strike"))
        assert came(tx, one, two) == (2, 0)
        assert came(tx, one, two) == (0, 0)
        assert came(tx, two, one) == (0, 0)
        assert titles(tx) == ["flood", "strike"]


def test_an_edit_of_either_of_two_items_under_one_uid_is_an_edit_of_that_one(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        one, two = (parsed("same", title=what, canonical_url=f"{LIVE}/{what}") for what in ("flood", "strike"))
        came(tx, one, two)
        edited = parsed("same", title="strike", canonical_url=f"{LIVE}/strike", summary="eight killed")
        assert came(tx, one, edited) == (0, 1)
        assert {entry.title: entry.summary for entry in tx.entries.claim(NOW, limit=9, lease=LEASE)} == {
            "flood": "",
            "strike": "eight killed",
        }
