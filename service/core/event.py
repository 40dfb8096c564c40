"""The happening in the world that reports are about, and how our picture of it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from service.core.report import Count, Interval, Kind, Place, Report

State = Literal["live", "retracted", "merged"]
Decision = Literal["new", "joined", "copy", "possibly"]
Relates = Literal["violates", "next_in_series"]
Change = Literal[
    "new",
    "toll_changed",
    "status_changed",
    "place_refined",
    "attributed",
    "corrected",
    "denied",
    "retracted",
    "corroborated",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One value one report gives for one field of an event, with the words it came from.

    `value` is what the report's slot holds, as JSON types: `[min, max]` for a Count, a string, a list of strings.
    `copy` marks a claim that only repeats another outlet's text.
    """

    field: str
    value: object
    report_id: int
    entry_id: int
    outlet: str
    url: str | None
    quote: str
    told_at: datetime
    copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as it stands at `revision`. Counts are the range over what sources say; `sources` leaves copies out.

    Of talks, `place` is where they are held or else whose war they are about; `venue` only the first. `planned` is when
    they are to be held, `duration_h` how many hours a truce is to last.
    `confidence` is 0 to 1. `possibly` is the id of an event this may be the same as, offered to the operator.
    """

    event_id: int
    kind: Kind
    headline: str
    first_seen: datetime
    last_seen: datetime
    revision: int = 1
    state: State = "live"
    place: Place | None = None
    occurred: Interval | None = None
    weapon: tuple[str, ...] = ()
    actor: str | None = None
    target: str | None = None
    killed: Count | None = None
    injured: Count | None = None
    children_killed: Count | None = None
    missing: Count | None = None
    status: str | None = None
    parties: tuple[str, ...] = ()
    mediators: tuple[str, ...] = ()
    venue: Place | None = None
    planned: Interval | None = None
    duration_h: int | None = None
    confidence: float = 0.0
    sources: int = 1
    reports: int = 1
    possibly: int | None = None
    merged_into: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """One field that changed: `before` and `after` as JSON types, and who said so."""

    field: str
    before: object
    after: object
    outlet: str
    quote: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """A change of an event. `material` ones are worth telling; the rest is kept for the history."""

    change: Change
    revision: int
    at: datetime
    deltas: tuple[Delta, ...] = ()
    material: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a report belongs. `event_id` is None when it starts an event; `possibly` then names a look-alike."""

    decision: Decision
    event_id: int | None = None
    possibly: int | None = None
    score: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """That the event breaks the truce that the other is about, or is the round of talks after it."""

    event_id: int
    how: Relates
    other_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """An earlier event, and how the one that is told of stands to it."""

    how: Relates
    event: Event
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """An operator's word that the reports of this kind of two entries are, or are not, of one event.

    An entry parted from itself (`left` is `right`) is of no event at all.
    """

    kind: Kind
    left: int
    right: int
    together: bool


class EntryName(NamedTuple):
    """How another store knows an entry: by its feed's name and its id there, or by its address."""

    uid: str
    outlet: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBond:
    """A bond as another store understands it."""

    kind: Kind
    together: bool
    left: EntryName
    right: EntryName


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFact:
    """What an operator states of the event that this entry's report is in, as another store understands it.

    `field` and `value` are those of a correction; a retraction says that `state` is `retracted`.
    """

    kind: Kind
    field: str
    value: object
    entry: EntryName
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """What operators said of one entry's report, as ids of events: where it belongs, and where it never may.

    `removed` says that it belongs nowhere, for good.
    """

    together: frozenset[int] = frozenset()
    apart: frozenset[int] = frozenset()
    removed: bool = False


Verb = Literal["merge", "split", "remove", "correct", "retract", "undo", "part"]
REPAIR = "repair"
"""Who did what the repair pass did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something done to events by hand, or by the repair pass: what, by whom, why, and all it takes to undo it.

    `event_id` is the event that lives on (merge) or that it was done to, `other_id` the one merged away or split off.
    `report_ids` are the reports that changed their event. `field` and `value` are what a correction says. `told` counts
    the messages that left with it; the journal does not keep it.
    """

    act_id: int = 0
    at: datetime
    by: str
    verb: Verb
    event_id: int
    other_id: int | None = None
    report_ids: tuple[int, ...] = ()
    field: str = ""
    value: object = None
    reason: str = ""
    undone: bool = False
    told: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One report joined to an event, as linking and rules see it: the words, who said them, when, and why it joined."""

    report_id: int
    entry_id: int
    outlet: str
    url: str | None
    canonical_url: str
    title: str
    summary: str
    content: str
    lang: str
    told_at: datetime
    report: Report
    decision: Decision = "new"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An event a report might belong to, with the accounts already joined to it, newest first, at most 12.

    `worked_out` is what whoever compares reports with it worked out of it, for as long as this value is kept.
    """

    event: Event
    accounts: Sequence[Account]
    worked_out: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
