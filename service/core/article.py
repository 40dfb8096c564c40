"""When an entry's article is worth a request, whether what came back is that article, and what it may change.

What we hold to be true:
- most entries never need theirs: only one whose words are few and which looks like news of ours is worth a stranger's
  bandwidth, and it is worth one request, with one more where the first met with bad luck;
- a page is not the article because it has its address: consent walls, pay walls and bot walls answer 200 too. What
  reads unlike its headline is thrown away, and the feed's words stand as they did;
- **an outlet speaks through its feed.** Its article fills in what its entry left open and may show that a headline was
  news after all. It never takes back what the entry says: that our reading of a longer text comes out weaker is our
  doubt, not the outlet's retraction;
- the feed's words may be edited after the article was fetched. The article is the older one then, and only fills in.

Where it fails: a headline that shares few words with its article (a quotation, a pun) loses it; an article whose toll
is corrected on the page alone keeps the old one here.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.core.entry import Entry
from service.core.feed import ArticleJob, FetchResult
from service.core.report import COUNTS, Judgement, Report
from service.core.urls import is_web

SHORT = 400
"""Characters. An entry of fewer says where and what, seldom how many."""
LEAST = 200
"""Characters. What is left of a page that has fewer is a notice, not an article."""
PAGE_BYTES = 2_000_000
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
MAX_TRIES = 2
PAUSE = timedelta(minutes=10)
STALE = timedelta(hours=6)
"""An article later than this adds nothing: its outlet and others have told the rest."""

NEARLY = "weak_cue"
"""Why detect sets aside what has words of ours, too few to go by."""

_ALONE = 60  # characters of a lead that is none: "Read more", "Photo: Harbour Post"
_SHARED = 0.3  # of the headline's words
_STEM = 5  # letters that most forms of a word have in common
_LEAST_WORD = 4
_WORD = re.compile(r"\d+|[^\W\d_]+")
_UNLUCKY = frozenset({408, 425, 429, 500, 502, 503, 504})
_SLOTS = ("place", "occurred", "weapon", "actor", "target", "bounds", "others", "several", *COUNTS)
_TALKS_SLOTS = ("status", "parties", "mediators", "venue", "host", "planned", "duration_h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whether to fetch an entry's article, and why, or why not."""

    wanted: bool
    reason: str


def wish(entry: Entry, said: Judgement, *, known_elsewhere: bool) -> Wish:
    """Decide for an entry that has just been judged.

    `known_elsewhere` says that all it reports is another account's text, or that another entry has the same address.
    """
    if entry.revision > 1 or entry.article_revision:
        return Wish(wanted=False, reason="an article is asked for once, at first sight")
    if entry.backlog:
        return Wish(wanted=False, reason="backlog")
    if not is_short(entry.title, entry.summary, entry.content):
        return Wish(wanted=False, reason="long enough")
    if not is_web(entry.url or ""):
        return Wish(wanted=False, reason="no address")
    if known_elsewhere:
        return Wish(wanted=False, reason="a copy: the article was seen elsewhere")
    return _by_judgement(entry, said)


def _by_judgement(entry: Entry, said: Judgement) -> Wish:
    if any(report.new and report.stance == "asserts" for report in said.reports):
        return Wish(wanted=True, reason="short for a new report")
    if any(report.reason == "weak" for report in said.reports):
        return Wish(wanted=True, reason="nearly a new report")
    if said.set_aside == NEARLY and _headline_alone(entry):
        return Wish(wanted=True, reason="a headline alone, with a weak cue")
    return Wish(wanted=False, reason=f"not relevant: {said.set_aside or 'nothing new'}")


def is_short(title: str, summary: str, content: str) -> bool:
    """Tell whether a feed gives so little that the article adds to it."""
    return len(title) + len(summary) + len(content) < SHORT


def _headline_alone(entry: Entry) -> bool:
    leads = (lead for lead in (entry.summary, entry.content) if lead.strip() != entry.title.strip())
    return sum(map(len, leads)) < _ALONE


def unfit(title: str, text: str) -> str:
    """Return why this text is not the article under that headline, or "" where it is."""
    if len(text) < LEAST:
        return f"only {len(text)} characters of text: a notice or a wall, not an article"
    wanted = set(_stems(title))
    shared = wanted.intersection(_stems(text))
    if len(shared) < _SHARED * len(wanted):
        return f"{len(shared)} of the headline's {len(wanted)} words: another page, or a wall"
    return ""


def _stems(text: str) -> Iterator[str]:
    """Yield the beginnings of the words that carry meaning, and numbers."""
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if len(word) >= _LEAST_WORD or word.isdigit():
            yield word[:_STEM]


def again_at(job: ArticleJob, result: FetchResult, *, now: datetime) -> datetime | None:
    """Return when to ask a second time after a request that brought no page, None where that would not help."""
    unlucky = result.status in _UNLUCKY if result.status else result.error_code in {"dns", "connect", "timeout"}
    wait = max(PAUSE, timedelta(seconds=result.retry_after_s or 0))
    return now + wait if unlucky and job.tries < MAX_TRIES and wait <= STALE else None


def settled(entry: Entry, own: Judgement, full: Judgement) -> Judgement:
    """Return what an entry with an article says. `own` is the judgement of the feed's words, `full` of all."""
    edited_since = entry.revision > entry.article_revision
    if edited_since and not own.reports and own.set_aside != NEARLY:
        return own  # the feed thought better of it: an article from before cannot speak for it
    by_kind = {report.kind: report for report in full.reports}
    kept = [_settled(report, by_kind.pop(report.kind, None), edited_since=edited_since) for report in own.reports]
    reports = (*kept, *by_kind.values())
    return Judgement(
        lang=own.lang if own.reports else full.lang, reports=reports, set_aside=None if reports else full.set_aside
    )


def _settled(own: Report, full: Report | None, *, edited_since: bool) -> Report:
    """Return the report of one kind that the feed's words give: with what the article adds, never with less."""
    if full is None or full.stance != own.stance or (own.new and not full.new):
        return own
    return _written_over(full, own) if edited_since else full


def _written_over(full: Report, own: Report) -> Report:
    """Return `full` with all that `own` says instead, and the words for it."""
    names = {name for name in (*_SLOTS, *_TALKS_SLOTS) if getattr(own, name)}
    shown = [item for item in own.evidence if item.field in names]
    shown += [item for item in full.evidence if item.field not in names]
    return replace(full, **{name: getattr(own, name) for name in names}, evidence=tuple(shown))
