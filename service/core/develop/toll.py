"""The toll as a range over what sources say now.

Counts of the dead start low and rise while rescuers work, and outlets do not take their old articles down. So a figure
stands for its outlet's latest word, and it is *outdated*, not disputed, once others say more and

- one says at least twice as much, half an hour later or more; or
- one says more three hours later or more; or
- two outlets say more, however little later.

A single figure far above the rest (over five times as much and over twenty more) outdates nothing: it is as likely a
war's total, or a slip of the pen, as news. It widens the range until a second outlet says the same.

What is left is the range: from the lowest low to the highest figure. It stays open upwards only where every source
that gives that one figure says "at least".
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from service.core.event import Claim
from service.core.report import Count

SOON = timedelta(minutes=30)
LATER = timedelta(hours=3)
FAR_TIMES = 5
FAR_MORE = 20


def toll(claims: Iterable[Claim]) -> Count | None:
    """Return the range over claims of one field by independent outlets, None where nobody gives a number."""
    latest = list(_latest(claims).values())
    return _range([count_of(claim) for claim in latest if not _outdated(claim, latest)])


def count_of(claim: Claim) -> Count:
    """Return a claim's `[min, max]` as a Count."""
    low, high = claim.value if isinstance(claim.value, (list, tuple)) else (None, None)
    return Count(low, high)


def figure(count: Count) -> int:
    """Return the one number a count is known by: the most it names."""
    return max(count.min or 0, count.max or 0)


def plausible(before: int, after: int) -> bool:
    """Say whether a toll may well have risen this far between two reports."""
    return after <= max(before * FAR_TIMES, before + FAR_MORE)


def _latest(claims: Iterable[Claim]) -> dict[str, Claim]:
    in_order = sorted(claims, key=lambda claim: (claim.told_at, claim.report_id))
    return {claim.outlet: claim for claim in in_order}


def _outdated(claim: Claim, latest: Sequence[Claim]) -> bool:
    said = figure(count_of(claim))
    more = [other for other in latest if other.told_at > claim.told_at and (count_of(other).min or 0) > said]
    return len(more) > 1 or any(_outdates(other, claim, said) for other in more)


def _outdates(other: Claim, claim: Claim, said: int) -> bool:
    low, lag = count_of(other).min or 0, other.told_at - claim.told_at
    return plausible(said, low) and (lag >= LATER or (lag >= SOON and low >= 2 * said))


def _range(counts: Sequence[Count]) -> Count | None:
    lows = [count.min for count in counts if count.min is not None]
    if not lows:
        highs = [count.max for count in counts if count.max is not None]
        return Count(None, max(highs)) if highs else None
    low, high = min(lows), max(figure(count) for count in counts)
    is_open = low == high and all(count.max is None for count in counts)
    return Count(low, None if is_open else high)
