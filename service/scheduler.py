"""The clock and the workers: APScheduler ticks, a tick rings every step's bell, a worker runs its step until it is dry.

APScheduler holds nothing: no job per feed, no cron trigger, no job store. What is due is a row, so a missed tick costs
seconds. A worker that fails says so and waits for the next ring; it never ends by itself.

APScheduler goes by the machine's clock: where that is set back, the next tick would come when it is there again. A
worker that was not rung for long therefore has the next tick come at once.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sized
from datetime import UTC, datetime

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from service.adapters.engine.inline import InlineEngine
from service.core.errors import StoreUnavailable
from service.ports.store import Step, Store
from service.ports.world import Clock

log = logging.getLogger(__name__)

THREADS: Mapping[Step, int] = {
    "poll": 3,
    "ingest": 1,
    "repair": 1,
    "articles": 1,
    "websub": 1,
    "deliver": 2,
    "digest": 1,
}
"""More than one where a slow server may hold up a batch: rows are leased, so workers never take the same one."""


TICK = "tick"
LATE = 3
"""So many ticks may fail to come before somebody asks why."""


class Scheduler:
    """Runs steps until stopped. `steps` map a name to a call that does one batch and returns what it did.

    `beats` is the name under which the clock says that it ticks: /readyz asks for the one of the whole service.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        engine: InlineEngine,
        steps: Mapping[Step, Callable[[datetime], Sized]],
        tick_s: float,
        on_tick: Callable[[], None] = lambda: None,
        beats: str = "clock",
    ) -> None:
        self._beats = beats
        self._store = store
        self._clock = clock
        self._on_tick = on_tick
        self._stop = threading.Event()
        self._tick_s = tick_s
        self._ticked_s = time.monotonic()
        self._ticking = False
        self._workers = [
            _Worker(f"{step}-{n}", run, clock, self._stop, late_s=LATE * tick_s, late=self._tick_now)
            for step, run in steps.items()
            for n in range(THREADS[step])
        ]
        for step in steps:
            engine.hang(step, self._bell(step))
        self._ticker = BackgroundScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._ticker.add_job(self._tick, "interval", seconds=tick_s, id=TICK, next_run_time=datetime.now(UTC))

    def start(self) -> None:
        """Start workers and clock. The first tick comes at once."""
        for worker in self._workers:
            worker.start()
        self._ticker.start()

    def stop(self, *, deadline_s: float = 10.0) -> bool:
        """Stop ticking, let each worker finish its batch, wait at most this long. False if one is still busy then."""
        self._ticker.shutdown(wait=True)
        self._stop.set()
        for worker in self._workers:
            worker.ring()
        until = time.monotonic() + deadline_s
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))
        return not any(worker.is_alive() for worker in self._workers)

    def _bell(self, step: Step) -> Callable[[], None]:
        mine = [worker for worker in self._workers if worker.name.startswith(f"{step}-")]

        def ring() -> None:
            for worker in mine:
                worker.ring()

        return ring

    def _tick_now(self) -> None:
        """Have the next tick come at once, unless one came meanwhile or is at work."""
        on_time = time.monotonic() - self._ticked_s < LATE * self._tick_s
        if on_time or self._ticking or self._stop.is_set():
            return
        self._ticked_s = time.monotonic()
        log.warning("no tick came for %g s: was the clock set back? Ticking on", LATE * self._tick_s)
        try:
            self._ticker.modify_job(TICK, next_run_time=datetime.now(UTC))
        except JobLookupError:
            return  # the scheduler was stopped this very moment

    def _tick(self) -> None:
        self._ticking = True
        try:
            self._look_around()
        finally:
            self._ticked_s, self._ticking = time.monotonic(), False

    def _look_around(self) -> None:
        for worker in self._workers:
            worker.ring()
        try:
            with self._store.write() as tx:
                tx.heartbeats.beat(self._beats, self._clock.now())
            self._on_tick()
        except StoreUnavailable as error:
            log.error("%s %s; trying again at the next tick", error.code, error)  # noqa: TRY400
        except Exception:
            log.exception("the tick failed; trying again at the next")


class _Worker(threading.Thread):
    """One thread that runs one step whenever its bell rings."""

    def __init__(
        self,
        name: str,
        run: Callable[[datetime], Sized],
        clock: Clock,
        stop: threading.Event,
        *,
        late_s: float,
        late: Callable[[], None],
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._late_s = late_s
        self._late = late
        self._run_step = run
        self._clock = clock
        self._stopping = stop
        self._bell = threading.Event()

    def ring(self) -> None:
        self._bell.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            if self._bell.wait(self._late_s):
                self._bell.clear()
                self._drain()
            else:
                self._late()

    def _drain(self) -> None:
        try:
            while not self._stopping.is_set() and len(self._run_step(self._clock.now())):
                pass
        except StoreUnavailable as error:
            log.error("%s: %s %s; trying again at the next tick", self.name, error.code, error)  # noqa: TRY400
        except Exception:
            log.exception("%s failed; trying again at the next tick", self.name)
