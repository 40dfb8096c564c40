"""What feeds send when they are at their worst: a sensible outcome with a reason, nothing lost, nothing doubled."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.event import Event
from service.core.feed import ParsedEntry
from service.core.report import Count, Judgement, Report
from service.pipeline.ingest import Ingested
from service.pipeline.judge import Judging
from service.pipeline.manage import add_feed
from service.ports.store import Store
from service.resources import shipped
from tests.pipeline.test_ingest import World, strike
from tests.standins import NOON

MONTH = timedelta(days=30)
BATCH = 50


@pytest.fixture(scope="module")
def judging() -> Judging:
    return Judging(load_lexicons([shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


@pytest.fixture
def reading(store: Store, judging: Judging) -> World:
    """A world whose judge reads what is written."""
    world = World(store)
    world.step = replace(world.step, judge=judging)
    return world


def tell(
    world: World, outlet: str, title: str, *, uid: str = "1", summary: str = "", late: timedelta | None = timedelta()
) -> Ingested:
    """Let the outlet publish this, dated so long before (or, below zero, after) it is seen; None: without a date."""
    with world.store.write() as tx:
        feed = replace(add_feed(tx, f"https://{outlet}.example/feed", now=NOON), title=outlet)
        at = world.clock.now()
        entry = ParsedEntry(
            uid=uid,
            title=title,
            summary=summary,
            url=f"https://{outlet}.example/{uid}",
            canonical_url=f"{outlet}.example/{uid}",
            published=None if late is None else at - late,
        )
        tx.entries.put(feed, [entry], now=at, backlog=False)
    (done,) = world.step.run(world.clock.forward(minutes=1))
    assert not done.error
    return done


def event_of(world: World, done: Ingested) -> Event:
    (placed,) = done.placed
    assert placed.event_id is not None, placed.link.reason
    assert placed.link.reason
    with world.store.read() as tx:
        return tx.events.get(placed.event_id)


def events(world: World) -> list[Event]:
    with world.store.read() as tx:
        return tx.events.recent(limit=100)


def alerts(world: World) -> int:
    return sum(row.message.kind == "event.new" and row.state != "superseded" for row in world.queued())


def test_an_outlet_that_edits_one_address_twenty_times_tells_of_one_event(world: World) -> None:
    world.subscribe()
    world.judge.says = {f"Missile hits Kharkiv, {dead} dead": strike(dead) for dead in range(1, 21)}
    for dead in range(1, 21):
        event = event_of(world, tell(world, "northern-wire", f"Missile hits Kharkiv, {dead} dead"))
    assert [one.event_id for one in events(world)] == [event.event_id]
    assert (event.killed, event.sources, event.reports) == (Count(20, 20), 1, 1)
    with world.store.read() as tx:
        (account,) = tx.events.accounts(event.event_id)
        claims = [claim.value for claim in tx.events.claims(event.event_id) if claim.field == "killed"]
    assert claims == [[20, 20]], "what it said before is superseded"
    assert "edit" in account.reason
    assert alerts(world) == 1


def test_an_outlet_that_publishes_one_address_twenty_times_anew_is_one_voice(world: World) -> None:
    """The same article, each time under a new id and with other words."""
    world.subscribe()
    for number in range(20):
        title = f"Kharkiv live: part {number} of the night, missile kills three"
        world.judge.says = {title: strike(3)}
        with world.store.write() as tx:
            feed = replace(add_feed(tx, "https://wire.example/feed", now=NOON), title="Northern Wire")
            at = world.clock.now()
            same = "wire.example/live"
            entry = ParsedEntry(
                uid=f"id-{number}", title=title, url=f"https://{same}", canonical_url=same, published=at
            )
            tx.entries.put(feed, [entry], now=at, backlog=False)
        world.step.run(world.clock.forward(minutes=1))
    (event,) = events(world)
    assert event.sources == 1
    assert alerts(world) == 1


def test_what_is_dated_ahead_of_us_was_told_when_we_saw_it(world: World) -> None:
    world.subscribe()
    world.judge.says = {"Missile hits Kharkiv": strike(3), "Kharkiv struck by missile": strike(3)}
    ahead = event_of(world, tell(world, "northern-wire", "Missile hits Kharkiv", late=-MONTH))
    assert ahead.last_seen <= world.clock.now()
    assert event_of(world, tell(world, "harbour-post", "Kharkiv struck by missile")).event_id == ahead.event_id
    assert alerts(world) == 1


def test_what_comes_a_month_late_joins_what_it_tells_of_and_alerts_nobody_as_new(world: World) -> None:
    world.subscribe()
    world.judge.says = {"Missile hits Kharkiv": strike(3), "Kharkiv struck by missile": strike(3)}
    then = event_of(world, tell(world, "northern-wire", "Missile hits Kharkiv"))
    world.clock.forward(hours=24 * 30)
    late = event_of(world, tell(world, "harbour-post", "Kharkiv struck by missile", late=MONTH))
    assert late.event_id == then.event_id
    assert late.last_seen < world.clock.now() - timedelta(days=29)
    assert alerts(world) == 1


def test_what_comes_a_month_late_does_not_join_what_happened_since(world: World) -> None:
    world.judge.says = {"Missile hits Kharkiv": strike(3), "Kharkiv struck by missile": strike(3)}
    now = event_of(world, tell(world, "northern-wire", "Missile hits Kharkiv"))
    late = event_of(world, tell(world, "harbour-post", "Kharkiv struck by missile", late=MONTH))
    assert late.event_id != now.event_id
    assert late.last_seen < now.first_seen


def test_a_place_that_the_gazetteer_lacks_still_makes_an_event(reading: World) -> None:
    title = "Russian drone strike on village of Qwxyzhivka kills two"
    summary = "A Russian drone struck the village of Qwxyzhivka and killed two people, the governor said."
    event = event_of(reading, tell(reading, "northern-wire", title, summary=summary))
    assert event.killed == Count(2, 2)
    assert event.place is None or event.place.precision == "country"
    again = "Two dead as Russian drone hits village of Qwxyzhivka"
    assert event_of(reading, tell(reading, "harbour-post", again, summary=summary)).event_id == event.event_id


def test_two_reports_without_place_and_date_that_share_nothing_are_two_events(world: World) -> None:
    nowhere = Judgement(lang="en", reports=(Report(kind="strike", new=True, confidence=0.9),))
    world.judge.says = {"Convoy hit by drone, driver says": nowhere, "Warehouse burns after night raid": nowhere}
    first = event_of(world, tell(world, "northern-wire", "Convoy hit by drone, driver says", late=None))
    other = event_of(world, tell(world, "harbour-post", "Warehouse burns after night raid", late=None))
    assert first.event_id != other.event_id
    assert (first.place, first.occurred) == (None, None)


def test_the_same_words_without_place_and_date_are_a_copy(world: World) -> None:
    nowhere = Judgement(lang="en", reports=(Report(kind="strike", new=True, confidence=0.9),))
    title = "Convoy hit by drone on the coastal road, its driver says"
    world.judge.says = {title: nowhere}
    first = event_of(world, tell(world, "northern-wire", title, late=None))
    again = event_of(world, tell(world, "harbour-post", title, late=None))
    assert again.event_id == first.event_id
    assert (again.sources, again.reports) == (1, 2)


def flood(world: World, copies: int) -> Iterator[float]:
    """Yield the processor time of each batch of copies of one text, each by an outlet of its own."""
    title = "Missile hits block of flats in Kharkiv and kills three, the governor says"
    world.judge.says = {title: strike(3)}
    for start in range(0, copies, BATCH):
        with world.store.write() as tx:
            for number in range(start, start + BATCH):
                feed = add_feed(tx, f"https://{number}.example/feed", now=NOON)
                at = world.clock.now()
                entry = ParsedEntry(uid="1", title=title, url=f"https://{number}.example/1", published=at)
                tx.entries.put(replace(feed, title=f"Outlet {number}"), [entry], now=at, backlog=False)
        began = time.process_time()
        assert len(world.step.run(world.clock.forward(minutes=1))) == BATCH
        yield time.process_time() - began


def test_a_flood_of_copies_is_one_event_of_one_source_and_one_alert(world: World) -> None:
    world.subscribe()
    assert len(list(flood(world, 150))) == 3
    (event,) = events(world)
    assert (event.sources, event.reports) == (1, 150)
    assert alerts(world) == 1
