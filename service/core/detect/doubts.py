"""What speaks against an entry being news, and what it may be about instead."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from service.core.detect.aside import beside, is_fronted
from service.core.detect.dates import long_gone
from service.core.detect.lead import told_at_once
from service.core.detect.polemic import polemic
from service.core.detect.talked import FIRST_THING, LATER, SIDES, STATUS, is_sport, talks_doubts
from service.core.detect.unnamed import is_lone
from service.core.detect.weigh import Doubt, Leaf, found
from service.core.report import Kind
from service.core.text import Page, hits, pattern

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
    ("figurative", "figurative", 0.35),
    ("drill", "drill", 0.5),
)
# Words of games and of space that mean something else in an army's story: "scores killed", "after rocket launch".
_HOMONYMS = frozenset({"sport", "space"})
_ARMED = ("military", "groups", "aircraft", "air")
_ARMS = ("raid", "pound", "bomb", "missile", "drone", "artillery", "air")
# What a strike is told of with, if nobody's side is named.
_PEOPLED = (
    "war_zone",
    "harm",
    "ward",
    "kill",
    "wound",
    "dead",
    "hit",
    "intercept",
    "explosion",
    "capital",
    "live",
    "fresh",
)
_DONE = ("kill", "wound", "raid", "pound", "bomb", "war_zone")
# What is left of a doubt about the title where the lead tells the strike at once.
_SPARED = 0.6
# A title without any of these is about something else, whatever its lead recalls.
_HEADLINE = (
    *("raid", "strike", "barrage", "attack", "pound", "hit", "intercept", "explosion", "launch", "ground", "suicide"),
    *("air", "drone", "missile", "artillery", "naval", "bomb", "kill", "dead", "wound", "hurt", "harm"),
    *("combat", "sirens", "trade_fire", "smoke", "approach", "under_attack"),
)
_OPINION_URL = re.compile(
    r"/(?:opinions?|commentisfree|analysis|podcasts?|editorials?|columns?|blogs?|op-?ed|letters)/"
)
# A person's name behind a bar is a columnist's; a rubric's is not.
_BYLINE = re.compile(
    r"\| (?!.*\b(?:Report|News|Live|Latest|Updates?|World|Video|Wire|Post|Daily|TV|Today|Herald|Times|Journal)\b)"
    r"(?:[A-Z][\w'’.-]{0,30}(?: |$)){2,6}$"
)
# What an outlet itself calls something else than news: "Opinion: …", "In pictures | …".
_RUBRIC = re.compile(
    r"^\W{0,2}(?:opinion|view(?:point)?|analysis|comment(?:ary)?|editorial|explainer|explained|essay|letters?|"
    r"podcast|(?:book )?review|preview|newsletter|guest (?:essay|column)|perspective|factbox|fact[- ]?check|"
    r"q ?& ?a|timeline|interview|profile|in pictures|"
    r"photos|gallery|photo essay|long read|feature|obituary|column|op-?ed|poll|quiz|cartoon|watch list|book|maps?|"
    r"graphic|the big read|first person|insight|deep dive|backgrounder|"
    r"meinung|kommentar|analyse|leitartikel|gastbeitrag|presseschau|hintergrund|komentarz|opinia|felieton|wywiad|"
    r"analiza|tribune|éditorial|édito|chronique|décryptage|entretien|opinión|editorial|análisis|entrevista|columna|"
    r"мнение|колонка|інтерв['’]ю|интервью|думка|аналіз|анализ|коментар|комментарий|رأي|تحليل|حوار|דעה|פרשנות|ריאיון)"
    r"\s*[:|\u2013\u2014]",
    re.IGNORECASE,
)
# "10/19: Morning News": what a broadcast had in it, weeks later as likely as not.
_PROGRAMME = re.compile(r"^\d{1,2}/\d{1,2}(?:/\d{2,4})?\s*[:|\u2013\u2014-]\s")
_READ = 1000
_ASKS_HOW = re.compile(r"[:\u2013\u2014] ?(?:how|why) (?!about)")
_ASKS = re.compile(r"[?؟][\s\"'”’]")
# Titles that look into, draw lessons from, or tell of a way of life: list by list, with the weight of the doubt.
_TOLD_AS = (("inquiry", 0.5), ("consequence", 0.5), ("habitual", 0.45), ("feature", 0.45))
# What names the deed itself: a title without any may still tell of it ("Fire at depot").
_NAMING = ("raid", "strike", "pound", "attack", "barrage", "explosion", "intercept", "bomb", "missile", "drone")
# A year that a toll is counted from dates no deed: "Strike kills five; toll since October 2023 hits 71,000".
_YEAR = re.compile(r"((?:;|\btoll\b|\btotal\b)[^;]{0,40} since (?:[A-Za-z]{1,12} ){0,2})?\b((?:1[89]|20)\d\d)\b")
_CRASHED = (pattern("air|aircraft ..3 crashed"),)
_THREAT = pattern("threat ..4 strike|attack|raid|hit|pound|launch|kill|harm|intercept|ground")
_ALLEGED = (pattern("alleged ..2 strike|attack|raid|hit|drone"), pattern("inquiry ..4 alleged"))
_STRUCK = (
    pattern("air|drone|missile|artillery ..2 strike|hit|pound"),
    pattern("raid"),
    pattern("countries|peoples|groups|military ..2 pound"),
    pattern("hit|strike|attack ..3 by ..3 air|drone|missile|artillery|naval|bomb"),
)
_AT_WAR = frozenset({"groups", "at_war", "rebels"})
_TOLD = frozenset({"kill", "wound", "dead", "raid", "pound", "intercept"})
_SUPPLY = (
    pattern("supply ..5 air|drone|missile|artillery|naval|bomb"),
    pattern("air|drone|missile|artillery|naval|bomb ..4 supply"),
)
_TEST = (pattern("testers ..6 launch|missile|hit"), pattern("test ..3 strike|raid|attack"))


def elsewhere(title: Page, lead: Page) -> tuple[str, float]:
    """Return what the entry may be about instead of war, and what is left of a soft rule's weight then."""
    armed = title.has(*_ARMED) and title.has(*_DONE)
    for tag, reason, left in _ELSEWHERE:
        if tag in title.by_tag and not (tag == "labour" and _are_witnesses(title)):
            if (armed and tag in _HOMONYMS) or (tag == "crime" and _are_bystanders(title)):
                continue
            if tag == "sport" and _are_counted(title):
                continue
            return reason, left
    for tag, reason, left in _ELSEWHERE if lead is not title else ():
        if tag in lead.by_tag and not (tag == "labour" and title.has("kill", *_ARMS)):
            return reason, min(1.0, left + 0.3)
    return "", 1.0


