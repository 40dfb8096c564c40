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
    waiting: int = 0


class Turns:
    """Hands out turns. Lives on one event loop; `gap_s` is in seconds, `concurrency` counts requests in flight."""

    def __init__(self, *, gap_s: float, concurrency: int) -> None:
        self._gap_s = gap_s
        self._slots = asyncio.Semaphore(concurrency)
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for this host's turn and hold it."""
        clock = asyncio.get_running_loop().time
        host = self._host(key, clock())
        host.waiting += 1
        try:
            async with host.lock:
                await asyncio.sleep(max(0.0, host.free_at - clock()))
                # Only now a slot: waiting for one crowded host must not keep slots from the others.
                async with self._slots:
                    host.free_at = clock() + self._gap_s
                    yield
        finally:
            host.waiting -= 1

    def _host(self, key: str, now: float) -> _Host:
        if len(self._hosts) > _REMEMBERED:
            self._hosts = {k: h for k, h in self._hosts.items() if h.waiting or h.free_at > now}
        return self._hosts.setdefault(key, _Host())
