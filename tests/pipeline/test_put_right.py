"""What an operator corrects, retracts or puts back, told to exactly those who were told otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from service.core.errors import BadInput
from service.core.event import Act, Event
from service.core.notify import FLOOR
from service.core.rules import RuleIndex
from service.pipeline import curate
from service.pipeline.mend import Hand
from service.pipeline.readers import Readers
from service.pipeline.told import heard_by
from service.pipeline.voice import Voice
from service.ports.store import Store, Transaction
from tests.pipeline.test_curate import SUMY, said
from tests.pipeline.test_ingest import World, strike
from tests.pipeline.test_tell import why
from tests.pipeline.test_tell_quiet import HOUR, deliver, hushed
from tests.rules import rule
from tests.standins import NOON

LATER = "https://later.example/hook"
Do = Callable[[Hand, int], Act]


@dataclass
class Desk:
    """A world in which a strike was reported, and an operator's hand."""

    world: World
    event_id: int = 0
    acts: list[Act] = field(default_factory=list)

    def happen(self, killed: int | None = 8, *, backlog: bool = False) -> None:
        done = self.world.report("northern-wire", "Missile strike on Kharkiv", strike(killed), backlog=backlog)
        self.event_id = done.placed[0].event_id or 0

    def hand(self, tx: Transaction, reason: str = "a slip", *, quiet: bool = False) -> Hand:
        world, now = self.world, self.world.clock.now()
        tx.events.lock_linking()
        rules = RuleIndex(world.rules)
        voice = Voice(tx=tx, renderer=world.renderer, engine=world.engine, rules=rules, now=now)
        return Hand(tx=tx, by="ada", now=now, reason=reason, say=None if quiet else voice.say)

    def do(self, what: Do, *, quiet: bool = False) -> Act:
        with self.world.store.write() as tx:
            act = what(self.hand(tx, quiet=quiet), self.event_id)
        self.acts.append(act)
        return act

    def killed(self, number: int, *, quiet: bool = False) -> Act:
        return self.do(lambda hand, event_id: curate.correct(hand, event_id, "killed", [number, number]), quiet=quiet)

    def retract(self) -> Act:
        return self.do(curate.retract)

    def undo(self, *, quiet: bool = False) -> Act:
        last = next(act for act in reversed(self.acts) if act.verb != "undo")
        self.acts.remove(last)
        return self.do(lambda hand, _: curate.undo(hand, last.act_id), quiet=quiet)

    def event(self) -> Event:
        with self.world.store.read() as tx:
            return tx.events.get(self.event_id)

    def changes(self) -> list[tuple[str, object, object]]:
        """Return what the last message says is different."""
        return [(one.field, one.before, one.after) for one in self.world.renderer.events[-1].development.deltas]


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(World(store))


def test_who_was_told_wrong_is_told_right_at_once_with_the_reason(desk: Desk) -> None:
    reader = desk.world.subscribe()
    desk.happen()
    assert deliver(desk.world) == ["event.new"]
    assert desk.killed(6).told == 1
    assert desk.world.engine.woken[-1][0] == "deliver"
    assert deliver(desk.world) == ["event.corrected"], "well before the least time between two updates is over"
    assert desk.changes() == [("killed", [8, 8], [6, 6])]
    said = desk.world.renderer.events[-1].development
    assert (said.change, said.reason) == ("corrected", "corrected by the desk: killed 8 → 6: a slip")
    assert (said.deltas[0].outlet, said.deltas[0].quote) == ("operator", "a slip")
    assert why(desk.world, reader, desk.event_id)[-1].code == "correction"


