"""A development in, rendered messages out: match → notify → render → outbox, for every alert subscription.

Runs inside the caller's transaction, so that a development and what is said of it are kept together or not at all.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.core.event import Development, Event
from service.core.notify import notify
from service.core.rules import Rule, Subject, matching
from service.core.subscription import MessageKind, Notice, Subscription, Told
from service.ports.store import Transaction
from service.ports.world import EventMessage, Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One message put into the outbox."""

    outbox_id: int
    kind: MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Who may be told, by which rules, within one transaction."""

    tx: Transaction
    renderer: Renderer
    rules: Sequence[Rule]
    subscriptions: Sequence[Subscription]

    def tell(self, event: Event, development: Development, *, backlog: bool, now: datetime) -> list[Queued]:
        """Queue what each subscription should hear and log why, or why not. Return what was queued."""
        accounts = tuple(self.tx.events.accounts(event.event_id))
        matched = [rule.rule_id for rule in matching(self.rules, Subject(event=event, accounts=accounts))]
        told = (self._one(sub, event, development, matched, backlog, now) for sub in self.subscriptions)
        return [queued for queued in told if queued is not None]

    def _one(
        self,
        subscription: Subscription,
        event: Event,
        development: Development,
        matched: Sequence[str],
        backlog: bool,  # noqa: FBT001
        now: datetime,
    ) -> Queued | None:
        rule = next((rule for rule in matched if not subscription.rules or rule in subscription.rules), None)
        told = self.tx.outbox.told(subscription.subscription_id, event.event_id)
        notice = notify(subscription, event, development, matched=rule, told=told, backlog=backlog, now=now)
        self.tx.decisions.add(
            subscription.subscription_id, event.event_id, development.revision, rule=rule or "", notice=notice, now=now
        )
        if notice.kind is None:
            return None
        kind = self._kind(subscription, event, notice.kind, told, supersede=notice.supersede)
        return self._queue(subscription, event, development, kind, notice, rule or "", told, now)

    def _kind(
        self, subscription: Subscription, event: Event, kind: MessageKind, told: Sequence[Told], *, supersede: bool
    ) -> MessageKind:
        if not supersede or self.tx.outbox.supersede(subscription.subscription_id, event.event_id) or not told:
            return kind
        # Nothing could be dropped: the older message is in flight at this moment, so to its reader this is an update.
        return "event.updated" if kind == "event.new" else kind

    def _queue(  # noqa: PLR0917
        self,
        subscription: Subscription,
        event: Event,
        development: Development,
        kind: MessageKind,
        notice: Notice,
        rule: str,
        told: Sequence[Told],
        now: datetime,
    ) -> Queued | None:
        key = f"{subscription.subscription_id}:{event.event_id}:{development.revision}"
        message_id = message_id_of(subscription, key)
        message = EventMessage(
            kind=kind,
            message_id=message_id,
            subscription=subscription,
            event=event,
            development=development,
            history=self.tx.events.developments(event.event_id),
            claims=self.tx.events.claims(event.event_id),
            rule=rule,
            told_before=told,
            now=now,
        )
        outbox_id = self.tx.outbox.put(
            dedup_key=key,
            message_id=message_id,
            kind=kind,
            subscription=subscription,
            rendered=self.renderer.event(message),
            due_at=notice.due_at or now,
            now=now,
            event_id=event.event_id,
            revision=development.revision,
        )
        return Queued(outbox_id=outbox_id, kind=kind) if outbox_id is not None else None


def message_id_of(subscription: Subscription, dedup_key: str) -> str:
    """Return the id a receiver sees: the same for the same dedup_key, and not to be guessed from it."""
    return "msg_" + hashlib.sha256(f"{subscription.key}:{dedup_key}".encode()).hexdigest()[:32]
