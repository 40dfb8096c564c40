"""Quiet hours, waiting updates and what is taken back, as stories on both databases."""

from datetime import time, timedelta

import pytest

from service.core.subscription import Quiet, Subscription, Wish
from service.pipeline.deliver import Deliver
from service.ports.store import Store
from service.ports.world import Attempt
from tests.pipeline.test_ingest import HOOK, World, strike
from tests.pipeline.test_tell import send_all, why
from tests.standins import NOON, ScriptedSender

HOUR = timedelta(hours=1)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def hushed(world: World, *, until: int = 14, unless: int | None = 4) -> Subscription:
    """Return a reader for whom it is quiet from noon on."""
    reader = world.subscribe()
    quiet = Quiet(start=time(12), end=time(until), unless=unless)
    wish = {"kind": "webhook", "address": HOOK, "mode": "alert", "secret": "whsec_c2VjcmV0"}
    with world.store.write() as tx:
        return tx.subscriptions.change(reader.subscription_id, Wish(**wish, quiet=quiet))  # type: ignore[arg-type]


def deliver(world: World) -> list[str]:
    """Let the deliver step send what is due; return the kinds."""
    sender = ScriptedSender(lambda message: Attempt(outbox_id=message.outbox_id, at=world.clock.now(), ok=True))
    Deliver(store=world.store, sender=sender, clock=world.clock, jitter=lambda: 0.5).run(world.clock.now())
    return [message.kind for message in sender.sent]


def test_what_happens_in_quiet_hours_is_told_once_at_their_end_as_it_stands_then(world: World) -> None:
    reader = hushed(world)
    done = world.report("northern-wire", "Missile strike on Kharkiv", strike(1))
    world.report("northern-wire", "Missile strike on Kharkiv kills 2", strike(2), uid="2")
    world.report("northern-wire", "Missile strike on Kharkiv kills 5", strike(5), uid="3")
    world.clock.at = NOON + 2 * HOUR - timedelta(seconds=1)
    assert deliver(world) == []
    world.clock.at = NOON + 2 * HOUR
    assert deliver(world) == ["event.new"]
    assert [row.state for row in world.queued()] == ["superseded", "superseded", "sent"]
    killed = world.renderer.events[-1].event.killed
    assert killed is not None
    assert killed.min == 5
    event_id = done.placed[0].event_id
    assert event_id is not None
    assert [notice.code for notice in why(world, reader, event_id)] == ["quiet_hours"] * 3


def test_a_grave_event_comes_through_and_so_does_its_correction(world: World) -> None:
    hushed(world)
    world.report("northern-wire", "Missile strike on Kharkiv kills 20", strike(20))
    assert deliver(world) == ["event.new"]
    world.report("northern-wire", "Northern Wire withdraws its report", strike(stance="retracts"), uid="2")
    assert deliver(world) == ["event.retracted"]


def test_what_was_due_before_quiet_hours_and_did_not_leave_keeps_them_too(world: World) -> None:
    world.clock.at = NOON - 2 * HOUR
    hushed(world)
    world.report("northern-wire", "Missile strike on Kharkiv", strike(1))
    world.clock.at = NOON + HOUR
    assert deliver(world) == []
    (row,) = world.queued()
    assert (row.state, row.due_at, row.message.attempts) == ("pending", NOON + 2 * HOUR, 0)
    world.clock.at = NOON + 2 * HOUR
    assert deliver(world) == ["event.new"]


def test_what_was_withdrawn_before_the_alert_left_is_not_told_at_all(world: World) -> None:
    reader = hushed(world)
    done = world.report("northern-wire", "Missile strike on Kharkiv", strike(1))
    world.report("northern-wire", "Northern Wire withdraws its report", strike(stance="retracts"), uid="2")
    world.clock.forward(days=1)
    assert deliver(world) == []
    event_id = done.placed[0].event_id
    assert event_id is not None
    assert why(world, reader, event_id)[-1].code == "not_told"


def test_an_update_that_waited_tells_what_the_ones_before_it_would_have(world: World) -> None:
    world.subscribe()
    world.report("northern-wire", "Missile strike on Kharkiv kills 1", strike(1))
    send_all(world)
    for killed in (6, 9, 15):
        title = f"Missile strike on Kharkiv kills {killed}"
        world.report("northern-wire", title, strike(killed), uid=f"{killed}")
    message = world.renderer.events[-1]
    (delta,) = [delta for delta in message.development.deltas if delta.field == "killed"]
    assert (delta.before, delta.after) == ([1, 1], [15, 15])
    assert [told.revision for told in message.told_before if told.state in {"sent", "pending"}] == [1]


def test_why_not_is_kept_for_paused_readers_and_closed_endpoints_too(world: World) -> None:
    paused, closed = world.subscribe(), world.subscribe("https://other.example/hook")
    with world.store.write() as tx:
        tx.subscriptions.set_state(paused.subscription_id, "paused")
        tx.subscriptions.disable_channel(closed.channel.channel_id, "the endpoint is gone for good")
    done = world.report("northern-wire", "Missile strike on Kharkiv", strike(1))
    event_id = done.placed[0].event_id
    assert event_id is not None
    assert [why(world, reader, event_id)[0].code for reader in (paused, closed)] == ["paused", "channel_disabled"]
    assert "gone for good" in why(world, closed, event_id)[0].reason
    assert world.queued() == []


def test_one_readers_quiet_hours_keep_no_other_waiting_at_the_same_endpoint(world: World) -> None:
    hushed(world)
    world.subscribe(rules=["any-strike"])
    world.report("northern-wire", "Missile strike on Kharkiv", strike(1))
    assert deliver(world) == ["event.new"]
    world.clock.at = NOON + 2 * HOUR
    assert deliver(world) == ["event.new"]
