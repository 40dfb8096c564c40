"""Alerts that a full hour held back, told in one message once the hour is over.

An operator who is woken ten times in an hour does not want the eleventh and the thirtieth one by one, and must not
believe that there were only ten. So the tenth alert says that the hour is full and until when; then one message lists
what was held back and still stands; in quiet hours it waits until they end. Whoever got it was told: updates,
corrections and retractions follow as ever.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from service.core.digest import arrange
from service.core.event import Event
from service.core.quiet import quiet_until
from service.core.rules import RuleIndex, severity
from service.core.subscription import Subscription
from service.pipeline.tell import fired_now, in_sentences, message_id_of
from service.ports.rules import HeldBack
from service.ports.store import Engine, Store, Transaction
from service.ports.world import DigestItem, DigestMessage, Renderer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summaries:
    """The step."""

    store: Store
    renderer: Renderer
    engine: Engine
    rules: Callable[[], RuleIndex]

    def run(self, now: datetime) -> list[int]:
        """Queue a summary for each subscription of which something held back is due. Return the outbox ids."""
        with self.store.read() as tx:
            if not tx.rule_states.held_back_due(now):
                return []
        with self.store.write() as tx:
            by_reader = groupby(tx.rule_states.take_held_back(now), key=lambda held: held.subscription_id)
            made = [self._one(tx, sub_id, list(waiting), now) for sub_id, waiting in by_reader]
            done = [outbox_id for outbox_id in made if outbox_id is not None]
            self.engine.wake(tx, "deliver", done)
        return done

    def _one(self, tx: Transaction, subscription_id: int, waiting: Sequence[HeldBack], now: datetime) -> int | None:
        subscription = tx.subscriptions.get(subscription_id)
        events = {held.event_id: tx.events.get(held.event_id) for held in waiting}
        standing = [held for held in waiting if events[held.event_id].state == "live"]
        if subscription.state != "active" or subscription.channel.state != "active" or not standing:
            return None
        until = _hushed(subscription, [events[held.event_id] for held in standing], now)
        if until is not None:
            for held in standing:
                tx.rule_states.hold_back(held, due_at=until)
            return None
        message = _summary(tx, subscription, standing, events=events, now=now)
        outbox_id = tx.outbox.put(
            dedup_key=f"{subscription_id}:held:{standing[0].event_id}:{now.timestamp():.3f}",
            message_id=message.message_id,
            kind="digest",
            subscription=subscription,
            rendered=self.renderer.digest(message),
            due_at=now,
            now=now,
        )
        if outbox_id is not None:
            self._remember(tx, outbox_id, standing, events, now)
            log.info("subscription %d: %s", subscription_id, message.note)
        return outbox_id

    def _remember(
        self, tx: Transaction, outbox_id: int, standing: Sequence[HeldBack], events: dict[int, Event], now: datetime
    ) -> None:
        """Note what was told. For each rule the summary is one message, however many events it tells of."""
        rules = {rule.rule_id: rule for rule in self.rules().rules}
        spoken: set[str] = set()
        for held in standing:
            event, rule = events[held.event_id], rules.get(held.rule_id)
            tx.rule_states.mention(outbox_id, held.event_id, held.subscription_id, event.revision)
            if rule is not None:
                fired = fired_now(rule, event, now, counts=rule.rule_id not in spoken)
                tx.rule_states.sent(rule.rule_id, held.subscription_id, outbox_id, fired)
                spoken.add(rule.rule_id)


def _hushed(subscription: Subscription, events: Sequence[Event], now: datetime) -> datetime | None:
    """Return until when the reader's quiet hours keep a summary; None where one event is grave enough to come."""
    quiet = subscription.quiet
    if quiet is None or (quiet.unless is not None and any(severity(event) >= quiet.unless for event in events)):
        return None
    return quiet_until(quiet, subscription.tz, now)


def _summary(
    tx: Transaction,
    subscription: Subscription,
    standing: Sequence[HeldBack],
    *,
    events: dict[int, Event],
    now: datetime,
) -> DigestMessage:
    items = arrange([_item(tx, events[held.event_id]) for held in standing])
    feeds = sum(tx.counts.watched().values())
    start = min(held.at for held in standing)
    key = f"{subscription.subscription_id}:held:{standing[0].event_id}:{now.timestamp():.3f}"
    return DigestMessage(
        message_id=message_id_of(subscription, key),
        subscription=subscription,
        local_date=now.date(),
        window_start=start,
        window_end=now,
        items=items,
        gaps=(),
        feeds_ok=feeds,
        feeds_all=feeds,
        note=note_of(standing),
        now=now,
    )


def note_of(standing: Sequence[HeldBack]) -> str:
    """Return `12 more held back by kyiv-strikes, harbour-watch`."""
    names = ", ".join(sorted({held.rule_id for held in standing}))
    return f"{len(standing)} more held back by {names}"


def _item(tx: Transaction, event: Event) -> DigestItem:
    accounts, claims = tx.events.accounts(event.event_id), tx.events.claims(event.event_id)
    developments = tx.events.developments(event.event_id)
    return DigestItem(event=event, developments=developments, claims=in_sentences(claims, accounts))
