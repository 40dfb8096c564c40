"""One batch of messages on an event loop of its own, in a thread, its attempts handed over as they end.

A batch must be over before the leases of its rows are, two minutes by default, or another worker would send the same
messages again: what is not done after 90 seconds is handed back to be tried again. A channel that raises what it
should not costs its own message one attempt, and nobody else anything.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from datetime import datetime
from queue import SimpleQueue
from threading import Thread
from typing import Any

from service.core.errors import SendFailed
from service.core.subscription import Message
from service.ports.world import Attempt

log = logging.getLogger(__name__)

Send = Callable[[Message], Awaitable[int | None]]
Work = Callable[[], Coroutine[Any, Any, None]]
BATCH_S = 90.0
STOP_S = 5.0


class Batch:
    """Runs `work`, which is to call `attempt` for each message. `now` is the clock. Used once."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._deadline = time.monotonic() + BATCH_S
        self._ended: SimpleQueue[Attempt | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._fault = "stopped"
        self._begun: set[int] = set()

    def run(self, messages: Sequence[Message], work: Work) -> Iterator[Attempt]:
        """Yield one attempt per message, whatever happens. To stop listening is to stop sending."""
        missing = {message.outbox_id for message in messages}
        thread = Thread(target=self._thread, args=(work,), name="channels", daemon=True)
        thread.start()
        try:
            while missing and (attempt := self._ended.get()):
                missing.discard(attempt.outbox_id)
                yield attempt
        finally:
            if missing:
                self._cancel()
            thread.join(STOP_S)
        for outbox_id in sorted(missing):
            words, tried = f"not sent: {self._fault}", outbox_id in self._begun
            yield Attempt(outbox_id=outbox_id, at=self._now(), ok=False, error=words, tried=tried)

    async def attempt(self, message: Message, send: Send) -> None:
        """Send one message and hand over how it went."""
        started = time.monotonic()
        self._begun.add(message.outbox_id)
        attempt = await self._tried(message, send, started)
        if attempt.error:
            log.debug("%s to %s: %s", message.message_id, message.channel.kind, attempt.error)
        self._ended.put(attempt)

    async def _tried(self, message: Message, send: Send, started: float) -> Attempt:
        failure: SendFailed
        try:
            async with asyncio.timeout(self._deadline - started):
                status = await send(message)
        except SendFailed as error:
            failure = error
        except TimeoutError:
            failure = SendFailed("cut off: no time was left in this batch", retry=True)
        except Exception as error:
            log.exception("channel %s failed on %s", message.channel.kind, message.message_id)
            failure = SendFailed(f"{type(error).__name__}: {error}", retry=True)
        else:
            return Attempt(
                outbox_id=message.outbox_id, at=self._now(), ok=True, status=status, elapsed_ms=_ms_since(started)
            )
        return Attempt(
            outbox_id=message.outbox_id,
            at=self._now(),
            ok=False,
            status=failure.status,
            error=failure.message,
            retry=failure.retry,
            retry_after_s=failure.retry_after_s,
            gone=failure.gone,
            tried=failure.tried,
            elapsed_ms=_ms_since(started),
        )

    def _thread(self, work: Work) -> None:
        try:
            asyncio.run(self._main(work))
        except asyncio.CancelledError:
            pass
        except Exception as error:
            log.exception("sending a batch failed")
            self._fault = f"{type(error).__name__}: {error}"
        finally:
            self._ended.put(None)

    async def _main(self, work: Work) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(work())
        await self._task

    def _cancel(self) -> None:
        if self._loop and self._task:
            try:
                self._loop.call_soon_threadsafe(self._task.cancel)
            except RuntimeError:
                log.debug("the batch ended by itself")


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
