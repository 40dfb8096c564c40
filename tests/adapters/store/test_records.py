from service.adapters.store import SqlStore
from service.core.subscription import Notice
from tests.adapters.store.making import LATER, NOW, event, subscribe

SENT = Notice(kind="event.new", code="new", reason="nobody was told yet", due_at=NOW)
HELD = Notice(kind=None, code="same", reason="nothing new in it", supersede=True)


def test_decisions_come_back_whole_oldest_first(store: SqlStore) -> None:
    with store.write() as tx:
        sub_id, event_id = subscribe(tx).subscription_id, tx.events.create(event())
        tx.decisions.add(sub_id, event_id, 1, "kyiv", SENT, NOW)
        assert tx.decisions.of(sub_id, event_id) == [(NOW, 1, "kyiv", SENT)]
        tx.decisions.add(sub_id, event_id, 2, "", HELD, LATER)
    with store.read() as tx:
        assert tx.decisions.of(sub_id, event_id) == [(NOW, 1, "kyiv", SENT), (LATER, 2, "", HELD)]
        assert tx.decisions.of(sub_id, 99) == []


def test_a_rules_text_is_kept_when_it_differs_from_the_last(store: SqlStore) -> None:
    with store.write() as tx:
        noted = [tx.rules.note("kyiv", text, author="ada", reason=f"r{n}", now=NOW) for n, text in enumerate("aabba")]
        assert noted == [True, False, True, False, True]
        assert tx.rules.note("odesa", "a", author="bea", reason="", now=LATER)
        assert tx.rules.history("kyiv") == [
            (NOW, "a", "ada", "r4"),
            (NOW, "b", "ada", "r2"),
            (NOW, "a", "ada", "r0"),
        ]
        assert tx.rules.history("lviv") == []


def test_the_last_heartbeat_counts(store: SqlStore) -> None:
    with store.write() as tx:
        tx.heartbeats.beat("clock", NOW)
        tx.heartbeats.beat("worker", NOW)
        tx.heartbeats.beat("clock", LATER)
    with store.read() as tx:
        assert tx.heartbeats.all() == {"clock": LATER, "worker": NOW}
