"""The picture of an event: one value for each fact, folded from all its accounts and claims.

The fold depends on nothing but the set it is given: the same accounts in any order give the same picture. Votes are by
outlet, so that an outlet that writes ten articles has one voice, and ties go to who came first.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from math import prod
from typing import TypeVar

from service.core.develop.ahead import duration_of, missing_of, planned_of, venue_of
from service.core.develop.headline import headline_of
from service.core.develop.standing import Standing
from service.core.develop.sums import is_wider
from service.core.develop.toll import toll
from service.core.event import Account, Claim, Event, State
from service.core.report import STATUSES, WEAPONS, Count, Interval, Place, Report

V = TypeVar("V", bound=Hashable)

TRUST = 0.6
"""How far one outlet's account is believed, times the detector's own confidence in having read it right."""
DOUBT = 0.6
"""What is left of that belief for every outlet that denies."""
RETRACTED = 0.0
STALE = timedelta(hours=96)
"""What ended longer before it was told was misread, or is another strike's, mentioned in passing."""

CROWD = 5
"""From this many outlets on, a detail needs two that name it: one of five may well have been misread."""

# How far along talks are. News of a later stage, or of another outcome, replaces; a late preview does not.
STAGES = {status: stage for stage, status in enumerate(STATUSES[:3])}
OUTCOME = len(STAGES)


def picture(event_id: int, before: Event | None, accounts: Sequence[Account], who: Standing) -> Event:
    """Draw the event from its accounts (at least one) and from what stands of them, at `before`'s revision."""
    seen = [account.told_at for account in accounts]
    gone = state_of(who) == "retracted"
    if before and not who.accounts:  # its only account was edited into a retraction: what it said before is all we have
        return replace(before, state="retracted", confidence=RETRACTED, sources=0, last_seen=max(seen))
    standing = who.accounts or accounts
    place = placed(who)
    killed, injured, status = _toll(who, "killed"), _toll(who, "injured"), status_of(who)
    parties, mediators = _talking(who)
    return Event(
        event_id=event_id,
        kind=standing[0].report.kind,
        headline=headline_of(_of_here(standing, place), killed=killed, injured=injured, status=status),
        first_seen=min(seen),
        last_seen=max(seen),
        revision=before.revision if before else 1,
        state=state_of(who),
        place=place,
        occurred=occurred_of(who.accounts),
        weapon=_weapons(who),
        actor=_voted(who, "actor"),
        target=_voted(who, "target"),
        killed=killed,
        injured=injured,
        children_killed=_toll(who, "children_killed"),
        missing=missing_of(who),
        status=status,
        parties=parties,
        mediators=mediators,
        venue=venue_of(who),
        planned=planned_of(who),
        duration_h=duration_of(who),
        confidence=RETRACTED if gone else confidence_of(who),
        sources=len(who.outlets),
        reports=len(accounts),
        possibly=before.possibly if before else None,
        merged_into=before.merged_into if before else None,
    )


def state_of(who: Standing) -> State:
    """Return what an operator said; else retracted once no outlet stands by it."""
    for claim in who.of("state"):
        return "retracted" if claim.value == "retracted" else "live"
    return "live" if who.outlets else "retracted"


def confidence_of(who: Standing) -> float:
    """Return 1 minus the chance that every outlet is wrong, halved and more by each one that denies.

    One outlet read with confidence 0.9 gives 0.54, two 0.79, three 0.90; a denial takes 0.79 down to 0.47. Who names
    neither a place nor a side may speak of another strike with as many dead, and adds nothing to those who name one.
    """
    read: dict[str, float] = defaultdict(float)
    accounts = [account for account in who.accounts if account.outlet in who.outlets]
    for account in [account for account in accounts if not _names_nothing(account.report)] or accounts:
        read[account.outlet] = max(read[account.outlet], account.report.confidence)
    believed = 1 - prod(1 - TRUST * confidence for confidence in read.values())
    return round(believed * DOUBT ** len(who.denying), 3)


def _names_nothing(report: Report) -> bool:
    return report.kind == "strike" and not (report.place or report.actor or report.target)


def placed(who: Standing) -> Place | None:
    """Return the place an operator gave, the one claim on a place that holds all of it, else what accounts name."""
    given = (claim.value for claim in who.of("place") if isinstance(claim.value, dict))
    return next((Place(**value) for value in given), None) or place_of(who.accounts)


