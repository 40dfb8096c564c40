"""A development in, rendered messages out: match → decide → render → outbox, for every alert subscription.

Runs inside the caller's transaction, so that a development, what is said of it, why, and what the rules remember of it
are kept together or not at all. What is the same for everybody is made once, and what is written goes out in a few
statements, however many subscribe.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from service.core.event import Account, Before, Claim, Development, Event
from service.core.notify import TAKES_BACK, changed_back, put_back_unheard, since, taken_back_unheard, told_after_all
from service.core.rules import (
    Fired,
    Rule,
    RuleIndex,
    Subject,
    group_of,
    keys_of,
    marks,
)
from service.core.subscription import MessageKind, Subscription, Told
from service.core.text.sentences import sentence_around
from service.pipeline.decide import FIRES, HOUR, Decided, Holds, decide
from service.pipeline.relate import before
from service.pipeline.told import HEARD, told_of
from service.ports.outbox import Outgoing
from service.ports.rules import HeldBack
from service.ports.store import Transaction
from service.ports.world import EventMessage, Renderer

RETOLD = frozenset({"event.updated", "event.corrected"})
WAIT = frozenset({"quiet_hours", "max_per_hour"})
"""What is decided so is not queued: the event waits, and is told as it stands when its time comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One message put into the outbox. `replaced` counts the unsent ones it took the place of."""

    outbox_id: int
    kind: MessageKind
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What there is to tell, the same for everybody. `held` are the rules that hold; `fired` is by reader.

    `known` are the rules that held already before an operator corrected the event.
    """

    event: Event
    development: Development
    held: Sequence[Rule]
    known: AbstractSet[str]
    fired: Mapping[int, Mapping[str, Sequence[Fired]]]
    holds: Holds
    history: Sequence[Development]
    claims: Sequence[Claim]
    before: Sequence[Before]
    backlog: bool
    now: datetime
    since: dict[int, Development] = field(default_factory=dict)

    def news_since(self, heard: int) -> Development:
        """Return all that changed since this revision: the same for all who heard of it last."""
        if heard not in self.since:
            self.since[heard] = since(self.history, heard, self.development)
        return self.since[heard]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What was decided for one subscription, and whether it `fires` its rule.

    `told` is what it was told before; `left` what everybody is once what could be dropped was, None where nothing was.
    """

    subscription: Subscription
    decided: Decided
    told: Sequence[Told]
    left: Mapping[int, Sequence[Told]] | None = None
    fires: bool

    @property
    def subscription_id(self) -> int:
        """The subscription's id."""
        return self.subscription.subscription_id

    @property
    def leaves(self) -> bool:
        """Whether a message is queued now."""
        return self.decided.notice.kind is not None and self.decided.notice.code not in WAIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Who may be told, by which rules, within one transaction."""

    tx: Transaction
    renderer: Renderer
    rules: RuleIndex
    subscriptions: Sequence[Subscription]

    def tell(
        self, event: Event, development: Development, *, backlog: bool, now: datetime, was: Event | None = None
    ) -> list[Queued]:
        """Queue what each subscription should hear and log why, or why not. Return what was queued.

        `was` is the event before an operator corrected it: who has not heard of it hears of it by other rules only.
        """
        events, states = self.tx.events, self.tx.rule_states
        accounts = events.accounts(event.event_id)
        subject = Subject(event=event, accounts=tuple(accounts))
        held = [match.rule for match in self.rules.match(subject)]
        self.tx.archive.keep(event, development, accounts, keys=keys_of(subject), backlog=backlog, now=now)
        if not backlog:
            states.matched(event.event_id, [rule.rule_id for rule in held], now)
        reach = max((rule.cooldown for rule in held if rule.cooldown), default=HOUR)
        fired: dict[int, dict[str, Sequence[Fired]]] = defaultdict(dict)
        sent = states.fired(event.event_id, {rule.rule_id for rule in held}, since=now - max(reach, HOUR))
        for (rule_id, reader), items in sent.items():
            fired[reader][rule_id] = items
        news = _News(
            event=event,
            development=development,
            held=held,
            known=self._known(was, accounts),
            fired=fired,
            holds=states.holds(now),
            history=events.developments(event.event_id),
            claims=in_sentences(events.claims(event.event_id), accounts),
            before=before(events, event.event_id) if self.subscriptions else (),
            backlog=backlog,
            now=now,
        )
        return self._all(news)

    def _known(self, was: Event | None, accounts: Sequence[Account]) -> AbstractSet[str]:
        """Return the rules that held before. What was withdrawn was nothing to tell, so it is news once it is back."""
        if was is None or was.state != "live":
            return frozenset()
        return {match.rule.rule_id for match in self.rules.match(Subject(event=was, accounts=tuple(accounts)))}

    def _all(self, news: _News) -> list[Queued]:
        """Decide for everybody, then write what was decided in a few statements, however many they are."""
        event_id, told = news.event.event_id, _told(self.tx, news)
        verdicts = [self._one(subscription, news, told) for subscription in self.subscriptions]
        dropped = self._drop(verdicts, event_id)
        left = _told(self.tx, news) if dropped else told
        verdicts = [self._settled(verdict, left, news) for verdict in verdicts]
        for verdict in verdicts:
            rule, notice = verdict.decided.rule, verdict.decided.notice
            reader, revision = verdict.subscription_id, news.development.revision
            name = rule.rule_id if rule else ""
            self.tx.decisions.add(reader, event_id, revision, rule=name, notice=notice, now=news.now)
        messages = [self._outgoing(verdict, news) for verdict in verdicts if verdict.leaves]
        queued = self.tx.outbox.put_all(messages, news.now)
        self._remember(verdicts, news, queued)
        by_key = {message.dedup_key: message for message in messages}
        return [
            Queued(
                outbox_id=outbox_id,
                kind=by_key[key].kind,
                replaced=dropped.get(by_key[key].subscription.subscription_id, 0),
            )
            for key, outbox_id in queued.items()
        ]

    def _drop(self, verdicts: Sequence[_Verdict], event_id: int) -> Mapping[int, int]:
        """Drop what has not left and is old; what is wrong also where a try failed. Return how many for whom."""
        notices = {verdict.subscription_id: verdict.decided.notice for verdict in verdicts}
        unsent = {reader for reader, notice in notices.items() if notice.supersede}
        if not unsent:
            return {}
        same = [event_id, *self.tx.events.merged_into(event_id)]
        wronged = {reader for reader in unsent if notices[reader].code in TAKES_BACK}
        old = self.tx.outbox.supersede_all(unsent - wronged, same)
        return {**old, **self.tx.outbox.supersede_all(wronged, same, tried=True)}

    def _one(self, subscription: Subscription, news: _News, told: Mapping[int, Sequence[Told]]) -> _Verdict:
        mine, fired = told.get(subscription.subscription_id, ()), news.fired.get(subscription.subscription_id, {})
        decided = decide(
            subscription,
            news.event,
            news.development,
            self._rules_for(subscription, news, fired),
            fired=fired,
            told=mine,
            holds=news.holds,
            backlog=news.backlog,
            known=news.known,
            now=news.now,
        )
        return _Verdict(subscription=subscription, decided=decided, told=mine, fires=decided.notice.kind in FIRES)

    def _settled(self, verdict: _Verdict, left: Mapping[int, Sequence[Told]], news: _News) -> _Verdict:
        """Return what the message is to its reader, now that what could be dropped is dropped.

        An older one that could not be is in flight, or was when its sender was killed: they may have it already. Where
        all could be, nobody was told anything wrong, and there is nothing to take back.
        """
        notice = verdict.decided.notice
        mine = left.get(verdict.subscription_id, ())
        heard = max((told.revision for told in mine if told.state in HEARD), default=None)
        if notice.supersede and notice.kind == "event.retracted" and heard is None:
            notice = taken_back_unheard(notice)
        elif notice.supersede and notice.kind == "event.new" and heard is not None:
            notice = told_after_all(notice, news.development)
        if notice.kind in RETOLD and heard is not None and changed_back(news.history, heard, news.development):
            notice = put_back_unheard(notice)
        if not verdict.decided.notice.supersede:
            return replace(verdict, decided=replace(verdict.decided, notice=notice))
        return replace(verdict, decided=replace(verdict.decided, notice=notice), left=left)

    def _rules_for(
        self, subscription: Subscription, news: _News, fired: Mapping[str, Sequence[Fired]]
    ) -> Sequence[Rule]:
        """Return the subscription's rules that hold, then those that told it of the event and hold no more."""
        mine = [rule for rule in news.held if not subscription.rules or rule.rule_id in subscription.rules]
        about = news.event.event_id
        before = {rule_id for rule_id, items in fired.items() if any(item.event_id == about for item in items)}
        before -= {rule.rule_id for rule in mine}
        return mine + [rule for rule in self.rules.rules if rule.rule_id in before] if before else mine

    def _outgoing(self, verdict: _Verdict, news: _News) -> Outgoing:
        notice, subscription = verdict.decided.notice, verdict.subscription
        kind = notice.kind or "event.new"
        event_id, revision = news.event.event_id, news.development.revision
        key = f"{subscription.subscription_id}:{event_id}:{revision}"
        left = verdict.told if verdict.left is None else verdict.left.get(subscription.subscription_id, ())
        heard = max((told.revision for told in left if told.state in HEARD), default=revision)
        message = EventMessage(
            kind=kind,
            message_id=message_id_of(subscription, key),
            subscription=subscription,
            event=news.event,
            development=news.news_since(heard) if kind != "event.new" else news.development,
            history=news.history,
            claims=news.claims,
            rule=verdict.decided.rule.rule_id if verdict.decided.rule else "",
            told_before=left,
            before=news.before,
            note=verdict.decided.note,
            now=news.now,
        )
        return Outgoing(
            dedup_key=key,
            message_id=message.message_id,
            kind=kind,
            subscription=subscription,
            rendered=self.renderer.event(message),
            due_at=notice.due_at or news.now,
            event_id=event_id,
            revision=revision,
            loud=notice.loud,
        )

    def _remember(self, verdicts: Sequence[_Verdict], news: _News, queued: Mapping[str, int]) -> None:
        """Let the rules know what they sent, what the subscriptions now believe, and what waits for a summary."""
        states, event, now = self.tx.rule_states, news.event, news.now
        sent: list[tuple[str, int, int, Fired]] = []
        for verdict in verdicts:
            reader, rule, notice = verdict.subscription_id, verdict.decided.rule, verdict.decided.notice
            outbox_id = queued.get(f"{reader}:{event.event_id}:{news.development.revision}") if verdict.leaves else None
            if outbox_id is not None and rule is not None and verdict.fires:
                sent.append((rule.rule_id, reader, outbox_id, fired_now(rule, event, now)))
            elif outbox_id is not None or notice.code == "changed_back":
                states.retold(reader, event.event_id, marks(event))
            elif notice.code in WAIT:
                name, due_at = rule.rule_id if rule else "", notice.due_at or now
                waits = HeldBack(subscription_id=reader, event_id=event.event_id, rule_id=name, at=now, due_at=due_at)
                states.hold_back(waits)
        states.sent_all(event.event_id, sent)


def _told(tx: Transaction, news: _News) -> Mapping[int, Sequence[Told]]:
    before = [step for step in news.history if step.revision < news.development.revision]
    return told_of(tx, news.event.event_id, before)


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
