from dataclasses import replace
from datetime import timedelta

import pytest

from service.adapters.store import SqlStore, open_store
from service.core.errors import NotFound
from service.core.event import Development, Event, Link
from service.core.report import Count, Interval, Place, Report
from service.ports.store import Transaction
from tests.adapters.store.making import (
    KYIV,
    LATER,
    LEASE,
    NEW,
    NOW,
    a_feed,
    an_entry,
    claim,
    development,
    event,
    full_report,
    judged,
    parsed,
    put,
)

DAY = timedelta(days=1)
LVIV = replace(KYIV, name="Lviv", population=717273, capital=False)
WARSAW = Place(name="Warsaw", country="PL", lat=52.2, lon=21.0, precision="city")


def a_report(tx: Transaction, event_id: int | None, uid: str = "1", **slots: object) -> int:
    return tx.events.save_report(an_entry(tx, uid), full_report(**slots), event_id, NEW, "en", now=NOW)


def ids(events: list[Event]) -> list[int]:
    return [known.event_id for known in events]


def test_what_is_read_is_what_was_written(store: SqlStore) -> None:
    full = event(
        kind="talks",
        revision=4,
        state="retracted",
        occurred=Interval(NOW - timedelta(seconds=7), NOW),
        weapon=("missile", "drone"),
        actor="Northland",
        target="Southland",
        killed=Count(8, None),
        injured=Count(None, 40),
        children_killed=Count(),
        missing=Count(12, None),
        status="agreed",
        parties=("Northland", "Southland"),
        mediators=("Eastland",),
        venue=WARSAW,
        planned=Interval(NOW, NOW + DAY),
        duration_h=72,
        confidence=0.123456789,
        sources=3,
        reports=5,
    )
    with store.write() as tx:
        other = tx.events.create(event())
        event_id = tx.events.create(replace(full, possibly=other, merged_into=other))
    with store.read() as tx:
        assert tx.events.get(event_id) == replace(full, event_id=event_id, possibly=other, merged_into=other)
        assert tx.events.get(other) == event(event_id=other)


def test_an_update_is_seen_at_once_and_by_other_stores(store: SqlStore, store_url: str) -> None:
    with store.write() as tx:
        event_id = tx.events.create(event())
        assert tx.events.recent(limit=5)[0].headline == "Missiles hit Kyiv"
        tx.events.update(event(event_id=event_id, headline="Eight killed", revision=2))
        assert tx.events.get(event_id).headline == tx.events.recent(limit=5)[0].headline == "Eight killed"
    with open_store(store_url) as other, other.read() as tx:
        assert tx.events.recent(limit=5)[0].headline == "Eight killed"


def test_what_a_rolled_back_transaction_read_is_forgotten(store: SqlStore) -> None:
    with store.write() as tx:
        event_id = tx.events.create(event())
    with pytest.raises(ZeroDivisionError), store.write() as tx:  # noqa: PT012 - the whole of it is undone
        tx.events.update(event(event_id=event_id, headline="never"))
        assert tx.events.recent(limit=5)[0].headline == "never"
        raise ZeroDivisionError
    with store.read() as tx:
        assert tx.events.recent(limit=5)[0].headline == "Missiles hit Kyiv"


def test_an_unknown_event_is_neither_found_nor_updated(store: SqlStore) -> None:
    with store.write() as tx:
        with pytest.raises(NotFound, match="no event 7"):
            tx.events.get(7)
        with pytest.raises(NotFound, match="no event 7"):
            tx.events.update(event(event_id=7))


def test_candidates_are_live_recent_and_of_the_kind(store: SqlStore) -> None:
    with store.write() as tx:
        kyiv = tx.events.create(event())
        nowhere = tx.events.create(event(place=None, last_seen=NOW + DAY))
        warsaw = tx.events.create(event(place=WARSAW))
        tx.events.create(event(kind="talks"))
        tx.events.create(event(state="merged"))
        tx.events.create(event(state="retracted"))
        tx.events.create(event(last_seen=NOW - DAY))
        found = tx.events.candidates("strike", since=NOW)
        assert [known.event.event_id for known in found] == [nowhere, warsaw, kyiv]


