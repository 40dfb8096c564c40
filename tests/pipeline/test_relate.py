"""Truces and their breaches, rounds and the next: noted as they are told, and wherever their reports go from there."""

import pytest

from service.core.event import Relation
from service.core.report import Judgement, Place, Report
from service.pipeline import curate
from service.pipeline.ingest import Ingested
from service.ports.store import Store
from tests.pipeline.test_curate import Desk, said
from tests.pipeline.test_ingest import World

GENEVA = Place(name="Geneva", country="CH", lat=46.2, lon=6.15, precision="city")
SIDES = ("Russia", "Ukraine")


def met(status: str, venue: Place | None = None, parties: tuple[str, ...] = SIDES) -> Judgement:
    report = Report(kind="talks", new=True, confidence=0.9, status=status, parties=parties, venue=venue, place=venue)
    return Judgement(lang="en", reports=(report,))


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(World(store))


def related(desk: Desk, event_id: int) -> list[tuple[int, str, int]]:
    with desk.world.store.read() as tx:
        found: list[Relation] = tx.events.relations(event_id)
    return [(one.event_id, one.how, one.other_id) for one in found]


def truce_and_breach(desk: Desk) -> tuple[int, int]:
    truce = desk.tell("northern-wire", "Russia and Ukraine agree a truce", met("agreed"))
    desk.world.clock.forward(hours=50)
    breach = desk.tell(
        "harbour-post", "Missile hits Kharkiv, breaking the truce", said(subtype=("violation",), actor="Russia")
    )
    return truce, breach


def test_a_strike_that_breaks_a_truce_says_so_at_both_ends(desk: Desk) -> None:
    truce, breach = truce_and_breach(desk)
    assert related(desk, breach) == related(desk, truce) == [(breach, "violates", truce)]


def test_who_is_alerted_of_a_breach_is_told_which_truce_it_breaks(desk: Desk) -> None:
    desk.world.subscribe()
    truce, breach = truce_and_breach(desk)
    (alert,) = (message for message in desk.world.renderer.events if message.event.event_id == breach)
    assert [(one.how, one.event.event_id) for one in alert.before] == [("violates", truce)]


def test_a_digest_tells_which_truce_it_breaks(desk: Desk) -> None:
    truce, breach = truce_and_breach(desk)
    with desk.world.store.read() as tx:
        stories = tx.events.stories([breach, truce])
    assert [(one.how, one.event.event_id) for one in stories[breach].before] == [("violates", truce)]
    assert list(stories[truce].before) == []


def test_any_later_report_may_say_that_the_strike_broke_the_truce(desk: Desk) -> None:
    truce = desk.tell("northern-wire", "Russia and Ukraine agree a truce", met("agreed"))
    desk.world.clock.forward(hours=50)
    strike = desk.tell("harbour-post", "Three dead as missile hits Kharkiv", said(killed=3, actor="Russia"))
    assert related(desk, strike) == []
    again = desk.tell(
        "meridian-daily", "Missile on Kharkiv kills three", said(killed=3, actor="Russia", subtype=("violation",))
    )
    assert again == strike
    assert related(desk, strike) == [(strike, "violates", truce)]


def test_an_edit_that_speaks_of_no_breach_takes_it_back(desk: Desk) -> None:
    truce, breach = truce_and_breach(desk)
    desk.tell("harbour-post", "Missile hits Kharkiv", said(actor="Russia"))
    assert related(desk, breach) == related(desk, truce) == []


def test_a_strike_and_the_breach_that_one_entry_tells_of_are_both_of_the_truce(desk: Desk) -> None:
    truce = desk.tell("northern-wire", "Russia and Ukraine agree a truce", met("agreed"))
    desk.world.clock.forward(hours=50)
    both = Judgement(lang="en", reports=(*said().reports, *met("violated").reports))
    done: Ingested = desk.world.report("harbour-post", "Truce broken by strike on Kharkiv", both)
    strike, words = (placed.event_id for placed in done.placed)
    assert strike is not None
    assert related(desk, strike) == [(strike, "violates", truce)]
    assert words == truce or (words is not None and related(desk, words) == [(words, "violates", truce)])


def test_rounds_make_a_series(desk: Desk) -> None:
    rounds = []
    for number in range(3):
        rounds.append(
            desk.tell(f"wire-{number}", f"Delegations end talks in Geneva, day {number}", met("stalled", GENEVA))
        )
        desk.world.clock.forward(hours=24 * 9)
    first, second, third = rounds
    assert len(set(rounds)) == len(rounds)
    assert related(desk, second) == [(second, "next_in_series", first), (third, "next_in_series", second)]


def test_merging_carries_it_along_and_undoing_brings_it_back(desk: Desk) -> None:
    truce, breach = truce_and_breach(desk)
    other = desk.tell(
        "meridian-daily", "Blast in Sumy", said(Place(name="Sumy", country="UA", lat=50.92, lon=34.8, precision="city"))
    )
    with desk.world.store.write() as tx:
        act = curate.merge(desk.hand(tx), other, breach)
    assert related(desk, truce) == related(desk, other) == [(other, "violates", truce)]
    assert related(desk, breach) == []
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), act.act_id)
    assert related(desk, truce) == [(breach, "violates", truce)]


def test_splitting_takes_it_where_the_report_that_says_so_goes(desk: Desk) -> None:
    truce, breach = truce_and_breach(desk)
    assert desk.tell("meridian-daily", "Missile hits Kharkiv in the night", said(actor="Russia")) == breach
    (first, _) = desk.reports(breach)
    with desk.world.store.write() as tx:
        act = curate.split(desk.hand(tx), breach, [first])
    assert related(desk, truce) == [(act.other_id, "violates", truce)]
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), act.act_id)
    assert related(desk, truce) == [(breach, "violates", truce)]


def test_a_report_that_is_removed_and_an_event_that_is_retracted_say_nothing(desk: Desk) -> None:
    truce, breach = truce_and_breach(desk)
    desk.tell("meridian-daily", "Missile hits Kharkiv in the night", said(actor="Russia"))
    with desk.world.store.write() as tx:
        act = curate.remove(desk.hand(tx), breach, desk.reports(breach)[0])
    assert related(desk, truce) == []
    with desk.world.store.write() as tx:
        curate.undo(desk.hand(tx), act.act_id)
        curate.retract(desk.hand(tx), truce)
    assert related(desk, breach) == []


def test_what_talks_may_be_the_same_as_is_no_earlier_round(desk: Desk) -> None:
    """Linking is in doubt: an operator is asked whether they are one, and nobody says meanwhile that they are two."""
    first = desk.tell("northern-wire", "Delegations agree on prisoners in Geneva", met("agreed", GENEVA))
    desk.world.clock.forward(hours=30)
    second = desk.tell("harbour-post", "Envoys in Geneva on Tuesday", met("under_way", GENEVA))
    possibly = desk.event(second).possibly
    assert second == first or (related(desk, second) == []) is (possibly == first)
