"""One rule over past developments: what it would have sent to somebody who wants it alone and gets messages at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from service.core.develop import OPERATOR
from service.core.event import Delta, Development, Event
from service.core.notify import waited
from service.core.rules import Fired, Rule, group_of, marks
from service.core.subscription import Channel, MessageKind, Subscription, Told
from service.pipeline.decide import FIRES, HOUR, Decided, decide
from service.ports.archive import Moment

ANYBODY = Subscription(
    subscription_id=0,
    channel=Channel(channel_id=0, kind="email", address="preview@localhost"),
    mode="alert",
    created_at=datetime(1970, 1, 1, tzinfo=UTC),
)


Histories = Mapping[int, Sequence[Development]]
"""The developments of events, by id and oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a rule did: of which events it alerted and when, in order; what else it sent; for how many events it held.

    `others` counts further messages by kind, `unsent` by code the developments of
    which nothing was said.
    """

    alerts: Mapping[int, datetime] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    matched: int = 0
    unsent: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class _Sent:
    """A message: due at once, or after the least time between two. `fired` if it was the rule's."""

    kind: MessageKind
    revision: int
    at: datetime
    due_at: datetime
    fired: Fired | None = None

    def waits(self, now: datetime) -> bool:
        """Say whether it is not sent yet. What was queued in this very instant waits."""
        return self.due_at > now or self.at == now

    def told(self, now: datetime) -> Told:
        """Return it as the outbox has it at this time."""
        if self.waits(now):
            return Told(kind=self.kind, revision=self.revision, state="pending", created_at=self.at)
        return Told(
            kind=self.kind, revision=self.revision, state="sent", created_at=self.at, sent_at=max(self.at, self.due_at)
        )


def replay(
    rule: Rule, story: Iterable[tuple[Moment, bool]], *, histories: Histories, since: datetime, now: datetime
) -> Run:
    """Replay developments, oldest first, each with whether the rule held. Only what was at or after `since` counts.

    `histories` has what changed in each event that more than one thing became of; moments do not have it.
    """
    player = _Player(rule=rule, since=since, histories=histories)
    for moment, holds in story:
        player.play(moment, holds=holds)
    player.summarise(now)
    return Run(
        alerts=player.alerts,
        others=player.others,
        matched=len(player.matched),
        unsent=player.unsent,
    )


