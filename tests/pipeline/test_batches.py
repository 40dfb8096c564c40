"""Entries that are worked through together: as if each were alone, only with fewer statements."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, event

from service.adapters.store import SqlStore
from service.core.event import Bond
from service.core.report import Judgement
from service.ports.store import Store
from service.ports.world import EventMessage, Rendered
from tests.pipeline.test_ingest import KHARKIV, World, strike
from tests.standins import PlainRenderer

ODESA = replace(KHARKIV, name="Odesa", lat=46.48, lon=30.73)
LATE = "Odesa struck"


class Choosy(PlainRenderer):
    """Has no template for what is about Odesa."""

    def event(self, message: EventMessage) -> Rendered:
        if message.event.place == ODESA:
            raise RuntimeError("no template for that")
        return super().event(message)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def on_odesa() -> Judgement:
    return replace(strike(4), reports=tuple(replace(one, place=ODESA) for one in strike(4).reports))


def test_one_of_a_batch_that_fails_undoes_itself_alone(world: World) -> None:
    world.subscribe()
    world.judge.says = {"Strike on Kharkiv": strike(1), LATE: on_odesa(), "Kharkiv hit by missile": strike(6)}
    for number, title in enumerate((*world.judge.says, "A fair opens")):
        world.put(f"outlet-{number}", title)
    done = replace(world.step, renderer=Choosy()).run(world.clock.now())
    assert [bool(result.error) for result in done] == [False, True, False, False]
    assert len({placed.event_id for result in done for placed in result.placed}) == 1
    queued = [message.outbox_id for result in done for message in result.messages]
    assert queued == [row.message.outbox_id for row in world.queued()] != []
    with world.store.read() as tx:
        (known,) = tx.events.recent(limit=9)
        assert (known.reports, tx.entries.waiting(), tx.entries.set_aside_counts()["failed"]) == (2, 0, 1)
        assert [step.change for step in tx.events.developments(known.event_id)] == ["new", "toll_changed"]


def test_what_another_worker_took_over_is_left_out_of_the_batch(world: World) -> None:
    world.judge.says = {"Strike on Kharkiv": strike(1), LATE: on_odesa()}
    for number, title in enumerate(world.judge.says):
        world.put(f"outlet-{number}", title)
    with world.store.write() as tx:
        mine, theirs = tx.entries.claim(world.clock.now(), limit=9, lease=world.step.lease)
        stale = replace(theirs, lease_token="of somebody else")
        done = tx.entries.finish([(mine, strike(1)), (stale, on_odesa())])
        assert list(done) == [mine.entry_id]
        assert tx.entries.waiting() == 1
        assert not tx.entries.fail(stale, "too late")


def test_what_is_irrelevant_costs_no_statement_of_its_own(sqlite_store: SqlStore) -> None:
    world = World(sqlite_store)
    costs = []
    for uid, many in enumerate((2, 40)):
        for number in range(many):
            world.put(f"outlet-{number}", f"A fair opens {number}", uid=f"{uid}")
        asked: list[str] = []
        event.listen(Engine, "before_cursor_execute", note := lambda *args, to=asked: to.append(args[2]))
        done = world.step.run(world.clock.forward(minutes=1))
        event.remove(Engine, "before_cursor_execute", note)
        assert len(done) == many
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_what_is_looked_up_for_a_batch_is_what_is_found_one_by_one(world: World) -> None:
    world.judge.says = {"Strike on Kharkiv": strike(1), LATE: on_odesa()}
    for number, title in enumerate((*world.judge.says, "A fair opens")):
        world.put(f"outlet-{number}", title)
    entries = [result.entry.entry_id for result in world.step.run(world.clock.now())]
    with world.store.write() as tx:
        tx.events.bind([Bond(kind="strike", left=entries[0], right=entries[2], together=True)], None)
        one_by_one = [(tx.events.report_of(one, "strike"), tx.events.ties(one, "strike")) for one in entries]
    with world.store.write() as tx:
        tx.events.expect(entries)
        assert one_by_one == [(tx.events.report_of(one, "strike"), tx.events.ties(one, "strike")) for one in entries]
        tx.events.bind([Bond(kind="strike", left=entries[1], right=entries[1], together=False)], None)
        assert tx.events.ties(entries[1], "strike").removed
