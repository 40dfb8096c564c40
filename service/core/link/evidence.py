"""What one comparison finds: a weight, and the clause that says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from service.core.event import Candidate
from service.core.report import Report


class Evidence(NamedTuple):
    """One thing that speaks for (positive) or against; `veto` ends the matter."""

    weight: float
    words: str
    veto: bool = False


NOTHING = Evidence(0.0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Is this report of one of these events? `told_at` is when the report's outlet told it."""

    report: Report
    told_at: datetime
    others: Sequence[Candidate] = ()


def summed(found: Sequence[Evidence]) -> tuple[float, str]:
    """Return the sum of weights and the clauses, weightiest first."""
    telling = sorted((evidence for evidence in found if evidence.words), key=lambda one: -abs(one.weight))
    words = ", ".join(f"{one.words} {one.weight:+.1f}" if one.weight else one.words for one in telling)
    return sum(evidence.weight for evidence in found), words
