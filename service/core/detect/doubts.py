"""What speaks against an entry being news, and what it may be about instead."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from service.core.detect.weigh import Leaf
from service.core.report import Kind
from service.core.text import Page, hits, pattern


class Doubt(NamedTuple):
    """A reason not to believe it is news: `weight` 0 to 1 is how much."""

    reason: str
    weight: float


# What else "strike" can be: the list that says so, the reason given, and what is left of a soft rule's weight.
_ELSEWHERE = (
    ("hunger", "hunger_strike", 0.2),
    ("lightning", "lightning", 0.1),
    ("labour", "labour_strike", 0.35),
    ("sport", "sport", 0.35),
    ("nature", "natural", 0.35),
    ("court", "court", 0.4),
    ("space", "space_launch", 0.3),
    ("verbal", "verbal", 0.4),
    ("crime", "crime", 0.5),
    ("deal", "deal", 0.6),
    ("drill", "drill", 0.5),
)
# A government that condemns a strike tells of it while it is the news; a crowd that marches does so for weeks.
_REACTION = 0.25
# A title without any of these is about something else, whatever its lead recalls.
_HEADLINE = (
    *("raid", "strike", "barrage", "attack", "pound", "hit", "intercept", "explosion", "launch", "ground", "suicide"),
    *("air", "drone", "missile", "artillery", "naval", "bomb", "kill", "dead", "wound", "hurt", "harm"),
)
_OPINION_URL = re.compile(
    r"/(?:opinions?|commentisfree|analysis|podcasts?|editorials?|columns?|blogs?|op-?ed|letters)/"
)
# A person's name behind a bar is a columnist's; a rubric's is not.
_BYLINE = re.compile(
    r"\| (?!.*(?:Report|News|Live|Latest|Update|World|Video|Wire|Post|Daily|TV|Today))(?:[A-Z][\w'’.-]{0,30} ?){1,6}$"
)
_ASKS = re.compile(r"\?[\s\"'”’]")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
_THREAT = pattern("threat ..3 strike|attack|raid|hit|pound|launch|kill")
# "Flights cancelled after strikes": the strike is why, the news is something else.
_AFTERMATH = pattern("aftermath ..4 strike|attack|raid|pound")
_ALLEGED = (pattern("alleged ..4 strike|attack|raid|hit|drone"), pattern("inquiry ..4 alleged"))
_STRUCK = (pattern("air|drone|missile|artillery ..2 strike|hit|pound"), pattern("raid"), pattern("pound"))
# "amid peace talks", "since the ceasefire": named to tell when, not as the news.
_AMID = pattern("amid ..4 truce|peace_talks")
_HOW_FAR = pattern("agreed|extended|violated|stalled|collapsed|scheduled|proposed|under_way")
_SUPPLY = (
    pattern("supply ..5 air|drone|missile|artillery|naval|bomb"),
    pattern("air|drone|missile|artillery|naval|bomb ..4 supply"),
)
_TEST = pattern("testers ..6 launch|missile|hit")
_REPORT_WITHDRAWN = (pattern("retract ..4 report_word|raid|strike|attack"), pattern("report_word ..4 retract"))
_DENIED = (
    pattern("deny ..6 raid|strike|attack|pound|hit|launch|truce|talks|intercept"),
    pattern("nay raid|strike|attack"),
    pattern("nay air|drone|missile|artillery|naval|bomb|peoples|countries|military raid|strike|attack|hit"),
    pattern("report_word ..3 raid|strike|attack ..6 deny"),
    pattern("did_not ..3 raid|strike|attack|hit|pound|kill"),
    pattern("dispute ..3 claim_word ..8 raid|strike|attack|hit|pound|kill"),
)
_SIDES = ("countries", "peoples", "groups", "metonyms", "military", "war")


def elsewhere(title: Page, lead: Page) -> tuple[str, float]:
    """Return what the entry may be about instead of war, and what is left of a soft rule's weight then."""
    for tag, reason, left in _ELSEWHERE:
        if tag in title.by_tag:
            return reason, left
    for tag, reason, left in _ELSEWHERE:
        if tag in lead.by_tag:
            return reason, min(1.0, left + 0.3)
    return "", 1.0


def doubts(kind: Kind, leaves: Sequence[Leaf], url: str | None, told_at: datetime) -> Iterator[Doubt]:
    """Yield what speaks against the entry being news of this kind."""
    title = leaves[0].page
    yield from _form(title, url)
    yield from _past(leaves, told_at)
    if kind == "strike":
        yield from _strike(title, leaves)
    else:
        yield from _talks(leaves)


