"""Time in, digests out: who is due → gather what happened since their last one → render → outbox, once a local date.

What is the same for many is done once: events and what is said of them are read once for all whose last digest ended
at the same development, and held against the rules once. Reading and rendering is done beside writers; the few rows of
a whole batch are then written in one transaction, in which each subscription is looked at again, so that of two
schedulers, or of a reader who changes the hour at this moment, one is right and the other does nothing.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.digest import Past, first_due
from service.core.errors import BadInput
from service.core.rules import RuleIndex
from service.core.subscription import Subscription
from service.pipeline.gather import MEMORY, Gathering
from service.ports.store import Engine, Store, Transaction
from service.ports.world import DigestMessage, Rendered, Renderer

log = logging.getLogger(__name__)

LISTED = "`tocsin subscriptions list` shows how it stands"
LATER = timedelta(minutes=10)
"""When one that could not be made is tried again; the others do not wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A digest that is rendered and not queued yet. Without a message it was never planned, and only is now.

    Without `rendered` there is nothing to say, and its reader wants no mail that says so.
    """

    subscription: Subscription
    due_at: datetime | None
    message: DigestMessage | None = None
    rendered: Rendered | None = None
    upto: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The step. A subscription that has no due time yet is given its first one."""

    store: Store
    renderer: Renderer
    engine: Engine
    rules: Callable[[], RuleIndex]
    batch: int = 100

    def run(self, now: datetime) -> list[int]:
        """Make digests that are due, a batch at a time, until one had something to send or none is due any more.

        Return the outbox ids.
        """
        tried: set[int] = set()
        while True:
            with self.store.read() as tx:
                due = [one for one in tx.digests.due(now, self.batch) if one.subscription_id not in tried]
                drafts = self._drafts(tx, due, now) if due else []
            if not due:
                return []
            tried |= {one.subscription_id for one in due}
            if made := self._keep(due, drafts, now):
                return made

    def _drafts(self, tx: Transaction, due: Sequence[Subscription], now: datetime) -> list[Draft]:
        ids = [one.subscription_id for one in due]
        gathering = Gathering(tx=tx, rules=self.rules(), now=now)
        due_at, past = tx.digests.due_at(ids), tx.digests.past(ids, memory=MEMORY)
        drafts = (self._draft(gathering, one, due_at.get(one.subscription_id), past) for one in due)
        return [draft for draft in drafts if draft is not None]

    def _draft(
        self, gathering: "Gathering", subscription: Subscription, due_at: datetime | None, past: Mapping[int, Past]
    ) -> Draft | None:
        """Return None where it cannot be made: one digest that fails must not hold up the others."""
        if due_at is None:
            return Draft(subscription=subscription, due_at=None)
        try:
            message = gathering.message(subscription, past[subscription.subscription_id], due_at=due_at)
            return Draft(
                subscription=subscription,
                due_at=due_at,
                message=message,
                rendered=self.renderer.digest(message) if worth_sending(message) else None,
                upto=gathering.upto,
            )
        except Exception:
            log.exception("digest for subscription %d failed; trying again later", subscription.subscription_id)
            return None

    def _keep(self, due: Sequence[Subscription], drafts: Sequence[Draft], now: datetime) -> list[int]:
        by_id = {draft.subscription.subscription_id: draft for draft in drafts}
        with self.store.write() as tx:
            taken = Taken.of(tx, [one.subscription_id for one in due])
            made = []
            for subscription in due:
                draft = by_id.get(subscription.subscription_id)
                if draft is None:
                    tx.digests.plan(subscription.subscription_id, now + LATER)
                else:
                    made.append(self._put(tx, draft, taken, now))
            queued = [outbox_id for outbox_id in made if outbox_id is not None]
            self.engine.wake(tx, "deliver", queued)
        return queued

    def make(self, subscription: Subscription, now: datetime, *, early: bool = False) -> int | None:
        """Make this digest if it is due, or `early`. None where it is not due, or this local date's is made already.

        Raises BadInput where it is asked for `early` and may not be sent: its reader never agreed, or left.
        """
        sub_id = subscription.subscription_id
        with self.store.read() as tx:
            subscription = tx.subscriptions.get(sub_id)
            if (refusal := refused(subscription)) is not None:
                if early:
                    raise refusal
                return None
            due_at = tx.digests.due_at([sub_id])[sub_id]
            if not early and (due_at is None or due_at > now):
                return None
            gathering = Gathering(tx=tx, rules=self.rules(), now=now)
            message = gathering.message(subscription, gathering.past(sub_id), due_at=min(due_at or now, now))
        rendered = self.renderer.digest(message)
        draft = Draft(subscription=subscription, due_at=due_at, message=message, rendered=rendered, upto=gathering.upto)
        with self.store.write() as tx:
            outbox_id = self._put(tx, draft, Taken.of(tx, [sub_id]), now)
            self.engine.wake(tx, "deliver", [outbox_id] if outbox_id is not None else [])
        return outbox_id

    def _put(self, tx: Transaction, draft: Draft, taken: "Taken", now: datetime) -> int | None:
        """Queue it, unless somebody else did, or anything about its reader has changed since it was made."""
        sub_id = draft.subscription.subscription_id
        subscription = taken.subscriptions.get(sub_id)
        if subscription != draft.subscription or taken.due_at.get(sub_id) != draft.due_at or refused(subscription):
            return None
        tx.digests.plan(sub_id, first_due(subscription.tz, subscription.at, after=now, days=subscription.days))
        message = draft.message
        if message is None:
            return None
        outbox_id = None
        if draft.rendered is not None:
            outbox_id = tx.outbox.put(
                dedup_key=f"{sub_id}:digest:{message.local_date}",
                message_id=message.message_id,
                kind="digest",
                subscription=subscription,
                rendered=draft.rendered,
                due_at=now,
                now=now,
            )
            if outbox_id is None:
                return None
        tx.digests.record(
            sub_id,
            message.local_date,
            start=message.window_start,
            end=message.window_end,
            told={item.event.event_id: item.event.revision for item in message.items},
            upto=draft.upto,
            outbox_id=outbox_id,
        )
        log.info("digest %s for subscription %d: %d events", message.local_date, sub_id, len(message.items))
        return outbox_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Subscriptions as they stand now, locked: who left since must not be mailed."""

    due_at: Mapping[int, datetime | None]
    subscriptions: Mapping[int, Subscription]

    @classmethod
    def of(cls, tx: Transaction, subscription_ids: Sequence[int]) -> "Taken":
        """Lock them, then look."""
        return cls(due_at=tx.digests.take_all(subscription_ids), subscriptions=tx.subscriptions.some(subscription_ids))


def worth_sending(message: DigestMessage) -> bool:
    """Whether its reader wants it: on a day without events they may want none, unless so many feeds are missing."""
    return bool(message.items or message.gaps) or message.subscription.empty_day == "tell"


def refused(subscription: Subscription) -> BadInput | None:
    """Return why no digest may be sent to this subscription, None if one may."""
    name, channel = f"subscription {subscription.subscription_id}", subscription.channel
    if not subscription.wants_digests:
        return BadInput(f"{name} gets alerts, not digests", hint="tocsin subscriptions add --mode digest makes one")
    if subscription.state == "pending":
        return BadInput(f"{name} is not confirmed: its owner has not agreed to get mail", hint=LISTED)
    if subscription.state != "active":
        return BadInput(f"{name} is {subscription.state}", hint=LISTED)
    if channel.state != "active":
        return BadInput(f"the channel of {name} is disabled: {channel.reason or 'no reason given'}", hint=LISTED)
    return None
