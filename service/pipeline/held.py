"""What had to wait, told when its time has come: after quiet hours, after a full hour, once who was paused goes on.

An operator who is woken ten times in an hour does not want the eleventh and the thirtieth one by one, and must not
believe that there were only ten. So the tenth alert says that the hour is full and until when. And who slept does not
want the night one by one either. What waits is the event, not a message: when the time comes, each is told as it stands
then, in one message where there are several, and not at all where there is nothing to say any more. Whoever got it was
told: updates, corrections and retractions follow as ever.

For its rule a message counts from when it was due, not from when a tick came to make it, and it is made before anything
else is decided after that: what is sent does not hang on how far apart ticks are, and a preview can say it beforehand.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from service.core.digest import arrange
from service.core.event import Claim, Development, Event
from service.core.notify import since, waited
from service.core.quiet import is_quiet, quiet_until
from service.core.rules import Rule, RuleIndex, marks, severity
from service.core.subscription import MessageKind, Subscription, Told
from service.pipeline.decide import FIRES
from service.pipeline.tell import fired_now, in_sentences, message_id_of
from service.pipeline.told import HEARD, told_of
from service.ports.outbox import Outgoing
from service.ports.rules import HeldBack
from service.ports.store import Engine, Store, Transaction
from service.ports.world import DigestItem, DigestMessage, EventMessage, Renderer

log = logging.getLogger(__name__)
LATER = timedelta(minutes=10)
"""When what could not be told is tried again; the others do not wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """An event as it stands, and what the readers of a batch were told of it, by subscription."""

    event: Event
    history: Sequence[Development]
    claims: Sequence[Claim]
    told: Mapping[int, Sequence[Told]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """What there is to say to one reader of one event that waited. `heard` is the revision they know, if any."""

    held: HeldBack
    story: _Story
    kind: MessageKind
    told: Sequence[Told]
    heard: int | None

    @property
    def event(self) -> Event:
        return self.story.event

    @property
    def latest(self) -> Development:
        """The latest development that is worth a word, with all that its reader has not heard of."""
        steps = [step for step in self.story.history if step.material] or list(self.story.history)
        return steps[-1] if self.heard is None else since(self.story.history, self.heard, steps[-1])

    @property
    def item(self) -> DigestItem:
        """The same as a digest has it."""
        story = self.story
        steps = [step for step in story.history if self.heard is None or step.revision > self.heard]
        earlier = [step for step in story.history if step not in steps]
        return DigestItem(event=story.event, developments=steps, claims=story.claims, earlier=earlier, told=self.heard)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stories:
    """Events, looked up once for all readers of a batch."""

    tx: Transaction
    readers: Collection[int]
    _known: dict[int, _Story] = field(default_factory=dict)

    def of(self, event_id: int) -> _Story:
        event_id = self.tx.events.living(event_id)
        if event_id not in self._known:
            events, history = self.tx.events, self.tx.events.developments(event_id)
            self._known[event_id] = _Story(
                event=events.get(event_id),
                history=history,
                claims=in_sentences(events.claims(event_id), events.accounts(event_id)),
                told=told_of(self.tx, event_id, history, readers=self.readers),
            )
        return self._known[event_id]

    def words(self, waiting: Sequence[HeldBack]) -> list[_Word]:
        """Return what there is to say to one reader. What was merged is one."""
        by_event = {}
        for held in waiting:
            story = self.of(held.event_id)
            told = story.told.get(held.subscription_id, ())
            kind = waited(story.event, story.history, told)
            if kind is not None and story.event.event_id not in by_event:
                heard = max((one.revision for one in told if one.state in HEARD), default=None)
                by_event[story.event.event_id] = _Word(held=held, story=story, kind=kind, told=told, heard=heard)
        return list(by_event.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Summaries:
    """The step. So many readers are told in one transaction as `batch` says."""

    store: Store
    renderer: Renderer
    engine: Engine
    rules: Callable[[], RuleIndex]
    batch: int = 50

    def run(self, now: datetime) -> list[int]:
        """Queue what is due to be told, one message for each subscription. Return the outbox ids."""
        queued: list[int] = []
        while (made := self._some(now)) is not None:
            queued += made
        return queued

    def owed(self, tx: Transaction, now: datetime) -> list[int]:
        """Do the same within the caller's transaction, who wakes the sender."""
        queued: list[int] = []
        while tx.rule_states.held_back_due(now):
            queued += self._take(tx, now)
        return queued

    def _some(self, now: datetime) -> list[int] | None:
        """Do so for some readers; None where nothing is due."""
        with self.store.read() as tx:
            if not tx.rule_states.held_back_due(now):
                return None
        with self.store.write() as tx:
            done = self._take(tx, now)
            self.engine.wake(tx, "deliver", done)
        return done

    def _take(self, tx: Transaction, now: datetime) -> list[int]:
        taken = tx.rule_states.take_held_back(now, readers=self.batch)
        stories = _Stories(tx=tx, readers={held.subscription_id for held in taken})
        by_reader = groupby(taken, key=lambda held: held.subscription_id)
        made = [self._one(tx, sub_id, list(waiting), stories, now) for sub_id, waiting in by_reader]
        return [outbox_id for outbox_id in made if outbox_id is not None]

    def _one(
        self, tx: Transaction, subscription_id: int, waiting: Sequence[HeldBack], stories: _Stories, now: datetime
    ) -> int | None:
        """Tell one reader, or have it wait on. One that fails must not hold up the others."""
        subscription = tx.subscriptions.get(subscription_id)
        if subscription.state != "active" or subscription.channel.state != "active":
            return None
        try:
            with tx.savepoint():
                words = stories.words(waiting)
                until = _hushed(subscription, [word.event for word in words], now)
                if until is None:
                    due_at = min(held.due_at for held in waiting)
                    return self._tell(tx, subscription, words, due_at, now) if words else None
        except Exception:
            log.exception("what waited for subscription %d failed; trying again later", subscription_id)
            until = now + LATER
        for held in waiting:
            tx.rule_states.hold_back(replace(held, due_at=until))
        return None

    def _tell(
        self, tx: Transaction, subscription: Subscription, words: Sequence[_Word], due_at: datetime, now: datetime
    ) -> int | None:
        key = f"{subscription.subscription_id}:held:{words[0].event.event_id}:{now.timestamp():.3f}"
        if len(words) == 1:
            outgoing = self._alert(subscription, words[0], key, now)
        else:
            outgoing = self._summary(tx, subscription, words, key, now)
        outbox_id = tx.outbox.put_all([outgoing], now).get(key)
        if outbox_id is not None:
            self._remember(tx, outbox_id, words, due_at)
            log.info("subscription %d: told of %d events that waited", subscription.subscription_id, len(words))
        return outbox_id

    def _alert(self, subscription: Subscription, word: _Word, key: str, now: datetime) -> Outgoing:
        """Return the message about the only one. In quiet hours it would not be asked for, were it not grave."""
        message = EventMessage(
            kind=word.kind,
            message_id=message_id_of(subscription, key),
            subscription=subscription,
            event=word.event,
            development=word.latest,
            history=word.story.history,
            claims=word.story.claims,
            rule=word.held.rule_id,
            told_before=word.told,
            now=now,
        )
        return Outgoing(
            dedup_key=key,
            message_id=message.message_id,
            kind=word.kind,
            subscription=subscription,
            rendered=self.renderer.event(message),
            due_at=now,
            event_id=word.event.event_id,
            revision=word.event.revision,
            loud=quiet_until(subscription.quiet, subscription.tz, now) is not None,
        )

    def _summary(
        self, tx: Transaction, subscription: Subscription, words: Sequence[_Word], key: str, now: datetime
    ) -> Outgoing:
        feeds = sum(tx.counts.watched().values())
        message = DigestMessage(
            message_id=message_id_of(subscription, key),
            subscription=subscription,
            local_date=now.date(),
            window_start=min(word.held.at for word in words),
            window_end=now,
            items=arrange([word.item for word in words]),
            gaps=(),
            feeds_ok=feeds,
            feeds_all=feeds,
            note=note_of(subscription, [word.held for word in words], self._rules()),
            now=now,
        )
        return Outgoing(
            dedup_key=key,
            message_id=message.message_id,
            kind="digest",
            subscription=subscription,
            rendered=self.renderer.digest(message),
            due_at=now,
        )

    def _rules(self) -> Mapping[str, Rule]:
        return {rule.rule_id: rule for rule in self.rules().rules}

    def _remember(self, tx: Transaction, outbox_id: int, words: Sequence[_Word], at: datetime) -> None:
        """Note what was told, as of when it was due. For each rule the message is one, whatever it tells of."""
        rules, states = self._rules(), tx.rule_states
        spoken: set[str] = set()
        for word in words:
            event, reader, rule = word.event, word.held.subscription_id, rules.get(word.held.rule_id)
            if len(words) > 1:
                states.mention(outbox_id, event.event_id, reader, event.revision)
            if rule is not None and word.kind in FIRES:
                fired = fired_now(rule, event, at, counts=rule.rule_id not in spoken)
                states.sent(rule.rule_id, reader, outbox_id, fired)
                spoken.add(rule.rule_id)
            else:
                states.retold(reader, event.event_id, marks(event))


def _hushed(subscription: Subscription, events: Sequence[Event], now: datetime) -> datetime | None:
    """Return until when the reader's quiet hours keep it; None where one event is grave enough to come."""
    quiet = subscription.quiet
    if quiet is None or (quiet.unless is not None and any(severity(event) >= quiet.unless for event in events)):
        return None
    return quiet_until(quiet, subscription.tz, now)


def note_of(subscription: Subscription, waiting: Sequence[HeldBack], rules: Mapping[str, Rule]) -> str:
    """Return `12 more held back by kyiv-strikes, harbour-watch`, or `3 events from your quiet hours`."""
    quiet, tz = subscription.quiet, subscription.tz
    awake = [held for held in waiting if quiet is None or not is_quiet(quiet, tz, held.at)]
    full = [held.rule_id for held in awake if held.rule_id in rules and rules[held.rule_id].max_per_hour is not None]
    if len(full) == len(waiting):
        return f"{len(waiting)} more held back by {', '.join(sorted(set(full)))}"
    return f"{len(waiting)} events from your quiet hours" if not awake else f"{len(waiting)} events that had to wait"
