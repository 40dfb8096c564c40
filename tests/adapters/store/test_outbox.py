from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from service.adapters.store import SqlStore
from service.adapters.store.tables import EndingRow
from service.core.errors import BadInput, NotFound
from service.core.retry import Health
from service.core.subscription import Message, Told
from service.ports.outbox import Ended
from service.ports.store import Transaction
from service.ports.world import Rendered
from tests.adapters.store.making import LATER, LEASE, NOW, connection_of, event, queue, subscribe, tried


def claim(tx: Transaction, limit: int = 50) -> list[Message]:
    return tx.outbox.claim(NOW, limit=limit, lease=LEASE)


def names(messages: list[Message]) -> list[str]:
    return [message.message_id.removeprefix("msg_") for message in messages]


def test_what_is_claimed_is_what_was_queued(store: SqlStore) -> None:
    body = bytes(range(256)) * 3
    with store.write() as tx:
        known = subscribe(tx, kind="webhook", address="https://hooks.example/x", secret="whsec_YQ==")
        event_id = tx.events.create(event())
        rendered = Rendered(subject="Eight killed", body=body, fell_back="template broken")
        outbox_id = queue(tx, known, "k", rendered=rendered, kind="event.updated", event_id=event_id, revision=3)
    with store.write() as tx:
        [message] = claim(tx)
    assert (message.outbox_id, message.message_id, message.body) == (outbox_id, "msg_k", body)
    assert (message.kind, message.event_id, message.revision) == ("event.updated", event_id, 3)
    assert (message.channel, message.attempts, message.created_at) == (known.channel, 0, NOW)
    assert message.lease_token


def test_a_dedup_key_is_queued_once_even_after_it_was_sent(store: SqlStore) -> None:
    with store.write() as tx:
        known = subscribe(tx)
        assert queue(tx, known, "k")
        assert queue(tx, known, "k", rendered=Rendered(subject="other", body=b"other")) is None
        [message] = claim(tx)
        assert message.body == b"body k"
        tx.outbox.record(message, tried(message), retry_at=None)
        assert queue(tx, known, "k") is None


def test_due_messages_are_claimed_longest_due_first_and_once(store: SqlStore) -> None:
    with store.write() as tx:
        known = subscribe(tx)
        for key, due_at in (("b", NOW), ("a", NOW - LEASE), ("later", LATER)):
            queue(tx, known, key, due_at=due_at)
        assert names(claim(tx, 1)) == ["a"]
        assert names(claim(tx)) == ["b"]
        assert claim(tx) == []


def test_of_one_event_only_the_oldest_unsent_message_goes_to_a_channel(store: SqlStore) -> None:
    with store.write() as tx:
        known, other = subscribe(tx), subscribe(tx, address="bea@example.org")
        one, two = tx.events.create(event()), tx.events.create(event())
        queue(tx, known, "one new", event_id=one, due_at=NOW)
        queue(tx, known, "one updated", event_id=one, due_at=NOW - LEASE)
        queue(tx, known, "two new", event_id=two)
        queue(tx, other, "one new for bea", event_id=one)
        first = claim(tx)
        assert names(first) == ["one new", "two new", "one new for bea"]
        assert claim(tx) == []
        tx.outbox.record(first[0], tried(first[0]), retry_at=None)
        assert names(claim(tx)) == ["one updated"]


def test_a_message_that_is_tried_again_later_keeps_those_behind_it_waiting(store: SqlStore) -> None:
    with store.write() as tx:
        known, event_id = subscribe(tx), tx.events.create(event())
        queue(tx, known, "new", event_id=event_id)
        queue(tx, known, "updated", event_id=event_id)
        [message] = claim(tx)
        tx.outbox.record(message, tried(message, ok=False, error="timeout"), retry_at=LATER)
        assert claim(tx) == []
        assert names(tx.outbox.claim(LATER, limit=9, lease=LEASE)) == ["new"]


