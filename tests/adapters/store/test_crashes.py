"""Killed at any instant, and started again: what was committed is there whole, what was not is not there at all."""

import random
import sqlite3
import threading
from collections import Counter
from contextlib import closing

from service.adapters.store import SqlStore, open_store
from tests.adapters.store import crasher
from tests.adapters.store.making import a_feed, parsed, put, queue, subscribe
from tests.forks import Program

KILLS = 4
FIXED = random.Random(5)  # noqa: S311 - only where in its work a program is killed


def killed(url: str, work: str, *, after_lines: int, after_s: float) -> list[str]:
    """Run the crasher, kill it some time after its n-th line, and return all it said."""
    with Program(crasher.work, url, work) as program:
        said = [line for _ in range(after_lines) if (line := program.stdout.readline().decode().strip())]
        timer = threading.Timer(after_s, program.kill)
        timer.start()
        said += program.lines()
        timer.join()
    return said


def test_what_was_committed_survives_and_what_was_not_leaves_no_half(store: SqlStore, store_url: str) -> None:
    committed: list[int] = []
    for _ in range(KILLS):
        lines = killed(store_url, "grow", after_lines=FIXED.randrange(1, 20), after_s=FIXED.random() / 100)
        committed += map(int, lines)
    with store.read() as tx:
        events = {known.event_id for known in tx.events.recent(limit=100_000)}
        assert set(committed) <= events
        assert len(events) - len(committed) <= KILLS, "at most one commit per kill was not told any more"
        assert all(len(tx.events.developments(event_id)) == 1 for event_id in events)
    with store.write() as tx:
        a_feed(tx)
    if store_url.startswith("sqlite"):
        with closing(sqlite3.connect(store_url.removeprefix("sqlite:///"))) as shell:
            assert shell.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_work_that_was_cut_off_is_done_by_the_next_and_nothing_is_lost(store: SqlStore, store_url: str) -> None:
    keys = [str(n) for n in range(120)]
    with store.write() as tx:
        put(tx, a_feed(tx), *(parsed(key) for key in keys))
        subscription = subscribe(tx)
        for key in keys:
            queue(tx, subscription, key)
    said: Counter[str] = Counter()
    for _ in range(KILLS):
        said.update(killed(store_url, "drain", after_lines=FIXED.randrange(8, 30), after_s=FIXED.random() / 100))
        store.release_leases()
    with Program(crasher.work, store_url, "drain") as last:
        last.lines()
        assert last.wait() == 0
    with store.read() as tx:
        assert (tx.entries.waiting(), tx.entries.set_aside_counts()) == (0, {"no_cue": 120})
        deliveries = tx.outbox.list(limit=1000)
        assert {(delivery.state, len(delivery.attempts)) for delivery in deliveries} == {("sent", 1)}
    repeats = sum(count - 1 for key, count in said.items() if key.startswith("sent"))
    assert repeats <= KILLS * 5, "at most what was in flight is sent twice"
    assert all(count == 1 for key, count in said.items() if key.startswith("done"))


def test_processes_at_work_side_by_side_never_do_the_same(store: SqlStore, store_url: str) -> None:
    with store.write() as tx:
        put(tx, a_feed(tx), *(parsed(str(n)) for n in range(100)))
        subscription = subscribe(tx)
        for n in range(100):
            queue(tx, subscription, str(n))
    # A lease of a millisecond would run out at work, but the store's clock stands still at NOW, so it does not.
    programs = [Program(crasher.work, store_url, "drain") for _ in range(3)]
    said = Counter(line for program in programs for line in program.lines())
    assert [program.wait() for program in programs] == [0, 0, 0]
    assert set(said.values()) == {1}
    assert len(said) == 200


def test_a_store_opened_after_a_crash_is_the_one_everybody_sees(sqlite_url: str) -> None:
    lines = killed(sqlite_url, "grow", after_lines=5, after_s=0)
    with open_store(sqlite_url) as one, open_store(sqlite_url) as two, one.read() as tx, two.read() as other:
        assert tx.events.recent(limit=99) == other.events.recent(limit=99)
        assert len(tx.events.recent(limit=99)) >= len(lines)
