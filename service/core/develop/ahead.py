"""What is still open about an event: who is missing, where and when talks are to be held, how long a truce is to last.

These change by themselves. The missing are found, dead or alive, and nobody writes that there are none left; talks are
moved to another day. So what was said last counts, and a number of missing that nobody repeats goes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from service.core.codec import parse_instant
from service.core.develop.standing import OPERATOR, Standing
from service.core.develop.toll import LATER, count_of, figure
from service.core.event import Claim
from service.core.report import Count, Interval, Place

AHEAD = frozenset({None, "proposed", "scheduled"})
"""The status of talks for which a day is still to come."""
FOUND = timedelta(hours=24)
"""Who counts the dead so long after, and says nothing of the missing, knows of none."""


def missing_of(who: Standing) -> Count | None:
    """Return the range of what outlets last said within a few hours of each other; None once it is overtaken."""
    latest = _latest(who.of("missing"))
    if not latest:
        return None
    newest = max(claim.told_at for claim in latest)
    counted = max((claim.told_at for claim in who.of("killed")), default=newest)
    if counted > newest + FOUND and latest[0].outlet != OPERATOR:
        return None
    counts = [count_of(claim) for claim in latest if claim.told_at >= newest - LATER]
    lows = [count.min for count in counts if count.min is not None]
    if not lows:
        return Count(None, max(figure(count) for count in counts))
    low, high = min(lows), max(figure(count) for count in counts)
    return Count(low, None if low == high and all(count.max is None for count in counts) else high)


def venue_of(who: Standing) -> Place | None:
    """Return where an operator says talks are held, else where most outlets do; among equals the most exact."""
    given = (claim.value for claim in who.of("venue") if isinstance(claim.value, Mapping))
    by_hand = next((Place(**value) for value in given), None)
    if by_hand or not who.of("venue"):
        return by_hand
    named: dict[Place, set[str]] = {}
    for account in who.accounts:
        if account.report.venue:
            named.setdefault(account.report.venue, set()).add(account.outlet)
    return max(named, key=lambda place: (len(named[place]), place.precision == "city"), default=None)


def planned_of(who: Standing) -> Interval | None:
    """Return the time that was named last; one that is only less exact than what was named before changes nothing."""
    current: Interval | None = None
    for claim in sorted(who.of("planned"), key=_order):
        said = _interval(claim.value)
        if said and not (current and said.start <= current.start and current.end <= said.end):
            current = said
    return current


def duration_of(who: Standing) -> int | None:
    """Return the hours most outlets give, the latest word of each; among equals what was said last."""
    latest = sorted(_latest(who.of("duration_h")), key=_order)
    counted = Counter(claim.value for claim in latest if isinstance(claim.value, int))
    hours = max(reversed(counted), key=lambda value: counted[value], default=None)
    return hours if isinstance(hours, int) else None


def _interval(value: object) -> Interval | None:
    if not isinstance(value, Mapping):
        return None
    return Interval(parse_instant(str(value["from"])), parse_instant(str(value["to"])))


def _latest(claims: Iterable[Claim]) -> Sequence[Claim]:
    return list({claim.outlet: claim for claim in sorted(claims, key=_order)}.values())


def _order(claim: Claim) -> tuple[object, int]:
    return claim.told_at, claim.report_id
