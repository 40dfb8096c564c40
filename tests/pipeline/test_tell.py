"""What rules remember decides what they send: cooldowns, groups, snoozes, pauses, full hours. As stories."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from service.core.report import Judgement, Place
from service.core.rules import Rule, RuleIndex, Trigger
from service.core.subscription import Notice, Quiet, Subscription, Wish
from service.pipeline.held import Summaries
from service.pipeline.ingest import Ingest
from service.ports.rules import RuleFigures, RuleHold
from service.ports.store import Store
from service.ports.world import Attempt
from tests.pipeline.test_ingest import HOOK, KHARKIV, World, strike
from tests.rules import rule
from tests.standins import NOON, BellEngine

HOUR = timedelta(hours=1)
TOWNS = ("Kharkiv", "Odesa", "Lviv", "Dnipro", "Kherson", "Sumy", "Poltava", "Izmail", "Rivne", "Lutsk")


def on(town: str, killed: int | None = None, *, country: str = "UA") -> Judgement:
    """An account of a strike on this town, so far from the others that they are different events."""
    (report,) = strike(killed).reports
    at = TOWNS.index(town)
    place = Place(name=town, country=country, lat=44.0 + at, lon=22.0 + 2 * at, precision="city")
    return Judgement(lang="en", reports=(replace(report, place=place),))


def wanting(world: World, **settings: Any) -> Rule:
    world.rules = [replace(rule("any-strike", "kind:strike"), **settings)]
    return world.rules[0]


def send_all(world: World) -> None:
    """Let everything that is due arrive."""
    now = world.clock.now()
    with world.store.write() as tx:
        for message in tx.outbox.claim(now, limit=99, lease=HOUR):
            tx.outbox.record(message, Attempt(outbox_id=message.outbox_id, at=now, ok=True), retry_at=None)


def happen(world: World, town: str, killed: int | None = None, *, uid: str = "", outlet: str = "northern-wire") -> int:
    """Let a strike on the town be reported and what is due be sent. Return the event's id."""
    toll = f" kills {killed}" if killed is not None else ""
    done = world.report(outlet, f"Missile strike on {town}{toll}", on(town, killed), uid=uid or f"{town}{killed}")
    assert not done.error
    send_all(world)
    event_id = done.placed[0].event_id
    assert event_id is not None
    return event_id


def kinds(world: World) -> list[str]:
    return [row.message.kind for row in world.queued() if row.state == "sent"]


def why(world: World, reader: Subscription, event_id: int) -> list[Notice]:
    with world.store.read() as tx:
        return [notice for _, _, _, notice in tx.decisions.of(reader.subscription_id, event_id)]


def figures(world: World) -> RuleFigures:
    with world.store.read() as tx:
        return tx.rule_states.figures(world.clock.now() - timedelta(days=1))["any-strike"]


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_a_draft_counts_and_sends_nothing(world: World) -> None:
    wanting(world, state="draft")
    reader = world.subscribe()
    event_id = happen(world, "Kharkiv")
    assert world.queued() == []
    assert why(world, reader, event_id)[0].code == "draft"
    assert figures(world) == RuleFigures(matched=1)


def test_another_rule_speaks_where_the_first_is_held(world: World) -> None:
    world.rules = [
        replace(rule("loud", "kind:strike"), severity="critical", cooldown=HOUR),
        rule("quiet", "kind:strike AND country:UA"),
    ]
    world.subscribe()
    happen(world, "Kharkiv")
    happen(world, "Odesa")
    assert [message.rule for message in world.renderer.events] == ["loud", "quiet"]


def test_a_cooldown_keeps_other_events_of_its_group_quiet_and_says_until_when(world: World) -> None:
    wanting(world, cooldown=timedelta(minutes=30), group_by=("country",))
    reader = world.subscribe()
    happen(world, "Kharkiv")
    event_id = happen(world, "Odesa")
    assert kinds(world) == ["event.new"]
    (held,) = why(world, reader, event_id)
    assert (held.kind, held.code, held.due_at) == (None, "cooldown", NOON + timedelta(minutes=31))
    assert "until 2026-03-04 12:31 UTC" in held.reason
    assert figures(world) == RuleFigures(matched=2, sent=1, held_back=1)


