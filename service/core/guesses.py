"""How often one network may guess at a token: ten times in a row, then once a minute. A right one clears the count."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BURST = 10
REFILL = timedelta(minutes=1)
LAPSES = 2 * BURST * REFILL
"""After so long nothing is left of any count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """What wrong tokens weigh that came from one network, as of `at`: one each, one less a minute."""

    weight: float = 0.0
    at: datetime

    def weighed(self, now: datetime) -> float:
        """Return what is left of them. A clock that was set back takes nothing away."""
        return max(0.0, self.weight - max(now - self.at, timedelta()) / REFILL)


def wait_s(guesses: Guesses | None, now: datetime) -> int:
    """Return for how many seconds nothing is looked at from there, 0 for a free way."""
    weight = guesses.weighed(now) if guesses else 0.0
    return 0 if weight <= BURST - 1 else max(1, round((weight - BURST + 1) * REFILL.total_seconds()))


def one_more(guesses: Guesses | None, now: datetime) -> Guesses:
    """Count a wrong token."""
    return Guesses(weight=(guesses.weighed(now) if guesses else 0.0) + 1, at=now)