def test_a_candidate_brings_its_twelve_newest_accounts_newest_first(store: SqlStore) -> None:
    with store.write() as tx:
        busy, quiet = tx.events.create(event()), tx.events.create(event(place=LVIV))
        put(tx, a_feed(tx), *(parsed(str(n), published=NOW - n * DAY) for n in range(15)))
        for entry in tx.entries.claim(NOW, limit=20, lease=LEASE):
            tx.events.save_report(entry, full_report(), busy, NEW, "en", now=NOW)
        by_event = {item.event.event_id: item for item in tx.events.candidates("strike", since=NOW)}
        assert [account.title for account in by_event[busy].accounts] == [f"Title {n}" for n in range(12)]
        assert list(by_event[quiet].accounts) == []
        assert [account.title for account in tx.events.accounts(busy)] == [f"Title {n}" for n in range(14, -1, -1)]


def test_an_account_holds_the_report_whole_and_why_it_joined(store: SqlStore) -> None:
    with store.write() as tx:
        event_id = tx.events.create(event())
        entry = an_entry(tx, summary="S", content="C", url="https://northernwire.example/1?x")
        link = Link(decision="copy", event_id=event_id, score=0.97, reason="the same words")
        report_id = tx.events.save_report(entry, full_report(), event_id, link, "en", now=NOW)
    with store.read() as tx:
        [account] = tx.events.accounts(event_id)
        assert account.report == full_report()
        assert (account.report_id, account.entry_id, account.outlet) == (report_id, entry.entry_id, "Northern Wire")
        assert (account.title, account.summary, account.content) == ("Title 1", "S", "C")
        assert (account.url, account.canonical_url) == (entry.url, entry.canonical_url)
        assert (account.decision, account.reason, account.lang, account.told_at) == (
            "copy",
            "the same words",
            "en",
            NOW,
        )


def test_a_report_of_talks_comes_back_whole(store: SqlStore) -> None:
    talks = Report(kind="talks", new=False, confidence=0.5, stance="denies", status="proposed", parties=("A", "B"))
    with store.write() as tx:
        event_id = tx.events.create(event(kind="talks"))
        tx.events.save_report(an_entry(tx), talks, event_id, NEW, "en", now=NOW)
        assert tx.events.accounts(event_id)[0].report == talks


def test_a_report_of_an_edited_entry_replaces_the_one_before_under_its_id(store: SqlStore) -> None:
    with store.write() as tx:
        event_id = tx.events.create(event())
        entry = an_entry(tx)
        before = tx.events.save_report(entry, full_report(killed=Count(3, 3)), event_id, NEW, "en", now=NOW)
        assert tx.events.accounts(event_id)[0].report.killed == Count(3, 3)
        tx.entries.finish([(entry, judged(set_aside=None))])
        put(tx, a_feed(tx), parsed("1", title="Eight killed"), now=LATER)
        [edited] = tx.entries.claim(LATER, limit=1, lease=LEASE)
        assert tx.events.report_of(entry.entry_id, "strike") == (before, event_id)
        after = tx.events.save_report(edited, full_report(), event_id, NEW, "en", now=LATER)
        [account] = tx.events.accounts(event_id)
        assert (after, account.report, account.title) == (before, full_report(), "Eight killed")


def test_an_entry_has_one_report_of_each_kind_and_some_belong_to_no_event(store: SqlStore) -> None:
    with store.write() as tx:
        entry = an_entry(tx)
        strike = tx.events.save_report(entry, full_report(new=False), None, NEW, "en", now=NOW)
        talks = tx.events.save_report(entry, full_report(kind="talks"), tx.events.create(event()), NEW, "en", now=NOW)
        assert strike != talks
        assert tx.events.report_of(entry.entry_id, "strike") is None
        assert tx.events.report_of(entry.entry_id, "talks") == (talks, 1)
        assert tx.events.report_of(99, "talks") is None


