"""A wrong alarm whose first try failed: it is not sent again, and what puts it right is, as it may have arrived."""

from datetime import timedelta

import pytest

from service.core.subscription import Subscription
from service.pipeline.deliver import Deliver
from service.ports.store import Store
from service.ports.world import Attempt
from tests.pipeline.test_ingest import World, strike
from tests.pipeline.test_put_right import Desk
from tests.pipeline.test_tell import why
from tests.pipeline.test_tell_quiet import HOUR, deliver
from tests.standins import ScriptedSender


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(World(store))


@pytest.fixture(autouse=True)
def reader(desk: Desk) -> Subscription:
    """A reader whose endpoint refused the alert once: it is due again in some seconds."""
    reader = desk.world.subscribe()
    desk.happen()
    assert fail(desk.world) == ["event.new"]
    assert [row.state for row in desk.world.queued()] == ["pending"]
    return reader


def fail(world: World) -> list[str]:
    now = world.clock.now()
    sender = ScriptedSender(
        lambda message: Attempt(outbox_id=message.outbox_id, at=now, ok=False, error="answered 500")
    )
    Deliver(store=world.store, sender=sender, clock=world.clock, jitter=lambda: 0.5).run(now)
    return [message.kind for message in sender.sent]


def sent_in_the_end(world: World) -> list[str]:
    kinds: list[str] = []
    for _ in range(3):
        world.clock.at += HOUR
        kinds += deliver(world)
    return kinds


def test_a_withdrawn_alarm_is_not_tried_again_and_its_retraction_is_sent(desk: Desk) -> None:
    assert desk.retract().told == 1
    assert sent_in_the_end(desk.world) == ["event.retracted"]


def test_a_corrected_alarm_is_not_tried_again_and_its_correction_is_sent(desk: Desk, reader: Subscription) -> None:
    assert desk.killed(6).told == 1
    assert sent_in_the_end(desk.world) == ["event.corrected"]
    assert desk.changes() == [("killed", [8, 8], [6, 6])]
    assert why(desk.world, reader, desk.event_id)[-1].reason.startswith("an alert was tried and may have arrived")


def test_what_was_put_right_and_then_undone_is_told_as_it_was(desk: Desk) -> None:
    desk.retract()
    assert sent_in_the_end(desk.world) == ["event.retracted"]
    desk.undo()
    assert sent_in_the_end(desk.world) == ["event.corrected"]


def test_one_that_a_sender_holds_is_left_to_it(desk: Desk) -> None:
    """It is on the wire at this instant: the retraction follows it."""
    desk.world.clock.at += HOUR
    with desk.world.store.write() as tx:
        assert tx.outbox.claim(desk.world.clock.now(), limit=9, lease=timedelta(seconds=1))
    desk.retract()
    assert sent_in_the_end(desk.world) == ["event.new", "event.retracted"]


def test_news_does_not_drop_what_was_tried(desk: Desk) -> None:
    """What was told is not wrong, only old: it is tried on, and the news follows."""
    desk.world.report("evening-post", "Missile strike on Kharkiv kills 12", strike(12), uid="2")
    assert sent_in_the_end(desk.world) == ["event.new", "event.updated"]
