"""Messages on an event loop of its own, in a thread, their attempts handed over as they end, more taken on meanwhile.

A message must be over before the lease of its row is, two minutes by default, or another worker would send it again:
what is not done after 90 seconds is handed back to be tried again. A channel that raises what it should not costs its
own message one attempt, and nobody else anything.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from service.core.errors import SendFailed
from service.core.subscription import ChannelKind, Message
from service.ports.world import Attempt

log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """What the far side said to a message that it took: a status, and the beginning of the rest."""

    status: int
    response: str


Send = Callable[[Message], Awaitable[int | Answer | None]]
"""Sends and returns the status, where there is one. Raises SendFailed."""

Open = Callable[[], AbstractAsyncContextManager[Mapping[ChannelKind, Send]]]
More = Callable[[], Sequence[Message]]
BATCH_S = 90.0
STOP_S = 5.0
WAIT_S = 0.25
AT_A_STRETCH = 16
"""So many ended ones are handed over before `more` is asked again."""


class Batch:
    """Opens the channels and sends on them. `now` is the clock; `stage` is told when a message was taken. Used once."""

    def __init__(self, now: Callable[[], datetime], channels: Open, stage: Callable[[str], None] | None = None) -> None:
        self._now = now
        self._stage = stage
        self._channels = channels
        self._ended: SimpleQueue[Attempt | None] = SimpleQueue()
        self._given: asyncio.Queue[Message | None] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop
        self._task: asyncio.Task[None] | None = None
        self._fault = "stopped"
        self._begun: set[int] = set()

    def run(self, messages: Sequence[Message], more: More) -> Iterator[Attempt]:
        """Yield one attempt per message, whatever happens. To stop listening is to stop sending."""
        messages = messages or more()
        if not messages:
            return
        self._loop = asyncio.new_event_loop()
        missing: set[int] = set()
        thread = Thread(target=self._thread, name="channels", daemon=True)
        thread.start()
        self._give(messages, missing)
        try:
            while missing:
                attempts = self._next()
                if attempts is None:
                    break
                for attempt in attempts:
                    missing.discard(attempt.outbox_id)
                    yield attempt
                self._give(more(), missing)
        finally:
            self._close(stop=bool(missing))
            thread.join(STOP_S)
        for outbox_id in sorted(missing):
            words, tried = f"not sent: {self._fault}", outbox_id in self._begun
            yield Attempt(outbox_id=outbox_id, at=self._now(), ok=False, error=words, tried=tried)

    def _give(self, messages: Sequence[Message], missing: set[int]) -> None:
        missing.update(message.outbox_id for message in messages)
        for message in messages:
            self._call(self._given.put_nowait, message)

    def _next(self) -> list[Attempt] | None:
        """Return what has ended, after a short wait if nothing has; None where the sending itself is over."""
        ended: list[Attempt] = []
        wait_s = WAIT_S
        while len(ended) < AT_A_STRETCH:
            try:
                attempt = self._ended.get(timeout=wait_s) if wait_s else self._ended.get_nowait()
            except Empty:
                break
            if attempt is None:
                return ended or None
            ended.append(attempt)
            wait_s = 0.0
        return ended

    async def _attempt(self, message: Message, send: Send) -> None:
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
            async with asyncio.timeout(BATCH_S):
                said = await send(message)
        except SendFailed as error:
            failure = error
        except TimeoutError:
            failure = SendFailed("cut off: no time was left in this batch", retry=True)
        except Exception as error:
            log.exception("channel %s failed on %s", message.channel.kind, message.message_id)
            failure = SendFailed(f"{type(error).__name__}: {error}", retry=True)
        else:
            if self._stage is not None:
                self._stage("after_answer")
            return Attempt(
                outbox_id=message.outbox_id,
                at=self._now(),
                ok=True,
                status=said.status if isinstance(said, Answer) else said,
                elapsed_ms=_ms_since(started),
                response=said.response if isinstance(said, Answer) else "",
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
            response=failure.response,
            tried=failure.tried,
            elapsed_ms=_ms_since(started),
        )

    def _thread(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._main())
        except asyncio.CancelledError:
            pass
        except Exception as error:
            log.exception("sending failed")
            self._fault = f"{type(error).__name__}: {error}"
        finally:
            self._ended.put(None)

    async def _main(self) -> None:
        self._task = asyncio.current_task()
        async with self._channels() as channels, asyncio.TaskGroup() as group:
            while (message := await self._given.get()) is not None:
                group.create_task(self._attempt(message, channels[message.channel.kind]))

    def _close(self, *, stop: bool) -> None:
        """Let the loop end: once all is sent, or at once."""
        self._call(self._task.cancel if stop and self._task else partial(self._given.put_nowait, None))

    def _call(self, call: Callable[..., object], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *args)
        except RuntimeError:
            log.debug("the sending ended by itself")


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
