"""What moves reports between events, and the journal of who did it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.core.event import Account, Act, Before, Bond, Claim, Development, NamedBond, NamedFact, Ties
from service.core.report import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All there is of one event, oldest first: `developments` with the id each was kept under.

    `before` are the earlier events that it breaks, or goes on from, as they stand.
    """

    accounts: Sequence[Account] = ()
    claims: Sequence[Claim] = ()
    developments: Sequence[tuple[int, Development]] = ()
    merged: Sequence[int] = ()
    before: Sequence[Before] = ()


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

    def bind(self, bonds: Sequence[Bond], act_id: int | None) -> None:
        """Keep an operator's word. A later word on the same two entries takes the place of the earlier one.

        Without an act it was said in another store.
        """
        ...

    def bonds(self, kind: Kind) -> list[Bond]:
        """Return all that operators said of reports of this kind and that still holds."""
        ...

    def named_bonds(self) -> list[NamedBond]:
        """Return all that operators said and that still holds, in the words of any store, in the order it was said."""
        ...

    def named_facts(self) -> list[NamedFact]:
        """Return all that operators corrected or retracted and that still holds, likewise."""
        ...

    def ties(self, entry_id: int, kind: Kind) -> Ties:
        """Return what operators said of this entry's report, as the events that its other ends are in by now."""
        ...

    def tied(self, kind: Kind, *, together: bool) -> frozenset[frozenset[int]]:
        """Return the pairs of different events that operators tied together, or keep apart."""
        ...

    def drop(self, report_id: int) -> None:
        """Take the report out of its event: it stays, and so does what it claimed, but nowhere."""
        ...

    def restore(self, report_id: int, event_id: int) -> None:
        """Undo `drop`: what the report claimed last counts again."""
        ...

    def claim(self, event_id: int, claim: Claim, *, now: datetime) -> None:
        """Keep a claim that an operator makes. It takes the place of the operator's last one on the field."""
        ...

    def unclaim(self, event_id: int, field: str) -> None:
        """Take back what an operator claimed on the field."""
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
