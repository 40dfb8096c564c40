"""What operators bound or parted stays so, whatever is told afterwards and however often the repair pass looks."""

import pytest

from service.core.report import Count, Interval, Judgement, Place, Report
from service.pipeline import curate
from service.pipeline.mend import Hand
from service.pipeline.repair import Repair
from service.ports.store import Store
from tests.pipeline.test_curate import KHARKIV, NIGHT, SUMY
from tests.pipeline.test_edited import event_of, outlets
from tests.pipeline.test_ingest import World

OUTLETS = ("northern", "harbour", "meridian", "levant", "plain", "nile")


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def hit(place: Place = KHARKIV, killed: int = 3, occurred: Interval = NIGHT) -> Judgement:
    toll = Count(killed, killed)
    report = Report(kind="strike", new=True, confidence=0.9, place=place, killed=toll, occurred=occurred)
    return Judgement(lang="en", reports=(report,))


def mend(world: World, repair: Repair) -> list[str]:
    return [f"{act.verb} {act.event_id} {act.other_id}" for act in repair.run(world.clock.forward(minutes=5))]


def test_what_was_split_by_hand_is_not_merged_by_what_comes_after(world: World) -> None:
    """Though each report that follows would fit both."""
    repair = Repair(store=world.store)
    first = event_of(world.report("northern", "Missiles hit Kharkiv market, three dead", hit()))
    assert event_of(world.report("harbour", "Kharkiv market hit by missiles", hit())) == first
    with world.store.write() as tx:
        (_, gone) = tx.events.accounts(first)
        act = curate.split(Hand(tx=tx, by="ada", now=world.clock.now()), first, [gone.report_id])
    for outlet in OUTLETS[2:]:
        world.report(outlet, f"Three dead in Kharkiv market, says {outlet}", hit())
        assert mend(world, repair) == []
    world.report("harbour", "Kharkiv market hit by missiles, three dead", hit())  # an edit
    assert mend(world, repair) == []
    assert Repair(store=world.store).run(world.clock.forward(minutes=5)) == [], "nor after a start"
    assert act.other_id is not None
    assert "northern.example" in outlets(world, first)
    assert "harbour.example" in outlets(world, act.other_id)


def test_what_was_merged_by_hand_is_not_split_though_two_towns_have_tolls_of_their_own(world: World) -> None:
    repair = Repair(store=world.store)
    first = event_of(world.report("northern", "Missiles hit Kharkiv, three dead", hit()))
    other = event_of(world.report("harbour", "Drone kills nine in Sumy", hit(SUMY, 9)))
    assert first != other
    with world.store.write() as tx:
        curate.merge(Hand(tx=tx, by="ada", now=world.clock.now()), first, other)
    for outlet, place, killed in (("meridian", KHARKIV, 3), ("levant", SUMY, 9), ("plain", SUMY, 9)):
        world.report(outlet, f"{outlet}: {killed} dead in {place.name}", hit(place, killed))
        mend(world, repair)
    assert {"northern.example", "harbour.example"} <= set(outlets(world, first))
