"""What the pipeline needs from the database. No transaction is ever open across a network call."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal, Protocol

from service.core.entry import Entry
from service.core.event import Account, Claim, Development, Event, Link
from service.core.report import Kind, Report
from service.core.retry import Health
from service.core.subscription import Channel, ChannelKind, Mode, Notice, Subscription, Wish
from service.ports.archive import Archive
from service.ports.counts import Counts
from service.ports.curation import Curation, Story
from service.ports.digests import DigestStore
from service.ports.examples import ExampleStore
from service.ports.intake import ArticleStore, EntryStore, FeedStore, PushStore
from service.ports.linking import Linking
from service.ports.outbox import Outbox
from service.ports.readers import ConsentStore, People
from service.ports.returns import Returns
from service.ports.rules import RuleStore
from service.ports.users import UserStore
from service.ports.versions import RuleVersions

Step = Literal["poll", "ingest", "repair", "articles", "websub", "deliver", "digest"]

Mark = tuple[datetime, int]
"""Where in the list of events one stands: its latest activity and its id."""


class EventStore(Curation, Linking, Protocol):
    """Events, the reports joined to them, claims and developments."""

    def report_of(self, entry_id: int, kind: Kind) -> tuple[int, int] | None:
        """Return (report_id, event_id) of what this entry reported before, if that belongs to an event."""
        ...

    def count_copy(self, event_id: int, told_at: datetime) -> bool:
        """Count one more report of an event, which changes nothing else, and is to be saved next.

        False, and nothing counted, where it may change more: the event is not live, began later, or is not as
        `candidates` returned it last.
        """
        ...

    def create(self, event: Event) -> int: ...
    def update(self, event: Event) -> None: ...
    def get(self, event_id: int) -> Event: ...
    def recent(
        self,
        *,
        limit: int,
        kind: Kind | None = None,
        country: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: Mark | None = None,
    ) -> list[Event]:
        """Return live and retracted events, latest activity first: since then, until (excluded) then, after a mark."""
        ...

    def save_report(
        self, entry: Entry, report: Report, event_id: int | None, link: Link, lang: str, *, now: datetime
    ) -> int:
        """Insert the report, or replace what the entry said of this kind before (keeping its id). Return its id.

        A report without an event is one that is not new, or withdraws what nobody here had reported.
        """
        ...

    def replace_claims(self, event_id: int, report_id: int, claims: Sequence[Claim], *, now: datetime) -> None:
        """Make these the claims of this report. The old ones stay, marked as superseded."""
        ...

    def claims(self, event_id: int) -> list[Claim]:
        """Return the current claims, oldest first."""
        ...

    def accounts(self, event_id: int) -> list[Account]: ...
    def add_development(self, event_id: int, development: Development, report_id: int | None) -> None: ...
    def developments(self, event_id: int) -> list[Development]: ...
    def histories(self, event_ids: Sequence[int]) -> Mapping[int, Sequence[Development]]:
        """Return the developments of each of these events that has any, oldest first."""
        ...

    def upto(self) -> int:
        """Return the id of the last development; they grow in the order in which they are kept. 0 where none is."""
        ...

    def happened(self, *, after: int, since: datetime, until: datetime | None = None) -> list[Event]:
        """Return events with a development of a greater id that is not older, as they stand; merged ones left out.

        With `until` only those that have one before it, so that an old day does not read all there is.
        """
        ...

    def some(self, event_ids: Sequence[int]) -> Mapping[int, Event]:
        """Return those of these events that there are, in whatever state."""
        ...

    def corrections(self, *, before: int | None, limit: int) -> Sequence[tuple[int, Event, Development]]:
        """Return what was corrected or retracted, newest first: its number, its event as it stands, what changed.

        With `before` those of lower numbers only.
        """
        ...

    def stories(self, event_ids: Sequence[int]) -> Mapping[int, Story]:
        """Return of each of these events its accounts, claims, developments with their ids, and what merged into it."""
        ...


class SubscriptionStore(Protocol):
    """Channels and subscriptions."""

    def add(self, wish: Wish, *, now: datetime) -> Subscription:
        """Insert, or return the one that has this channel, mode and rules already. The wish is checked and plain.

        What is there already is set as the wish names it.
        """
        ...

    def change(self, subscription_id: int, wish: Wish) -> Subscription:
        """Write what the wish says of mode, rules and times; its address counts for nothing.

        Where the time of the digest changes, its next one is to be planned again.
        """
        ...

    def at_address(self, kind: ChannelKind, address: str) -> list[Subscription]:
        """Return all that go to this address, the ended ones too. A mailbox is one however it is written."""
        ...

    def all(self) -> list[Subscription]: ...
    def active(self, mode: Mode) -> list[Subscription]: ...
    def alerted(self) -> list[Subscription]:
        """Return those that want alerts and did not leave: paused ones and those on disabled channels too."""
        ...

    def get(self, subscription_id: int) -> Subscription: ...
    def some(self, subscription_ids: Sequence[int]) -> Mapping[int, Subscription]:
        """Return those of these that there are."""
        ...

    def by_key(self, key: str) -> Subscription: ...
    def begin(self, subscription_id: int, now: datetime | None) -> None:
        """Make it active, its next digest to be planned; as if it began `now`, or going on where that is None."""
        ...

    def set_state(self, subscription_id: int, state: Literal["active", "paused", "ended"]) -> None:
        """Change the state. Pausing and ending also supersede everything unsent that nobody is sending right now."""
        ...

    def closed(self) -> list[Subscription]:
        """Return those in force that get nothing as their channel is disabled; not who subscribed by mail alone."""
        ...

    def enable_channel(self, channel_id: int) -> None:
        """Send there again, as if nothing had failed."""
        ...

    def disable_channel(self, channel_id: int, reason: str) -> None: ...
    def recovered(self, channel_ids: Collection[int], now: datetime) -> None:
        """Forget that these failed: a try went well. A breaker that is still open stays so until its time."""
        ...

    def failing(self, channel_id: int, health: Health) -> None:
        """Note how an endpoint stands after failures."""
        ...

    def channel(self, channel_id: int) -> Channel: ...
    def on_channel(self, channel_id: int) -> list[Subscription]: ...
    def mailbox(self, address: str, *, now: datetime) -> Channel:
        """Return the channel of this mail address, made if there is none."""
        ...

    def rules_wanted(self) -> Mapping[str, int]:
        """Return how many subscriptions that have not ended ask for each rule, of those that name rules."""
        ...

    def rotate(self, channel_id: int, secret: str, *, until: datetime, now: datetime) -> None:
        """Make this its secret; the one before counts until then, and the one before that until its own end."""
        ...


class DecisionLog(Protocol):
    """Why each subscription heard, or did not hear, of each development."""

    def add(
        self, subscription_id: int, event_id: int, revision: int, rule: str, notice: Notice, now: datetime
    ) -> None: ...
    def of(self, subscription_id: int, event_id: int) -> list[tuple[datetime, int, str, Notice]]:
        """Return (decided at, event revision, rule, notice), oldest first."""
        ...


class Heartbeats(Protocol):
    """Signs of life, for /readyz."""

    def beat(self, name: str, now: datetime) -> None: ...
    def all(self) -> Mapping[str, datetime]: ...


class Transaction(Protocol):
    """Everything the store holds, as of one transaction."""

    feeds: FeedStore
    entries: EntryStore
    articles: ArticleStore
    pushes: PushStore
    events: EventStore
    examples: ExampleStore
    subscriptions: SubscriptionStore
    outbox: Outbox
    returns: Returns
    digests: DigestStore
    consents: ConsentStore
    people: People
    decisions: DecisionLog
    rules: RuleVersions
    rule_states: RuleStore
    archive: Archive
    heartbeats: Heartbeats
    counts: Counts
    users: UserStore

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call this once the transaction has committed, and never if it rolls back."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what happens inside if it raises, and let the error pass."""
        ...


class Store(Protocol):
    """The database. No transaction is ever open across a network call."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Open a writing transaction: all of it or nothing. On SQLite there is one at a time."""
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a reading transaction: one consistent picture, never waits for a writer."""
        ...


class Engine(Protocol):
    """Wakes steps. A lost wake-up costs one tick, never data: what is due is a row."""

    def wake(self, tx: Transaction, step: Step, ids: Sequence[int]) -> None:
        """Ask for this step to run on these rows soon after `tx` commits. Nothing wakes if it rolls back."""
        ...
