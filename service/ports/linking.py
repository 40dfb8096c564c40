"""What linking needs from the database: nobody else at it, and the events a report may be of."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from service.core.event import Candidate, Relates, Relation
from service.core.link import WORLD, Neighbourhood
from service.core.report import Kind

LATEST = 100
"""So many events told of last are always candidates: more than there are, but for a flood."""


class Linking(Protocol):
    """The part of the EventStore that is asked before a report is linked."""

    def lock_linking(self, near: Collection[Neighbourhood] = WORLD) -> None:
        """Wait until no other transaction links in these neighbourhoods. Held to the end of the transaction.

        To be called once in a transaction, before it reads what it links with.
        """
        ...

    def lock_telling(self) -> None:
        """Wait until no other transaction decides what to tell: what rules remember spans all events.

        Held to the end of the transaction. To be called after `lock_linking`.
        """
        ...

    def expect(self, entry_ids: Collection[int]) -> None:
        """Look up at once what `report_of` and `ties` will be asked of these entries. To be called after the lock."""
        ...

    def candidates(
        self, kind: Kind, *, since: datetime, near: Sequence[int] = (), most: int = LATEST
    ) -> list[Candidate]:
        """Return live events of this kind seen since, latest activity first.

        They are the `most` that were told of last, and of each of these traces (core.link) the newest that have it:
        so there are never more than so many, whatever is stored.
        """
        ...

    def relate(self, report_id: int, how: Relates, earlier_id: int, reason: str) -> None:
        """Note how the event that this report is in stands to the one that the other report is in, now and later.

        A later word on the same report takes the place of the earlier one.
        """
        ...

    def unrelate(self, report_id: int) -> None:
        """Forget what was noted of this report."""
        ...

    def relations(self, event_id: int) -> list[Relation]:
        """Return how this event stands to earlier ones, and later ones to it, by their reports' events as of now.

        Events that are retracted, and relations of an event to itself, are left out.
        """
        ...