@dataclass(slots=True, kw_only=True)
class _Player:
    rule: Rule
    since: datetime
    histories: Histories
    alerts: dict[int, datetime] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    unsent: Counter[str] = field(default_factory=Counter)
    matched: set[int] = field(default_factory=set)
    _sent: dict[int, list[_Sent]] = field(default_factory=dict)
    _fired: list[Fired] = field(default_factory=list)
    _latest: dict[int, Event] = field(default_factory=dict)
    _held: set[int] = field(default_factory=set)
    _waiting: dict[int, datetime] = field(default_factory=dict)

    def play(self, moment: Moment, *, holds: bool) -> None:
        """Decide on one development, and remember what came of it."""
        event, now = moment.event, moment.at
        self.summarise(now)
        self._latest[event.event_id] = event
        counts = now >= self.since and not moment.backlog
        if holds and counts:
            self.matched.add(event.event_id)
        sent = self._sent.get(event.event_id, [])
        mine = [one.fired for one in sent if one.fired]
        by_hand = any(delta.outlet == OPERATOR for delta in self._deltas(moment))
        decided = decide(
            ANYBODY,
            event,
            moment.development,
            [self.rule] if holds or mine else [],
            fired={self.rule.rule_id: self._remembered(mine, now)},
            told=[one.told(now) for one in sent],
            holds={},
            backlog=moment.backlog,
            known=[self.rule.rule_id] if by_hand and event.event_id in self._held else (),
            now=now,
        )
        (self._held.add if holds and event.state == "live" else self._held.discard)(event.event_id)
        if decided.notice.kind is None:
            self._hold_back(event, decided, now)
            self.unsent[decided.notice.code] += counts and holds
        else:
            self._send(event, decided, now, counts=counts)

    def _deltas(self, moment: Moment) -> Sequence[Delta]:
        steps, revision = self.histories.get(moment.event.event_id, ()), moment.development.revision
        return next((step.deltas for step in steps if step.revision == revision), ())

    def _remembered(self, mine: list[Fired], now: datetime) -> list[Fired]:
        """Return what of the past can still matter: all of this event, of others only what is recent."""
        reach = max(self.rule.cooldown or HOUR, HOUR)
        if self.rule.cooldown is None and self.rule.max_per_hour is None:
            return mine
        self._fired = [item for item in self._fired if item.at > now - reach]
        older = [item for item in mine if item.at <= now - reach]
        return [*older, *self._fired]

    def _send(self, event: Event, decided: Decided, now: datetime, *, counts: bool) -> None:
        notice = decided.notice
        before = self._sent.setdefault(event.event_id, [])
        if notice.supersede:
            self._drop([one for one in before if one.waits(now)], before)
        kind = notice.kind or "event.new"
        if kind == "event.new" and before:
            kind = "event.corrected" if notice.code == "correction" else "event.updated"
        fired = self._now(event, now) if decided.rule and notice.kind in FIRES else None
        if fired is None:
            self._retell(event, before)
        before.append(_Sent(kind=kind, revision=event.revision, at=now, due_at=notice.due_at or now, fired=fired))
        if fired:
            self._fired.append(fired)
        self._waiting.pop(event.event_id, None)
        if counts and kind == "event.new":
            self.alerts.setdefault(event.event_id, now)
        elif counts:
            self.others[kind] += 1

    def _now(self, event: Event, at: datetime, *, counts: bool = True) -> Fired:
        """Return what the rule remembers of telling this: facts only where it has something to compare them with."""
        facts = marks(event) if self.rule.refire_when else {}
        return Fired(event_id=event.event_id, at=at, counts=counts, group=group_of(self.rule, event), facts=facts)

    def _retell(self, event: Event, before: list[_Sent]) -> None:
        """Let the rule know what a correction says: it is what is believed from now on."""
        for one in before:
            if one.fired:
                told = replace(one.fired, facts=marks(event))
                self._fired = [told if item is one.fired else item for item in self._fired]
                one.fired = told

    def _drop(self, these: list[_Sent], of: list[_Sent]) -> None:
        for one in these:
            of.remove(one)
            if one.fired:
                self._fired = [item for item in self._fired if item is not one.fired]
            if one.kind != "event.new" and one.at >= self.since:
                self.others[one.kind] -= 1

    def _hold_back(self, event: Event, decided: Decided, now: datetime) -> None:
        if decided.notice.code == "max_per_hour":
            self._waiting.setdefault(event.event_id, decided.notice.due_at or now)

    def summarise(self, now: datetime) -> None:
        """Tell of what a full hour held back, once it is due: in one message where there are several."""
        due_at = min(self._waiting.values(), default=None)
        if due_at is None or due_at > now:
            return
        kinds = {event_id: kind for event_id in self._waiting if (kind := self._waited(event_id, due_at))}
        self._waiting = {}
        spoken = False
        for event_id, kind in kinds.items():
            event, before = self._latest[event_id], self._sent.setdefault(event_id, [])
            fired = self._now(event, due_at, counts=not spoken) if kind in FIRES else None
            if fired:
                self._fired.append(fired)
                spoken = True
            else:
                self._retell(event, before)
            said = kind if len(kinds) == 1 else "digest"
            before.append(_Sent(kind=said, revision=event.revision, at=due_at, due_at=due_at, fired=fired))
        if kinds and due_at >= self.since:
            self._count(kinds, due_at)

    def _waited(self, event_id: int, due_at: datetime) -> MessageKind | None:
        told = [one.told(due_at) for one in self._sent.get(event_id, ())]
        event = self._latest[event_id]
        known = [step for step in self.histories.get(event_id, ()) if step.revision <= event.revision]
        return waited(event, known, told)

    def _count(self, kinds: Mapping[int, MessageKind], at: datetime) -> None:
        (event_id, kind), *more = kinds.items()
        if kind == "event.new" and not more:
            self.alerts.setdefault(event_id, at)
        else:
            self.others["digest" if more else kind] += 1
