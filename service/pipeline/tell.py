"""A development in, rendered messages out: match → decide → render → outbox, for every alert subscription.

Runs inside the caller's transaction, so that a development, what is said of it, why, and what the rules remember of it
are kept together or not at all. `decide` is where the rules' word and the subscription's meet; a preview asks it too.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.core.event import Account, Claim, Development, Event
from service.core.notify import notify
from service.core.rules import Fired, Firing, FiringCode, Rule, RuleIndex, Subject, group_of, keys_of, marks, may_send
from service.core.subscription import Held, HeldCode, MessageKind, Notice, Subscription, Told
from service.core.text.sentences import sentence_around
from service.ports.rules import HeldBack, RuleHold
from service.ports.store import Transaction
from service.ports.world import EventMessage, Renderer

HOUR = timedelta(hours=1)
HELD_CODES: Mapping[FiringCode, HeldCode] = {
    "draft": "draft",
    "paused": "rule_paused",
    "snoozed": "snoozed",
    "not_refired": "not_refired",
    "cooldown": "cooldown",
    "max_per_hour": "max_per_hour",
}
FIRES: frozenset[MessageKind] = frozenset({"event.new", "event.updated"})
"""What counts as a message of the rule's. Corrections and retractions are owed, whatever the rules say."""

Holds = Mapping[str, Sequence[RuleHold]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One message put into the outbox. `replaced` counts the unsent ones it took the place of."""

    outbox_id: int
    kind: MessageKind
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a subscription hears of a development, by which rule, and what to add to the message.

    `rule` is the one that speaks, or the one that is held back; None where no rule has to do with it.
    """

    notice: Notice
    rule: Rule | None = None
    note: str = ""


def decide(
    subscription: Subscription,
    event: Event,
    development: Development,
    rules: Sequence[Rule],
    *,
    fired: Mapping[str, Sequence[Fired]],
    told: Sequence[Told],
    holds: Holds,
    backlog: bool,
    now: datetime,
) -> Decided:
    """Decide for one subscription. `rules` are those of its rules that hold, or told it before, in their order.

    `fired` is by rule what it sent to this subscription, oldest first: all of this event, and of others as far back as
    the rule's cooldown and an hour reach.
    """
    asked = [(rule, _ask(rule, event, fired.get(rule.rule_id, ()), holds, now)) for rule in rules]
    speaks = next((rule for rule, firing in asked if firing.sends), None)
    silent = None if speaks else _telling([(rule, firing) for rule, firing in asked if not firing.sends])
    notice = notify(
        subscription,
        event,
        development,
        matched=speaks.rule_id if speaks else None,
        told=told,
        backlog=backlog,
        held=_held(*silent, holds) if silent else None,
        now=now,
    )
    rule = speaks or (silent[0] if silent else None)
    note = _note(rule, fired.get(rule.rule_id, ()), now) if rule and notice.kind in FIRES else ""
    return Decided(notice=notice, rule=rule, note=note)


def _ask(rule: Rule, event: Event, fired: Sequence[Fired], holds: Holds, now: datetime) -> Firing:
    mine = holds.get(rule.rule_id, ())
    snoozed_until = max((hold.until for hold in mine if hold.kind == "snooze" and hold.until), default=None)
    paused = any(hold.kind == "pause" for hold in mine)
    return may_send(rule, event, fired=fired, now=now, paused=paused, snoozed_until=snoozed_until)


def _telling(silent: Sequence[tuple[Rule, Firing]]) -> tuple[Rule, Firing] | None:
    """Return the rule whose silence says most: not a draft, which never speaks, if there is another."""
    return next((one for one in silent if one[1].code != "draft"), silent[0] if silent else None)


def _held(rule: Rule, firing: Firing, holds: Holds) -> Held:
    """Say why the rule is silent, by whose wish and until when."""
    code = HELD_CODES[firing.code]
    kind = {"paused": "pause", "snoozed": "snooze"}.get(firing.code)
    hold = next((hold for hold in holds.get(rule.rule_id, ()) if hold.kind == kind), None)
    by = f" by {hold.author}" if hold else ""
    until = f" until {firing.until:%Y-%m-%d %H:%M} UTC" if firing.until else ""
    comment = f": {hold.comment}" if hold and hold.comment else ""
    return Held(code=code, reason=f"{firing.reason}{by}{until}{comment}", until=firing.until)


def _note(rule: Rule, fired: Sequence[Fired], now: datetime) -> str:
    """Say so in the message that fills the rule's hour: silence after it is not peace."""
    lately = sorted(item.at for item in fired if item.counts and item.at > now - HOUR)
    if rule.max_per_hour is None or len(lately) + 1 < rule.max_per_hour:
        return ""
    until = ([*lately, now][-rule.max_per_hour]) + HOUR
    return (
        f"This fills the hour of {rule.rule_id}, which sends {rule.max_per_hour} at most. "
        f"What more it finds is held back until {until:%H:%M} UTC and comes in one message then."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What there is to tell, the same for everybody. `held` are the rules that hold; `fired` what rules sent."""

    event: Event
    development: Development
    held: Sequence[Rule]
    fired: Mapping[tuple[str, int], Sequence[Fired]]
    holds: Holds
    history: Sequence[Development]
    claims: Sequence[Claim]
    backlog: bool
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Who may be told, by which rules, within one transaction."""

    tx: Transaction
    renderer: Renderer
    rules: RuleIndex
    subscriptions: Sequence[Subscription]

    def tell(self, event: Event, development: Development, *, backlog: bool, now: datetime) -> list[Queued]:
        """Queue what each subscription should hear and log why, or why not. Return what was queued."""
        events, states = self.tx.events, self.tx.rule_states
        accounts = events.accounts(event.event_id)
        subject = Subject(event=event, accounts=tuple(accounts))
        held = [match.rule for match in self.rules.match(subject)]
        self.tx.archive.keep(event, development, accounts, keys=keys_of(subject), backlog=backlog, now=now)
        if not backlog:
            states.matched(event.event_id, [rule.rule_id for rule in held], now)
        reach = max((rule.cooldown for rule in held if rule.cooldown), default=HOUR)
        news = _News(
            event=event,
            development=development,
            held=held,
            fired=states.fired(event.event_id, {rule.rule_id for rule in held}, since=now - max(reach, HOUR)),
            holds=states.holds(now),
            history=events.developments(event.event_id),
            claims=in_sentences(events.claims(event.event_id), accounts),
            backlog=backlog,
            now=now,
        )
        told = (self._one(subscription, news) for subscription in self.subscriptions)
        return [queued for queued in told if queued is not None]

    def _one(self, subscription: Subscription, news: _News) -> Queued | None:
        sub_id, event = subscription.subscription_id, news.event
        told = self._told(sub_id, event.event_id)
        fired = {rule_id: items for (rule_id, reader), items in news.fired.items() if reader == sub_id}
        decided = decide(
            subscription,
            event,
            news.development,
            self._rules_for(subscription, news, fired),
            fired=fired,
            told=told,
            holds=news.holds,
            backlog=news.backlog,
            now=news.now,
        )
        rule, notice = decided.rule.rule_id if decided.rule else "", decided.notice
        self.tx.decisions.add(sub_id, event.event_id, news.development.revision, rule=rule, notice=notice, now=news.now)
        queued = self._queue(subscription, news, decided, told)
        self._remember(subscription, news, decided, queued)
        return queued

    def _rules_for(
        self, subscription: Subscription, news: _News, fired: Mapping[str, Sequence[Fired]]
    ) -> Sequence[Rule]:
        """Return the subscription's rules that hold, then those that told it of the event and hold no more."""
        mine = [rule for rule in news.held if not subscription.rules or rule.rule_id in subscription.rules]
        about = news.event.event_id
        before = {rule_id for rule_id, items in fired.items() if any(item.event_id == about for item in items)}
        before -= {rule.rule_id for rule in mine}
        return mine + [rule for rule in self.rules.rules if rule.rule_id in before] if before else mine

    def _remember(self, subscription: Subscription, news: _News, decided: Decided, queued: Queued | None) -> None:
        """Let the rules know what they sent, what the subscription now believes, and what waits for a summary."""
        states, sub_id, event = self.tx.rule_states, subscription.subscription_id, news.event
        rule, notice = decided.rule, decided.notice
        if queued is not None and rule is not None and notice.kind in FIRES:
            states.sent(rule.rule_id, sub_id, queued.outbox_id, fired_now(rule, event, news.now))
        elif queued is not None:
            states.retold(sub_id, event.event_id, marks(event))
        elif rule is not None and notice.code == "max_per_hour":
            waits = HeldBack(subscription_id=sub_id, event_id=event.event_id, rule_id=rule.rule_id, at=news.now)
            states.hold_back(waits, due_at=notice.due_at or news.now)

    def _queue(self, subscription: Subscription, news: _News, decided: Decided, told: Sequence[Told]) -> Queued | None:
        notice = decided.notice
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
            rule=decided.rule.rule_id if decided.rule else "",
            told_before=told,
            note=decided.note,
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
        left = self._told(subscription.subscription_id, news.event.event_id)
        if notice.kind == "event.new" and any(told.state in {"pending", "sent"} for told in left):
            return "event.corrected" if notice.code == "correction" else "event.updated"
        return notice.kind or "event.new"

    def _told(self, subscription_id: int, event_id: int) -> list[Told]:
        """Return what they were told of the event, and of those that were found to be the same."""
        same = [event_id, *self.tx.events.merged_into(event_id)]
        return [told for known in reversed(same) for told in self.tx.outbox.told(subscription_id, known)]

    def _drop_unsent(self, subscription: Subscription, news: _News) -> int:
        return self.tx.outbox.supersede(subscription.subscription_id, news.event.event_id)


def fired_now(rule: Rule, event: Event, now: datetime, *, counts: bool = True) -> Fired:
    """Return what the rule is to remember of telling this."""
    return Fired(event_id=event.event_id, at=now, counts=counts, group=group_of(rule, event), facts=marks(event))


def in_sentences(claims: Sequence[Claim], accounts: Sequence[Account]) -> list[Claim]:
    """Return the claims with the whole sentence each was taken from for its quote: what goes out is to be checked."""
    told = {account.report_id: (account.summary, account.content, account.title) for account in accounts}
    return [replace(claim, quote=sentence_around(claim.quote, told.get(claim.report_id, ()))) for claim in claims]


def message_id_of(subscription: Subscription, dedup_key: str) -> str:
    """Return the id a receiver sees: the same for the same dedup_key, and not to be guessed from it."""
    return "msg_" + hashlib.sha256(f"{subscription.key}:{dedup_key}".encode()).hexdigest()[:32]
