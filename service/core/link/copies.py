"""The layers that need no signature: the same article, and the same text."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from service.core.entry import Entry
from service.core.event import Account, Candidate, Link
from service.core.link.cues import is_one_more
from service.core.link.question import Question
from service.core.link.sketch import Told, sketch
from service.core.link.talks import is_another_round, venue
from service.core.link.when import when
from service.core.link.where import where
from service.core.link.words import alike, lead_of, may_be_alike, sample, title_key
from service.core.report import Report
from service.core.urls import is_pointer

TOLLS = ("killed", "injured")
FACTS = (*TOLLS, "children_killed", "place", "actor", "target", "status", "weapon", "parties", "mediators")

COPY_WITHIN = timedelta(hours=60)
"""The same text later than this is a template, or an archive."""
TITLE_WITHIN = timedelta(hours=24)
"""The same title over another text is one, for so long."""


def same_text(entry: Entry, question: Question, candidates: Sequence[Candidate]) -> Link | None:
    """Return the link to the event that holds the same article or text, unless place or time say otherwise."""
    title, ours = title_key(entry.title), sample(lead_of(entry))
    for candidate in candidates:
        for told in sketch(candidate).told:
            if not _may_be_copied(entry, title, ours, told):
                continue
            found = copied(entry, told.account)
            if found == "text" and _is_one_more(entry, question.report, told.account):
                continue
            if found and not _conflict(entry.title, question, candidate):
                return _link(entry, question.report, candidate, told.account, found)
    return None


def _may_be_copied(entry: Entry, title: str, ours: frozenset[int], told: Told) -> bool:
    """Whether it is worth while to compare the texts: the same in all that `copied` goes by, but cheaper."""
    if entry.canonical_url and entry.canonical_url == told.account.canonical_url:
        return True
    return (bool(title) and title == told.title) or may_be_alike(ours, told.sample)


def _link(entry: Entry, report: Report, candidate: Candidate, account: Account, found: str) -> Link:
    event_id = candidate.event.event_id
    if report.stance != "asserts" or (account.outlet == entry.outlet and _says_more(report, account.report, FACTS)):
        return Link(decision="joined", event_id=event_id, score=1.0, reason=f"the same {found}")
    if _says_more(report, account.report, TOLLS):
        return Link(decision="joined", event_id=event_id, score=1.0, reason=f"the same {found} with another toll")
    return Link(decision="copy", event_id=event_id, score=1.0, reason=f"the same {found} as {account.outlet}")


def pointed(entry: Entry, report: Report, found: Link) -> Link:
    """Return the link of what an aggregator shows: it leads to a source and is none, but for a toll it brings first."""
    if found.decision != "joined" or report.stance != "asserts" or not is_pointer(entry.url):
        return found
    if any(getattr(report, field) for field in TOLLS):
        return found
    return replace(found, decision="copy", reason=f"by way of an aggregator: {found.reason}")


def _is_one_more(entry: Entry, report: Report, account: Account) -> bool:
    """Whether the sentence was used again for one more strike, with a toll of its own."""
    one_more = is_one_more(entry.title) and not is_one_more(account.title)
    return report.kind == "strike" and one_more and _says_more(report, account.report, TOLLS)


def _says_more(ours: Report, theirs: Report, fields: Sequence[str]) -> bool:
    """Whether the text was written on: who gives another toll has it from elsewhere."""
    pairs = ((getattr(ours, field), getattr(theirs, field)) for field in fields)
    return any(mine and mine != other for mine, other in pairs)


def copied(told: Entry | Account, account: Account) -> str:
    """Name what is the same, or return an empty string."""
    if told.canonical_url and told.canonical_url == account.canonical_url:
        return "url"
    if abs(told.told_at - account.told_at) > COPY_WITHIN:
        return ""
    key = title_key(told.title) if abs(told.told_at - account.told_at) <= TITLE_WITHIN else ""
    if key and key == title_key(account.title):
        return "title"
    return "text" if alike(lead_of(told), lead_of(account)) else ""


def _conflict(title: str, question: Question, candidate: Candidate) -> bool:
    if question.report.kind == "talks":
        place = venue(question.report, candidate)
        return place.veto or place.weight < 0 or is_another_round(title, candidate)
    place, time = where(question, candidate), when(question, candidate)
    return place.veto or time.veto or place.weight < 0
