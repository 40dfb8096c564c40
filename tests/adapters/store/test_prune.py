from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from service.adapters.store import SqlStore
from service.adapters.store.tables import ArticleRow
from service.core.event import Development
from service.core.rules import Subject, keys_of
from service.core.subscription import Notice
from service.ports.world import Rendered
from tests.adapters.store.making import (
    LEASE,
    NEW,
    NOW,
    a_feed,
    connection_of,
    event,
    full_report,
    judged,
    parsed,
    polled,
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
            tx.entries.finish([(entry, judged())])
        put(tx, source, parsed("waiting", summary="s"), now=OLD)
    done = store.prune(before=CUT, batch=2)
    assert {name: count for name, count in done.items() if count} == {"texts": 6}
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


def test_articles_that_came_to_nothing_go_and_those_that_reports_were_made_from_stay(store: SqlStore) -> None:
    with store.write() as tx:
        source = a_feed(tx)
        ids = put(tx, source, *(parsed(str(n)) for n in range(5)), now=OLD).new
        for entry in tx.entries.claim(NOW, limit=9, lease=LEASE):
            tx.entries.finish([(entry, judged())])
        for entry_id, due_at in zip(ids, (OLD, OLD, OLD, NOW, OLD), strict=True):
            tx.articles.want(entry_id, f"https://northernwire.example/{entry_id}", due_at=due_at)
        jobs = {job.entry_id: job for job in tx.articles.claim(NOW, limit=9, lease=LEASE)}
        for entry_id in ids[:2]:
            tx.articles.put(jobs[entry_id], "text", status=200, now=OLD)
        tx.articles.fail(jobs[ids[2]], "404", status=404)
        told = next(entry for entry in tx.entries.claim(NOW, limit=9, lease=LEASE) if entry.entry_id == ids[0])
        tx.events.save_report(told, full_report(), tx.events.create(event()), NEW, "en", now=OLD)
    assert store.prune(before=CUT)["articles"] == 3
    with store.write() as tx:
        left = connection_of(tx).execute(select(col(ArticleRow.entry_id)).order_by(col(ArticleRow.entry_id)))
        assert list(left.scalars()) == [ids[0], ids[3]]


def test_a_feeds_last_address_stays_and_hosts_without_feeds_go(store: SqlStore) -> None:
    with store.write() as tx:
        feed_id = a_feed(tx, url="https://host0.example/").feed_id
        for n in range(1, 4):
            [held] = tx.feeds.claim([feed_id], OLD, lease=LEASE)
            tx.feeds.finish(replace(held, url=f"https://host{n}.example/"), polled(at=OLD), free_at=OLD)
        tx.feeds.keep_away("https://hub.example/", until=OLD, reason="429")
        tx.feeds.keep_away("https://away.example/", until=NOW, reason="429")
    done = store.prune(before=CUT, batch=2)
    assert (done["addresses"], done["hosts"]) == (2, 4)
    with store.write() as tx:
        assert [url for url, _ in tx.feeds.addresses(feed_id)] == ["https://host2.example/"]
        assert [host.key for host in tx.feeds.kept_away(OLD)] == ["away.example"]
        assert len(tx.feeds.claim_due(NOW, limit=9, lease=LEASE)) == 1


def test_moments_go_with_the_words_that_found_them(store: SqlStore) -> None:
    seen = Subject(event=replace(event(), first_seen=OLD, last_seen=OLD))
    with store.write() as tx:
        for at in (OLD, NOW):
            kept = replace(event(), event_id=tx.events.create(event()))
            told = Development(change="new", revision=1, at=at)
            tx.archive.keep(kept, told, [], keys=keys_of(seen), backlog=False, now=at)
    assert store.prune(before=CUT)["moments"] == 1
    with store.read() as tx:
        (span,) = tx.archive.spans(OLD)
        (found,) = tx.archive.candidates([[{"kind:strike"}]], span, left=lambda: 9.0)
    assert [moment.at for moment in found] == [NOW]


def test_what_no_message_ends_with_any_more_goes(store: SqlStore) -> None:
    """An ending stays as long as a message that may be sent has it, and as one was queued with it of late."""
    with store.write() as tx:
        known = subscribe(tx)
        for key, ending, now in (("1", b"old", OLD), ("2", b"both", OLD), ("3", b"both", NOW), ("4", b"held", OLD)):
            queue(tx, known, key, rendered=Rendered(subject="s", body=b"b" + ending, shared=len(ending)), now=now)
        for message in tx.outbox.claim(NOW, limit=9, lease=LEASE):
            ended = tried(message, ok=message.message_id != "msg_4")
            tx.outbox.record(message, ended, retry_at=NOW)
    assert store.prune(before=CUT, batch=1)["endings"] == 1
    with store.read() as tx:
        assert {tx.outbox.get(n).message.body for n in (1, 2, 3, 4)} == {b"", b"bboth", b"bheld"}
