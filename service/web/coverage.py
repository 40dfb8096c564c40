"""Silence is not good news: where feeds bring nothing, say so above what is shown. What counts, core.health decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.adapters.render.coverage import gap_name, gap_words
from service.core.health import Gap, coverage
from service.ports.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """The gravest gap in words; `others` counts the gaps beside it."""

    title: str
    sentence: str
    others: int


def gaps(tx: Transaction, now: datetime) -> list[Gap]:
    """Return the gaps there are, the gravest first."""
    return coverage(tx.counts.in_doubt(now), now, watched=tx.counts.watched())


def banner(found: Sequence[Gap], now: datetime, *, country: str = "") -> Banner | None:
    """Return the gravest gap, or that of this country before all others; None where there is none."""
    if not found:
        return None
    its = (gap for gap in found if country and gap.axis == "country" and gap.code == country)
    worst = next(its, found[0])
    return Banner(title=_title(worst), sentence=gap_words(worst, now), others=len(found) - 1)


def about(found: Sequence[Gap], country: str) -> list[Gap]:
    """Return the gaps that matter for an event in this country."""
    return [gap for gap in found if gap.axis == "everywhere" or (gap.axis == "country" and gap.code == country)]


def _title(gap: Gap) -> str:
    if gap.axis == "everywhere":
        return "Little or nothing is coming in."
    place = gap_name(gap)
    return f"{place[:1].upper()}{place[1:]} coverage is thin." if place else "Coverage is thin."