@pytest.mark.parametrize(
    ("name", "value", "change"),
    [
        ("weapon", ["drone"], ("weapon", ["missile"], ["drone"])),
        ("actor", "Northland", ("actor", None, "Northland")),
        ("injured", [40, None], ("injured", None, [40, None])),
        (
            "place",
            {"name": "Izium", "country": "UA", "lat": 49.2, "lon": 37.3, "precision": "city"},
            ("place", "Kharkiv", "Izium"),
        ),
        (
            "place",
            {"name": "Kharkiv", "country": "RU", "lat": 49.2, "lon": 37.3, "precision": "city"},
            ("place", "Kharkiv, UA", "Kharkiv, RU"),
        ),
    ],
)
def test_whatever_is_shown_is_worth_putting_right(desk: Desk, name: str, value: object, change: object) -> None:
    desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    desk.world.clock.forward(hours=1)
    desk.do(lambda hand, event_id: curate.correct(hand, event_id, name, value))
    assert deliver(desk.world) == ["event.updated" if change[1] is None else "event.corrected"]  # type: ignore[index]
    assert change in desk.changes()


def test_a_fact_nobody_had_told_is_news_and_keeps_the_least_time_between_two(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen(None)
    deliver(desk.world)
    desk.killed(6)
    assert deliver(desk.world) == []
    desk.world.clock.at += FLOOR
    assert deliver(desk.world) == ["event.updated"]


NOTHING_TO_TELL: list[tuple[str, Sequence[Callable[[Desk], object]]]] = [
    ("what stands already", [lambda desk: desk.killed(8)]),
    (
        "the same once more",
        [lambda desk: desk.killed(6), lambda desk: deliver(desk.world), lambda desk: desk.killed(6)],
    ),
    ("a quiet hand", [lambda desk: desk.killed(6, quiet=True)]),
    ("a quiet slip taken back aloud", [lambda desk: desk.killed(6, quiet=True), lambda desk: desk.undo()]),
    ("a slip taken back before it left", [lambda desk: desk.killed(6), lambda desk: desk.undo()]),
    ("a retraction taken back before it left", [lambda desk: desk.retract(), lambda desk: desk.undo()]),
    ("there and back by hand", [lambda desk: desk.killed(6), lambda desk: desk.killed(8)]),
]


@pytest.mark.parametrize(("_name", "steps"), NOTHING_TO_TELL, ids=[name for name, _ in NOTHING_TO_TELL])
def test_nobody_hears_of_what_comes_to_nothing(
    desk: Desk, _name: str, steps: Sequence[Callable[[Desk], object]]
) -> None:
    desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    for step in steps:
        step(desk)
    left = deliver(desk.world)
    assert left == []
    desk.world.clock.forward(days=1)
    assert deliver(desk.world) == []


def test_a_correction_and_its_undoing_reach_the_same_readers(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    desk.killed(6)
    assert deliver(desk.world) == ["event.corrected"]
    desk.world.subscribe(LATER)
    assert desk.undo().told == 1
    assert deliver(desk.world) == ["event.corrected"]
    assert desk.changes() == [("killed", [6, 6], [8, 8])]
    assert desk.world.renderer.events[-1].development.reason == "put back by the desk: killed 6 → 8: a slip"


def test_a_retraction_and_its_undoing_are_told(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    assert desk.retract().told == 1
    assert deliver(desk.world) == ["event.retracted"]
    acts = len(desk.acts)
    with pytest.raises(BadInput, match=r"retracted already, by ada on .*`tocsin events undo 1`"):
        desk.retract()
    assert (deliver(desk.world), len(desk.acts)) == ([], acts), "it is withdrawn already"
    desk.world.report("northern-wire", "Missile strike on Kharkiv kills 12", strike(12))
    desk.killed(5)
    assert deliver(desk.world) == [], "of what is withdrawn nothing is worth a word"
    for _ in range(2):
        desk.undo()
    assert deliver(desk.world) == ["event.corrected"]
    assert ("state", "retracted", "live") in desk.changes()
    assert desk.event().state == "live"


@pytest.mark.parametrize("way", ["correct", "retract"])
def test_what_was_put_right_before_the_alert_left_leaves_right_or_not_at_all(desk: Desk, way: str) -> None:
    desk.world.subscribe()
    desk.happen()
    if way == "correct":
        desk.killed(6)
        assert deliver(desk.world) == ["event.new"]
        killed = desk.world.renderer.events[-1].event.killed
        assert killed == (6, 6)
    else:
        desk.retract()
        assert deliver(desk.world) == []
        desk.undo()
        assert deliver(desk.world) == ["event.new"], "it happened after all, and nobody has heard of it"


def test_an_alert_in_flight_is_followed_by_its_correction_and_not_by_one_that_was_put_back(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen()
    with desk.world.store.write() as tx:
        assert tx.outbox.claim(desk.world.clock.now(), limit=9, lease=timedelta(seconds=1))
    desk.retract()
    desk.undo()
    desk.killed(6)
    rows = [(row.state, row.message.kind) for row in desk.world.queued()]
    assert rows == [("pending", "event.new"), ("superseded", "event.retracted"), ("pending", "event.corrected")]
    assert desk.changes() == [("killed", [8, 8], [6, 6])]


def test_who_never_heard_of_it_does_not_hear_of_it_because_it_was_corrected(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    late = desk.world.subscribe(LATER)
    desk.killed(6)
    assert deliver(desk.world) == ["event.corrected"]
    assert why(desk.world, late, desk.event_id)[-1].code == "not_told"
    desk.retract()
    assert deliver(desk.world) == ["event.retracted"]


@pytest.mark.parametrize(
    ("killed", "backlog", "later", "alerted"),
    [
        (12, False, timedelta(hours=1), True),
        (9, False, timedelta(hours=1), False),
        (12, True, timedelta(hours=1), False),
        (12, False, timedelta(days=40), False),
    ],
)
def test_who_asked_for_what_it_only_now_turns_out_to_be_is_alerted_unless_it_is_history(
    *, desk: Desk, killed: int, backlog: bool, later: timedelta, alerted: bool
) -> None:
    desk.world.rules = [rule("any-strike", "kind:strike"), rule("grave", "kind:strike AND killed>=10")]
    reader = desk.world.subscribe(rules=["grave"])
    desk.happen(8, backlog=backlog)
    desk.world.clock.at += later
    act = desk.killed(killed)
    assert act.told == int(alerted)
    assert deliver(desk.world) == (["event.new"] if alerted else [])
    assert why(desk.world, reader, desk.event_id)[-1].code == (
        "new_event" if alerted else "backlog" if backlog or killed >= 10 else "no_match"
    )


def test_who_was_told_long_ago_is_told_right_still(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    desk.world.clock.forward(days=60)
    desk.killed(6)
    assert deliver(desk.world) == ["event.corrected"]


def test_a_correction_goes_through_quiet_hours_only_if_the_alert_did(desk: Desk) -> None:
    desk.world.clock.at = NOON - HOUR
    hushed(desk.world)
    desk.happen()
    assert deliver(desk.world) == ["event.new"]
    desk.world.clock.at = NOON + HOUR
    desk.killed(6)
    assert deliver(desk.world) == []
    desk.world.clock.at = NOON + 2 * HOUR
    assert deliver(desk.world) == ["event.corrected"]
    assert desk.changes() == [("killed", [8, 8], [6, 6])]


def test_a_grave_alert_that_came_at_night_is_corrected_at_night(desk: Desk) -> None:
    hushed(desk.world)
    desk.happen(20)
    assert deliver(desk.world) == ["event.new"]
    desk.killed(2)
    assert deliver(desk.world) == ["event.corrected"]


def test_what_was_put_right_and_back_overnight_is_no_news_in_the_morning(desk: Desk) -> None:
    desk.world.clock.at = NOON - HOUR
    hushed(desk.world)
    desk.happen()
    assert deliver(desk.world) == ["event.new"]
    desk.world.clock.at = NOON + HOUR
    desk.killed(6)
    desk.undo()
    desk.world.clock.at = NOON + 2 * HOUR
    assert deliver(desk.world) == []


def test_who_paused_hears_of_it_on_going_on(desk: Desk) -> None:
    reader = desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    coming = Readers(
        store=desk.world.store, renderer=desk.world.renderer, engine=desk.world.engine, make_token=str, mark=str
    )
    coming.pause(reader, desk.world.clock.now(), off=False)
    desk.world.clock.forward(hours=1)
    assert desk.killed(6).told == 0
    assert deliver(desk.world) == []
    coming.pause(reader, desk.world.clock.now(), off=True)
    assert deliver(desk.world) == ["event.corrected"]


def test_who_paused_is_told_of_what_it_was_merged_into_twice_over(desk: Desk) -> None:
    world, reader = desk.world, desk.world.subscribe()
    desk.happen()
    second, third = (
        world.report("harbour-post", f"Blast in {place.name}", said(place, 2), uid=place.name).placed[0].event_id or 0
        for place in (SUMY, replace(SUMY, name="Odesa", lat=46.48, lon=30.73, admin="17"))
    )
    assert deliver(world) == ["event.new"] * 3
    coming = Readers(store=world.store, renderer=world.renderer, engine=world.engine, make_token=str, mark=str)
    coming.pause(reader, world.clock.now(), off=False)
    world.clock.forward(hours=1)
    first = desk.event_id
    desk.do(lambda hand, _: curate.merge(hand, second, first))
    desk.do(lambda hand, _: curate.merge(hand, third, second))
    desk.event_id = third
    desk.retract()
    coming.pause(reader, world.clock.now(), off=True)
    assert deliver(world) == ["event.retracted"]


def test_readers_of_both_events_that_were_merged_are_told_once_each(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen()
    other = desk.world.report("harbour-post", "Blast in Sumy leaves two dead", said(SUMY, 2)).placed[0].event_id or 0
    assert deliver(desk.world) == ["event.new", "event.new"]
    desk.do(lambda hand, event_id: curate.merge(hand, event_id, other))
    assert deliver(desk.world) == []
    with desk.world.store.read() as tx:
        assert len(heard_by(tx, desk.event_id)) == 1
    assert desk.killed(5).told == 1
    assert deliver(desk.world) == ["event.corrected"]


def test_who_was_told_of_the_merged_event_only_is_told_of_what_becomes_of_both(desk: Desk) -> None:
    desk.world.rules = [rule("kharkiv", "kind:strike AND place:Kharkiv"), rule("sumy", "kind:strike AND place:Sumy")]
    desk.world.subscribe(rules=["kharkiv"])
    desk.world.subscribe(LATER, rules=["sumy"])
    desk.happen()
    other = desk.world.report("harbour-post", "Blast in Sumy leaves two dead", said(SUMY, 2)).placed[0].event_id or 0
    assert deliver(desk.world) == ["event.new", "event.new"]
    desk.do(lambda hand, event_id: curate.merge(hand, event_id, other))
    assert desk.retract().told == 2
    assert deliver(desk.world) == ["event.retracted", "event.retracted"]


def test_what_an_operator_corrected_stands_before_what_else_changed_since(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen(None)
    deliver(desk.world)
    desk.world.report("northern-wire", "Missile strike on Kharkiv kills 5", strike(5), uid="2")
    desk.do(lambda hand, event_id: curate.correct(hand, event_id, "weapon", ["drone"]))
    desk.world.clock.forward(hours=1)
    deliver(desk.world)
    assert [field for field, _, _ in desk.changes()][:2] == ["weapon", "killed"]


def test_two_operators_who_correct_one_after_the_other_send_the_last_word(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    desk.killed(6)
    desk.killed(5)
    assert deliver(desk.world) == ["event.corrected"]
    assert desk.changes() == [("killed", [8, 8], [5, 5])]


def test_what_fails_while_it_is_told_changes_nothing(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    before, woken = desk.event(), list(desk.world.engine.woken)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.world.renderer, "event", None)
        with pytest.raises(TypeError):
            desk.killed(6)
    assert (desk.event(), desk.world.engine.woken) == (before, woken)
    assert deliver(desk.world) == []
    with desk.world.store.read() as tx:
        assert tx.events.acts(desk.event_id) == []


def test_what_was_corrected_quietly_is_what_later_news_starts_from_for_its_readers(desk: Desk) -> None:
    desk.world.subscribe()
    desk.happen()
    deliver(desk.world)
    desk.killed(6, quiet=True)
    desk.world.clock.forward(hours=1)
    desk.killed(9)
    assert deliver(desk.world) == ["event.corrected"]
    assert desk.changes() == [("killed", [8, 8], [9, 9])], "it is 8 that this reader was told"
