"""Whether a report is of an event we know.

What we hold to be true
- One attack wave in one night, by one side, on one country is one event; separate attacks on different cities with
  tolls of their own are several. The next night is another event, however alike the words: a war repeats itself.
- One round of talks is one event from its preview to its outcome; the next round is another.
- A false match hides an attack, a missed match costs a second alert. So when in doubt we split, and say what the new
  event may be the same as, for an operator to merge.
- A whole country's night is no town's: where towns have dead of their own, the sum is another event, or perhaps theirs.
- Texts mislead in both directions: wires write the same sentences about two nights, and two languages share no word
  about one. So words alone never join a report to an event, unless it is the same text.

How it works, cheapest first
1. The same URL is the same article: joined (`copies`).
2. The same text (its title apart from publisher and label, or half of its letter sequences): a copy, or joined where
   the outlet is the same; but not where place or time say otherwise, for templates are used again.
3. The signature, which holds in every language because places, sides and figures were resolved before: where, when,
   who, with what, how many, what was hit; for talks venue, parties, dates and stage (`where`, `when`, `sides`,
   `objects`, `talks`). What came after a strike is told late by nature, where its title says so. Then the likeness of
   title and lead, weighed by how rare a word is among the candidates (`words`). Weights add up (`score`): JOIN and
   above joins, from DOUBT on it is possibly the same. What a title says of its place in a story is read by `cues`.
   What only a person can settle (`waves`, `unplaced`) keeps a report apart, and names what it may be the same as.
4. Every few minutes whole events are compared: merged by quorum, split where two happenings were mixed (`repair`).
A denial or a retraction is about an event that somebody else reported: it joins the best match or nothing. It never
starts one: the answer is then `new` without an event and with the reason, and the caller keeps it without an event.
What an operator bound, parted or removed outranks all of it (`Ties`).

A report without a time goes by when it was told. Soon after the first report it is of that event. Later two rates are
weighed: how often the event is told of now, against how often the country was struck on other days. So a story that
the world tells for three days stays one event, and the same hours over a front line make several.

Where it fails
- Two strikes on one city in one night by one side are one event, unless tolls or times differ.
- Follow-ups told days later, about a place that is struck daily, need words or figures in common.
- Reports of one strike on a vessel that name the sea, its coast or no place at all often stay apart.
- A report that sums up several events joins the nearest one only.
- Two strikes of one side within hours that reports give neither town nor time for are told apart by toll, target and
  words; where nobody counts, they are one.
- A wave that nobody counts is of the first town that was told of, until a second has dead of its own.
- Talks between the same parties that overlap in time are told apart by place and words alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from service.core.entry import Entry
from service.core.event import Candidate, Event, Link, Ties
from service.core.link.copies import copied, pointed, same_text
from service.core.link.edits import put_right, strayed
from service.core.link.neighbours import KINDS, WORLD, Neighbourhood, neighbourhoods
from service.core.link.question import Question, ask
from service.core.link.score import Match, scored
from service.core.link.traces import traces
from service.core.link.where import elsewhere
from service.core.report import Kind, Report

__all__ = ["KINDS", "WORLD", "Neighbourhood", "copied", "link", "neighbourhoods", "strayed", "traces", "window"]

JOIN: Mapping[Kind, float] = {"strike": 3.75, "talks": 3.5}
"""Talks come in fewer kinds of places and times, so less speaks for them."""
DOUBT = 2.5
FREE = Ties()
ABOUT = 1.5
"""A denial or a retraction joins from here on: it names what it denies, and cannot hide an attack."""

WINDOWS: Mapping[Kind, timedelta] = {"strike": timedelta(hours=84), "talks": timedelta(days=7)}


def window(kind: Kind) -> timedelta:
    """Return how long after its latest report an event is still a candidate."""
    return WINDOWS[kind]


def link(entry: Entry, report: Report, candidates: Sequence[Candidate], *, now: datetime, ties: Ties = FREE) -> Link:
    """Decide which of the candidates, all of the report's kind and live, it belongs to.

    `now` is when it was told, so that what comes late joins what was told of then, and nothing that happened since.
    `ties` are what operators said of this report; they outrank everything else.

    `event_id` is None where it belongs to none. For a report that asserts this starts an event; a denial or a
    retraction (`report.stance`) then belongs nowhere, and `reason` says "nothing to deny" or "nothing to retract".
    """
    if ties.removed:
        return Link(decision="new", reason="an operator removed it")
    if ties.together:
        return Link(decision="joined", event_id=min(ties.together), score=1.0, reason="an operator bound it")
    near = (candidate for candidate in candidates if _within(candidate.event, now, window(report.kind)))
    known = [candidate for candidate in near if candidate.event.event_id not in ties.apart]
    question = ask(report, entry, known)
    if report.kind == "strike":  # most are elsewhere, and nothing else is looked at
        question = replace(question, others=[one for one in known if not elsewhere(question, one)])
    return pointed(entry, report, _weighed(entry, question, known))


def _weighed(entry: Entry, question: Question, known: Sequence[Candidate]) -> Link:
    if found := same_text(entry, question, question.others):
        return found
    right = put_right(entry, question, known)
    if right is not None and right.decision == "joined":
        return right
    found = _decided(question.report, scored(entry, question, known))
    return right if right is not None and found.decision == "new" else found


def _within(event: Event, now: datetime, reach: timedelta) -> bool:
    return now - event.last_seen <= reach and event.first_seen - now <= reach


def _decided(report: Report, matches: Sequence[Match]) -> Link:
    best = next((match for match in matches if match.grounded), None)
    if report.stance != "asserts":
        return _about(report, best)
    sure = JOIN[report.kind]
    if best is not None and best.score >= sure:
        return Link(decision="joined", event_id=best.event_id, score=best.score, reason=best.reason)
    if perhaps := next((match for match in matches if _in_doubt(match)), None):
        reason = f"perhaps event {perhaps.event_id}: {perhaps.reason}"
        return Link(decision="possibly", possibly=perhaps.event_id, score=perhaps.score, reason=reason)
    return Link(decision="new", score=best.score if best else 0.0, reason=_unlike(best))


def _in_doubt(match: Match) -> bool:
    """Whether it nearly fits, or would but for what a person has to settle."""
    return match.grounded and max(match.score, match.undoubted) >= DOUBT


def _about(report: Report, best: Match | None) -> Link:
    if best is None or best.score < ABOUT:
        what = "deny" if report.stance == "denies" else "retract"
        return Link(decision="new", reason=f"nothing to {what}: {_unlike(best)}")
    return Link(decision="joined", event_id=best.event_id, score=best.score, reason=f"{report.stance}: {best.reason}")


def _unlike(best: Match | None) -> str:
    return f"nearest is event {best.event_id}: {best.reason}" if best else "no known event agrees in place and time"
