"""Endpoints, as stories: a test message, a new secret, what was missed sent again, and a mail when one is closed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.core.errors import BadInput
from service.core.retry import Health
from service.core.subscription import Message, Subscription, Wish
from service.pipeline.deliver import Deliver
from service.pipeline.endpoints import Endpoints
from service.pipeline.manage import subscribe
from service.ports.store import Store
from service.ports.world import Attempt
from tests.adapters.store.making import development, event
from tests.pipeline.test_deliver import ended, queue, row
from tests.standins import NOON, BellEngine, HandClock, PlainRenderer, ScriptedSender

DAY = timedelta(days=1)


def desk(store: Store) -> Endpoints:
    return Endpoints(store=store, renderer=PlainRenderer(), engine=BellEngine())


def hook(store: Store, *, owner: str = "") -> Subscription:
    address, secret = "https://desk.example/hook", "whsec_c2VjcmV0"
    wish = Wish(kind="webhook", address=address, mode="alert", secret=secret, owner=owner)
    with store.write() as tx:
        return subscribe(tx, wish, known_rules=(), now=NOON)


def test_a_test_goes_out_in_quiet_hours_too_and_each_is_one_of_its_own(store: Store) -> None:
    reader = hook(store)
    first, second = (desk(store).test(reader.subscription_id, NOON + timedelta(seconds=n)) for n in (0, 1))
    assert first != second
    message = row(store, first).message
    assert (message.kind, message.loud, message.event_id) == ("endpoint.test", True, None)


def test_a_mailbox_is_no_endpoint(store: Store) -> None:
    with store.write() as tx:
        wish = Wish(kind="email", address="a@example.org", mode="alert")
        reader = subscribe(tx, wish, known_rules=(), now=NOON)
    for ask in (desk(store).test, lambda number, now: desk(store).rotate(number, "whsec_bmV3", now)):
        with pytest.raises(BadInput, match="no webhook"):
            ask(reader.subscription_id, NOON)


def test_after_a_rotation_the_secret_before_counts_for_a_day_and_no_longer_two_of_them_at_most(store: Store) -> None:
    """Rotating again gives the one before that no more time."""
    reader = hook(store)
    for n, fresh in enumerate(("whsec_b25l", "whsec_dHdv", "whsec_dGhyZWU=")):
        channel = desk(store).rotate(reader.subscription_id, fresh, NOON + timedelta(hours=n)).channel
    assert channel.secret == "whsec_dGhyZWU="
    assert (channel.old_secret, channel.old_secret_until) == ("whsec_dHdv", NOON + timedelta(hours=26))
    assert (channel.older_secret, channel.older_secret_until) == ("whsec_b25l", NOON + timedelta(hours=25))
    channel = desk(store).rotate(reader.subscription_id, "whsec_Zm91cg==", NOON + 9 * DAY).channel
    assert (channel.old_secret, channel.older_secret) == ("whsec_dGhyZWU=", None)
    with pytest.raises(BadInput, match="already"):
        desk(store).rotate(reader.subscription_id, "whsec_Zm91cg==", NOON + 9 * DAY)


def test_what_was_given_up_is_sent_again_under_its_id_and_what_arrived_only_if_asked(store: Store) -> None:
    clock = HandClock()
    lost, late = queue(store, key="lost"), queue(store, key="late")

    def one_fails(message: Message) -> Attempt:
        return ended(retry=False)(message) if message.outbox_id == lost else ended(ok=True)(message)

    Deliver(store=store, sender=ScriptedSender(one_fails), clock=clock, jitter=lambda: 0.5).run(NOON)
    assert [row(store, number).state for number in (lost, late)] == ["gave_up", "sent"]
    assert desk(store).replay(NOON + DAY, NOON + DAY) == 0, "nothing was queued since"
    assert desk(store).replay(NOON - DAY, NOON + DAY, subscription_id=1) == 1
    assert [row(store, number).state for number in (lost, late)] == ["pending", "sent"]
    assert desk(store).replay(NOON - DAY, NOON + DAY, all_=True) == 1, "the first one waits already"
    sender = ScriptedSender(ended(ok=True))
    Deliver(store=store, sender=sender, clock=clock, jitter=lambda: 0.5).run(NOON + DAY)
    assert [message.message_id for message in sender.sent] == ["msg_lost", "msg_late"]


def test_one_that_is_sent_again_by_hand_goes_at_once(store: Store) -> None:
    number, asked = queue(store), desk(store)
    Deliver(store=store, sender=ScriptedSender(ended(retry=False)), clock=HandClock(), jitter=lambda: 0.5).run(NOON)
    assert asked.retry(number, NOON).state == "pending"
    assert asked.engine == BellEngine(woken=[("deliver", (number,))])


def test_what_was_sent_again_is_not_dropped_as_if_it_had_never_left(store: Store) -> None:
    with store.write() as tx:
        event_id = tx.events.create(event())
    number = queue(store, key="1", event_id=event_id)
    Deliver(store=store, sender=ScriptedSender(ended(ok=True)), clock=HandClock(), jitter=lambda: 0.5).run(NOON)
    desk(store).replay(NOON - DAY, NOON, all_=True)
    with store.write() as tx:
        assert tx.outbox.supersede(1, event_id) == 0
    assert row(store, number).state == "pending"


def test_nothing_is_sent_again_to_who_left_or_where_nobody_is(store: Store) -> None:
    number = queue(store)
    Deliver(store=store, sender=ScriptedSender(ended(retry=False)), clock=HandClock(), jitter=lambda: 0.5).run(NOON)
    with store.write() as tx:
        tx.subscriptions.set_state(1, "paused")
    assert desk(store).replay(NOON - DAY, NOON) == 0
    assert row(store, number).state == "gave_up"


def test_what_is_known_to_be_wrong_is_not_sent_for_the_first_time_by_a_replay(store: Store) -> None:
    """The alert was given up, so nobody was told of the retraction; nobody would be after a replay either."""
    with store.write() as tx:
        event_id = tx.events.create(event())
    number = queue(store, event_id=event_id)
    Deliver(store=store, sender=ScriptedSender(ended(retry=False)), clock=HandClock(), jitter=lambda: 0.5).run(NOON)
    with store.write() as tx:
        tx.events.update(replace(tx.events.get(event_id), state="retracted"))
    assert desk(store).replay(NOON - DAY, NOON, all_=True) == 0
    with store.write() as tx, pytest.raises(BadInput, match="withdrawn"):
        tx.outbox.retry(number, NOON)
    assert row(store, number).state == "gave_up"


@pytest.mark.parametrize("state", ["disabled", "paused"])
def test_an_endpoint_that_is_opened_again_gets_what_comes_and_hears_of_what_was_put_right(
    store: Store, state: str
) -> None:
    reader, engine = hook(store), BellEngine()
    again = Endpoints(store=store, renderer=PlainRenderer(), engine=engine)
    assert not again.reopen(reader.subscription_id, NOON), "it is open"
    with store.write() as tx:
        event_id = tx.events.create(event())
    told = queue(store, event_id=event_id)
    Deliver(store=store, sender=ScriptedSender(ended(ok=True)), clock=HandClock(), jitter=lambda: 0.5).run(NOON)
    assert row(store, told).state == "sent"
    with store.write() as tx:
        tx.events.add_development(event_id, development(change="retracted", at=NOON + timedelta(hours=1)), None)
        tx.events.update(replace(tx.events.get(event_id), state="retracted", revision=2))
        ill = Health(failing_since=NOON, failures=9, trips=3, paused_until=NOON + DAY)
        tx.subscriptions.failing(reader.channel.channel_id, ill)
        if state == "disabled":
            tx.subscriptions.disable_channel(reader.channel.channel_id, "410 Gone")
        assert [one.subscription_id for one in tx.subscriptions.closed()] == [1][: state == "disabled"]
    assert again.reopen(reader.subscription_id, NOON)
    assert engine.woken == ([("digest", (event_id,))] if state == "disabled" else [])
    with store.read() as tx:
        channel = tx.subscriptions.channel(reader.channel.channel_id)
        assert (channel.state, channel.reason, channel.trips, channel.paused_until) == ("active", "", 0, None)
        assert tx.subscriptions.closed() == []


def test_whoever_answers_for_an_endpoint_is_told_by_mail_that_it_is_closed_and_why(store: Store) -> None:
    hook(store, owner="ops@desk.example")
    queue(store)
    closing = Deliver(
        store=store,
        sender=ScriptedSender(ended(retry=False, gone=True)),
        clock=HandClock(),
        jitter=lambda: 0.5,
        closed=desk(store).closed,
    )
    closing.run(NOON)
    with store.read() as tx:
        (mail,) = [one for one in tx.outbox.list() if one.message.kind == "endpoint.disabled"]
    assert (mail.message.channel.kind, mail.message.channel.address) == ("email", "ops@desk.example")
    assert mail.message.body == b"no answer"