def test_a_message_given_up_lets_those_behind_it_go(store: SqlStore) -> None:
    with store.write() as tx:
        known, event_id = subscribe(tx), tx.events.create(event())
        queue(tx, known, "new", event_id=event_id)
        queue(tx, known, "updated", event_id=event_id)
        [message] = claim(tx)
        tx.outbox.record(message, tried(message, ok=False, error="refused"), retry_at=None)
        assert names(claim(tx)) == ["updated"]


def test_an_expired_lease_is_taken_over_and_its_holder_writes_nothing(store: SqlStore) -> None:
    with store.write() as tx:
        queue(tx, subscribe(tx), "k")
        [slow] = claim(tx)
        [quick] = tx.outbox.claim(NOW + LEASE, limit=9, lease=LEASE)
        assert (slow.message_id, slow.body) == (quick.message_id, quick.body)
        assert not tx.outbox.record(slow, tried(slow, ok=False, error="x"), retry_at=LATER)
        assert tx.outbox.record(quick, tried(quick), retry_at=None)
        assert not tx.outbox.record(quick, tried(quick), retry_at=None)
        delivery = tx.outbox.get(slow.outbox_id)
        assert (delivery.state, len(delivery.attempts), delivery.last_error) == ("sent", 1, "")


def test_a_delivery_tells_its_story(store: SqlStore) -> None:
    with store.write() as tx:
        known = subscribe(tx)
        queue(tx, known, "k")
        [message] = claim(tx)
        failed = tried(message, ok=False, status=503, error="busy", retry_after_s=60.5, elapsed_ms=12)
        tx.outbox.record(message, failed, retry_at=LATER)
        [again] = tx.outbox.claim(LATER, limit=9, lease=LEASE)
        assert again.attempts == 1
        sent = tried(message, at=LATER)
        tx.outbox.record(again, sent, retry_at=None)
    with store.read() as tx:
        [delivery] = tx.outbox.list()
        assert delivery == tx.outbox.get(message.outbox_id)
        assert list(delivery.attempts) == [failed, sent]
        assert (delivery.state, delivery.sent_at, delivery.subject) == ("sent", LATER, "Subject k")
        assert (delivery.subscription_id, delivery.message.attempts) == (known.subscription_id, 2)


def test_deliveries_are_listed_newest_first_and_by_state(store: SqlStore) -> None:
    with store.write() as tx:
        known = subscribe(tx)
        for key in "abc":
            queue(tx, known, key)
        [message] = claim(tx, 1)
        tx.outbox.record(message, tried(message), retry_at=None)
        assert names([delivery.message for delivery in tx.outbox.list(limit=2)]) == ["c", "b"]
        assert names([delivery.message for delivery in tx.outbox.list(state="sent")]) == ["a"]


def test_a_given_up_message_is_retried_under_the_same_id(store: SqlStore) -> None:
    with store.write() as tx:
        queue(tx, subscribe(tx), "k")
        [message] = claim(tx)
        tx.outbox.record(message, tried(message, ok=False, error="refused"), retry_at=None)
        tx.outbox.retry(message.outbox_id, NOW)
        [again] = claim(tx)
        assert (again.message_id, again.body, again.attempts) == (message.message_id, message.body, 1)


@pytest.mark.parametrize("state", ["pending", "sent", "superseded"])
def test_only_what_was_given_up_can_be_retried(store: SqlStore, state: str) -> None:
    with store.write() as tx:
        outbox_id = queue(tx, subscribe(tx), "k", event_id=tx.events.create(event()))
        assert outbox_id
        if state == "sent":
            [message] = claim(tx)
            tx.outbox.record(message, tried(message), retry_at=None)
        if state == "superseded":
            tx.outbox.supersede(1, 1)
        with pytest.raises(BadInput, match=f"delivery {outbox_id} .*{state}") as refused:
            tx.outbox.retry(outbox_id, NOW)
        assert refused.value.hint
        assert tx.outbox.get(outbox_id).state == state


