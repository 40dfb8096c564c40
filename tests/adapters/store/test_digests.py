from datetime import date
from typing import Any

from service.adapters.store import SqlStore
from service.core.digest import Past
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
        other = subscribe(tx, address="other@example.org", mode="digest").subscription_id
        assert tx.digests.past([sub_id], memory=9) == {sub_id: Past()}
        made: dict[str, Any] = {"start": NOW - LEASE, "end": NOW, "told": {7: 1, 8: 2}, "upto": 40}
        assert tx.digests.record(sub_id, TODAY, outbox_id=outbox_id, **made)
        assert not tx.digests.record(sub_id, TODAY, outbox_id=None, **made | {"end": LATER})
        first = Past(end=NOW, upto=40, items=2, last={7: 1, 8: 2}, told={7: 1, 8: 2})
        assert tx.digests.past([sub_id, other], memory=9) == {sub_id: first, other: Past()}
        second: dict[str, Any] = {"start": NOW, "end": LATER, "told": {8: 3}, "upto": 50}
        assert tx.digests.record(sub_id, date(2026, 1, 6), outbox_id=None, **second)
        both = Past(end=LATER, upto=50, items=1, last={8: 3}, told={7: 1, 8: 3})
        assert tx.digests.past([sub_id], memory=2) == {sub_id: both}
        assert tx.digests.past([sub_id], memory=1)[sub_id].told == {8: 3}
