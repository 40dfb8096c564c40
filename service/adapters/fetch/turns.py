"""Whose turn it is: one request in flight per host and a least time between starts, so many in all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_REMEMBERED = 10_000


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0
    users: int = 0


class Turns:
    """Hands out turns. Lives on one event loop; `gap_s` is in seconds, `concurrency` counts requests in flight.

    `held_back` counts those that wait for their host: they take nothing from the others.
    """

    def __init__(self, *, gap_s: float, concurrency: int) -> None:
        self._gap_s = gap_s
        self._slots = asyncio.Semaphore(concurrency)
        self._hosts: dict[str, _Host] = {}
        self.held_back = 0

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for this host's turn and hold it."""
        host = self._host(key)
        host.users += 1
        try:
            await self._wait_for(host)
            try:
                # Only now a slot: waiting for one crowded host must not keep slots from the others.
                async with self._slots:
                    host.free_at = asyncio.get_running_loop().time() + self._gap_s
                    yield
            finally:
                host.lock.release()
        finally:
            host.users -= 1

    async def _wait_for(self, host: _Host) -> None:
        self.held_back += 1
        try:
            await host.lock.acquire()
            try:
                await asyncio.sleep(host.free_at - asyncio.get_running_loop().time())
            except asyncio.CancelledError:
                host.lock.release()
                raise
        finally:
            self.held_back -= 1

    def _host(self, key: str) -> _Host:
        if len(self._hosts) > _REMEMBERED:
            now = asyncio.get_running_loop().time()
            self._hosts = {k: h for k, h in self._hosts.items() if h.users or h.free_at > now}
        return self._hosts.setdefault(key, _Host())
