"""Processes that claim and finish feeds on one database at once, and what they did.

Each polls whatever is due until every feed has been polled so often, and prints a line for each poll. The number of a
feed's poll is kept in its row (`moved_seen` serves), so that two who poll the same feed at the same occasion print the
same number.
"""

# ruff: noqa: T201 - what it prints is what it is for
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from service.adapters.store import SqlStore, open_store
from service.core.feed import Feed, PollRecord
from tests.adapters.store.making import feed
from tests.forks import Program

LEASE = timedelta(minutes=5)
LONG = timedelta(days=1)
PACE = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Poll:
    """The feed's nth poll by this process, and when it had the host for it, in seconds of a clock all share."""

    host: str
    start: float
    end: float
    feed_id: int
    number: int
    process: int


def add(store: SqlStore, *, hosts: int, feeds_each: int) -> None:
    """Add feeds that are due."""
    with store.write() as tx:
        for number in range(hosts * feeds_each):
            tx.feeds.add(feed(url=f"https://{number}.host{number % hosts}.example/", due_at=datetime.now(UTC)))


def race(url: str, *, processes: int, polls_each: int, meanwhile: Callable[[], object] = lambda: None) -> list[Poll]:
    """Let so many processes poll each feed so often, doing something else over and over until they are done."""
    started = [Program(work, url, polls_each) for _ in range(processes)]
    said: dict[int, list[str]] = {}

    def listen(number: int) -> None:
        said[number] = started[number].lines()

    listeners = [threading.Thread(target=listen, args=(number,)) for number in range(processes)]
    for listener in listeners:
        listener.start()
    while any(listener.is_alive() for listener in listeners):
        meanwhile()
        listeners[0].join(timeout=0.01)
    assert [program.wait() for program in started] == [0] * processes, said
    return [_read(line, number) for number, lines in said.items() for line in lines]


def doubles(polls: list[Poll]) -> list[object]:
    """Return polls that two made of one, and pairs that were on one host at once."""
    seen: dict[tuple[int, int], Poll] = {}
    again = [poll for poll in polls if seen.setdefault((poll.feed_id, poll.number), poll) is not poll]
    neighbours = [pair for pair in pairwise(sorted(polls)) if pair[0].host == pair[1].host]
    return [*again, *((one, other) for one, other in neighbours if other.start < one.end)]


def _read(line: str, process: int) -> Poll:
    host, start, end, feed_id, number = line.split()
    return Poll(
        host=host, start=float(start), end=float(end), feed_id=int(feed_id), number=int(number), process=process
    )


def work(url: str, polls_each: int) -> None:
    """Be one of the processes."""
    with open_store(url) as store:
        _poll_all(store, polls_each)


def _poll_all(store: SqlStore, polls_each: int) -> None:
    while True:
        with store.write() as tx:
            claimed = tx.feeds.claim_due(datetime.now(UTC), limit=20, lease=LEASE, per_host=2)
        for mine in claimed:
            _poll(store, mine, polls_each)
        if not claimed and _is_over(store, polls_each):
            return


def _poll(store: SqlStore, mine: Feed, polls_each: int) -> None:
    """A poll that takes no time. Until it is finished the host is ours, so what is printed ends before that."""
    start, now = time.monotonic(), datetime.now(UTC)
    number = mine.moved_seen + 1
    due_at, soonest_at = (now + PACE, now) if number < polls_each else (now + LONG, now + LONG)
    after = replace(mine, moved_seen=number, due_at=due_at, soonest_at=soonest_at)
    record = PollRecord(at=now, outcome="unchanged", status=304)
    host = mine.url.split(".", 1)[1].strip("/")
    print(host, start, time.monotonic(), mine.feed_id, number)
    with store.write() as tx:
        assert tx.feeds.finish(after, record, free_at=now)


def _is_over(store: SqlStore, polls_each: int) -> bool:
    with store.read() as tx:
        return all(known.moved_seen >= polls_each for known in tx.feeds.all())


def tally(polls: list[Poll]) -> Iterator[int]:
    """Yield how many polls each process made."""
    for number in sorted({poll.process for poll in polls}):
        yield sum(poll.process == number for poll in polls)