def test_after_the_cooldown_what_is_still_news_is_told(world: World) -> None:
    wanting(world, cooldown=timedelta(minutes=30))
    world.subscribe()
    happen(world, "Kharkiv")
    happen(world, "Odesa")
    world.clock.forward(minutes=40)
    happen(world, "Odesa", 9)
    assert kinds(world) == ["event.new", "event.new"]


def test_groups_do_not_hold_one_another_back(world: World) -> None:
    wanting(world, cooldown=HOUR, group_by=("place",))
    world.subscribe()
    happen(world, "Kharkiv")
    happen(world, "Odesa")
    assert kinds(world) == ["event.new", "event.new"]


def test_a_rule_fires_again_only_for_what_it_is_asked_to(world: World) -> None:
    wanting(world, refire_when=(Trigger(field="killed", by=5),))
    reader = world.subscribe()
    event_id = happen(world, "Kharkiv", 1)
    world.clock.forward(hours=1)
    happen(world, "Kharkiv", 4)
    assert (kinds(world), why(world, reader, event_id)[-1].code) == (["event.new"], "not_refired")
    world.clock.forward(hours=1)
    happen(world, "Kharkiv", 7)
    assert kinds(world) == ["event.new", "event.updated"]


@pytest.mark.parametrize(
    ("kind", "until", "code"), [("snooze", NOON + HOUR, "snoozed"), ("pause", None, "rule_paused")]
)
def test_who_wants_a_rule_quiet_is_named_with_the_reason(
    world: World, kind: Any, until: datetime | None, code: str
) -> None:
    reader = world.subscribe()
    hold = RuleHold(rule_id="any-strike", kind=kind, author="maria", at=NOON, until=until, comment="a drill")
    with world.store.write() as tx:
        tx.rule_states.hold(hold)
    (held,) = why(world, reader, happen(world, "Kharkiv"))
    assert held.code == code
    assert held.reason.endswith(": a drill")
    assert "by maria" in held.reason
    assert world.queued() == []
    world.clock.forward(hours=2)
    with world.store.write() as tx:
        assert tx.rule_states.resume("any-strike", author="maria", now=world.clock.now()) == (kind == "pause")
    happen(world, "Odesa")
    assert kinds(world) == ["event.new"]


def test_who_was_told_hears_of_a_retraction_though_the_rule_is_paused(world: World) -> None:
    world.subscribe()
    happen(world, "Kharkiv")
    with world.store.write() as tx:
        tx.rule_states.hold(RuleHold(rule_id="any-strike", kind="pause", author="maria", at=NOON))
    done = world.report("northern-wire", "Retraction: strike on Kharkiv", strike(stance="retracts"), uid="Kharkiv9")
    assert done.placed[0].event_id is not None
    send_all(world)
    assert kinds(world)[-1] in {"event.retracted", "event.new"}


def summaries(world: World, rules: Sequence[Rule]) -> Summaries:
    return Summaries(store=world.store, renderer=world.renderer, engine=BellEngine(), rules=lambda: RuleIndex(rules))


def test_what_a_full_hour_holds_back_is_announced_and_comes_in_one_message(world: World) -> None:
    wanting(world, max_per_hour=2)
    reader = world.subscribe()
    ids = [happen(world, town) for town in TOWNS[:5]]
    assert kinds(world) == ["event.new", "event.new"]
    assert [bool(message.note) for message in world.renderer.events] == [False, True]
    assert "held back until 13:01 UTC" in world.renderer.events[-1].note
    assert [why(world, reader, event_id)[0].code for event_id in ids[2:]] == ["max_per_hour"] * 3
    step = summaries(world, world.rules)
    assert step.run(world.clock.now()) == []
    world.clock.forward(minutes=57)
    assert len(step.run(world.clock.now())) == 1
    assert step.run(world.clock.now()) == []
    (said,) = world.renderer.digests
    assert said.note == "3 more held back by any-strike"
    assert {item.event.event_id for item in said.items} == set(ids[2:])
    send_all(world)
    world.clock.forward(minutes=20)
    happen(world, TOWNS[3], 9)
    assert kinds(world)[-2:] == ["digest", "event.updated"], "who got the summary was told"