def test_claims_are_replaced_per_report_and_the_current_ones_given_oldest_first(store: SqlStore) -> None:
    with store.write() as tx:
        event_id = tx.events.create(event())
        one, two = a_report(tx, event_id), a_report(tx, event_id, "2")
        old = claim(one, 1, value=[3, 3])
        new = claim(one, 1, field="weapon", value=["drone"], told_at=LATER, url="https://northernwire.example/1")
        other = claim(two, 2, field="actor", value=None, copy=True, told_at=NOW - DAY)
        tx.events.replace_claims(event_id, one, [old], now=NOW)
        tx.events.replace_claims(event_id, two, [other], now=NOW)
        assert tx.events.claims(event_id) == [other, old]
        tx.events.replace_claims(event_id, one, [new], now=LATER)
        assert tx.events.claims(event_id) == [other, new]
        tx.events.replace_claims(event_id, two, [], now=LATER)
        assert tx.events.claims(event_id) == [new]


def test_developments_come_back_whole_oldest_first(store: SqlStore) -> None:
    first = Development(change="new", revision=1, at=NOW, reason="the first report")
    with store.write() as tx:
        event_id = tx.events.create(event())
        tx.events.add_development(event_id, first, a_report(tx, event_id))
        tx.events.add_development(event_id, development(material=False), None)
    with store.read() as tx:
        assert tx.events.developments(event_id) == [first, development(material=False)]
        assert tx.events.developments(99) == []


def test_what_happened_is_found_by_the_order_in_which_it_was_kept(store: SqlStore) -> None:
    """A development with an early time that was kept late is new all the same; merged events are told by another."""
    with store.write() as tx:
        before, late, retracted, merged, old = (
            tx.events.create(event(state=state)) for state in ("live", "live", "retracted", "merged", "live")
        )
        tx.events.add_development(before, development(at=LATER), None)
        upto = tx.events.upto()
        for event_id, at in ((late, NOW), (retracted, NOW), (merged, NOW), (old, NOW - DAY)):
            tx.events.add_development(event_id, development(at=at), None)
        assert sorted(ids(tx.events.happened(after=upto, since=NOW))) == [late, retracted]
        assert ids(tx.events.happened(after=0, since=NOW - DAY, until=NOW)) == [old], "the end is not part of it"
        assert tx.events.upto() == upto + 4


def test_stories_hold_what_the_events_hold_one_by_one(store: SqlStore) -> None:
    with store.write() as tx:
        first, second = (tx.events.create(event()) for _ in range(2))
        tx.events.add_development(second, development(), None)
        tx.events.update(replace(tx.events.get(first), state="merged", merged_into=second))
        stories = tx.events.stories([first, second, 99])
        assert [item for _, item in stories[second].developments] == tx.events.developments(second)
        assert (stories[second].merged, stories[first].merged, stories[99].developments) == ([first], [], ())
        assert tx.events.some([second, 99]) == {second: tx.events.get(second)}


def test_recent_events_are_filtered_and_given_latest_activity_first(store: SqlStore) -> None:
    with store.write() as tx:
        old = tx.events.create(event(last_seen=NOW - DAY))
        talks = tx.events.create(event(kind="talks", place=WARSAW))
        late = tx.events.create(event(last_seen=LATER, state="retracted"))
        tx.events.create(event(state="merged"))
        assert ids(tx.events.recent(limit=9)) == [late, talks, old]
        assert ids(tx.events.recent(limit=2)) == [late, talks]
        assert ids(tx.events.recent(limit=9, kind="talks")) == [talks]
        assert ids(tx.events.recent(limit=9, country="UA")) == [late, old]
        assert ids(tx.events.recent(limit=9, since=NOW)) == [late, talks]
        assert ids(tx.events.recent(limit=9, until=NOW)) == [old]
        for mark, rest in ((late, [talks, old]), (talks, [old]), (old, [])):
            assert ids(tx.events.recent(limit=9, before=(tx.events.get(mark).last_seen, mark))) == rest
