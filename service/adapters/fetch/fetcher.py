"""Polite conditional GETs, many at once, on an event loop in a thread of its own.

Many threads may ask at once and share the slots. Each drives one round: as slots come free it is asked, on its own
thread, for more to do, so that one slow server holds up one slot and never a batch.
"""

import asyncio
import queue
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Self

from service.adapters.fetch.hops import Hops
from service.adapters.fetch.turns import Turns
from service.adapters.http import HttpClient, Resolve, lookup
from service.core.feed import FetchRequest, FetchResult
from service.ports.world import nothing_more

MAX_BYTES = 10_000_000
_HANDFUL = 4
"""Which part of the slots is free before more is asked for: asking costs a transaction, so not for every single one."""

_QUEUED = 4
"""How many times the slots may be under way, waiting for crowded hosts included: what is asked for is leased."""

_PATIENCE_S = 1.0
"""How long a round waits for a result before it looks again for slots that came free, and for what became due."""


class HttpFetcher:
    """The port `Fetcher`. Close it when done, or use it as a context manager.

    `host_gap_s` is the least time between two starts on one host, `deadline_s` the most one fetch may take on the wire,
    `max_bytes` the most a document may measure inflated, `allow_nets` the CIDRs let through the address guard,
    `concurrency` the most requests in flight, of all threads together.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_nets: Sequence[str] = (),
        host_gap_s: float = 2.0,
        concurrency: int = 64,
        max_bytes: int = MAX_BYTES,
        deadline_s: float = 30.0,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve = lookup,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = HttpClient(
            allow_nets=allow_nets,
            user_agent=user_agent,
            max_connections=concurrency,
            ssl_context=ssl_context,
            resolve=resolve,
        )
        self._turns = Turns(gap_s=host_gap_s, concurrency=concurrency)
        self._hops = Hops(client=self._client, turns=self._turns, max_bytes=max_bytes, deadline_s=deadline_s, now=now)
        self._concurrency = concurrency
        self._under_way = 0
        self._lock = threading.Lock()
        self._closing = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fetch", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def fetch(
        self,
        requests: Iterable[FetchRequest],
        *,
        more: Callable[[int], Sequence[FetchRequest]] = nothing_more,
    ) -> Iterator[FetchResult]:
        """Yield one result per request, as they come in; the rest never comes if the fetcher is closed meanwhile.

        `more` is asked when a quarter of the slots is free, see the port. A result without an answer carries the
        validators that were sent, so that writing them back loses nothing.
        """
        mine = _Round(self._hops)
        try:
            self._begin(mine, list(requests))
            while not self._closing:
                self._refill(mine, more)
                if not mine.open:
                    return
                result = mine.next(_PATIENCE_S)
                if result is not None:
                    self._count(-1)
                    yield result
        finally:
            self._count(-mine.open)
            self._on_loop(mine.cancel)

    def close(self) -> None:
        """Stop what is under way, then the loop and its thread. Safe to call twice."""
        if self._loop.is_closed():
            return
        self._closing = True
        asyncio.run_coroutine_threadsafe(self._wind_down(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _refill(self, mine: "_Round", more: Callable[[int], Sequence[FetchRequest]]) -> None:
        """Ask for as much as there is room for. What is promised to one round is not promised to another meanwhile."""
        room = self._reserve()
        if not room:
            return
        try:
            wanted = more(room)
        finally:
            self._count(-room)
        self._begin(mine, wanted)

    def _reserve(self) -> int:
        with self._lock:
            busy = self._under_way - self._turns.held_back
            room = min(self._concurrency - busy, _QUEUED * self._concurrency - self._under_way)
            room = room if room >= max(1, self._concurrency // _HANDFUL) else 0
            self._under_way += room
            return room

    def _begin(self, mine: "_Round", requests: Sequence[FetchRequest]) -> None:
        if requests:
            self._count(len(requests))
            mine.open += len(requests)
            self._on_loop(mine.start, requests)

    def _count(self, change: int) -> None:
        with self._lock:
            self._under_way += change

    def _on_loop(self, call: Callable[..., None], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *args)
        except RuntimeError:
            self._closing = True  # closed between two looks: there is no loop to call on any more

    async def _wind_down(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()


class _Round:
    """One call of fetch. `open` counts what the caller has not been given yet. `start` and `cancel` are the loop's."""

    def __init__(self, hops: Hops) -> None:
        self.open = 0
        self._hops = hops
        self._results: queue.SimpleQueue[FetchResult | None] = queue.SimpleQueue()
        self._tasks: set[asyncio.Task[FetchResult]] = set()

    def next(self, patience_s: float) -> FetchResult | None:
        """Return the next result, None if none came in time."""
        try:
            result = self._results.get(timeout=patience_s)
        except queue.Empty:
            return None
        if result is not None:
            self.open -= 1
        return result

    def start(self, requests: Sequence[FetchRequest]) -> None:
        for request in requests:
            task = asyncio.get_running_loop().create_task(self._hops.follow(request))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _done(self, task: asyncio.Task[FetchResult]) -> None:
        self._tasks.discard(task)
        self._results.put(None if task.cancelled() else task.result())
