from datetime import date

from service.adapters.store import SqlStore
from tests.adapters.store.making import LATER, LEASE, NOW, queue, subscribe

TODAY = date(2026, 1, 5)


def test_due_are_the_never_planned_and_then_the_longest_due(store: SqlStore) -> None:
    with store.write() as tx:
        late, due, unplanned, later, _alert = (
            subscribe(tx, address=f"{name}@example.org", mode=mode)
            for name, mode in zip("abcde", ("digest", "digest", "digest", "digest", "alert"), strict=True)
        )
        for known, due_at in ((late, NOW - LEASE), (due, NOW), (later, LATER)):
            tx.digests.plan(known.subscription_id, due_at)
        assert tx.digests.due(NOW, 9) == [unplanned, late, due]
        assert tx.digests.due(NOW, 2) == [unplanned, late]
        assert tx.digests.take(unplanned.subscription_id) is None
        assert tx.digests.take(late.subscription_id) == NOW - LEASE


def test_who_left_or_cannot_be_reached_is_not_due(store: SqlStore) -> None:
    with store.write() as tx:
        for state in ("paused", "ended"):
            known = subscribe(tx, address=f"{state}@example.org", mode="digest")
            tx.subscriptions.set_state(known.subscription_id, state)
        subscribe(tx, address="pending@example.org", mode="digest", state="pending")
        gone = subscribe(tx, address="gone@example.org", mode="digest")
        tx.subscriptions.disable_channel(gone.channel.channel_id, "410 Gone")
        assert tx.digests.due(NOW, 9) == []


def test_a_local_date_has_one_digest_and_the_next_window_starts_where_the_last_ended(store: SqlStore) -> None:
    with store.write() as tx:
        sub_id = subscribe(tx, mode="digest").subscription_id
        outbox_id = queue(tx, tx.subscriptions.get(sub_id), "d", kind="digest")
        assert tx.digests.last_window_end(sub_id) is None
        assert tx.digests.record(sub_id, TODAY, start=NOW - LEASE, end=NOW, items=2, outbox_id=outbox_id)
        assert not tx.digests.record(sub_id, TODAY, start=NOW, end=LATER, items=1, outbox_id=None)
        assert tx.digests.last_window_end(sub_id) == NOW
        assert tx.digests.record(sub_id, date(2026, 1, 6), start=NOW, end=LATER, items=0, outbox_id=None)
        assert tx.digests.last_window_end(sub_id) == LATER
