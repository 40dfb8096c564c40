"""What a digest says, gathered: read once for all whose last one ended at the same development, then cut for each."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from service.core.digest import Past, Window, arrange, local_date_of, since_told, window
from service.core.event import Claim, Event
from service.core.feed import Feed
from service.core.health import Gap, coverage
from service.core.rules import RuleIndex, Subject, countries
from service.core.subscription import Channel, Subscription
from service.pipeline.tell import in_sentences, message_id_of
from service.ports.curation import Story
from service.ports.store import Transaction
from service.ports.world import DigestItem, DigestMessage

MEMORY = 14
"""So many digests back a reader counts as told: what changes later than that is told as if it were new."""
MOST_QUIET = 3
SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event with something new, held against the rules once: `rules` are the active ones that hold."""

    event: Event
    story: Story
    rules: AbstractSet[str]
    claims: Sequence[Claim]


@dataclass(slots=True, kw_only=True)
class Gathering:
    """What is looked up once for all digests made within one transaction, and now. Reads only."""

    tx: Transaction
    rules: RuleIndex
    now: datetime
    upto: int = field(init=False)
    _happened: dict[tuple[int, datetime], Sequence[Happening]] = field(default_factory=dict)
    _events: dict[int, Event | None] = field(default_factory=dict)
    _paused: AbstractSet[str] = field(init=False)
    _feeds: tuple[int, int] = field(init=False)
    _gaps: Sequence[Gap] = field(init=False)
    _where: Mapping[str, AbstractSet[str] | None] = field(init=False)

    def __post_init__(self) -> None:
        """Look up what is the same for everybody."""
        self.upto = self.tx.events.upto()
        holds = self.tx.rule_states.holds(self.now)
        self._paused = {rule_id for rule_id, held in holds.items() if any(hold.kind == "pause" for hold in held)}
        watched, doubtful = self.tx.counts.watched(), self.tx.counts.in_doubt(self.now)
        every = sum(watched.values())
        self._feeds = (every - sum(map(_unanswering, doubtful)), every)
        self._gaps = coverage(doubtful, self.now, watched=watched)
        told = self.rules.rules if self._gaps else ()
        self._where = {rule.rule_id: countries(rule.query) for rule in told if rule.state == "active"}

    def past(self, subscription_id: int) -> Past:
        """Return what the digests of late told."""
        return self.tx.digests.past([subscription_id], memory=MEMORY)[subscription_id]

    def message(self, subscription: Subscription, past: Past, *, due_at: datetime) -> DigestMessage:
        """Return what a digest made now says."""
        span = window(past.end, self.now, created_at=subscription.created_at, days=subscription.days)
        local_date = local_date_of(due_at, subscription.tz, subscription.at)
        items = [item for one in self._since(past, span) if (item := self._item(one, subscription, past, span))]
        feeds_ok, feeds_all = self._feeds
        return DigestMessage(
            message_id=message_id_of(subscription, f"{subscription.subscription_id}:digest:{local_date}"),
            subscription=subscription,
            local_date=local_date,
            window_start=span.start,
            window_end=span.end,
            items=arrange(items),
            gaps=self._gaps_for(subscription),
            feeds_ok=feeds_ok,
            feeds_all=feeds_all,
            before=past.items,
            quiet=self._quiet(past, {item.event.event_id for item in items}),
            now=self.now,
        )

    def public(self, day: date, start: datetime, end: datetime, *, rules: Sequence[str] = ()) -> DigestMessage:
        """Return the digest of a stretch for everybody: what happened in it, as it stands now.

        What was reported before it counts as told. What feeds are missing is known of the present only.
        """
        nobody = Channel(channel_id=0, kind="email", address="")
        reader = Subscription(subscription_id=0, channel=nobody, mode="digest", rules=tuple(rules), created_at=start)
        found = self.tx.events.happened(after=0, since=start, until=end)
        events = [event for event in found if event.first_seen < end]
        stories = self.tx.events.stories([event.event_id for event in events])
        items = []
        for event in events:
            one = self._happening(event, stories[event.event_id])
            told = max((item.revision for _, item in one.story.developments if item.at < start), default=None)
            within = {item.revision for _, item in one.story.developments if start <= item.at < end}
            if within and (item := _said(one, told=told, within=within, wanted=_wanted(one, reader))):
                items.append(item)
        now = end >= self.now
        feeds_ok, feeds_all = self._feeds
        return DigestMessage(
            message_id="",
            subscription=reader,
            local_date=day,
            window_start=start,
            window_end=end,
            items=arrange(items),
            gaps=self._gaps if now else (),
            feeds_ok=feeds_ok,
            feeds_all=feeds_all,
            now=self.now,
        )

    def _gaps_for(self, subscription: Subscription) -> Sequence[Gap]:
        """Return the gaps in which something may be missing that the reader asked for.

        Those of a language or a topic stay whatever its rules say: such feeds tell of any country.
        """
        asked = [self._where[rule_id] for rule_id in subscription.rules or self._where if rule_id in self._where]
        if not asked or None in asked:
            return self._gaps
        wanted = frozenset().union(*(said for said in asked if said))
        return [gap for gap in self._gaps if gap.axis != "country" or not gap.code or gap.code in wanted]

    def _since(self, past: Past, span: Window) -> Sequence[Happening]:
        """Return what may have happened since the last digest: by id where that noted one, else by time alone."""
        key = (past.upto or 0, _oldest(past, span))
        if key not in self._happened:
            events = self.tx.events.happened(after=key[0], since=key[1])
            stories = self.tx.events.stories([event.event_id for event in events])
            self._happened[key] = [self._happening(event, stories[event.event_id]) for event in events]
        return self._happened[key]

    def _happening(self, event: Event, story: Story) -> Happening:
        held = self.rules.matching(Subject(event=event, accounts=tuple(story.accounts)))
        return Happening(
            event=event,
            story=story,
            rules={rule.rule_id for rule in held} - self._paused,
            claims=in_sentences(story.claims, story.accounts),
        )

    def _item(self, one: Happening, subscription: Subscription, past: Past, span: Window) -> DigestItem | None:
        after, oldest = past.upto or 0, _oldest(past, span)
        within = {item.revision for key, item in one.story.developments if key > after and item.at >= oldest}
        return _said(one, told=_told(one, past), within=within, wanted=_wanted(one, subscription))

    def _quiet(self, past: Past, told_now: AbstractSet[int]) -> Sequence[Event]:
        """Return the gravest of those the last digest told that stand and have nothing new."""
        missing = [event_id for event_id in past.last if event_id not in self._events]
        if missing:
            found = self.tx.events.some(missing)
            self._events |= {event_id: found.get(event_id) for event_id in missing}
        known = [self._events[event_id] for event_id in past.last if event_id not in told_now]
        still = [
            event for event in known if event and event.state == "live" and event.revision == past.last[event.event_id]
        ]
        ranked = arrange([DigestItem(event=event, developments=(), claims=()) for event in still])
        return [item.event for item in ranked[:MOST_QUIET]]


