"""Delivery, as stories: what an attempt's end does to the message, and to the channel."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from service.core.subscription import Message
from service.pipeline.deliver import Deliver
from service.pipeline.manage import Wish, subscribe
from service.ports.outbox import Delivery
from service.ports.store import Store
from service.ports.world import Attempt, Rendered, none_more
from tests.standins import NOON, HandClock, ScriptedSender


def queue(store: Store, *, key: str = "1", event_id: int | None = None) -> int:
    wish = Wish(kind="webhook", address="https://desk.example/hook", mode="alert", secret="whsec_c2VjcmV0")
    with store.write() as tx:
        outbox_id = tx.outbox.put(
            dedup_key=key,
            message_id=f"msg_{key}",
            kind="event.new",
            subscription=subscribe(tx, wish, known_rules=(), now=NOON),
            rendered=Rendered(subject="s", body=b"{}"),
            due_at=NOON,
            now=NOON,
            event_id=event_id,
        )
    assert outbox_id is not None
    return outbox_id


def step(store: Store, clock: HandClock, outcome: Callable[[Message], Attempt]) -> Deliver:
    return Deliver(store=store, sender=ScriptedSender(outcome), clock=clock, jitter=lambda: 0.5)


def row(store: Store, outbox_id: int) -> Delivery:
    with store.read() as tx:
        return tx.outbox.get(outbox_id)


def ended(
    *, ok: bool = False, retry: bool = True, gone: bool = False, after: float | None = None
) -> Callable[[Message], Attempt]:
    def attempt(message: Message) -> Attempt:
        error = "" if ok else "no answer"
        return Attempt(
            outbox_id=message.outbox_id, at=NOON, ok=ok, error=error, retry=retry, gone=gone, retry_after_s=after
        )

    return attempt


def test_what_was_taken_is_sent_and_never_sent_again(store: Store) -> None:
    outbox_id, clock = queue(store), HandClock()
    assert len(step(store, clock, ended(ok=True)).run(NOON)) == 1
    assert row(store, outbox_id).state == "sent"
    assert step(store, clock, ended(ok=True)).run(clock.forward(days=9)) == []


@pytest.mark.parametrize(("after", "wait"), [(None, timedelta(seconds=5)), (600, timedelta(minutes=10))])
def test_what_failed_is_due_again_when_the_schedule_or_the_far_side_says(
    store: Store, after: float | None, wait: timedelta
) -> None:
    outbox_id = queue(store)
    step(store, HandClock(), ended(after=after)).run(NOON)
    assert (row(store, outbox_id).state, row(store, outbox_id).due_at) == ("pending", NOON + wait)
    assert row(store, outbox_id).last_error == "no answer"


def test_what_cannot_be_helped_is_given_up_at_once(store: Store) -> None:
    outbox_id = queue(store)
    step(store, HandClock(), ended(retry=False)).run(NOON)
    assert row(store, outbox_id).state == "gave_up"


def test_the_schedule_ends_and_the_message_can_be_retried_by_hand_under_its_id(store: Store) -> None:
    outbox_id, clock = queue(store), HandClock()
    failing = step(store, clock, ended())
    while row(store, outbox_id).state == "pending":
        clock.at = row(store, outbox_id).due_at
        assert len(failing.run(clock.now())) == 1
    assert row(store, outbox_id).state == "gave_up"
    assert len(row(store, outbox_id).attempts) == 10
    with store.write() as tx:
        tx.outbox.retry(outbox_id, clock.now())
    (attempt,) = step(store, clock, ended(ok=True)).run(clock.now())
    assert attempt.ok
    assert row(store, outbox_id).message.message_id == "msg_1"


def test_a_closed_address_disables_the_channel(store: Store) -> None:
    outbox_id = queue(store)
    step(store, HandClock(), ended(retry=False, gone=True)).run(NOON)
    with store.read() as tx:
        assert tx.subscriptions.channel(row(store, outbox_id).message.channel.channel_id).state == "disabled"


def test_who_lost_the_lease_says_so_and_leaves_the_channel_alone(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody else sends it now; what the slow one heard is no longer the last word."""
    outbox_id = queue(store)

    def slow(message: Message) -> Attempt:
        with store.write() as tx:
            assert tx.outbox.claim(NOON + timedelta(hours=1), limit=9, lease=timedelta(minutes=2))
        return ended(retry=False, gone=True)(message)

    step(store, HandClock(), slow).run(NOON)
    assert "msg_1" in caplog.text
    assert "lease" in caplog.text
    with store.read() as tx:
        assert tx.subscriptions.channel(row(store, outbox_id).message.channel.channel_id).state == "active"
    assert row(store, outbox_id).state == "pending"