@pytest.mark.parametrize(("unless", "hour"), [(None, 15), (1, 13)])
def test_the_summary_of_a_full_hour_keeps_quiet_hours_too(world: World, unless: int | None, hour: int) -> None:
    """And takes along what they kept, unless one of the events is grave enough to come through."""
    wanting(world, max_per_hour=2)
    reader = world.subscribe()
    wish = Wish(kind="webhook", address=HOOK, mode="alert", quiet=Quiet(start=time(12), end=time(15), unless=unless))
    with world.store.write() as tx:
        tx.subscriptions.change(reader.subscription_id, wish)
    ids = [happen(world, town) for town in TOWNS[:5]]
    step = summaries(world, world.rules)
    world.clock.forward(minutes=57)
    assert len(step.run(world.clock.now())) == (unless is not None)
    world.clock.at = NOON + timedelta(hours=3)
    assert len(step.run(world.clock.now())) == (unless is None)
    (said,) = world.renderer.digests
    told = ids if unless is None else ids[2:]
    assert (said.now.hour, len(said.items), said.window_start < NOON + timedelta(minutes=9)) == (hour, len(told), True)
    assert {item.event.event_id for item in said.items} == set(told)


def test_a_summary_counts_as_one_message_of_the_hour(world: World) -> None:
    wanting(world, max_per_hour=2)
    world.subscribe()
    for town in TOWNS[:5]:
        happen(world, town)
    world.clock.forward(minutes=57)
    assert len(summaries(world, world.rules).run(world.clock.now())) == 1
    world.clock.forward(minutes=10)
    happen(world, TOWNS[5])
    happen(world, TOWNS[6])
    assert [message.event.place.name for message in world.renderer.events if message.event.place] == [
        *TOWNS[:2],
        TOWNS[5],
    ]


def test_what_was_taken_back_meanwhile_is_not_in_the_summary(world: World) -> None:
    wanting(world, max_per_hour=1)
    world.subscribe()
    happen(world, "Kharkiv")
    event_id = happen(world, "Odesa")
    with world.store.write() as tx:
        tx.events.update(replace(tx.events.get(event_id), state="retracted"))
    world.clock.forward(hours=2)
    assert summaries(world, world.rules).run(world.clock.now()) == []


def test_two_workers_keep_the_promise_of_an_hour_together(world: World) -> None:
    wanting(world, max_per_hour=3)
    world.subscribe()
    for town in TOWNS:
        title = f"Missile strike on {town}"
        world.judge.says = {**world.judge.says, title: on(town)}
        world.put("northern-wire", title, uid=town)
    now = world.clock.forward(minutes=1)

    def work(_: int) -> int:
        step = Ingest(
            store=world.store,
            judge=world.judge,
            renderer=world.renderer,
            engine=BellEngine(),
            rules=lambda: RuleIndex(world.rules),
            batch=2,
        )
        return sum(len(done) for done in iter(lambda: step.run(now), []))

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == len(TOWNS)
    assert len(world.queued()) == 3


def test_an_event_that_meets_no_rule_any_more_is_updated_by_the_rule_that_told_it(world: World) -> None:
    world.rules = [rule("toll", "kind:strike AND killed<5")]
    world.subscribe()
    happen(world, "Kharkiv", 1)
    world.clock.forward(hours=1)
    happen(world, "Kharkiv", 9)
    assert kinds(world) == ["event.new", "event.updated"]
    assert [message.rule for message in world.renderer.events] == ["toll", "toll"]


def test_a_feeds_backlog_is_no_match(world: World) -> None:
    world.subscribe()
    world.report("northern-wire", "Missile strike on Kharkiv", strike(), backlog=True)
    with world.store.read() as tx:
        assert tx.rule_states.figures(NOON - HOUR) == {}


assert KHARKIV.name == TOWNS[0]
