"""What an operator may do to the event on view, and what was done to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.adapters.render.clean import HEADLINE, NAME, clean
from service.core.event import REPAIR, Act, Event
from service.pipeline import facts
from service.pipeline.told import heard_by
from service.ports.store import Transaction

SHOWN = 12
DONE = {
    "merge": "Event {other} was merged into this one",
    "split": "{count} split off as event {other}",
    "remove": "A report was taken out",
    "part": "This event and {other} were said to be two",
    "correct": "{field} was corrected",
    "retract": "The event was retracted",
    "undo": "Undone",
}
FIELDS = tuple((field, field.replace("_", " ").capitalize()) for field in facts.FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing done. `undo` is its number where it can be taken back."""

    words: str
    by: str
    at: datetime
    reason: str
    undo: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """The event that this one may be the same as."""

    event_id: int
    headline: str
    first_seen: datetime
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What the page offers. `done` is what was just done, `wrong` why something could not be.

    `readers` are those a correction is told to, as far as it is not graver than what they asked for; `told` how many
    were told of what was just done.
    """

    twin: Twin | None
    deeds: Sequence[Deed]
    done: Deed | None
    wrong: str
    readers: int
    told: int
    fields: Sequence[tuple[str, str]] = FIELDS


def acts_of(tx: Transaction, event: Event, *, done: int | None, told: int, wrong: str) -> Acts:
    """Return what there is to do and was done. `done` is the number of what was just done, and `told` to how many."""
    found = tx.events.acts(event.event_id, limit=SHOWN)
    just = next((act for act in found if act.act_id == done), None)
    return Acts(
        twin=_twin(tx, event),
        deeds=[_deed(act, event) for act in found if act.verb != "undo"],
        done=_deed(just, event) if just else None,
        wrong=wrong,
        readers=len(heard_by(tx, event.event_id)),
        told=told,
    )


def _twin(tx: Transaction, event: Event) -> Twin | None:
    other = tx.events.get(tx.events.living(event.possibly)) if event.possibly is not None else None
    if other is None or other.event_id == event.event_id or other.state != "live":
        return None
    return Twin(
        event_id=other.event_id,
        headline=clean(other.headline, HEADLINE),
        first_seen=other.first_seen,
        reports=other.reports,
    )


def _deed(act: Act, event: Event) -> Deed:
    other = act.event_id if act.other_id == event.event_id else act.other_id
    count = "1 report was" if len(act.report_ids) == 1 else f"{len(act.report_ids)} reports were"
    words = DONE[act.verb].format(other=other, count=count, field=act.field.replace("_", " ").capitalize())
    can_be = not act.undone and act.verb != "undo"
    return Deed(
        words=f"{words}, and undone" if act.undone else words,
        by="the repair pass" if act.by == REPAIR else clean(act.by, NAME),
        at=act.at,
        reason=clean(act.reason),
        undo=act.act_id if can_be else None,
    )
