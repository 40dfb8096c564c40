"""The clock and the workers: work is found at once when woken, at the next tick when not, and survives what fails."""

import threading
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from service.adapters.engine.inline import InlineEngine
from service.bootstrap import SystemClock
from service.core.errors import StoreUnavailable
from service.ports.store import Step, Store
from service.scheduler import Scheduler

PATIENCE_S = 20.0


@contextmanager
def scheduler(
    store: Store, engine: InlineEngine, step: Step, run: Callable[[datetime], Sized], *, tick_s: float = 0.05
) -> Iterator[Scheduler]:
    made = Scheduler(store=store, clock=SystemClock(), engine=engine, steps={step: run}, tick_s=tick_s)
    made.start()
    try:
        yield made
    finally:
        assert made.stop()


def test_a_step_runs_until_it_is_dry(sqlite_store: Store) -> None:
    todo, dry = [3, 2, 1], threading.Event()

    def run(_now: datetime) -> list[int]:
        if not todo:
            dry.set()
            return []
        return [todo.pop()]

    with scheduler(sqlite_store, InlineEngine(), "ingest", run, tick_s=3600):
        assert dry.wait(PATIENCE_S)
    assert todo == []


def test_a_wake_up_does_not_wait_for_the_tick(sqlite_store: Store) -> None:
    engine, ran = InlineEngine(), threading.Semaphore(0)

    def run(_now: datetime) -> list[int]:
        ran.release()
        return []

    with scheduler(sqlite_store, engine, "ingest", run, tick_s=3600):
        assert ran.acquire(timeout=PATIENCE_S)
        with sqlite_store.write() as tx:
            engine.wake(tx, "ingest", [1])
        assert ran.acquire(timeout=PATIENCE_S)


def test_a_rolled_back_transaction_wakes_nobody(sqlite_store: Store) -> None:
    engine, rung = InlineEngine(), threading.Event()
    engine.hang("ingest", rung.set)

    def fail_halfway() -> None:
        with sqlite_store.write() as tx:
            engine.wake(tx, "ingest", [1])
            raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        fail_halfway()
    assert not rung.is_set()


def test_a_step_that_fails_is_tried_again_at_the_next_tick(sqlite_store: Store) -> None:
    faults = [ValueError("a bug"), StoreUnavailable("the database is locked")]
    fine = threading.Event()

    def run(_now: datetime) -> list[int]:
        if faults:
            raise faults.pop()
        fine.set()
        return []

    with scheduler(sqlite_store, InlineEngine(), "ingest", run):
        assert fine.wait(PATIENCE_S)


def test_the_clock_leaves_a_sign_of_life(sqlite_store: Store) -> None:
    twice = threading.Semaphore(0)

    def run(_now: datetime) -> list[int]:
        twice.release()
        return []

    before = datetime.now(UTC)
    with scheduler(sqlite_store, InlineEngine(), "ingest", run):
        for _ in range(3):
            assert twice.acquire(timeout=PATIENCE_S)
    with sqlite_store.read() as tx:
        assert (tx.heartbeats.all()["clock"] - before).total_seconds() > -1


def test_a_clock_that_is_set_back_does_not_stop_the_ticks(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library goes by the machine's clock; what it put off until tomorrow comes in seconds all the same."""
    ticks, behind = threading.Semaphore(0), [timedelta(0)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - behind[0]

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Clock)
    monkeypatch.setattr("service.scheduler.datetime", Clock)

    def run(_now: datetime) -> list[int]:
        return []

    made = Scheduler(
        store=sqlite_store,
        clock=SystemClock(),
        engine=InlineEngine(),
        steps={"ingest": run},
        tick_s=0.05,
        on_tick=ticks.release,
    )
    made.start()
    try:
        assert ticks.acquire(timeout=PATIENCE_S)
        behind[0] = timedelta(days=1)
        assert all(ticks.acquire(timeout=PATIENCE_S) for _ in range(5))
    finally:
        assert made.stop()


def test_a_tick_that_takes_long_is_not_taken_for_one_that_did_not_come(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    rung, enough = threading.Semaphore(0), threading.Event()

    def dawdle() -> None:
        rung.release()
        enough.wait(0.5)

    made = Scheduler(
        store=sqlite_store,
        clock=SystemClock(),
        engine=InlineEngine(),
        steps={"ingest": lambda _now: []},
        tick_s=0.05,
        on_tick=dawdle,
    )
    made.start()
    try:
        assert rung.acquire(timeout=PATIENCE_S)
        assert rung.acquire(timeout=PATIENCE_S)
    finally:
        enough.set()
        assert made.stop()
    assert "no tick came" not in caplog.text
