"""Time in, digests out: who is due → gather what happened in their window → render → outbox, once per local date."""

import logging
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from service.core.digest import Window, arrange, first_due, local_date_of, window
from service.core.errors import BadInput
from service.core.event import Event
from service.core.feed import Feed
from service.core.health import coverage
from service.core.rules import RuleIndex, Subject
from service.core.subscription import Subscription
from service.pipeline.tell import in_sentences, message_id_of
from service.ports.store import Engine, Store, Transaction
from service.ports.world import DigestItem, DigestMessage, Renderer

log = logging.getLogger(__name__)

LISTED = "`tocsin subscriptions list` shows how it stands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The step. A subscription that has no due time yet is given its first one."""

    store: Store
    renderer: Renderer
    engine: Engine
    rules: Callable[[], RuleIndex]
    batch: int = 50

    def run(self, now: datetime) -> list[int]:
        """Make every digest of one batch that is due. Return the outbox ids; empty when none is due."""
        with self.store.read() as tx:
            due = tx.digests.due(now, self.batch)
        return [outbox_id for subscription in due if (outbox_id := self.make(subscription, now)) is not None]

    def make(self, subscription: Subscription, now: datetime, *, early: bool = False) -> int | None:
        """Make this digest if it is due, or `early`. None where it is not due, or this local date's is made already.

        Raises BadInput where it is asked for `early` and may not be sent: its reader never agreed, or left.
        """
        sub_id = subscription.subscription_id
        with self.store.write() as tx:
            due_at = tx.digests.take(sub_id)
            subscription = tx.subscriptions.get(sub_id)  # as it stands now: who left since must not be mailed
            if (refusal := refused(subscription)) is not None:
                if early:
                    raise refusal
                return None
            if not early and due_at is not None and due_at > now:
                return None
            tx.digests.plan(sub_id, first_due(subscription.tz, subscription.at, after=now, days=subscription.days))
            if not early and due_at is None:
                return None
            due_at = min(due_at or now, now)
            message = compose(tx, subscription, self.rules(), due_at=due_at, now=now)
            outbox_id = tx.outbox.put(
                dedup_key=f"{sub_id}:digest:{message.local_date}",
                message_id=message.message_id,
                kind="digest",
                subscription=subscription,
                rendered=self.renderer.digest(message),
                due_at=now,
                now=now,
            )
            if outbox_id is None:
                return None
            start, end = message.window_start, message.window_end
            tx.digests.record(
                sub_id, message.local_date, start=start, end=end, items=len(message.items), outbox_id=outbox_id
            )
            self.engine.wake(tx, "deliver", [outbox_id])
        log.info("digest %s for subscription %d: %d events", message.local_date, sub_id, len(message.items))
        return outbox_id


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


def compose(
    tx: Transaction, subscription: Subscription, rules: RuleIndex, *, due_at: datetime, now: datetime
) -> DigestMessage:
    """Gather what a digest made now would say. Reads only."""
    last_end = tx.digests.last_window_end(subscription.subscription_id)
    span = window(last_end, now, created_at=subscription.created_at, days=subscription.days)
    holds = tx.rule_states.holds(now)
    paused = {rule_id for rule_id, held in holds.items() if any(hold.kind == "pause" for hold in held)}
    asked = _Asked(index=rules, wanted=frozenset(subscription.rules), paused=paused)
    found = (_item(tx, event, span, asked) for event in tx.events.touched(span.start, span.end))
    watched, doubtful = tx.counts.watched(), tx.counts.in_doubt(now)
    local_date = local_date_of(due_at, subscription.tz, subscription.at)
    return DigestMessage(
        message_id=message_id_of(subscription, f"{subscription.subscription_id}:digest:{local_date}"),
        subscription=subscription,
        local_date=local_date,
        window_start=span.start,
        window_end=span.end,
        items=arrange([item for item in found if item is not None]),
        gaps=coverage(doubtful, now, watched=watched),
        feeds_ok=sum(watched.values()) - sum(map(_unanswering, doubtful)),
        feeds_all=sum(watched.values()),
        now=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The rules that decide what is in: those `wanted` (all, where empty) but `paused` ones. A snooze is for alerts."""

    index: RuleIndex
    wanted: AbstractSet[str]
    paused: AbstractSet[str]

    def met(self, subject: Subject) -> bool:
        held = (rule.rule_id for rule in self.index.matching(subject))
        return any(rule not in self.paused and (not self.wanted or rule in self.wanted) for rule in held)


def _item(tx: Transaction, event: Event, span: Window, asked: _Asked) -> DigestItem | None:
    accounts = tx.events.accounts(event.event_id)
    if not asked.met(Subject(event=event, accounts=tuple(accounts))):
        return None
    developments = tx.events.developments(event.event_id)
    return DigestItem(
        event=event,
        developments=[item for item in developments if span.start <= item.at < span.end],
        earlier=[item for item in developments if item.at < span.start],
        claims=in_sentences(tx.events.claims(event.event_id), accounts),
    )


def _unanswering(feed: Feed) -> bool:
    return feed.state != "muted" and (feed.failures > 0 or feed.state == "gone")
