"""What was given up is sent again, as stories: nobody gets what is wrong by now without what puts it right."""

from datetime import timedelta

import pytest

from service.core.errors import BadInput
from service.core.subscription import Message
from service.pipeline.deliver import Deliver
from service.pipeline.endpoints import Endpoints
from service.ports.store import Store
from service.ports.world import Attempt, Rendered
from tests.pipeline.test_ingest import World, strike
from tests.pipeline.test_tell import summaries
from tests.standins import NOON, ScriptedSender

DAY = timedelta(days=1)
TITLE = "Missile strike on Kharkiv"


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def deliver(world: World, *, fails: bool = False) -> list[tuple[str, int | None]]:
    """Tell what waited, send what is due, or try to. Return the kinds and revisions."""
    summaries(world, world.rules).run(world.clock.now())

    def outcome(message: Message) -> Attempt:
        return Attempt(outbox_id=message.outbox_id, at=world.clock.now(), ok=not fails, retry=False, error="no")

    sender = ScriptedSender(outcome)
    Deliver(store=world.store, sender=sender, clock=world.clock, jitter=lambda: 0.5).run(world.clock.now())
    return [(message.kind, message.revision) for message in sender.sent]


def report(world: World, killed: int) -> None:
    """Let the outlet write, or rewrite, its one article: a lower toll than before is a correction."""
    assert not world.report("northern-wire", f"{TITLE} kills {killed}", strike(killed)).error


def replay(world: World, *, all_: bool = False) -> int:
    endpoints = Endpoints(store=world.store, renderer=world.renderer, engine=world.engine)
    return endpoints.replay(NOON - DAY, world.clock.forward(hours=1), all_=all_)


def test_an_alert_given_up_before_the_event_went_on_is_told_as_it_stands_now(world: World) -> None:
    world.subscribe()
    report(world, 40)
    assert deliver(world, fails=True) == [("event.new", 1)]
    world.rules = []  # so that the correction finds no rule, and nobody to tell
    report(world, 4)
    assert deliver(world) == []
    assert replay(world) == 1
    assert deliver(world) == [("event.new", 2)]
    killed = world.renderer.events[-1].event.killed
    assert killed is not None
    assert killed.max == 4
    assert (replay(world), deliver(world)) == (0, [])


def test_an_alert_given_up_is_not_sent_after_the_newer_one_that_arrived(world: World) -> None:
    world.subscribe()
    report(world, 1)
    assert deliver(world, fails=True) == [("event.new", 1)]
    report(world, 9)
    assert deliver(world) == [("event.new", 2)]
    replay(world)
    assert deliver(world) == []


def test_what_nothing_came_after_is_sent_under_its_id(world: World) -> None:
    world.subscribe()
    report(world, 1)
    deliver(world, fails=True)
    (before,) = world.queued()
    assert replay(world) == 1
    assert deliver(world) == [("event.new", 1)]
    (after,) = world.queued()
    assert (after.message.message_id, after.state) == (before.message.message_id, "sent")


def test_all_of_it_again_comes_in_order_with_what_put_it_right(world: World) -> None:
    world.subscribe()
    report(world, 40)
    deliver(world)
    world.clock.forward(hours=1)
    report(world, 4)
    assert deliver(world, fails=True) == [("event.corrected", 2)]
    assert replay(world, all_=True) == 2
    assert deliver(world) + deliver(world) == [("event.new", 1), ("event.corrected", 2)]


def test_a_summary_sent_again_brings_what_was_corrected_since(world: World) -> None:
    """Such as one that was given up: what it tells of is in no other message."""
    reader = world.subscribe()
    report(world, 40)
    (alert,) = world.queued()
    with world.store.write() as tx:  # as if it had been one event among several
        event_id = alert.message.event_id
        assert event_id is not None
        tx.outbox.supersede(reader.subscription_id, event_id)
        outbox_id = tx.outbox.put(
            dedup_key="held",
            message_id="msg_held",
            kind="digest",
            subscription=reader,
            rendered=Rendered(subject="s", body=b"b"),
            due_at=world.clock.now(),
            now=world.clock.now(),
        )
        assert outbox_id is not None
        tx.rule_states.mention(outbox_id, event_id, reader.subscription_id, 1)
    assert deliver(world, fails=True) == [("digest", None)]
    world.rules = []
    report(world, 4)
    assert deliver(world) == []
    assert replay(world) == 1
    assert deliver(world) == [("digest", None), ("event.corrected", 2)]


def test_one_alone_that_is_out_of_date_is_not_retried(world: World) -> None:
    world.subscribe()
    report(world, 1)
    deliver(world, fails=True)
    report(world, 9)
    deliver(world)
    first = world.queued()[0].message.outbox_id
    with world.store.write() as tx, pytest.raises(BadInput, match="is out of date"):
        tx.outbox.retry(first, world.clock.now())
