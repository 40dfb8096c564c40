"""Who struck whom, with what, and how many were hurt."""

from collections.abc import Iterator

from service.core.event import Candidate
from service.core.link.evidence import NOTHING, Evidence
from service.core.link.question import Question
from service.core.link.words import Told, lead_of, terms
from service.core.report import Count, Report

MANY = 10
FEWER, FEWER_ELSEWHERE = -1.5, -3.5
OTHERS = (-2.0, -1.0, -0.5)
"""What speaks against a match where somebody else is said to have struck, by how many sides name both."""


def who(told: Told, report: Report, candidate: Candidate) -> Iterator[Evidence]:
    """Compare who struck whom. Where no place is known, the country that was struck stands for it."""
    event = candidate.event
    actors = {account.report.actor for account in candidate.accounts} | {event.actor}
    if report.actor and event.actor:
        if report.actor in actors:
            yield Evidence(1.0, f"by {report.actor}")
        elif report.target == event.actor:
            yield Evidence(-2.5, f"the other side struck ({report.actor})")
        elif report.actor not in _struck(report, candidate):
            yield _by_others(told, report, candidate)
    if report.target and report.target in _struck(report, candidate, ours=False) and not _is_place(report):
        yield Evidence(0.5 if report.place else 1.0, f"on {report.target}")


def _is_place(report: Report) -> bool:
    """Whether who was struck is the country that was named as the place, and so was weighed."""
    return report.place is not None and report.place.name == report.target


def _by_others(told: Told, report: Report, candidate: Candidate) -> Evidence:
    """Weigh two names for who struck. Where a text names both, who was struck was easily taken for who struck."""
    both = terms(report.actor or "") | terms(candidate.event.actor or "")
    ours = both <= terms(lead_of(told))
    theirs = any(both <= terms(lead_of(account)) for account in candidate.accounts)
    return Evidence(OTHERS[ours + theirs], f"by {report.actor}, not {candidate.event.actor}")


def _struck(report: Report, candidate: Candidate, *, ours: bool = True) -> set[str]:
    """Return what is said to have been struck: a name among these is easily taken for who struck."""
    places = {place.name for place in (candidate.event.place, report.place if ours else None) if place}
    return places | {target for target in (candidate.event.target, report.target if ours else None) if target}


def with_what(report: Report, candidate: Candidate) -> Evidence:
    """Compare weapons. Different ones speak against little: a wave has drones and missiles."""
    ours, theirs = set(report.weapon) - {"unknown"}, set(candidate.event.weapon) - {"unknown"}
    if not ours or not theirs:
        return NOTHING
    shared = ours & theirs
    return Evidence(0.5, f"by {', '.join(sorted(shared))}") if shared else Evidence(-0.5, "by other weapons")


def how_many(question: Question, candidate: Candidate, *, there: bool = True) -> Iterator[Evidence]:
    """Compare tolls: the same figure ties two reports together, a far lower one later tells them apart.

    The more so where the report is not of the very place (`there`): the next town has a toll of its own.
    What counts several places together is compared with its like alone.
    """
    report = question.report
    alike = [account for account in candidate.accounts if account.report.several == report.several]
    came_first = all(question.told_at < account.told_at for account in alike)
    for field, weight in (("killed", 1.5), ("injured", 1.0)):
        ours: Count | None = getattr(report, field)
        said = [count for told in alike if (count := getattr(told.report, field))]
        theirs = {number for count in said for number in count if number is not None}
        number = (ours.min if ours.min is not None else ours.max) if ours else None
        if number is None or not theirs:
            continue
        earlier, later = (number, max(theirs)) if came_first else (min(theirs), number)
        if number in theirs:
            yield Evidence(weight * _telling(number), f"{number} {field}")
        elif later * 3 < earlier:
            yield Evidence(FEWER if there else FEWER_ELSEWHERE, f"only {later} {field}")


def _telling(number: int) -> float:
    """Return how far a shared figure ties two reports together: everybody reports one dead, few report 24."""
    return 0.5 if number == 1 else 1.0 if number < MANY else 1.5
