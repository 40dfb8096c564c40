"""The outbox out: claim → send → record the attempt → sent, due again, or given up. Done is written after sending."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.retry import Tried, next_try
from service.core.subscription import Message
from service.ports.store import Store
from service.ports.world import Attempt, Clock, Sender

log = logging.getLogger(__name__)


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
        tried = Tried(ok=attempt.ok, retry=attempt.retry, gone=attempt.gone, retry_after_s=attempt.retry_after_s)
        number = message.attempts + 1
        retry = next_try(message.channel.kind, number, tried, now=self.clock.now(), jitter=self.jitter())
        with self.store.write() as tx:
            tx.outbox.record(message, attempt, retry_at=retry.at)
            if attempt.gone:
                tx.subscriptions.disable_channel(message.channel.channel_id, attempt.error)
        if not attempt.ok:
            log.warning(
                "%s %s by %s: %s; %s",
                message.kind,
                message.message_id,
                message.channel.kind,
                attempt.error,
                retry.reason,
            )
        return attempt