def _wanted(one: Happening, subscription: Subscription) -> bool:
    return bool(one.rules & set(subscription.rules) if subscription.rules else one.rules)


def _said(one: Happening, *, told: int | None, within: AbstractSet[int], wanted: bool) -> DigestItem | None:
    """Return what a digest has to say of an event, if anything."""
    developments = [item for _, item in one.story.developments]
    steps = since_told(one.event, developments, told=told, within=within, wanted=wanted)
    if not steps:
        return None
    earlier = [item for item in developments if item.revision < steps[0].revision]
    return DigestItem(
        event=one.event, developments=steps, earlier=earlier, claims=one.claims, told=told, before=one.story.before
    )


def _oldest(past: Past, span: Window) -> datetime:
    """Return how old what is new may be. Ids say what is new; a time only keeps out what is older than any digest."""
    if past.upto is None:
        return span.start
    return (span.start - SLACK).replace(minute=0, second=0, microsecond=0)  # whole hours: the same for many


def _told(one: Happening, past: Past) -> int | None:
    """Return at which revision the reader was told last of the event, or of what was found to be the same."""
    told = past.told.get(one.event.event_id)
    if told is not None or not any(event_id in past.told for event_id in one.story.merged):
        return told
    before = [item.revision for key, item in one.story.developments if key <= (past.upto or 0)]
    return max(before, default=0)


def _unanswering(feed: Feed) -> bool:
    return feed.state != "muted" and (feed.failures > 0 or feed.state == "gone")
