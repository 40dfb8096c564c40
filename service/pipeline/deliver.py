"""The outbox out: claim → send → record the attempt → sent, due again, or given up. Done is written after sending."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.retry import Retry, Tried, next_try
from service.core.subscription import Message
from service.ports.store import Store
from service.ports.world import Attempt, Clock, Sender

log = logging.getLogger(__name__)
UNTRIED_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """The step. The lease outlasts the channels' deadline; the batch is small enough to be sent well within it."""

    store: Store
    sender: Sender
    clock: Clock
    jitter: Callable[[], float]
    batch: int = 50
    lease: timedelta = timedelta(minutes=2)

    def run(self, now: datetime) -> list[Attempt]:
        """Send one batch of what is due; empty when nothing is."""
        with self.store.write() as tx:
            messages = tx.outbox.claim(now, limit=self.batch, lease=self.lease)
        by_id = {message.outbox_id: message for message in messages}
        return [self._record(by_id[attempt.outbox_id], attempt) for attempt in self.sender.send(messages)]

    def _record(self, message: Message, attempt: Attempt) -> Attempt:
        retry = self._next(message, attempt)
        with self.store.write() as tx:
            held = tx.outbox.record(message, attempt, retry_at=retry.at)
            if held and attempt.gone:
                tx.subscriptions.disable_channel(message.channel.channel_id, attempt.error)
        what = f"{message.kind} {message.message_id} by {message.channel.kind}"
        if not held:
            log.warning("%s: the lease was lost, so how it went is not noted: %s", what, attempt.error or "sent")
        elif not attempt.ok:
            log.log(logging.WARNING if attempt.tried else logging.INFO, "%s: %s; %s", what, attempt.error, retry.reason)
        return attempt

    def _next(self, message: Message, attempt: Attempt) -> Retry:
        now = self.clock.now()
        if not attempt.tried:
            wait_s = attempt.retry_after_s or UNTRIED_S
            return Retry(at=now + timedelta(seconds=wait_s), reason=f"its turn comes in {wait_s:.0f} s")
        tried = Tried(
            ok=attempt.ok,
            retry=attempt.retry,
            gone=attempt.gone,
            answered=attempt.status is not None,
            retry_after_s=attempt.retry_after_s,
        )
        kind, digest, tries = message.channel.kind, message.kind == "digest", message.attempts + 1
        return next_try(kind, tries, tried, digest=digest, now=now, jitter=self.jitter())
