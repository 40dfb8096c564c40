"""What moves reports between events, and the journal of who did it."""

from collections.abc import Sequence
from typing import Protocol

from service.core.event import Act, Bond
from service.core.report import Kind


class Curation(Protocol):
    """The part of the EventStore that operators and the repair pass need."""

    def move(self, report_ids: Sequence[int], event_id: int) -> None:
        """Join these reports, with all their claims, to this event instead of theirs."""
        ...

    def living(self, event_id: int) -> int:
        """Return the id of the event that this one was merged into, at the end of the chain; its own if it was not.

        Raises NotFound.
        """
        ...

    def merged_into(self, event_id: int) -> list[int]:
        """Return the ids of all events that were merged into this one, directly or not."""
        ...

    def bind(self, bonds: Sequence[Bond], act_id: int) -> None:
        """Keep an operator's word. A later word on the same two entries takes the place of the earlier one."""
        ...

    def bonds(self, *, entry_id: int | None = None, kind: Kind | None = None) -> list[Bond]:
        """Return what operators said that still holds: all of it, or what is about this entry."""
        ...

    def note(self, act: Act) -> int:
        """Append to the journal (its `act_id` is ignored). Return its id."""
        ...

    def act(self, act_id: int) -> Act:
        """Return what was done, or raise NotFound."""
        ...

    def acts(self, event_id: int | None = None, *, limit: int = 100) -> list[Act]:
        """Return what was done, newest first; to this event where one is given."""
        ...

    def undone(self, act_id: int) -> None:
        """Mark it as undone, and forget the bonds that came with it."""
        ...
