"""What linking needs from the database: nobody else at it, and the events a report may be of."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from service.core.event import Candidate
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

    def candidates(
        self, kind: Kind, *, since: datetime, near: Sequence[int] = (), most: int = LATEST
    ) -> list[Candidate]:
        """Return live events of this kind seen since, latest activity first.

        They are the `most` that were told of last, and of each of these traces (core.link) the newest that have it:
        so there are never more than so many, whatever is stored.
        """
        ...
