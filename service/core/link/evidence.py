"""What one comparison finds: a weight, and the clause that says why."""

from collections.abc import Sequence
from typing import NamedTuple


class Evidence(NamedTuple):
    """One thing that speaks for (positive) or against; `veto` ends the matter, `doubt` leaves it to an operator."""

    weight: float
    words: str
    veto: bool = False
    doubt: bool = False


NOTHING = Evidence(0.0, "")


def summed(found: Sequence[Evidence]) -> tuple[float, str]:
    """Return the sum of weights and the clauses, weightiest first."""
    telling = sorted((evidence for evidence in found if evidence.words), key=lambda one: -abs(one.weight))
    words = ", ".join(f"{one.words} {one.weight:+.1f}" if one.weight else one.words for one in telling)
    return sum(evidence.weight for evidence in found), words
