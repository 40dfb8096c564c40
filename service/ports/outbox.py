"""The outbox, as the pipeline needs it: rendered messages and their deliveries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from service.core.subscription import ChannelKind, Message, MessageKind, Subscription, Told
from service.ports.world import Attempt, Rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the outbox, for looking at. `fell_back` says what was wrong with the operator's template, if it was."""

    message: Message
    subscription_id: int
    subject: str
    state: Literal["pending", "sent", "gave_up", "superseded"]
    due_at: datetime
    sent_at: datetime | None
    last_error: str
    attempts: Sequence[Attempt] = ()
    fell_back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a claimed message ended, and when it is to be tried again, if it is."""

    message: Message
    attempt: Attempt
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to be queued. `loud` is sent through quiet hours."""

    dedup_key: str
    message_id: str
    kind: MessageKind
    subscription: Subscription
    rendered: Rendered
    due_at: datetime
    event_id: int | None = None
    revision: int | None = None
    loud: bool = False


class Outbox(Protocol):
    """Rendered messages and their deliveries."""

    def put_all(self, messages: Sequence[Outgoing], now: datetime) -> Mapping[str, int]:
        """Queue them. Return the ids by dedup_key, without those of keys that were queued before."""
        ...

    def put(
        self,
        *,
        dedup_key: str,
        message_id: str,
        kind: MessageKind,
        subscription: Subscription,
        rendered: Rendered,
        due_at: datetime,
        now: datetime,
        event_id: int | None = None,
        revision: int | None = None,
    ) -> int | None:
        """Queue the bytes. None if this dedup_key was queued before: nothing is written then."""
        ...

    def told(self, subscription_id: int, event_id: int) -> list[Told]:
        """Return what this subscription got or is about to get about the event, oldest first.

        What was dropped after a try counts as sent: it may have arrived.
        """
        ...

    def told_all(self, event_id: int, readers: Collection[int] | None = None) -> Mapping[int, list[Told]]:
        """Return the same for every subscription that was told, by its id; or for these only."""
        ...

    def supersede(self, subscription_id: int, event_id: int) -> int:
        """Drop messages about the event that were never tried and are not leased. Return how many."""
        ...

    def supersede_all(
        self, subscription_ids: Collection[int], event_ids: Collection[int], *, tried: bool = False
    ) -> Mapping[int, int]:
        """Do the same for many, about any of these events. Return how many were dropped, by subscription.

        With `tried` those that failed and wait for another try too; they count as told, since they may have arrived.
        """
        ...

    def put_off(self, event_id: int) -> None:
        """Drop messages about the event as `supersede` does; for their readers it is held back until they were due."""
        ...

    def owed(self, subscription_id: int, *, since: datetime) -> Sequence[int]:
        """Return events of which it was sent something since then that was corrected or withdrawn after that."""
        ...

    def claim(self, now: datetime, *, limit: int, lease: timedelta, kind: ChannelKind | None = None) -> list[Message]:
        """Lease due messages, longest due first; per channel and event only the oldest unsent one.

        A channel has at most four of them under way, over all processes; one whose breaker was open has one. Channels
        that are paused have none. What is due to an inactive subscription is superseded instead, what is due on a
        disabled channel given up. Taking a lease over counts as a try: its holder was killed, or was too slow, and may
        have sent the message.
        """
        ...

    def record(self, message: Message, attempt: Attempt, *, retry_at: datetime | None) -> bool:
        """Append the attempt and mark sent, due again at `retry_at`, or given up. False if the lease was lost.

        An attempt that was not `tried` is not appended and counts for nothing.
        """
        ...

    def record_all(self, ended: Sequence[Ended]) -> Collection[int]:
        """Do the same for many. Return the ids of those whose lease was not lost."""
        ...

    def defer(self, outbox_id: int, lease_token: str, until: datetime) -> None:
        """Let go of a message that was claimed and is not to leave before `until`: it was not tried.

        What never was, and tells of an event, is dropped, and the event held back until then.
        """
        ...

    def bring_back(self, now: datetime, *, lease: timedelta) -> int:
        """Have nobody wait for what lies further ahead than any schedule or `lease` puts it. Return how many rows.

        The clock was set back since: leases end, messages and what is held back are due, digests planned again.
        """
        ...

    def lately(self, channel_id: int, since: datetime) -> tuple[int, int]:
        """Return how many tries the channel had since, and how many of them failed."""
        ...

    def states(self) -> Mapping[str, int]:
        """Return how many messages are in each state."""
        ...

    def list(self, *, state: str | None = None, limit: int = 100) -> list[Delivery]: ...
    def get(self, outbox_id: int) -> Delivery: ...
    def about(self, subscription_id: int, event_id: int) -> Sequence[Delivery]:
        """Return every message that told this subscription of the event, oldest first."""
        ...

    def replay(
        self, since: datetime, now: datetime, *, subscription_id: int | None = None, sent: bool = False
    ) -> Sequence[int]:
        """Make due again what was queued since then and given up (or `sent`), where it is wanted. Return the ids.

        What never arrived and is out of date by now is dropped instead. An event that went on since is held back until
        `now`, so that its newest state is told too. The ids of both are returned.
        """
        ...

    def retry(self, outbox_id: int, now: datetime) -> None:
        """Make a given-up message due again, under the same id. Raises BadInput if it is not, or nobody wants it."""
        ...
