"""Quiet hours, waiting updates and what is taken back, as stories on both databases."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from service.core.digest import standing
from service.core.report import Judgement
from service.core.subscription import Quiet, Subscription, Wish
from service.pipeline.curate import merge, undo
from service.pipeline.deliver import Deliver
from service.pipeline.mend import Hand
from service.pipeline.readers import Readers
from service.ports.store import Store
from service.ports.world import Attempt
from tests.pipeline.test_ingest import HOOK, World, strike
from tests.pipeline.test_tell import TOWNS, on, send_all, summaries, why
from tests.standins import NOON, ScriptedSender

HOUR = timedelta(hours=1)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def hushed(world: World, address: str = HOOK, *, until: int = 14, unless: int | None = 4) -> Subscription:
    """Return a reader for whom it is quiet from noon on."""
    reader = world.subscribe(address)
    quiet = Quiet(start=time(12), end=time(until), unless=unless)
    wish = {"kind": "webhook", "address": address, "mode": "alert", "secret": "whsec_c2VjcmV0"}
    with world.store.write() as tx:
        return tx.subscriptions.change(reader.subscription_id, Wish(**wish, quiet=quiet))  # type: ignore[arg-type]


def deliver(world: World) -> list[str]:
    """Let what waited be told and the deliver step send what is due; return the kinds."""
    summaries(world, world.rules).run(world.clock.now())
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
    assert [row.state for row in world.queued()] == ["sent"]
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
    assert (row.state, row.message.attempts) == ("superseded", 0), "the event waits, not the message"
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


def strike_on(world: World, town: str, killed: int | None = None, *, uid: str = "") -> int:
    title = f"Missile strike on {town}" + (f" kills {killed}" if killed else "")
    event_id = world.report("northern-wire", title, on(town, killed), uid=uid or title).placed[0].event_id
    assert event_id is not None
    return event_id


def test_what_several_events_came_to_in_quiet_hours_is_told_in_one_message(world: World) -> None:
    """Each counts as told at its revision then: what changes later is an update, what does not is nothing."""
    hushed(world)
    first, second = strike_on(world, TOWNS[0], 1), strike_on(world, TOWNS[1])
    strike_on(world, TOWNS[0], 3)
    world.clock.at = NOON + 2 * HOUR
    assert deliver(world) == ["digest"]
    (said,) = world.renderer.digests
    assert said.note == "2 events from your quiet hours"
    assert {item.event.event_id for item in said.items} == {first, second}
    assert deliver(world) == []
    world.clock.forward(minutes=20)
    strike_on(world, TOWNS[0], 15)
    assert deliver(world) == ["event.updated"]
    (delta,) = [delta for delta in world.renderer.events[-1].development.deltas if delta.field == "killed"]
    assert (delta.before, delta.after) == ([3, 3], [15, 15])


def test_however_many_wait_each_is_told_what_they_have_not_heard(world: World) -> None:
    """More than are told in one transaction, and one who knew of the event before quiet hours."""
    world.clock.at = NOON - HOUR
    knows = hushed(world, "https://0.example/hook")
    strike_on(world, TOWNS[0], 1)
    assert deliver(world) == ["event.new"]
    for n in range(1, 4):
        hushed(world, f"https://{n}.example/hook")
    world.clock.at = NOON
    strike_on(world, TOWNS[0], 9)
    world.clock.at = NOON + 2 * HOUR
    step = replace(summaries(world, world.rules), batch=2)
    assert len(step.run(world.clock.now())) == 4
    told = {row.subscription_id: row.message.kind for row in world.queued() if row.state == "pending"}
    assert told.pop(knows.subscription_id) == "event.updated"
    assert list(told.values()) == ["event.new"] * 3


def test_an_update_and_a_correction_that_waited_are_in_the_one_message_too(world: World) -> None:
    world.clock.at = NOON - HOUR
    hushed(world)
    strike_on(world, TOWNS[0], 1)
    withdrawn = strike_on(world, TOWNS[1])
    assert deliver(world) == ["event.new", "event.new"]
    world.clock.at = NOON + timedelta(minutes=1)
    strike_on(world, TOWNS[0], 3)
    title = f"Northern Wire withdraws its report on {TOWNS[1]}"
    (report,) = on(TOWNS[1]).reports
    world.report("northern-wire", title, Judgement(lang="en", reports=(replace(report, stance="retracts"),)), uid="w")
    world.clock.at = NOON + 2 * HOUR
    assert deliver(world) == ["digest"]
    (said,) = world.renderer.digests
    assert {standing(item) for item in said.items} == {"updated", "retracted"}
    assert {item.event.event_id: item.told is not None for item in said.items}[withdrawn]


def test_two_events_that_were_found_to_be_one_overnight_are_told_once(world: World) -> None:
    hushed(world)
    kept, gone = strike_on(world, TOWNS[0], 1), strike_on(world, TOWNS[1], 2)
    with world.store.write() as tx:
        merge(Hand(tx=tx, by="maria", now=world.clock.now(), reason="one strike"), kept, gone)
    world.clock.at = NOON + 2 * HOUR
    assert deliver(world) == ["event.new"]
    assert world.renderer.events[-1].event.event_id == kept
    assert deliver(world) == []


def test_a_merge_that_was_undone_overnight_leaves_two_events_to_tell(world: World) -> None:
    hushed(world)
    kept, gone = strike_on(world, TOWNS[0], 1), strike_on(world, TOWNS[1], 2)
    with world.store.write() as tx:
        hand = Hand(tx=tx, by="maria", now=world.clock.now(), reason="one strike")
        undo(hand, merge(hand, kept, gone).act_id)
    world.clock.at = NOON + 2 * HOUR
    assert deliver(world) == ["digest"]
    assert {item.event.event_id for item in world.renderer.digests[-1].items} == {kept, gone}


def test_an_alert_that_had_not_left_when_its_event_was_merged_goes_to_who_has_not_the_other(world: World) -> None:
    world.subscribe()
    kept = strike_on(world, TOWNS[0], 1)
    send_all(world)
    late = world.subscribe("https://other.example/hook")
    gone = strike_on(world, TOWNS[1], 2)
    with world.store.write() as tx:
        merge(Hand(tx=tx, by="maria", now=world.clock.now(), reason="one strike"), kept, gone)
    assert deliver(world) == ["event.new"]
    said = world.renderer.events[-1]
    assert (said.subscription.subscription_id, said.event.event_id) == (late.subscription_id, kept)


@pytest.mark.parametrize("by", ["its reader", "us"])
def test_who_was_told_wrong_and_paused_hears_so_on_going_on_and_nothing_else(world: World, by: str) -> None:
    """Or whose endpoint was closed meanwhile. A pause is the reader's wish, so the correction waits for its end."""
    reader = world.subscribe()
    strike_on(world, TOWNS[0], 1)
    strike_on(world, TOWNS[1], 1)
    assert deliver(world) == ["event.new", "event.new"]
    with world.store.write() as tx:
        if by == "us":
            tx.subscriptions.disable_channel(reader.channel.channel_id, "failed for days")
        else:
            tx.subscriptions.set_state(reader.subscription_id, "paused")
    world.clock.forward(hours=1)
    (report,) = on(TOWNS[0]).reports
    wrong = Judgement(lang="en", reports=(replace(report, stance="retracts"),))
    world.report("northern-wire", "Northern Wire withdraws its report", wrong, uid="w")
    strike_on(world, TOWNS[1], 9)
    strike_on(world, TOWNS[2])
    assert deliver(world) == []
    if by == "us":
        world.subscribe()
    else:
        coming = Readers(store=world.store, renderer=world.renderer, engine=world.engine, make_token=str, mark=str)
        coming.pause(reader, world.clock.now(), off=True)
    assert deliver(world) == ["event.retracted"]
    assert deliver(world) == []


def test_what_cannot_be_told_is_tried_again_and_keeps_nobody_else_waiting(world: World) -> None:
    hushed(world)
    strike_on(world, TOWNS[0])
    world.clock.at = NOON + 2 * HOUR
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.renderer, "event", None)
        assert deliver(world) == []
    assert deliver(world) == []
    world.clock.forward(minutes=10)
    assert deliver(world) == ["event.new"]
