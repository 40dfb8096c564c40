"""What an operator may do to the event on view, and what was done to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from service.adapters.render.clean import HEADLINE, NAME, clean
from service.adapters.render.words import LABELS, amount
from service.core.event import REPAIR, Act, Event
from service.core.report import Count, Interval, Kind, Place
from service.pipeline.said import stated
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
PEOPLE, NAMES, PLACE = "8, 8-12 or 8-", "with commas between", "Kharkiv, UA"
FACTS: Mapping[Kind, Mapping[str, str]] = {
    "strike": {
        "killed": PEOPLE,
        "injured": PEOPLE,
        "children_killed": PEOPLE,
        "missing": PEOPLE,
        "place": PLACE,
        "weapon": "drone, missile",
        "actor": "a name",
        "target": "a name",
    },
    "talks": {
        "status": "scheduled",
        "parties": NAMES,
        "mediators": NAMES,
        "place": PLACE,
        "venue": PLACE,
        "planned": "2026-12-03, or with 10:00Z",
        "duration_h": "72, or 3 days",
    },
}
"""What can be corrected of an event of each kind, and how it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing done, or several at once. `undo` are their numbers where they can be taken back."""

    words: str
    by: str
    at: datetime
    reason: str
    undo: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stood in the form that could not be obeyed: values by their facts, the reason, whether to tell nobody."""

    facts: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the form: what is known now, an example of how it is written, and what was typed."""

    name: str
    label: str
    now: str
    example: str
    typed: str


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
    facts: Sequence[Fact]
    filled: Filled


def acts_of(
    tx: Transaction, event: Event, *, done: Sequence[int], told: int, wrong: str, filled: Filled | None = None
) -> Acts:
    """Return what there is to do and was done.

    `done` are the numbers of what was just done, `told` to how many; `filled` is what was asked for in vain.
    """
    found = tx.events.acts(event.event_id, limit=SHOWN)
    just = [_done(tx, act, event) for act in reversed(found) if act.act_id in done]
    filled = filled or Filled()
    return Acts(
        twin=_twin(tx, event),
        deeds=[_deed(act, event) for act in found if act.verb != "undo"],
        done=_all(just) if just else None,
        wrong=wrong,
        readers=len(heard_by(tx, event.event_id)),
        told=told,
        facts=[
            Fact(name=name, label=LABELS[name], now=_now(event, name), example=how, typed=filled.facts.get(name, ""))
            for name, how in FACTS[event.kind].items()
        ],
        filled=filled,
    )


def _done(tx: Transaction, act: Act, event: Event) -> Deed:
    """Return what was just done; of an undoing also whether what it was about is still said by another act."""
    deed = _deed(act, event)
    still = stated(tx, event.event_id, act.field) if act.verb == "undo" and act.field else None
    if still is None:
        return deed
    said = (
        "the event is still retracted" if act.field == "state" else f"{act.field.replace('_', ' ')} is still corrected"
    )
    return replace(deed, words=f"{deed.words}; {said}, as {clean(still.by, NAME)} said", undo=[still.act_id])


def _all(deeds: Sequence[Deed]) -> Deed:
    """Return as one what was done at once; the latest is to be undone first."""
    undo = [number for deed in reversed(deeds) for number in deed.undo]
    return replace(deeds[-1], words=". ".join(deed.words for deed in deeds), undo=undo)


def _now(event: Event, name: str) -> str:
    """Return a fact as the event has it, written as it would be typed where that can be; "" for what is not known."""
    value = getattr(event, name)
    if isinstance(value, Count):
        return amount(value)
    if isinstance(value, Place):
        return clean(f"{value.name}, {value.country}" if value.country else value.name, NAME)
    if isinstance(value, Interval):
        return f"{value.start:%Y-%m-%d %H:%M} UTC" if value.start else ""
    if isinstance(value, tuple):
        return clean(", ".join(value), NAME)
    return clean("" if value is None else str(value), NAME)


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
        undo=[act.act_id] if can_be else [],
    )
