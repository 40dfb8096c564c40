"""Waiting for one's turn: who is stopped before it came has not tried."""

import asyncio

import pytest

from service.adapters.channels.turn import turn
from service.core.errors import SendFailed


def test_stopped_while_waiting_nothing_was_tried_and_the_gate_stays_whole() -> None:
    async def story() -> SendFailed:
        gate = asyncio.Semaphore(1)
        async with turn(gate):
            with pytest.raises(SendFailed) as stopped:
                async with asyncio.timeout(0.01), turn(gate):
                    raise AssertionError("the gate was taken")
        assert not gate.locked()
        return stopped.value

    failure = asyncio.run(story())
    assert (failure.tried, failure.retry) == (False, True)


def test_stopped_while_sending_it_may_have_arrived() -> None:
    async def story() -> None:
        async with asyncio.timeout(0.01), turn(asyncio.Semaphore(1)):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        asyncio.run(story())