@pytest.mark.parametrize(("after", "wait"), [(None, 30), (90.0, 90)])
def test_what_was_never_tried_is_due_soon_and_costs_no_try(store: Store, after: float | None, wait: int) -> None:
    outbox_id = queue(store)

    def untried(message: Message) -> Attempt:
        return replace(ended(after=after)(message), tried=False, error="not tried: the server is silent")

    step(store, HandClock(), untried).run(NOON)
    known = row(store, outbox_id)
    assert (known.state, known.due_at) == ("pending", NOON + timedelta(seconds=wait))
    assert (known.message.attempts, known.attempts, known.message.lease_token) == (0, (), "")
    assert known.last_error == "not tried: the server is silent"


def test_killed_while_sending_it_is_sent_again_under_the_same_id(store: Store) -> None:
    queue(store)
    clock = HandClock()
    with store.write() as tx:
        (first,) = tx.outbox.claim(NOON, limit=9, lease=timedelta(minutes=2))
    sender = ScriptedSender(ended(ok=True))
    again = Deliver(store=store, sender=sender, clock=clock, jitter=lambda: 0.5)
    assert again.run(clock.forward(minutes=1)) == []
    assert len(again.run(clock.forward(minutes=2))) == 1
    assert (sender.sent[0].message_id, sender.sent[0].body) == (first.message_id, first.body)


def test_an_endpoint_that_fails_is_left_alone_and_asked_with_one_message_when_its_time_comes(store: Store) -> None:
    ids, clock = [queue(store, key=str(n)) for n in range(12)], HandClock()
    failing = ScriptedSender(ended())
    again = Deliver(store=store, sender=failing, clock=clock, jitter=lambda: 0.5)
    again.run(NOON)
    with store.read() as tx:
        channel = tx.subscriptions.channel(row(store, ids[0]).message.channel.channel_id)
    assert (channel.trips, channel.paused_until) == (1, NOON + timedelta(minutes=5))
    sent = len(failing.sent)
    assert again.run(clock.forward(minutes=4)) == []
    clock.forward(minutes=2)
    failing.outcome = ended(ok=True)
    assert len(again.run(clock.now())) >= 12, "the one that went well opened the way for the others"
    assert len({message.outbox_id for message in failing.sent[sent:]}) == 12
    with store.read() as tx:
        channel = tx.subscriptions.channel(channel.channel_id)
    assert (channel.trips, channel.failing_since, channel.failures) == (0, None, 0)


def test_an_endpoint_that_asks_for_a_day_holds_no_alert_for_a_day_and_is_asked_once_an_hour(store: Store) -> None:
    ids, clock = [queue(store, key=str(n)) for n in range(12)], HandClock()
    busy = ScriptedSender(ended(after=86_400))
    again = Deliver(store=store, sender=busy, clock=clock, jitter=lambda: 0.5)
    again.run(NOON)
    first = len(busy.sent)
    assert first <= 12
    assert again.run(clock.forward(minutes=59)) == []
    for _ in range(5):
        assert len(again.run(clock.forward(minutes=61))) == 1
    busy.outcome = ended(ok=True)
    clock.forward(minutes=61)
    assert again.run(clock.now())
    again.run(clock.forward(hours=2))  # what was asked with lately waits its own turn
    assert {row(store, outbox_id).state for outbox_id in ids} == {"sent"}