def _are_counted(title: Page) -> bool:
    """Say whether the words of sport only tell how many were harmed: "Strikes on Norport injure scores"."""
    counted = all("vague" in title.units[at].tags for at in title.by_tag["sport"])
    return counted and title.has("kill", "wound", "dead", "hurt")


def _are_bystanders(title: Page) -> bool:
    """Say whether the words of crime only tell who was there, in a place at war: "Norport bus hit, driver dead"."""
    there = all(not title.units[at].tags.isdisjoint(("person", "people")) for at in title.by_tag["crime"])
    return there and title.has("war_zone")


def _are_witnesses(title: Page) -> bool:
    """Say whether those who work are harmed or tell of harm here: "school hit, say teachers"."""
    units = title.units
    beside = [units[max(at - 1, 0) : at + 2] for at in title.by_tag["labour"]]
    tell = title.has(*_ARMED) and all(any("say" in unit.tags for unit in near) for near in beside)
    return tell or title.has("kill", "wound", "dead", "raid")


def doubts(kind: Kind, leaves: Sequence[Leaf], url: str | None, told_at: datetime) -> Iterator[Doubt]:
    """Yield what speaks against the entry being news of this kind."""
    title = leaves[0].page
    yield from _form(leaves, url)
    yield from _past(leaves, told_at)
    if kind == "strike":
        yield from (Doubt("dated", weight) for weight in long_gone(leaves, told_at))
        yield from _strike(title, leaves)
    else:
        yield from talks_doubts(leaves)


def _form(leaves: Sequence[Leaf], url: str | None) -> Iterator[Doubt]:
    title = leaves[0].page
    text = title.text.rstrip()
    if text.endswith(("?", "؟")):
        yield Doubt("question", 0.65)
    elif _ASKS.search(text[:_READ]):
        yield Doubt("question", 0.15 if _is_answered(title) else 0.4)
    elif title.units and "question" in title.units[0].tags and not title.quote(0, 0)[0].isupper():
        yield Doubt("explainer", 0.5)
    elif _ASKS_HOW.search(text[:_READ]):
        yield Doubt("explainer", 0.4)
    if _PROGRAMME.search(text[:20]):
        yield Doubt("programme", 0.6)
    if "market" in title.by_tag:
        yield Doubt("market", 0.5)
    argued = 0.5 if "opinion" in title.by_tag or _interviews(title) else polemic(leaves)
    if argued:
        yield Doubt("opinion", argued)
    if _RUBRIC.search(text[:40]) or _BYLINE.search(text[-200:]) or (url and _OPINION_URL.search(url[:500])):
        yield Doubt("opinion", 0.7)


def _interviews(title: Page) -> bool:
    """Say whether somebody asks who is no side: not so in "Cambodia asks Malaysia to mediate"."""
    return any(title.units[max(at - 1, 0)].tags.isdisjoint(SIDES) for at in title.by_tag.get("asks", ()))


def _is_answered(title: Page) -> bool:
    """Say whether what stands behind the question tells the news: "Truce in sight? Rebels study new proposal"."""
    asked = max(title.text.rfind("? "), title.text.rfind("؟ "))
    behind = frozenset[str]().union(*(unit.tags for unit in title.units if unit.start > asked))
    return bool(behind & _AT_WAR) and bool(behind & STATUS | behind & _TOLD)


