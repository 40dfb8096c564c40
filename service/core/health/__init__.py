"""How a feed is, in words, and where so many feeds are unwell that events may be missing: silence is not good news."""

from service.core.health.coverage import Gap, Watched, coverage, gap_sentence, missing
from service.core.health.feed import (
    GAPS,
    HINDSIGHT,
    OVERDUE,
    PROBLEMS,
    Health,
    HealthState,
    health,
    standing,
    suggested,
    urgency,
)

__all__ = [
    "GAPS",
    "HINDSIGHT",
    "OVERDUE",
    "PROBLEMS",
    "Gap",
    "Health",
    "HealthState",
    "Watched",
    "coverage",
    "gap_sentence",
    "health",
    "missing",
    "standing",
    "suggested",
    "urgency",
]
