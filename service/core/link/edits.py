"""Whether an edit made a report one of something else than the other reports of its event tell of.

Outlets put a wrong town right, and use one page for one strike after another. Where nobody else tells of the event, the
edit corrects it. Where others do, and hold to their place, the edited report must not drag their event elsewhere.

Some feeds bring an article that was put right as another entry, under the same address. It is taken as an edit where
the rest of its text stayed; else it may be another strike on a page that is used for all.
"""

from collections.abc import Sequence

from service.core.entry import Entry
from service.core.event import Account, Candidate, Link
from service.core.link.question import Question, ask
from service.core.link.talks import venue
from service.core.link.when import when
from service.core.link.where import elsewhere
from service.core.link.words import lead_of, telling
from service.core.report import Report

REST = 0.6
"""The share of telling words that two versions of one article have in common."""


def put_right(entry: Entry, question: Question, candidates: Sequence[Candidate]) -> Link | None:
    """Return the link of an article that names another town than it did under the same address, in the same hours."""
    report = question.report
    if report.kind != "strike" or report.stance != "asserts" or report.place is None or not entry.canonical_url:
        return None
    for candidate in candidates:
        before = [told for told in candidate.accounts if _is_of(told, entry) and _named_elsewhere(told, report)]
        if not before or when(question, candidate).veto:
            continue
        event_id, alone = candidate.event.event_id, len(before) == len(candidate.accounts)
        if alone and any(_reads_alike(entry, told) for told in before):
            return Link(
                decision="joined", event_id=event_id, score=1.0, reason="the same article, with its town put right"
            )
        return Link(
            decision="possibly", possibly=event_id, score=0.0, reason=f"its page told of event {event_id} before"
        )
    return None


def _is_of(told: Account, entry: Entry) -> bool:
    return told.canonical_url == entry.canonical_url and told.outlet == entry.outlet


def _named_elsewhere(told: Account, report: Report) -> bool:
    """Whether it names another place, and not one around or within it."""
    was, now = told.report.place, report.place
    return was is not None and now is not None and was != now and not (was.is_around(now) or now.is_around(was))


def _reads_alike(entry: Entry, told: Account) -> bool:
    ours, theirs = telling(lead_of(entry)), telling(lead_of(told))
    return len(ours & theirs) >= REST * min(len(ours), len(theirs)) > 0


def strayed(entry: Entry, report: Report, before: Report, rest: Candidate) -> bool:
    """Say whether the edit names another place than it did `before`, where the `rest` of its event cannot be."""
    if report.stance != "asserts" or report.place is None or report.place == before.place:
        return False
    if all(told.report.stance != "asserts" for told in rest.accounts):
        return False
    if report.kind == "talks":
        place = venue(report, rest)
        return place.veto or place.weight < 0
    return elsewhere(ask(report, entry, [rest]), rest)
