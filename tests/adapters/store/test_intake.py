"""Feeds that do not keep to their uids. Each story: what was there, what came, what is new and what was edited."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.adapters.store import SqlStore
from service.core.feed import IdPolicy, ParsedEntry
from service.core.urls import canonical_url
from service.ports.intake import Stored
from service.ports.store import Transaction
from tests.adapters.store.making import LATER, LEASE, NOW, a_feed, marks_of, parsed, put

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


def test_an_entry_that_was_not_read_again_keeps_its_address_to_itself(sqlite_store: SqlStore) -> None:
    """An item under a new uid at the address of an unread one is a second entry there, not the first one renamed."""
    with sqlite_store.write() as tx:
        source, first, second = a_feed(tx), parsed("p1", canonical_url=LIVE), parsed("p2", canonical_url=LIVE)
        put(tx, source, first, marks=marks_of(first))
        assert len(put(tx, source, second, marks=marks_of(second, first)).new) == 1
        assert put(tx, source, marks=marks_of(second, first)) == Stored()


def test_two_items_at_one_address_of_which_one_was_not_read_are_no_rotation(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        source, old, other, new = a_feed(tx), *(parsed(uid, canonical_url=LIVE) for uid in ("p0", "p1", "p2"))
        put(tx, source, old, marks=marks_of(old))
        put(tx, source, other, marks=marks_of(other, old))
        assert len(put(tx, source, new, marks=marks_of(new, other)).new) == 1, "it may be p0 or a third one"


def test_a_rotated_uid_among_items_that_were_not_read_is_the_entry_it_was(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        source, rest, before = a_feed(tx), parsed("rest"), parsed("a#0", canonical_url=f"{LIVE}/a", title="T")
        put(tx, source, before, rest, marks=marks_of(before, rest))
        after = parsed("a#1", canonical_url=f"{LIVE}/a", title="T")
        assert put(tx, source, after, marks=marks_of(after, rest)) == Stored()


def test_an_unread_entry_under_its_second_uid_keeps_its_address_to_itself(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        source = a_feed(tx)
        flood, strike = (parsed("1", title=what, canonical_url=f"{LIVE}/{what}") for what in ("flood", "strike"))
        put(tx, source, flood, marks=marks_of(flood))
        put(tx, source, strike, marks=marks_of(strike))
        more = parsed("2", title="more", canonical_url=f"{LIVE}/strike")
        assert len(put(tx, source, more, marks=marks_of(more, strike)).new) == 1


def test_the_same_words_at_a_shared_address_are_the_same_entry_only_with_the_same_date(sqlite_store: SqlStore) -> None:
    def alert(uid: str, raw: str) -> ParsedEntry:
        return parsed(uid, title="Air raid alert", canonical_url=LIVE, published_raw=raw)

    with sqlite_store.write() as tx:
        assert came(tx, alert("1", "Mon 08:00"), alert("2", "Mon 09:00")) == (2, 0)
        assert came(tx, alert("3", "Mon 08:00"), alert("4", "Mon 09:00")) == (0, 0), "rotated"
        assert came(tx, alert("5", "Tue 08:00"), alert("6", "")) == (2, 0), "sounded again"


def test_a_rotated_uid_that_another_entry_has_already_takes_nothing_from_it(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        came(tx, parsed("1", title="flood", canonical_url=f"{LIVE}/flood"))
        came(tx, parsed("2", title="strike", canonical_url=f"{LIVE}/strike"))
        again = parsed("1", title="strike", canonical_url=f"{LIVE}/strike")
        assert came(tx, again) == (0, 0)
        assert came(tx, again) == (0, 0)
        assert titles(tx) == ["flood", "strike"]


UNDATED = {"canonical_url": "", "published_raw": ""}
POLICIES: list[tuple[str, IdPolicy, dict[str, str]]] = [
    ("addresses tell them apart", "address", {}),
    ("they share one address", "words", {"canonical_url": LIVE}),
    ("they point at the front page", "words", {"canonical_url": "https://northernwire.example/"}),
    ("they have no address", "words", UNDATED),
    ("an address for each, and words are taken", "words", {"published_raw": "Mon"}),
]


@pytest.mark.parametrize(("case", "policy", "slots"), POLICIES, ids=[case for case, *_ in POLICIES])
@pytest.mark.parametrize("marked", [True, False], ids=["marks", "no marks"])
def test_a_document_is_not_new_again_because_it_is_named_anew(
    sqlite_store: SqlStore, case: str, policy: IdPolicy, slots: dict[str, str], *, marked: bool
) -> None:
    def document(naming: str) -> list[ParsedEntry]:
        same = {"title": "Explosions heard", "summary": "in the city"}
        words = [{"title": f"Title {n}"} for n in range(6)] if policy == "words" else [same] * 6
        return [
            parsed(f"{naming}{n}", **({"canonical_url": f"{LIVE}/{n}"} | said | slots)) for n, said in enumerate(words)
        ]

    with sqlite_store.write() as tx:
        source, before, after = a_feed(tx), document("guid"), document("anew")
        assert len(put(tx, source, *before).new) == 6, case
        source = replace(source, marks=marks_of(*before) if marked else b"")
        assert put(tx, source, *after, marks=marks_of(*after), id_policy=policy) == Stored()
        source = replace(source, id_policy=policy, marks=marks_of(*after))
        assert put(tx, source, *after, marks=marks_of(*after), id_policy=policy) == Stored()
        unseen = parsed("unseen", **({"title": "Other words"} | slots))
        assert len(put(tx, source, unseen, *after, id_policy=policy).new) == 1


def test_named_anew_it_is_told_from_what_the_last_document_held_not_from_older_entries(sqlite_store: SqlStore) -> None:
    with sqlite_store.write() as tx:
        source, older, last = a_feed(tx), parsed("1", title="Alert", canonical_url=""), parsed("2", canonical_url="")
        put(tx, source, older)
        put(tx, source, last)
        again = parsed("3", title="Alert", canonical_url="")
        source = replace(source, marks=marks_of(last))
        assert len(put(tx, source, again, id_policy="words").new) == 1


NOISE = st.sampled_from(
    ["http://{}", "https://{}", "https://www.{}", "https://m.{}", "https://{}?utm_source=rss&ref_src=a"]
)


@given(noise=st.lists(st.tuples(NOISE, st.integers(0, 3)), min_size=1, max_size=5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_feed_does_to_guids_and_addresses_an_article_is_one_entry(
    sqlite_store: SqlStore, noise: list[tuple[str, int]]
) -> None:
    """GUIDs rotate, schemes and hosts change, tracking parameters come and go: nothing is new, and no words changed."""
    with sqlite_store.write() as tx, suppress(ZeroDivisionError), tx.savepoint():
        source = a_feed(tx, url=f"https://{len(noise)}.example/")
        documents = [
            [
                parsed(
                    f"{turn}/{n}" if rotates & 1 else f"{n}",
                    title=f"Title {n}",
                    canonical_url=canonical_url(spelling.format(f"harbourpost.example/{n}")),
                )
                for n in range(4)
            ]
            for turn, (spelling, rotates) in enumerate([("https://{}", 0), *noise])
        ]
        assert len(put(tx, source, *documents[0]).new) == 4
        assert [put(tx, source, *document) for document in documents[1:]] == [Stored()] * len(noise)
        raise ZeroDivisionError  # leave nothing behind for the next example
