"""Whether a report is of an event we know.

What we hold to be true
- One attack wave in one night, by one side, on one country is one event; separate attacks on different cities with
  tolls of their own are several. The next night is another event, however alike the words: a war repeats itself.
- One round of talks is one event from its preview to its outcome; the next round is another.
- A false match hides an attack, a missed match costs a second alert. So when in doubt we split, and say what the new
  event may be the same as, for an operator to merge.
- Texts mislead in both directions: wires write the same sentences about two nights, and two languages share no word
  about one. So words alone never join a report to an event, unless it is the same text.

How it works, cheapest first
1. The same URL is the same article: joined.
2. The same text (its title apart from publisher and label, or half of its letter sequences): a copy, or joined where
   the outlet is the same; but not where place or time say otherwise, for templates are used again.
3. The signature: place and its hierarchy, time, sides, weapon, toll; then the likeness of title and lead, weighed by
   how rare a word is among the candidates. Weights add up: JOIN and above joins, from DOUBT on it is possibly the same.
A denial or a retraction is about an event that somebody else reported: it joins the best match or nothing. It never
starts one: the answer is then `new` without an event and with the reason, and the caller keeps it without an event.

Where it fails
- Two strikes on one city in one night by one side are one event, unless tolls or times differ.
- A report without a time, about a place that is struck daily, goes by when it was told: told within half a day it
  joins. Follow-ups told later than that need words or figures in common.
- A report that sums up several events joins the nearest one only.
- Talks between the same parties that overlap in time are told apart by place and words alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2

from service.core.entry import Entry
from service.core.event import Account, Candidate, Link
from service.core.link import signature
from service.core.link.signature import Evidence, summed
from service.core.link.words import SAME_TEXT, is_renewed, lead, likeness, overlap, rarity, shingles, terms, title_key
from service.core.report import Kind, Report

JOIN = 3.75
DOUBT = 2.5
ABOUT = 1.5
"""A denial or a retraction joins from here on: it names what it denies, and cannot hide an attack."""

SETTLED = timedelta(hours=8)
"""An event known for so long is what "again" refers to, not what it means."""

ALIKE = 0.1
"""Below this, words in common are chance."""

COPY_WITHIN = timedelta(hours=60)
"""The same text later than this is a template, or an archive."""

WINDOWS: Mapping[Kind, timedelta] = {"strike": timedelta(hours=84), "talks": timedelta(days=7)}


def window(kind: Kind) -> timedelta:
    """Return how long after its latest report an event is still a candidate."""
    return WINDOWS[kind]


def country_of(report: Report) -> str | None:
    """Return the country whose events may hold the report, None for every country's: it names none, or who struck."""
    place = report.place
    return place.country if place and place.name != report.actor else None


def link(entry: Entry, report: Report, candidates: Sequence[Candidate], *, now: datetime) -> Link:
    """Decide which of the candidates, all of the report's kind and live, it belongs to.

    `event_id` is None where it belongs to none. For a report that asserts this starts an event; a denial or a
    retraction (`report.stance`) then belongs nowhere, and `reason` says "nothing to deny" or "nothing to retract".
    """
    known = [candidate for candidate in candidates if now - candidate.event.last_seen <= window(report.kind)]
    return _same_text(entry, report, known) or _decided(report, _scored(entry, report, known))


def _same_text(entry: Entry, report: Report, candidates: Sequence[Candidate]) -> Link | None:
    for candidate in candidates:
        for account in candidate.accounts:
            found = _copied(entry, account)
            if found and not _conflict(report, entry, candidate):
                event_id = candidate.event.event_id
                if found == "url" or account.outlet == entry.outlet or report.stance != "asserts":
                    return Link(decision="joined", event_id=event_id, score=1.0, reason=f"the same {found}")
                return Link(
                    decision="copy", event_id=event_id, score=1.0, reason=f"the same {found} as {account.outlet}"
                )
    return None


def _copied(entry: Entry, account: Account) -> str:
    """Name what is the same, or return an empty string."""
    if entry.canonical_url and entry.canonical_url == account.canonical_url:
        return "url"
    if abs(entry.told_at - account.told_at) > COPY_WITHIN:
        return ""
    key = title_key(entry.title)
    if key and key == title_key(account.title):
        return "title"
    ours = lead(entry.title, entry.summary, entry.content)
    theirs = lead(account.title, account.summary, account.content)
    return "text" if overlap(shingles(ours), shingles(theirs)) >= SAME_TEXT else ""


