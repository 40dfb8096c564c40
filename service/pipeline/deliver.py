"""The outbox out: claim → send → record the attempt → sent, due again, or given up. Done is written after sending.

One run goes on for as long as something is due: whenever a few messages have ended, how they ended is written down and
as many more are claimed, in one transaction. So a lease is taken when sending starts, a machine that hangs holds up
only its own four, and mail that waits for its server leaves the webhooks their room.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.core.bounce import one_sided
from service.core.quiet import quiet_until
from service.core.retry import LONGEST_WISH, LOOK_BACK, Bout, Health, Retry, Tried, health, next_try
from service.core.subscription import Channel, ChannelKind, Message
from service.ports.outbox import Ended
from service.ports.store import Store, Transaction
from service.ports.world import Attempt, Clock, Sender

log = logging.getLogger(__name__)
UNTRIED_S = 30.0
TOO_MANY = 429
AT_ONCE = 64
"""So many ended messages are written down at the latest, whether there is time to claim more or not."""
A_MOMENT = timedelta(seconds=0.2)
LOOK_AHEAD = timedelta(minutes=3)
LONGEST_RUN = timedelta(seconds=20)
"""Then a run finishes what it has and ends, so that whoever called it can stop."""


@dataclass(slots=True)
class Going:
    """Whether messages may be claimed at all, and when somebody last looked whether the clock was set back."""

    paused: bool = False
    looked: datetime | None = None


def _nothing(_tx: Transaction, _channel: Channel, _reason: str, _now: datetime) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """The step. The lease outlasts the channels' deadline. `batch` is how many of each kind are under way at once.

    No endpoint has a message wait longer than the `longest_wish` because it asks so.

    `closed` is called, in the transaction that disables a channel, to tell whoever answers for it. `failpoint` is
    called by name at the moments at which a crash is worst; tests end the process there.
    """

    store: Store
    sender: Sender
    clock: Clock
    jitter: Callable[[], float]
    batch: int = 50
    lease: timedelta = timedelta(minutes=2)
    longest_wish: timedelta = LONGEST_WISH
    closed: Callable[[Transaction, Channel, str, datetime], None] = _nothing
    failpoint: Callable[[str], None] = lambda _name: None
    going: Going = field(default_factory=Going)

    def run(self, now: datetime) -> list[Attempt]:
        """Send what is due, until nothing is or 20 s are over; empty when nothing was."""
        self._look_ahead(now)
        return _Run(self, now).go()

    def _look_ahead(self, now: datetime) -> None:
        """Look for times that no schedule gives: every few minutes, and at once where it is earlier than before."""
        looked, self.going.looked = self.going.looked, now
        if looked is not None and looked <= now < looked + LOOK_AHEAD:
            self.going.looked = looked
            return
        with self.store.write() as tx:
            found = tx.outbox.bring_back(now, lease=self.lease)
        if found:
            log.warning("%d times lay too far ahead: the clock was set back. They count as come", found)

    def pause(self) -> None:
        """Claim nothing until `resume`. What is under way is finished, then `run` ends."""
        self.going.paused = True

    def resume(self) -> None:
        """Claim again what is due."""
        self.going.paused = False


class _Run:
    """One run: what it has under way, and what has ended and is not written down yet."""

    def __init__(self, step: Deliver, now: datetime) -> None:
        self._step = step
        self._began = self._now = now
        self._under_way: dict[int, Message] = {}
        self._ended: list[Attempt] = []
        self._dry_until: dict[ChannelKind, datetime] = {}
        self._mails_taken = 0

    def go(self) -> list[Attempt]:
        done: list[Attempt] = []
        try:
            for attempt in self._step.sender.send((), more=self._more):
                done.append(attempt)
                self._ended.append(attempt)
                if len(self._ended) >= AT_ONCE:
                    self._write()
        finally:
            self._write()
        return done

    def _more(self) -> Sequence[Message]:
        self._now = max(self._began, self._step.clock.now())
        over = self._now - self._began >= LONGEST_RUN or self._step.going.paused
        room = {} if over else self._room()
        if not room and not self._ended:
            return ()
        with self._step.store.write() as tx:
            self._record(tx)
            claimed = [message for kind, limit in room.items() for message in self._claim(tx, kind, limit)]
            self._step.failpoint("before_claim_commit")
        self._step.failpoint("after_claim")
        # A lease that ran out under way is ours again (it was short, or a clock was set); it is being sent already.
        fresh = [message for message in claimed if message.outbox_id not in self._under_way]
        self._under_way |= {message.outbox_id: message for message in claimed}
        return fresh

    def _room(self) -> Mapping[ChannelKind, int]:
        """Return how many more of each kind may be claimed; mail may have half as many under way as webhooks.

        Looking costs more than sending one: nobody looks for a few, nor where there was nothing a moment ago.
        """
        busy = Counter(message.channel.kind for message in self._under_way.values())
        ended = Counter(self._under_way[attempt.outbox_id].channel.kind for attempt in self._ended)
        lanes: Mapping[ChannelKind, int] = {"webhook": self._step.batch, "email": max(self._step.batch // 2, 1)}
        room = {kind: lane - busy[kind] + ended[kind] for kind, lane in lanes.items()}
        wet = (kind for kind in room if self._dry_until.get(kind, self._now) <= self._now)
        return {kind: room[kind] for kind in wet if room[kind] > lanes[kind] // 4}

    def _claim(self, tx: Transaction, kind: ChannelKind, limit: int) -> Sequence[Message]:
        found = tx.outbox.claim(self._now, limit=limit, lease=self._step.lease, kind=kind)
        if not found:
            self._dry_until[kind] = self._now + A_MOMENT
        hushed = {message.outbox_id: until for message in found if (until := self._hushed(message)) is not None}
        for message in found:
            if message.outbox_id in hushed:
                tx.outbox.defer(message.outbox_id, message.lease_token, hushed[message.outbox_id])
        return [message for message in found if message.outbox_id not in hushed]

    def _hushed(self, message: Message) -> datetime | None:
        """Return until when its reader's quiet hours keep it: they may have begun since it was queued."""
        if message.loud or not message.kind.startswith("event."):
            return None
        return quiet_until(message.quiet, message.tz, self._now)

    def _write(self) -> None:
        if self._ended:
            self._now = max(self._began, self._step.clock.now())
            with self._step.store.write() as tx:
                self._record(tx)

    def _record(self, tx: Transaction) -> None:
        """Write down how messages ended, and how that leaves their channels."""
        if not self._ended:
            return
        self._step.failpoint("before_commit")
        told = self._believed([(self._under_way[attempt.outbox_id], attempt) for attempt in self._ended])
        retries = {message.outbox_id: self._next(message, attempt) for message, attempt in told}
        ended = [
            Ended(message=message, attempt=attempt, retry_at=retries[message.outbox_id].at) for message, attempt in told
        ]
        held = tx.outbox.record_all(ended)
        self._look_after(tx, [item for item in ended if item.message.outbox_id in held])
        for item in ended:
            _say(item, retries[item.message.outbox_id], held)
            del self._under_way[item.message.outbox_id]
        self._ended.clear()
        tx.after_commit(lambda: self._step.failpoint("after_commit"))

    def _believed(self, told: Sequence[tuple[Message, Attempt]]) -> Sequence[tuple[Message, Attempt]]:
        """Doubt a mail server that knows none of our readers: that is its own fault, and none of theirs."""
        mails = [attempt for message, attempt in told if message.channel.kind == "email"]
        self._mails_taken += sum(attempt.ok for attempt in mails)
        refused = sum(attempt.gone for attempt in mails)
        if not one_sided(refused, self._mails_taken):
            return told
        log.error("the mail server says of %d readers that they do not exist, and took mail for none", refused)
        return [
            (message, replace(attempt, gone=False, retry=True) if message.channel.kind == "email" else attempt)
            for message, attempt in told
        ]

    def _next(self, message: Message, attempt: Attempt) -> Retry:
        if not attempt.tried:
            wait_s = attempt.retry_after_s or UNTRIED_S
            return Retry(at=self._now + timedelta(seconds=wait_s), reason=f"its turn comes in {wait_s:.0f} s")
        tried = Tried(
            ok=attempt.ok,
            retry=attempt.retry,
            gone=attempt.gone,
            answered=attempt.status is not None,
            retry_after_s=attempt.retry_after_s,
        )
        kind, digest, tries = message.channel.kind, message.kind == "digest", message.attempts + 1
        jitter, longest = self._step.jitter(), self._step.longest_wish
        return next_try(kind, tries, tried, digest=digest, now=self._now, jitter=jitter, longest=longest)

    def _look_after(self, tx: Transaction, ended: Iterable[Ended]) -> None:
        by_channel: dict[int, list[Ended]] = defaultdict(list)
        for item in ended:
            if item.attempt.tried:
                by_channel[item.message.channel.channel_id].append(item)
        well = {number for number, items in by_channel.items() if all(item.attempt.ok for item in items)}
        tx.subscriptions.recovered(well, self._now)
        for channel_id, items in by_channel.items():
            gone = next((item.attempt for item in items if item.attempt.gone), None)
            if gone is not None:
                self._close(tx, channel_id, gone.error)
            elif channel_id not in well and items[0].message.channel.kind == "webhook":
                self._failing(tx, channel_id, items)

    def _failing(self, tx: Transaction, channel_id: int, items: Sequence[Ended]) -> None:
        channel = tx.subscriptions.channel(channel_id)
        since = max(self._now - LOOK_BACK, channel.paused_until or self._now - LOOK_BACK)
        tries, failed = tx.outbox.lately(channel_id, since)
        asked = [item.attempt.retry_after_s for item in items if item.attempt.retry_after_s is not None]
        busy = any(item.attempt.status == TOO_MANY for item in items)
        well = any(item.attempt.ok for item in items)
        wish = max(asked, default=None)
        bout = Bout(ended=len(items), well=well, tries=tries, failed=failed, asked_s=wish, busy=busy)
        found = health(channel, bout, now=self._now, longest=self._step.longest_wish)
        tx.subscriptions.failing(channel_id, found)
        if found.disable:
            self._close(tx, channel_id, f"{found.disable}; the last one: {items[-1].attempt.error}")
        elif found.trips > channel.trips:
            _say_paused(channel, found)

    def _close(self, tx: Transaction, channel_id: int, reason: str) -> None:
        channel = tx.subscriptions.channel(channel_id)
        if channel.state == "active":
            tx.subscriptions.disable_channel(channel_id, reason)
            self._step.closed(tx, channel, reason, self._now)
            log.error("channel %d (%s) is disabled: %s", channel_id, channel.kind, reason)


def _say(item: Ended, retry: Retry, held: Collection[int]) -> None:
    message, attempt = item.message, item.attempt
    what = f"{message.kind} {message.message_id} by {message.channel.kind}"
    if message.outbox_id not in held:
        log.warning("%s: the lease was lost, so how it went is not noted: %s", what, attempt.error or "sent")
    elif not attempt.ok:
        log.log(logging.WARNING if attempt.tried else logging.INFO, "%s: %s; %s", what, attempt.error, retry.reason)


def _say_paused(channel: Channel, found: Health) -> None:
    until = found.paused_until
    words = "channel %d fails, or asks us to stay away: nothing is sent there until %s UTC, then one message to see"
    log.warning(words, channel.channel_id, f"{until:%H:%M}" if until else "then")