def _past(leaves: Sequence[Leaf], told_at: datetime) -> Iterator[Doubt]:
    for leaf, weight in zip(leaves, (0.75, 0.25), strict=False):
        years = {int(year) for since, year in _YEAR.findall(leaf.page.text[:600]) if not since}
        if any(year < told_at.year for year in years) or "past" in leaf.page.by_tag:
            yield Doubt("historical", weight)
            return


def _strike(title: Page, leaves: Sequence[Leaf]) -> Iterator[Doubt]:
    told = len(leaves) > 1 and told_at_once("strike", leaves[-1].page)
    if title.units and not title.has(*_HEADLINE):
        yield Doubt("passing", FIRST_THING if told else LATER)
    elif not title.has(*_NAMING) and any(is_fronted(leaf.page) for leaf in leaves[1:]):
        yield Doubt("aftermath", 0.4)
    explained = sum("explains" in leaf.page.by_tag for leaf in leaves)
    if explained and "explains" in title.by_tag:
        yield Doubt("explainer", 0.5 if explained > 1 or not told else 0.3)
    spared = _SPARED if told else 1.0
    yield from (doubt._replace(weight=doubt.weight * spared) for doubt in beside(title))
    if "cyber" in title.by_tag:
        yield Doubt("cyber", 0.6)
    if "intercept" not in title.by_tag and found(_ALLEGED, title):
        yield Doubt("alleged", 0.45)
    if not title.has("kill", "wound", "dead"):
        yield from _played(title)
    yield from (Doubt(tag, weight) for tag, weight in _TOLD_AS if tag in title.by_tag)
    yield from _no_strike(title, leaves)
    if is_lone(leaves):
        yield Doubt("crime", 0.6)
    yield from _undone(title, leaves)


def _played(title: Page) -> Iterator[Doubt]:
    """Yield what a title without dead and wounded may tell of instead: a match, or weather."""
    if is_sport([title]):
        yield Doubt("sport", 0.6)
    elif "match" in title.by_tag and not title.has("hurt", "raid", *_ARMS[2:]):
        yield Doubt("sport", 0.7)
    if title.has("space", "nature") and not title.has(*SIDES):
        yield Doubt("natural", 0.6)
    if "sport" in title.by_tag and not title.has("war_zone", *SIDES):
        yield Doubt("sport", 0.6)


def _no_strike(title: Page, leaves: Sequence[Leaf]) -> Iterator[Doubt]:
    """Yield what it is instead: nobody's, a whole war's harm, or an aircraft that came down by itself."""
    if not any(leaf.page.has(*SIDES, *_PEOPLED) for leaf in leaves):
        yield Doubt("no_side", 0.3)
    if title.has("kill") and title.has("whole_war") and not title.has("strike", "attack", "hit", "explosion", *_ARMS):
        yield Doubt("toll", 0.5)
    if found(_CRASHED, title) and not title.has("intercept", "raid", "missile", "drone", "artillery", "groups"):
        yield Doubt("accident", 0.6)


def _undone(title: Page, leaves: Sequence[Leaf]) -> Iterator[Doubt]:
    """Yield why nothing may have been struck: it is a game, threatened, tried out, sold, or shot into space."""
    harmed = title.has("kill", "wound", "dead", "hurt")
    struck = found(_STRUCK, title)
    if title.has("space") and title.has("launch") and not (harmed or title.has("war_zone", "hit", "raid")):
        yield Doubt("space_launch", 0.6)
    if not harmed and "raid" not in title.by_tag and is_sport([title]):
        yield Doubt("sport", 0.7)
    threats = [hit for hit in hits(_THREAT, title) if _is_threat(title, hit.first, hit.last)]
    if threats:
        yield Doubt("threat", 0.3 if _harmed_besides(title, {hit.last for hit in threats}) else 0.6)
    tested = leaves[:1] if struck or title.has("strike") else leaves
    if any(found(_TEST, leaf.page) or _is_test(leaf.page) for leaf in tested):
        yield Doubt("test_launch", 0.6 if harmed else 0.9)
    if not harmed and not struck and found(_SUPPLY, title):
        yield Doubt("supply", 0.6)


def _harmed_besides(title: Page, threatened: Collection[int]) -> bool:
    """Say whether anybody was harmed by more than what is threatened: not so in "asked if drones could kill"."""
    return any(at not in threatened for tag in ("kill", "wound", "dead", "hurt") for at in title.by_tag.get(tag, ()))


def _is_threat(title: Page, threat: int, deed: int) -> bool:
    """Say whether what is threatened is the deed: not so in "vows response after strike"."""
    return not any("aftermath" in unit.tags for unit in title.units[threat:deed])


def _is_test(page: Page) -> bool:
    drill = page.has("missile", "testers") or (
        page.has("artillery", "naval", "drone") and not page.has("hit", "war_zone")
    )
    return page.has("test") and drill and not page.has("kill", "wound", "dead", "hurt")
