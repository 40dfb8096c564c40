"""What the pipeline needs from the database to make each digest once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from service.core.digest import Past
from service.core.subscription import Subscription


class DigestStore(Protocol):
    """When each digest is due, and which have been made."""

    def due(self, now: datetime, limit: int) -> list[Subscription]:
        """Return active digest subscriptions whose time has come, or was never planned."""
        ...

    def due_at(self, subscription_ids: Sequence[int]) -> Mapping[int, datetime | None]:
        """Return when each is due, None where it was never planned."""
        ...

    def past(self, subscription_ids: Sequence[int], *, memory: int) -> Mapping[int, Past]:
        """Return what the last so many digests of each told; of one without any, an empty Past."""
        ...

    def plan(self, subscription_id: int, due_at: datetime) -> None:
        """Set when the next one is due."""
        ...

    def record(
        self,
        subscription_id: int,
        local_date: date,
        *,
        start: datetime,
        end: datetime,
        told: Mapping[int, int],
        upto: int,
        outbox_id: int | None,
    ) -> bool:
        """Note that this local date's digest is made, and which events it told at which revision.

        `upto` is the last development it knew of. False if it was made before.
        """
        ...

    def take_all(self, subscription_ids: Sequence[int]) -> Mapping[int, datetime | None]:
        """Lock the digests of all of these for the transaction. Return when each is due."""
        ...

    def take(self, subscription_id: int) -> datetime | None:
        """Lock this subscription's digest for the transaction. Return when it is due, None if it was never planned."""
        ...
