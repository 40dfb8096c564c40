"""Waiting for one's turn at a channel that takes only so many at once."""

from asyncio import CancelledError, Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.core.errors import SendFailed


@asynccontextmanager
async def turn(gate: Semaphore) -> AsyncIterator[None]:
    """Hold the gate. Raises SendFailed, not tried, for who is stopped while waiting: nothing of theirs has left."""
    try:
        await gate.acquire()
    except CancelledError:
        raise SendFailed("not tried: no time was left in this batch", retry=True, tried=False) from None
    try:
        yield
    finally:
        gate.release()
