"""The clock was wrong by days and is set back: nothing waits until it is as late as it was believed to be."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from service.core.feed import ParsedEntry
from service.core.retry import Health
from service.pipeline.manage import add_feed
from service.ports.rules import HeldBack
from service.ports.store import Store, Transaction
from service.ports.world import Attempt
from tests.adapters.store.making import event
from tests.pipeline.test_deliver import ended, queue, row, step
from tests.standins import NOON, HandClock

WRONG = NOON + timedelta(days=40)
LEASE = timedelta(minutes=2)
Leaving = Callable[[Transaction], None]


def add_entry(tx: Transaction) -> None:
    feed = add_feed(tx, "https://wire.example/feed", now=NOON)
    tx.entries.put(feed, [ParsedEntry(uid="1", title="Strike on Kharkiv", published=NOON)], now=NOON, backlog=False)


def leased(tx: Transaction) -> None:
    assert tx.outbox.claim(WRONG, limit=9, lease=LEASE)


def failed(tx: Transaction) -> None:
    (message,) = tx.outbox.claim(WRONG, limit=9, lease=LEASE)
    attempt = Attempt(outbox_id=message.outbox_id, at=WRONG, ok=False)
    assert tx.outbox.record(message, attempt, retry_at=WRONG + timedelta(seconds=5))


def paused(tx: Transaction) -> None:
    until = WRONG + timedelta(minutes=5)
    tx.subscriptions.failing(1, Health(failing_since=WRONG, failures=9, trips=1, paused_until=until))


@pytest.mark.parametrize("left", [leased, failed, paused])
def test_a_message_left_by_a_wrong_clock_is_sent_at_once(store: Store, left: Leaving) -> None:
    number, clock = queue(store), HandClock()
    with store.write() as tx:
        left(tx)
    assert len(step(store, clock, ended(ok=True)).run(NOON)) == 1
    assert row(store, number).state == "sent"


def test_it_is_seen_at_once_where_the_clock_is_set_back_under_way(store: Store) -> None:
    """And looked for now and then where it was set back before the start."""
    clock = HandClock(at=WRONG)
    sending = step(store, clock, ended(retry=True))
    number = queue(store)
    sending.run(WRONG)
    assert row(store, number).due_at > WRONG
    clock.at = NOON
    assert len(sending.run(NOON)) == 1


@pytest.mark.parametrize(
    ("ahead", "waits"),
    [(timedelta(hours=24), True), (timedelta(hours=28, minutes=40), True), (timedelta(hours=31), False)],
)
def test_what_a_schedule_may_give_is_left_alone(store: Store, ahead: timedelta, waits: bool) -> None:  # noqa: FBT001
    """The longest wait between two tries is a day and its jitter."""
    number = queue(store)
    with store.write() as tx:
        (message,) = tx.outbox.claim(NOON, limit=1, lease=LEASE)
        attempt = Attempt(outbox_id=message.outbox_id, at=NOON, ok=False)
        tx.outbox.record(message, attempt, retry_at=NOON + ahead)
        assert tx.outbox.bring_back(NOON, lease=LEASE) == (not waits)
    assert row(store, number).due_at == (NOON + ahead if waits else NOON)


def test_an_entry_that_a_wrong_clock_took_is_taken_again(store: Store) -> None:
    with store.write() as tx:
        add_entry(tx)
        assert tx.entries.claim(WRONG, limit=1, lease=LEASE)
        assert tx.entries.claim(NOON, limit=1, lease=LEASE) == []
        assert tx.outbox.bring_back(NOON, lease=LEASE) == 1
        assert tx.entries.claim(NOON, limit=1, lease=LEASE)


def test_what_was_held_back_is_due_and_a_digest_is_planned_again(store: Store) -> None:
    queue(store)
    late: datetime = WRONG + timedelta(hours=8)
    with store.write() as tx:
        held = HeldBack(subscription_id=1, event_id=tx.events.create(event()), rule_id="", at=WRONG, due_at=late)
        tx.rule_states.hold_back(held)
        tx.digests.plan(1, late)
        assert tx.outbox.bring_back(NOON, lease=LEASE) == 2
        assert tx.rule_states.held_back_due(NOON)
        assert tx.digests.take(1) is None
        assert tx.outbox.bring_back(NOON, lease=LEASE) == 0
