"""Entries that are edited to tell of another place: their report goes where it belongs, and drags nobody along."""

from collections.abc import Sequence

import pytest

from service.core.event import Event
from service.core.report import Count, Judgement, Place, Report
from service.pipeline import curate
from service.pipeline.ingest import Ingested
from service.pipeline.mend import Hand
from service.pipeline.repair import Repair
from service.ports.store import Store
from tests.pipeline.test_ingest import World

EASTMOOR = Place(name="Eastmoor", country="UA", lat=48.5, lon=37.7, precision="city", population=70_000)
WESTMOOR = Place(name="Westmoor", country="UA", lat=49.9, lon=36.2, precision="city", population=90_000)
REGION = Place(name="Moor Oblast", country="UA", lat=48.6, lon=37.6, precision="region")


@pytest.fixture
def world(store: Store) -> World:
    world = World(store)
    world.subscribe()
    return world


def hit(place: Place | None, **slots: object) -> Judgement:
    report = Report(kind="strike", new=True, confidence=0.9, place=place, killed=Count(4, 4), **slots)  # type: ignore[arg-type]
    return Judgement(lang="en", reports=(report,))


def event_of(done: Ingested) -> int:
    (placed,) = done.placed
    assert placed.event_id is not None
    return placed.event_id


def get(world: World, event_id: int) -> Event:
    with world.store.read() as tx:
        return tx.events.get(event_id)


def outlets(world: World, event_id: int) -> Sequence[str]:
    with world.store.read() as tx:
        return [told.outlet for told in tx.events.accounts(event_id)]


def mend(world: World, repair: Repair) -> list[str]:
    return [act.verb for act in repair.run(world.clock.forward(minutes=5))]


def alerted(world: World) -> list[int]:
    live = (row.message for row in world.queued() if row.state != "superseded")
    return sorted(message.event_id or 0 for message in live if message.kind == "event.new")


def two_outlets(world: World) -> int:
    """Return the event of the two that tell of Eastmoor."""
    first = event_of(world.report("plain", "Missile on Eastmoor kills four", hit(EASTMOOR)))
    assert event_of(world.report("harbour", "Eastmoor missile leaves four dead", hit(EASTMOOR))) == first
    return first


def test_what_one_outlet_alone_tells_is_corrected(world: World) -> None:
    first = event_of(world.report("plain", "Missile on Eastmoor kills four", hit(EASTMOOR)))
    assert event_of(world.report("plain", "Missile on Westmoor kills four", hit(WESTMOOR))) == first
    assert get(world, first).place == WESTMOOR
    assert alerted(world) == [first]


def test_the_town_put_right_by_one_goes_to_those_who_had_it_right(world: World) -> None:
    wrong = two_outlets(world)
    right = event_of(world.report("levant", "Westmoor struck, four killed", hit(WESTMOOR)))
    assert right != wrong
    done = world.report("plain", "Missile on Westmoor kills four", hit(WESTMOOR))
    assert event_of(done) == right
    assert done.placed[0].link.reason.startswith(f"an edit took it from event {wrong}: ")
    assert (outlets(world, wrong), sorted(outlets(world, right))) == (
        ["harbour.example"],
        ["levant.example", "plain.example"],
    )
    assert (get(world, wrong).place, get(world, wrong).reports) == (EASTMOOR, 1)
    assert alerted(world) == [wrong, right]


def test_when_all_have_put_it_right_the_repair_pass_makes_it_one(world: World) -> None:
    """An edit is looked at, though it brings no report more."""
    repair = Repair(store=world.store)
    wrong = two_outlets(world)
    right = event_of(world.report("levant", "Westmoor struck, four killed", hit(WESTMOOR)))
    assert mend(world, repair) == []
    world.report("plain", "Missile on Westmoor kills four", hit(WESTMOOR))
    assert mend(world, repair) == []
    world.report("harbour", "Westmoor missile leaves four dead", hit(WESTMOOR))
    assert mend(world, repair) == ["merge"]
    assert {get(world, wrong).state, get(world, right).state} == {"live", "merged"}


def test_a_page_that_turns_to_another_strike_hides_it_from_nobody(world: World) -> None:
    first = two_outlets(world)
    other = event_of(world.report("plain", "Drones over Westmoor kill four", hit(WESTMOOR)))
    assert other != first
    assert (get(world, first).place, get(world, other).place) == (EASTMOOR, WESTMOOR)
    assert alerted(world) == [first, other]


@pytest.mark.parametrize("place", [None, REGION, EASTMOOR], ids=["no place", "the region", "the same"])
def test_an_edit_that_excludes_nothing_stays(world: World, place: Place | None) -> None:
    first = two_outlets(world)
    assert event_of(world.report("plain", "Missile kills four, toll may rise", hit(place))) == first
    assert alerted(world) == [first]


def test_what_an_operator_bound_an_edit_does_not_part(world: World) -> None:
    first = two_outlets(world)
    other = event_of(world.report("levant", "Westmoor struck, four killed", hit(WESTMOOR)))
    with world.store.write() as tx:
        curate.merge(Hand(tx=tx, by="ada", now=world.clock.now()), first, other)
    done = world.report("levant", "Westmoor struck again in the night, four killed", hit(WESTMOOR))
    assert event_of(done) == first
    assert event_of(world.report("plain", "Missile on Westmoor kills four", hit(WESTMOOR))) == first


def test_an_edited_copy_stays_one_and_adds_no_source(world: World) -> None:
    """A typo that an outlet mends in what it copied makes nobody surer."""
    title = "Missile on Eastmoor kills four people in a market on Thursday, the governor of the province said"
    first = event_of(world.report("plain", title, hit(EASTMOOR)))
    assert event_of(world.report("harbour", title, hit(EASTMOOR))) == first
    before = get(world, first)
    assert event_of(world.report("harbour", title.replace("said", "says"), hit(EASTMOOR))) == first
    after = get(world, first)
    assert (after.sources, after.confidence) == (before.sources, before.confidence)