@pytest.mark.parametrize(
    ("undo", "words"),
    [
        (lambda tx: tx.subscriptions.set_state(1, "ended"), "subscription 1 is ended"),
        (lambda tx: tx.subscriptions.set_state(1, "paused"), "subscription 1 is paused"),
        (lambda tx: tx.subscriptions.disable_channel(1, "mailbox unknown"), "channel is disabled: mailbox unknown"),
    ],
)
def test_nothing_is_retried_for_who_left_or_where_nobody_is(
    store: SqlStore, undo: Callable[[Transaction], None], words: str
) -> None:
    with store.write() as tx:
        queue(tx, subscribe(tx), "k")
        [message] = claim(tx)
        tx.outbox.record(message, tried(message, ok=False, error="refused"), retry_at=None)
        undo(tx)
        with pytest.raises(BadInput, match=words) as refused:
            tx.outbox.retry(message.outbox_id, NOW)
        assert refused.value.hint
        assert tx.outbox.get(message.outbox_id).state == "gave_up"


def test_what_was_tried_is_not_superseded_because_it_may_have_arrived(store: SqlStore) -> None:
    with store.write() as tx:
        known, event_id = subscribe(tx), tx.events.create(event())
        queue(tx, known, "tried", event_id=event_id, revision=1)
        [message] = claim(tx)
        tx.outbox.record(message, tried(message, ok=False, error="timeout"), retry_at=LATER)
        assert tx.outbox.supersede(known.subscription_id, event_id) == 0
        assert tx.outbox.get(message.outbox_id).state == "pending"


def test_told_lists_what_a_subscription_got_or_is_about_to_get(store: SqlStore) -> None:
    with store.write() as tx:
        known, event_id = subscribe(tx), tx.events.create(event())
        queue(tx, known, "1", event_id=event_id, revision=1)
        [message] = claim(tx)
        tx.outbox.record(message, tried(message), retry_at=None)
        queue(tx, known, "2", event_id=event_id, revision=2, kind="event.updated", now=LATER)
        queue(tx, subscribe(tx, address="bea@example.org"), "3", event_id=event_id, revision=2)
        assert tx.outbox.told(known.subscription_id, event_id) == [
            Told(kind="event.new", revision=1, state="sent", created_at=NOW, sent_at=NOW, message_id="msg_1"),
            Told(kind="event.updated", revision=2, state="pending", created_at=LATER, message_id="msg_2"),
        ]


def test_superseding_drops_what_is_unsent_but_nothing_that_may_be_on_its_way(store: SqlStore) -> None:
    with store.write() as tx:
        known, event_id = subscribe(tx), tx.events.create(event())
        queue(tx, known, "in flight", event_id=event_id, revision=1)
        claim(tx)
        queue(tx, known, "unsent", event_id=event_id, revision=2)
        queue(tx, known, "other event", event_id=tx.events.create(event()), revision=1)
        assert tx.outbox.supersede(known.subscription_id, event_id) == 1
        assert [told.state for told in tx.outbox.told(known.subscription_id, event_id)] == ["pending", "superseded"]
        assert tx.outbox.supersede(known.subscription_id, event_id) == 0
        assert names(claim(tx)) == ["other event"]


def test_what_was_never_tried_can_be_superseded_but_not_if_an_earlier_sender_was_killed(store: SqlStore) -> None:
    with store.write() as tx:
        known, event_id = subscribe(tx), tx.events.create(event())
        other_id = tx.events.create(event())
        queue(tx, known, "first", event_id=event_id)
        queue(tx, known, "held before", event_id=other_id, due_at=NOW - LEASE)
        tx.outbox.claim(NOW - LEASE, limit=1, lease=LEASE)
        for message in claim(tx):
            untried = tried(message, ok=False, status=None, error="not tried: stopped", tried=False)
            assert tx.outbox.record(message, untried, retry_at=LATER)
        assert tx.outbox.supersede(known.subscription_id, event_id) == 1
        assert tx.outbox.supersede(known.subscription_id, other_id) == 0
        assert [delivery.attempts for delivery in tx.outbox.list()] == [(), ()]


