from datetime import timedelta

from service.adapters.store import SqlStore
from service.core.subscription import Notice
from tests.adapters.store.making import (
    LEASE,
    NEW,
    NOW,
    a_feed,
    event,
    full_report,
    judged,
    parsed,
    put,
    queue,
    subscribe,
    tried,
)

OLD = NOW - timedelta(days=100)
CUT = NOW - timedelta(days=90)


def test_old_set_aside_texts_go_and_what_reports_were_made_from_stays(store: SqlStore) -> None:
    with store.write() as tx:
        source = a_feed(tx)
        put(tx, source, *(parsed(f"old {n}", summary="s", content="c", content_html="h") for n in range(7)), now=OLD)
        put(tx, source, parsed("young", summary="s"))
        told, *aside, young = tx.entries.claim(NOW, limit=9, lease=LEASE)
        tx.events.save_report(told, full_report(), tx.events.create(event()), NEW, "en", now=OLD)
        for entry in (told, *aside, young):
            tx.entries.finish(entry, judged())
        put(tx, source, parsed("waiting", summary="s"), now=OLD)
    assert store.prune(before=CUT, batch=2) == {"texts": 6, "revisions": 0, "decisions": 0, "bodies": 0, "attempts": 0}
    with store.read() as tx:
        assert tx.entries.get(told.entry_id).content == "c"
        assert tx.entries.get(young.entry_id).summary == "s"
        emptied = tx.entries.get(aside[0].entry_id)
        assert (emptied.title, emptied.summary, emptied.content) == (aside[0].title, "", "")
    assert store.prune(before=CUT)["texts"] == 0
    with store.write() as tx:
        again = put(tx, source, parsed("old 0", summary="s", content="c", content_html="h"))
        assert (again.new, again.changed) == ((), ()), "what was emptied is still known"


def test_old_revisions_of_entries_without_a_report_go(store: SqlStore) -> None:
    with store.write() as tx:
        source = a_feed(tx)
        put(tx, source, parsed("1"), now=OLD)
        put(tx, source, parsed("1", summary="edited"), now=OLD)
        put(tx, source, parsed("1", summary="edited again"))
    assert store.prune(before=CUT)["revisions"] == 1


def test_old_messages_lose_their_bytes_but_not_that_they_were_sent(store: SqlStore) -> None:
    with store.write() as tx:
        known, event_id = subscribe(tx), tx.events.create(event())
        for key, at in (("old", OLD), ("young", NOW)):
            queue(tx, known, key, event_id=event_id, revision=1, now=at, due_at=at)
            [message] = tx.outbox.claim(NOW, limit=9, lease=LEASE)
            tx.outbox.record(message, tried(message, at=at), retry_at=None)
        queue(tx, known, "unsent", event_id=event_id, revision=2, now=OLD, due_at=OLD)
    done = store.prune(before=CUT)
    assert (done["bodies"], done["attempts"]) == (1, 1)
    with store.write() as tx:
        assert [told.state for told in tx.outbox.told(known.subscription_id, event_id)] == ["sent", "sent", "pending"]
        assert queue(tx, known, "old") is None
        bodies = {delivery.message.message_id: delivery.message.body for delivery in tx.outbox.list()}
        assert bodies == {"msg_old": b"", "msg_young": b"body young", "msg_unsent": b"body unsent"}


def test_why_nothing_was_sent_is_forgotten_and_why_something_was_is_not(store: SqlStore) -> None:
    held, sent = Notice(kind=None, code="same", reason="r"), Notice(kind="event.new", code="new", reason="r")
    with store.write() as tx:
        sub_id, event_id = subscribe(tx).subscription_id, tx.events.create(event())
        for rule, notice, at in (("a", held, OLD), ("b", sent, OLD), ("c", held, NOW)):
            tx.decisions.add(sub_id, event_id, 1, rule, notice, at)
    assert store.prune(before=CUT)["decisions"] == 1
    with store.read() as tx:
        assert [rule for _, _, rule, _ in tx.decisions.of(sub_id, event_id)] == ["b", "c"]