def test_after_five_days_of_failing_an_endpoint_is_disabled_and_its_owner_is_told_once(store: Store) -> None:
    clock, told = HandClock(), []
    failing = Deliver(
        store=store,
        sender=ScriptedSender(ended()),
        clock=clock,
        jitter=lambda: 0.5,
        closed=lambda _tx, channel, reason, _now: told.append((channel.address, reason)),
    )
    for hours in range(0, 24 * 8, 4):
        if hours % 24 == 0 and not told:
            outbox_id = queue(store, key=str(hours))
        failing.run(clock.forward(hours=4))
    ((address, reason),) = told
    assert address == "https://desk.example/hook"
    assert "every try failed since" in reason
    assert "no answer" in reason
    assert row(store, outbox_id).state == "gave_up"
    queue(store, key="added again by hand")
    with store.read() as tx:
        channel = tx.subscriptions.channel(row(store, outbox_id).message.channel.channel_id)
    assert (channel.state, channel.failures, channel.failing_since) == ("active", 0, None), "it begins anew"


def test_mail_that_waits_for_its_server_leaves_webhooks_their_room(store: Store) -> None:
    with store.write() as tx:
        for n in range(9):
            wish = Wish(kind="email", address=f"r{n}@example.org", mode="alert")
            known = subscribe(tx, wish, known_rules=(), now=NOON)
            tx.outbox.put(
                dedup_key=f"m{n}",
                message_id=f"msg_m{n}",
                kind="event.new",
                subscription=known,
                rendered=Rendered(subject="s", body=b""),
                due_at=NOON - timedelta(hours=1),
                now=NOON,
            )
    queue(store)
    sender = ScriptedSender(ended(ok=True))
    Deliver(store=store, sender=sender, clock=HandClock(), jitter=lambda: 0.5, batch=4).run(NOON)
    assert "webhook" in {message.channel.kind for message in sender.sent[:3]}
    assert len(sender.sent) == 10


def test_a_mail_server_that_knows_none_of_the_readers_is_not_believed(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Five readers who do not exist, and none who does: they are all kept, and their mail is tried again."""
    ids = [mail_to(store, f"reader{n}@example.org") for n in range(5)]
    step(store, HandClock(), refused).run(NOON)
    assert {row(store, outbox_id).state for outbox_id in ids} == {"pending"}
    assert {row(store, outbox_id).message.channel.state for outbox_id in ids} == {"active"}
    assert "took mail for none" in caplog.text


def test_a_reader_who_does_not_exist_among_others_is_given_up(store: Store) -> None:
    ids = [mail_to(store, f"reader{n}@example.org") for n in range(7)]

    def some(message: Message) -> Attempt:
        return ended(ok=True)(message) if message.channel.address == "reader0@example.org" else refused(message)

    step(store, HandClock(), some).run(NOON)
    assert [row(store, outbox_id).message.channel.state for outbox_id in ids] == ["active", *["disabled"] * 6]


def refused(message: Message) -> Attempt:
    return replace(ended(retry=False, gone=True)(message), status=550)


def mail_to(store: Store, address: str) -> int:
    with store.write() as tx:
        outbox_id = tx.outbox.put(
            dedup_key=address,
            message_id=f"msg_{address}",
            kind="event.new",
            subscription=subscribe(tx, Wish(kind="email", address=address, mode="alert"), known_rules=(), now=NOON),
            rendered=Rendered(subject="s", body=b"b"),
            due_at=NOON,
            now=NOON,
        )
    assert outbox_id is not None
    return outbox_id


def test_a_lease_that_runs_out_under_way_is_taken_anew_and_nothing_is_sent_twice(store: Store) -> None:
    """Leases are short here, or the clock was set: the same run finds its own message due again."""
    outbox_id, clock = queue(store), HandClock()

    class Slow:
        def send(
            self, messages: Sequence[Message], *, more: Callable[[], Sequence[Message]] = none_more
        ) -> Iterator[Attempt]:
            (message,) = messages or more()
            clock.forward(seconds=10)
            assert not more()
            yield ended(ok=True)(message)

    lease = timedelta(seconds=5)
    (attempt,) = Deliver(store=store, sender=Slow(), clock=clock, jitter=lambda: 0.5, lease=lease).run(NOON)
    assert attempt.ok
    assert row(store, outbox_id).state == "sent"