def _of_here(accounts: Sequence[Account], place: Place | None) -> Sequence[Account]:
    """Return the accounts whose titles count nobody elsewhere, where there are any."""
    return [account for account in accounts if not is_wider(account.report, place)] or accounts


def place_of(accounts: Sequence[Account]) -> Place | None:
    """Return the most exact place within the country most outlets name.

    A city named by one of many is as likely a dateline as the place, so in a crowd it takes two.
    """
    placed = [(account.outlet, account.report.place) for account in accounts if account.report.place]
    country = _most_named([(outlet, place.country) for outlet, place in placed])
    inside = [(outlet, place) for outlet, place in placed if place.country == country]
    crowd = len({outlet for outlet, _ in inside}) >= CROWD
    for precision in ("city", "region", "country"):
        exact = [(outlet, place) for outlet, place in inside if place.precision == precision]
        name = _most_named([(outlet, place.name) for outlet, place in exact])
        named = [(outlet, place) for outlet, place in exact if place.name == name]
        if named and (precision == "country" or not crowd or len({outlet for outlet, _ in named}) > 1):
            return named[0][1]
    return inside[0][1] if inside else None


def occurred_of(accounts: Sequence[Account]) -> Interval | None:
    """Return the interval that agrees with most outlets'; among equals the narrowest. One long past was misread."""
    said = [
        (account.outlet, account.report.occurred)
        for account in accounts
        if account.report.occurred and account.report.occurred.end > account.told_at - STALE
    ]

    def rank(interval: Interval) -> tuple[int, float]:
        agreeing = {outlet for outlet, other in said if interval.start < other.end and other.start < interval.end}
        return -len(agreeing), (interval.end - interval.start).total_seconds()

    return min((interval for _, interval in said), key=rank, default=None)


def status_of(who: Standing) -> str | None:
    """Return how far talks have come, told in order: later stages and newer outcomes replace, previews do not."""
    current: str | None = None
    for claim in sorted(who.of("status"), key=lambda claim: (claim.told_at, claim.report_id)):
        status = str(claim.value)
        if current is None or _stage(status) >= _stage(current):
            current = status
    return current


def _stage(status: str) -> int:
    return STAGES.get(status, OUTCOME)


def _toll(who: Standing, field: str) -> Count | None:
    return toll(who.of(field))


def _voted(who: Standing, field: str) -> str | None:
    return _most_named([(claim.outlet, str(claim.value)) for claim in _in_order(who.of(field))])


def _weapons(who: Standing) -> tuple[str, ...]:
    named = _named(who, "weapon")
    known = [weapon for weapon in WEAPONS if weapon in named and weapon != "unknown"]
    return tuple(known) or _by_votes(list(named), named)


def _talking(who: Standing) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return parties and mediators, most named first. Nobody is both: most outlets say which, and else a party."""
    parties, mediators = _named(who, "parties"), _named(who, "mediators")
    between = {name for name, votes in mediators.items() if len(votes) > len(parties.get(name, ()))}
    sides = [name for name in parties if name not in between]
    return _by_votes(sides, parties), _by_votes([name for name in mediators if name in between], mediators)


def _named(who: Standing, field: str) -> dict[str, set[str]]:
    """Return what is listed under a field, and by which outlets, in the order of arrival."""
    by_value: dict[str, set[str]] = defaultdict(set)
    for claim in _in_order(who.of(field)):
        for value in claim.value if isinstance(claim.value, (list, tuple)) else ():
            by_value[str(value)].add(claim.outlet)
    least = 2 if len({claim.outlet for claim in who.of(field)}) >= CROWD else 1
    return {value: outlets for value, outlets in by_value.items() if len(outlets) >= least}


def _by_votes(names: Sequence[str], votes: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: -len(votes[name])))


def _in_order(claims: Iterable[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: claim.report_id)


def _most_named(votes: Sequence[tuple[str, V]]) -> V | None:
    """Return the value that most outlets name; the one named first among equals."""
    by_value: dict[V, set[str]] = {}
    for outlet, value in votes:
        by_value.setdefault(value, set()).add(outlet)
    return max(by_value, key=lambda value: len(by_value[value]), default=None)
