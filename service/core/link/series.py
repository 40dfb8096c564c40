"""How an event stands to an earlier one: the next round of the same talks, or a breach of a truce.

A next round is talks that begin a day or more after an earlier round between the same parties was first told of, where
that round had an outcome or fell silent. A breach is a strike, or talk of one, that a report calls so. It is of the
latest truce that its country and sides are under.

Where it fails: a truce between parties that nobody names in the reports of it is not found, and a report that calls a
strike a breach of a truce which was never reported here is tied to none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.event import Account, Candidate, Relates
from service.core.link.cues import is_next_round
from service.core.link.talks import ANOTHER_ROUND, OUTCOMES
from service.core.report import Report

SERIES = timedelta(days=21)
"""No round is the next one of talks that were last told of longer ago."""
TRUCE = timedelta(days=30)
"""No truce that was last told of longer ago is broken any more."""
A_DAY = timedelta(hours=24)
STANDS = frozenset({"agreed", "extended"})
NO_ROUND = frozenset({None, "proposed", "violated"})
"""Of these nobody is known to have met, or to be about to."""
SURE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The event that another one follows or breaks, and the report of it that says most about it."""

    how: Relates
    event_id: int
    report_id: int
    reason: str


def is_breach(report: Report, beside: Collection[Report]) -> bool:
    """Whether a report tells of a breach of a truce; `beside` is all that its entry reports."""
    if report.stance != "asserts":
        return False
    if report.kind == "talks":
        return report.status == "violated"
    return "violation" in report.subtype or any(
        one.kind == "talks" and one.stance == "asserts" and one.status == "violated" for one in beside
    )


def broken(report: Report, beside: Collection[Report], talks: Sequence[Candidate], told_at: datetime) -> Earlier | None:
    """Return the truce that this breach is of, among live talks: the one that most speaks for, then the latest.

    None where no truce of the last 30 days fits, or several do by one name alone.
    """
    sides = _sides(report, beside)
    country = report.place.country if report.place else ""
    known = (one for one in talks if _stood(one) and one.event.first_seen < told_at <= one.event.last_seen + TRUCE)
    fits = [(shared, one) for one in known if (shared := _shared(sides, country, one))]
    most = max((len(shared) for shared, _ in fits), default=0)
    best = sorted((one.event.last_seen, one.event.event_id, one, shared) for shared, one in fits if len(shared) == most)
    if not best or (most < SURE and _unlike([one for *_, one, _ in best])):
        return None
    *_, truce, shared = best[-1]
    said = next((told for told in truce.accounts if told.report.status in STANDS), truce.accounts[0])
    return Earlier(
        how="violates",
        event_id=truce.event.event_id,
        report_id=said.report_id,
        reason=f"it breaks the truce of {_names(shared, truce)}",
    )


def next_of(title: str, report: Report, talks: Sequence[Candidate], told_at: datetime) -> Earlier | None:
    """Return the latest round that the talks begun by this report are the next of, among other live talks."""
    over = [one for one in talks if _is_over(one, told_at) and told_at - one.event.last_seen <= SERIES]
    fits = [
        (one.event.last_seen, one.event.event_id, one, why) for one in over if (why := _continues(title, report, one))
    ]
    if not fits:
        return None
    *_, before, why = max(fits, key=lambda fit: fit[:2])
    last = next((told for told in before.accounts if _speaks(told)), before.accounts[0])
    return Earlier(how="next_in_series", event_id=before.event.event_id, report_id=last.report_id, reason=why)


def _sides(report: Report, beside: Collection[Report]) -> set[str]:
    """Return who is said to be at it, in whatever the entry reports."""
    names = {name for name in (report.actor, report.target) if name}
    names |= {name for one in (report, *beside) if one.kind == "talks" for name in one.parties}
    return {name.casefold() for name in names}


def _shared(sides: set[str], country: str, truce: Candidate) -> set[str]:
    """Return what a breach and a truce have in common: sides, and the country whose war it is."""
    shared = sides & _parties(truce)
    if sides and not shared and _parties(truce):
        return set()  # a truce of others in the same country
    return shared | ({country} if country and country in _wars(truce) else set())


def _parties(talks: Candidate) -> set[str]:
    """Return who talks, without those who mediate."""
    named = {name for told in talks.accounts if _speaks(told) for name in told.report.parties} | {*talks.event.parties}
    return {name.casefold() for name in named}


def _wars(talks: Candidate) -> set[str]:
    """Return the countries whose war is talked of, which is not where they are held."""
    places = {told.report.place for told in talks.accounts if told.report.place and told.report.venue is None}
    return {place.country for place in places if place.precision == "country"}


def _stood(talks: Candidate) -> bool:
    """Whether a truce was agreed there, and is not known to be over."""
    said = {told.report.status for told in talks.accounts if _speaks(told)} | {talks.event.status}
    return bool(said & STANDS) and talks.event.status != "collapsed" and bool(talks.accounts)


def _unlike(truces: Sequence[Candidate]) -> bool:
    """Whether these are truces of different parties."""
    return len({frozenset(_parties(truce)) for truce in truces}) > 1


def _is_over(talks: Candidate, now: datetime) -> bool:
    event = talks.event
    if not talks.accounts or event.status in NO_ROUND or now - event.first_seen < A_DAY:
        return False
    return event.status in OUTCOMES or now - event.last_seen > ANOTHER_ROUND


def _continues(title: str, report: Report, before: Candidate) -> str:
    """Return why talks are the next round of these; empty where nothing says so."""
    ours = {name.casefold() for name in report.parties}
    shared = ours & _parties(before)
    if len(shared) >= SURE:
        return f"{_names(shared, before)} talked before"
    city = report.venue if report.venue and report.venue.precision == "city" else None
    if shared and city and any(told.report.venue == city for told in before.accounts):
        return f"{_names(shared, before)} talked in {city.name} before"
    if shared and is_next_round(title):
        return f"a further round with {_names(shared, before)}"
    return ""


def _speaks(account: Account) -> bool:
    return account.report.stance == "asserts" and account.decision != "copy"


def _names(shared: Collection[str], talks: Candidate) -> str:
    """Return the names as the reports of the talks write them; the country whose war it is where no side is named."""
    told = (told.report for told in talks.accounts)
    written = {name.casefold(): name for report in told for name in report.parties}
    written |= {name.casefold(): name for name in talks.event.parties}
    sides = sorted(written[name] for name in shared if name in written)
    return " and ".join(sides or sorted(shared))
