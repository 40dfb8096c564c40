"""A development in, rendered messages out: match → notify → render → outbox, for every alert subscription.

Runs inside the caller's transaction, so that a development and what is said of it are kept together or not at all.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.core.event import Account, Claim, Development, Event
from service.core.notify import notify
from service.core.rules import Rule, Subject, matching
from service.core.subscription import MessageKind, Notice, Subscription, Told
from service.core.text.sentences import sentence_around
from service.ports.store import Transaction
from service.ports.world import EventMessage, Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One message put into the outbox. `replaced` counts the unsent ones it took the place of."""

    outbox_id: int
    kind: MessageKind
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What there is to tell, the same for everybody. `matched` are the ids of the rules that the event meets."""

    event: Event
    development: Development
    matched: Sequence[str]
    history: Sequence[Development]
    claims: Sequence[Claim]
    backlog: bool
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Who may be told, by which rules, within one transaction."""

    tx: Transaction
    renderer: Renderer
    rules: Sequence[Rule]
    subscriptions: Sequence[Subscription]

    def tell(self, event: Event, development: Development, *, backlog: bool, now: datetime) -> list[Queued]:
        """Queue what each subscription should hear and log why, or why not. Return what was queued."""
        events = self.tx.events
        accounts = events.accounts(event.event_id)
        subject = Subject(event=event, accounts=tuple(accounts))
        news = _News(
            event=event,
            development=development,
            matched=[rule.rule_id for rule in matching(self.rules, subject)],
            history=events.developments(event.event_id),
            claims=in_sentences(events.claims(event.event_id), accounts),
            backlog=backlog,
            now=now,
        )
        told = (self._one(subscription, news) for subscription in self.subscriptions)
        return [queued for queued in told if queued is not None]

    def _one(self, subscription: Subscription, news: _News) -> Queued | None:
        sub_id, event_id = subscription.subscription_id, news.event.event_id
        rule = next((rule for rule in news.matched if not subscription.rules or rule in subscription.rules), None)
        told = self.tx.outbox.told(sub_id, event_id)
        notice = notify(
            subscription,
            news.event,
            news.development,
            matched=rule,
            told=told,
            backlog=news.backlog,
            now=news.now,
        )
        revision = news.development.revision
        self.tx.decisions.add(sub_id, event_id, revision, rule=rule or "", notice=notice, now=news.now)
        return self._queue(subscription, news, notice, rule or "", told)

    def _queue(
        self, subscription: Subscription, news: _News, notice: Notice, rule: str, told: Sequence[Told]
    ) -> Queued | None:
        if notice.kind is None:
            return None
        replaced = self._drop_unsent(subscription, news) if notice.supersede else 0
        kind = self._kind(subscription, news, notice) if notice.supersede else notice.kind
        event_id, revision = news.event.event_id, news.development.revision
        key = f"{subscription.subscription_id}:{event_id}:{revision}"
        message = EventMessage(
            kind=kind,
            message_id=message_id_of(subscription, key),
            subscription=subscription,
            event=news.event,
            development=news.development,
            history=news.history,
            claims=news.claims,
            rule=rule,
            told_before=told,
            now=news.now,
        )
        outbox_id = self.tx.outbox.put(
            dedup_key=key,
            message_id=message.message_id,
            kind=kind,
            subscription=subscription,
            rendered=self.renderer.event(message),
            due_at=notice.due_at or news.now,
            now=news.now,
            event_id=event_id,
            revision=revision,
        )
        return Queued(outbox_id=outbox_id, kind=kind, replaced=replaced) if outbox_id is not None else None

    def _kind(self, subscription: Subscription, news: _News, notice: Notice) -> MessageKind:
        """Return what the message is to its reader, now that what could be dropped is dropped.

        An older one that could not be is in flight, or was when its sender was killed: they may have it already.
        """
        left = self.tx.outbox.told(subscription.subscription_id, news.event.event_id)
        if notice.kind == "event.new" and any(told.state in {"pending", "sent"} for told in left):
            return "event.corrected" if notice.code == "correction" else "event.updated"
        return notice.kind or "event.new"

    def _drop_unsent(self, subscription: Subscription, news: _News) -> int:
        return self.tx.outbox.supersede(subscription.subscription_id, news.event.event_id)


def in_sentences(claims: Sequence[Claim], accounts: Sequence[Account]) -> list[Claim]:
    """Return the claims with the whole sentence each was taken from for its quote: what goes out is to be checked."""
    told = {account.report_id: (account.summary, account.content, account.title) for account in accounts}
    return [replace(claim, quote=sentence_around(claim.quote, told.get(claim.report_id, ()))) for claim in claims]


def message_id_of(subscription: Subscription, dedup_key: str) -> str:
    """Return the id a receiver sees: the same for the same dedup_key, and not to be guessed from it."""
    return "msg_" + hashlib.sha256(f"{subscription.key}:{dedup_key}".encode()).hexdigest()[:32]