def test_an_unknown_delivery_is_not_found(store: SqlStore) -> None:
    with store.write() as tx:
        with pytest.raises(NotFound, match="no delivery 7"):
            tx.outbox.get(7)
        with pytest.raises(NotFound, match="no delivery 7"):
            tx.outbox.retry(7, NOW)


def test_a_channel_has_four_under_way_whoever_asks_and_one_after_its_breaker_was_open(store: SqlStore) -> None:
    with store.write() as tx:
        known, other = subscribe(tx), subscribe(tx, address="bea@example.org")
        for n in range(7):
            queue(tx, known, f"{n}")
        queue(tx, other, "other")
        first = claim(tx, 3)
        assert names(first) == ["0", "1", "2"]
        assert names(claim(tx)) == ["3", "other"]
        assert claim(tx) == []
        failing = Health(failing_since=NOW, failures=3, trips=1, paused_until=NOW + LEASE / 2)
        tx.subscriptions.failing(known.channel.channel_id, failing)
        for message in first:
            tx.outbox.record(message, tried(message), retry_at=None)
        assert claim(tx) == [], "it is paused"
        at = NOW + LEASE / 2
        assert tx.outbox.claim(at, limit=9, lease=LEASE) == [], "one is under way"
        assert names(tx.outbox.claim(NOW + LEASE, limit=9, lease=LEASE)) == ["3", "other"], "their leases ran out"


def test_each_kind_of_channel_has_its_own_queue(store: SqlStore) -> None:
    with store.write() as tx:
        queue(tx, subscribe(tx), "mail")
        queue(tx, subscribe(tx, kind="webhook", address="https://hooks.example/x", secret="whsec_YQ=="), "hook")
        assert names(tx.outbox.claim(NOW, limit=9, lease=LEASE, kind="webhook")) == ["hook"]
        assert names(tx.outbox.claim(NOW, limit=9, lease=LEASE, kind="email")) == ["mail"]


def test_many_ends_are_written_at_once_and_those_who_lost_their_lease_are_named(store: SqlStore) -> None:
    with store.write() as tx:
        for key in "abc":
            queue(tx, subscribe(tx, address=f"{key}@example.org"), key)
        messages = claim(tx)
        tx.outbox.claim(NOW + LEASE, limit=1, lease=LEASE)
        ended = [Ended(message=message, attempt=tried(message)) for message in messages]
        assert tx.outbox.record_all(ended) == {messages[1].outbox_id, messages[2].outbox_id}
        assert [delivery.state for delivery in tx.outbox.list()] == ["sent", "sent", "pending"]
        channel_id = messages[1].channel.channel_id
        assert tx.outbox.lately(channel_id, NOW - LEASE) == (1, 0)
        assert tx.outbox.lately(channel_id, NOW) == (0, 0)


def test_what_many_messages_end_with_is_kept_once(store: SqlStore) -> None:
    """A thousand readers, one map: each message comes out whole, and so does one without."""
    picture = bytes(range(256)) * 40
    with store.write() as tx:
        for n in range(9):
            known = subscribe(tx, address=f"reader{n}@example.org")
            body = f"mail {n} ".encode()
            shared = Rendered(subject="s", body=body + picture, shared=len(picture))
            queue(tx, known, f"{n}", rendered=shared if n else Rendered(subject="s", body=body))
        assert connection_of(tx).execute(select(func.count()).select_from(EndingRow)).scalar() == 1
        bodies = {message.body for message in claim(tx)}
        assert bodies == {b"mail 0 ", *(f"mail {n} ".encode() + picture for n in range(1, 9))}
