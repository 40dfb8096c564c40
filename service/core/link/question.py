"""What is asked of each candidate, with what all of them tell about each other, worked out once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.core.event import Candidate, Event
from service.core.link.objects import SHIP, objects
from service.core.link.words import Told
from service.core.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Is this report of one of these events? `told_at` is when the report's outlet told it.

    `others` are the events it may be of, `by_country` those of them that have a place. `ship`: its title tells of one.
    """

    report: Report
    told_at: datetime
    others: Sequence[Candidate] = ()
    by_country: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    ship: bool = False


def ask(report: Report, told: Told, candidates: Sequence[Candidate]) -> Question:
    """Return the question."""
    if report.kind == "talks":
        return Question(report=report, told_at=told.told_at, others=candidates)
    by_country: dict[str, list[Event]] = defaultdict(list)
    for candidate in candidates:
        if candidate.event.place:
            by_country[candidate.event.place.country].append(candidate.event)
    ship = SHIP in objects(told.title)
    return Question(report=report, told_at=told.told_at, others=candidates, by_country=by_country, ship=ship)
