"""What is looked up while entries come in is found by an index: no look-up reads through what grows year by year.

Asked of SQLite, which says how it goes about a statement; PostgreSQL does otherwise as long as a table is small.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from service.adapters.store import SqlStore
from service.pipeline.curate import correct, merge
from service.pipeline.mend import Hand
from tests.pipeline.test_ingest import KHARKIV, World, strike
from tests.standins import NOON

GROWS = {
    "entry",
    "event",
    "report",
    "claim",
    "development",
    "trace",
    "moment",
    "outbox",
    "mention",
    "decision",
    "firing",
}
ODESA = replace(KHARKIV, name="Odesa", lat=46.48, lon=30.73)
ELSEWHERE = replace(strike(40), reports=tuple(replace(one, place=ODESA) for one in strike(40).reports))
YEAR = timedelta(days=365)
READS = ("SELECT", "UPDATE", "DELETE", "WITH")


@contextmanager
def read_through() -> Iterator[dict[str, str]]:
    """Yield the tables that are read from end to end meanwhile, each with a statement that does so."""
    found: dict[str, str] = {}

    def explain(connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked = parameters[0] if isinstance(parameters, list) else parameters
        raw: Any = connection.connection.dbapi_connection
        if statement.lstrip().startswith(READS):
            for *_, step in raw.execute(f"EXPLAIN QUERY PLAN {statement}", asked):
                words = step.split()
                if words[0] == "SCAN" and words[1] in GROWS and "ix_entry_waiting" not in words:
                    found.setdefault(words[1], statement)

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


@pytest.fixture
def world(sqlite_store: SqlStore) -> World:
    return World(sqlite_store)


def test_telling_joining_editing_and_withdrawing_read_through_nothing(world: World) -> None:
    world.subscribe()
    with read_through() as found:
        world.report("northern-wire", "Missile strike on Kharkiv kills 1", strike(1))
        world.report("harbour-post", "Kharkiv hit by missile, 6 dead", strike(6))
        world.report("harbour-post", "Kharkiv hit by missile, 7 dead", strike(7))
        world.report("northern-wire", "No strike on Kharkiv after all", strike(stance="retracts"))
    assert world.queued()
    assert not found


@pytest.mark.parametrize(
    "asked",
    [
        {"since": NOON - YEAR, "until": NOON},
        {"until": NOON},
        {"since": NOON - YEAR, "country": "UA"},
        {"since": NOON - YEAR, "kind": "talks", "before": (NOON, 4711)},
    ],
)
def test_events_of_any_time_are_listed_from_an_index_in_the_order_it_has(
    world: World, asked: Mapping[str, Any]
) -> None:
    with read_through() as found, world.store.read() as tx:
        tx.events.recent(limit=100, **asked)
    assert not found


def test_putting_an_event_right_reads_through_nothing(world: World) -> None:
    world.subscribe()
    event_id = world.report("northern-wire", "Missile strike on Kharkiv kills 1", strike(1)).placed[0].event_id or 0
    other = world.report("harbour-post", "Drones over Odesa", ELSEWHERE).placed[0].event_id or 0
    with read_through() as found, world.store.write() as tx:
        hand = Hand(tx=tx, by="ada", now=world.clock.now())
        correct(hand, event_id, "killed", [2, 2])
        merge(hand, event_id, other)
    assert not found