def _form(title: Page, url: str | None) -> Iterator[Doubt]:
    text = title.text.rstrip()
    if text.endswith("?"):
        yield Doubt("question", 0.65)
    elif _ASKS.search(text):
        yield Doubt("question", 0.4)
    elif title.units and "question" in title.units[0].tags:
        yield Doubt("explainer", 0.5)
    if "opinion" in title.by_tag:
        yield Doubt("opinion", 0.5)
    if _BYLINE.search(text[-200:]) or (url and _OPINION_URL.search(url[:500])):
        yield Doubt("opinion", 0.7)


def _past(leaves: Sequence[Leaf], told_at: datetime) -> Iterator[Doubt]:
    for leaf, weight in zip(leaves, (0.75, 0.25), strict=False):
        years = {int(year) for year in _YEAR.findall(leaf.page.text[:600])}
        if any(year < told_at.year for year in years) or "past" in leaf.page.by_tag:
            yield Doubt("historical", weight)
            return


def _strike(title: Page, leaves: Sequence[Leaf]) -> Iterator[Doubt]:
    harmed = title.has("kill", "wound", "dead", "hurt")
    if title.units and not title.has(*_HEADLINE):
        yield Doubt("passing", 0.4)
    if next(hits(_THREAT, title), None):
        yield Doubt("threat", 0.3 if harmed else 0.6)
    if "reaction" in title.by_tag:
        yield Doubt("reaction", 0.15 if harmed else 0.6 if "civic" in title.by_tag else _REACTION)
    if "inquiry" in title.by_tag:
        yield Doubt("inquiry", 0.5)
    struck = any(next(hits(each, title), None) for each in _STRUCK)
    tested = leaves[:1] if struck or title.has("strike") else leaves
    if any(next(hits(_TEST, leaf.page), None) or _is_test(leaf.page) for leaf in tested):
        yield Doubt("test_launch", 0.6 if harmed else 0.9)
    if not harmed and not struck and any(next(hits(each, title), None) for each in _SUPPLY):
        yield Doubt("supply", 0.6)
    if not harmed and next(hits(_AFTERMATH, title), None):
        yield Doubt("aftermath", 0.45)
    if any(next(hits(each, title), None) for each in _ALLEGED):
        yield Doubt("alleged", 0.4)
    if "consequence" in title.by_tag:
        yield Doubt("consequence", 0.5)
    if "habitual" in title.by_tag:
        yield Doubt("habitual", 0.35)


def _is_test(page: Page) -> bool:
    return page.has("test") and page.has("missile") and not page.has("kill", "wound", "dead", "hurt")


def _talks(leaves: Sequence[Leaf]) -> Iterator[Doubt]:
    title = leaves[0].page
    if title.units and not title.has("truce", "peace_talks", "talks", "peace", "mediate", "war"):
        yield Doubt("passing", 0.4)
    elif next(hits(_AMID, title), None) and not next(hits(_HOW_FAR, title), None):
        yield Doubt("passing", 0.5)
    if "civic" in title.by_tag:
        yield Doubt("domestic", 0.55)
    if "trade" in title.by_tag:
        yield Doubt("trade_talks", 0.6)
    if _is_sport([title]) or _is_sport([leaf.page for leaf in leaves]):
        yield Doubt("sport", 0.7)


def _is_sport(pages: Sequence[Page]) -> bool:
    """Say whether they tell of a match, and of no one who could be at war."""
    return any("sport" in page.by_tag for page in pages) and not any(page.has(*_SIDES) for page in pages)


def withdrawn(leaves: Sequence[Leaf]) -> bool:
    """Say whether the outlet takes an account back."""
    title = leaves[0].page
    return any(next(hits(each, title), None) for each in _REPORT_WITHDRAWN) or any(
        leaf.page.has("retract") and leaf.page.has("nothing_happened") for leaf in leaves
    )


def denied(leaves: Sequence[Leaf]) -> bool:
    """Say whether the news is that somebody says it did not happen.

    Not so where the title first tells what happened: "Drone kills four, army denies hitting market".
    """
    title = leaves[0].page
    if "nothing_happened" in title.by_tag:
        return True
    told = min((at for tag in ("kill", "wound", "dead", "raid") for at in title.by_tag.get(tag, ())), default=None)
    found = (hit for each in _DENIED for hit in hits(each, title))
    return any(told is None or told >= hit.first for hit in found)