def _conflict(report: Report, entry: Entry, candidate: Candidate) -> bool:
    place = signature.where(report, candidate)
    if report.kind == "talks":
        return place.weight < 0
    time = signature.when(report, entry.told_at, candidate)
    return place.veto or time.veto or place.weight < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The question: a report, its words, all candidates, and how much a word tells them apart."""

    entry: Entry
    report: Report
    others: Sequence[Candidate]
    terms: frozenset[str]
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """How well a candidate fits. `grounded` says whether anything but words speaks for it."""

    event_id: int
    score: float
    accounts: int
    grounded: bool
    reason: str


def _scored(entry: Entry, report: Report, candidates: Sequence[Candidate]) -> list[_Match]:
    """Return the candidates that nothing rules out, best first; among equals the one told most, then the older."""
    asked = _Asked(
        entry=entry,
        report=report,
        others=candidates,
        terms=terms(lead(entry.title, entry.summary, entry.content)),
        weights=rarity(frozenset().union(*map(_terms, candidate.accounts)) for candidate in candidates),
    )
    found = [match for candidate in candidates if (match := _match(asked, candidate))]
    return sorted(found, key=lambda match: (-match.score, -match.accounts, match.event_id))


def _match(asked: _Asked, candidate: Candidate) -> _Match | None:
    found = list(_signature(asked.entry, asked.report, candidate))
    if any(evidence.veto for evidence in found):
        return None
    score, reason = summed([*found, *_around(asked, candidate)])
    return _Match(
        event_id=candidate.event.event_id,
        score=score,
        accounts=len(candidate.accounts),
        grounded=sum(evidence.weight > 0 for evidence in found) > 1,
        reason=reason,
    )


def _around(asked: _Asked, candidate: Candidate) -> Iterator[Evidence]:
    """Yield what helps a match that stands on other feet."""
    yield _likeness(asked, candidate)
    yield _widely(candidate)
    if asked.report.kind == "strike":
        yield signature.quiet(asked.entry.told_at, candidate, asked.others)


def _signature(entry: Entry, report: Report, candidate: Candidate) -> Iterator[Evidence]:
    yield signature.where(report, candidate)
    if report.kind == "talks":
        yield signature.when_talks(report, entry.told_at, candidate)
        yield signature.who_talks(report, candidate)
        return
    yield signature.when(report, entry.told_at, candidate)
    yield _again(entry, candidate)
    yield from signature.who(report, candidate)
    yield signature.with_what(report, candidate)
    yield from signature.how_many(report, candidate)


def _again(entry: Entry, candidate: Candidate) -> Evidence:
    """Weigh a title that speaks of one more strike against an event that is not today's, or was never called that."""
    if is_renewed(entry.title) and entry.told_at - candidate.event.first_seen > SETTLED:
        called_so = any(is_renewed(account.title) for account in candidate.accounts)
        return Evidence(-1.0 if called_so else -3.0, "it speaks of one more")
    return Evidence(0.0, "")


def _widely(candidate: Candidate) -> Evidence:
    """Weigh how much is told of the event: the next report is likelier of what everybody writes about."""
    reports = candidate.event.reports
    return Evidence(min(0.2 * log2(reports), 0.8), f"told {reports} times") if reports > 1 else Evidence(0.0, "")


def _likeness(asked: _Asked, candidate: Candidate) -> Evidence:
    """Weigh the likeness to the nearest account. None in another language says nothing, none in the same says no."""
    alike = max((likeness(asked.terms, _terms(account), asked.weights) for account in candidate.accounts), default=0.0)
    if alike >= ALIKE:
        return Evidence(min(4 * alike, 2.5), f"{alike:.0%} alike in words")
    spoken = {account.lang[:2] for account in candidate.accounts}
    lang = asked.entry.lang
    return Evidence(-0.5 if lang and lang[:2] in spoken else 0.0, "other words")


def _terms(account: Account) -> frozenset[str]:
    return terms(lead(account.title, account.summary, account.content))


def _decided(report: Report, matches: Sequence[_Match]) -> Link:
    best = next((match for match in matches if match.grounded), None)
    if report.stance != "asserts":
        return _about(report, best)
    if best is None or best.score < DOUBT:
        return Link(decision="new", score=best.score if best else 0.0, reason=_unlike(best))
    if best.score < JOIN:
        reason = f"perhaps event {best.event_id}: {best.reason}"
        return Link(decision="possibly", possibly=best.event_id, score=best.score, reason=reason)
    return Link(decision="joined", event_id=best.event_id, score=best.score, reason=best.reason)


def _about(report: Report, best: _Match | None) -> Link:
    if best is None or best.score < ABOUT:
        what = "deny" if report.stance == "denies" else "retract"
        return Link(decision="new", reason=f"nothing to {what}: {_unlike(best)}")
    return Link(decision="joined", event_id=best.event_id, score=best.score, reason=f"{report.stance}: {best.reason}")


def _unlike(best: _Match | None) -> str:
    return f"nearest is event {best.event_id}: {best.reason}" if best else "no known event agrees in place and time"
