"""What speaks against an entry being news, and what it may be about instead."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from service.core.detect.aside import beside, is_fronted
from service.core.detect.dates import long_gone
from service.core.detect.lead import told_at_once
from service.core.detect.polemic import polemic
from service.core.detect.unnamed import is_lone, unnamed
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
    ("drill", "drill", 0.5),
)
# Words of games and of space that mean something else in an army's story: "scores killed", "after rocket launch".
_HOMONYMS = frozenset({"sport", "space"})
_ARMED = ("military", "groups", "aircraft", "air")
_DONE = ("kill", "wound", "raid", "pound", "bomb", "war_zone")
# What the title keeps for the lead: news if it is the first thing told there, hardly if it comes up later.
_FIRST_THING, _LATER = 0.2, 0.55
# What is left of a doubt about the title where the lead tells the strike at once.
_SPARED = 0.6
# A title without any of these is about something else, whatever its lead recalls.
_HEADLINE = (
    *("raid", "strike", "barrage", "attack", "pound", "hit", "intercept", "explosion", "launch", "ground", "suicide"),
    *("air", "drone", "missile", "artillery", "naval", "bomb", "kill", "dead", "wound", "hurt", "harm"),
    *("combat", "sirens", "trade_fire", "smoke", "approach"),
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
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
_THREAT = pattern("threat ..4 strike|attack|raid|hit|pound|launch|kill|harm|intercept|ground")
_ALLEGED = (pattern("alleged ..2 strike|attack|raid|hit|drone"), pattern("inquiry ..4 alleged"))
_STRUCK = (
    pattern("air|drone|missile|artillery ..2 strike|hit|pound"),
    pattern("raid"),
    pattern("countries|peoples|groups|military ..2 pound"),
    pattern("hit|strike|attack ..3 by ..3 air|drone|missile|artillery|naval|bomb"),
)
# "amid peace talks", "since the ceasefire": named to tell when, not as the news.
_AMID = pattern("amid|long_after ..4 truce|peace_talks")
_ONLY_NAMED = pattern("amid|under_word ..3 truce|peace_talks")
_STRUCK_AT = ("kill", "wound", "dead", "raid", "strike", "pound", "attack", "hit", "combat", "violated")
_NAMED_TALKS = ("truce", "peace_talks", "peace", "captives", "hostages", "halt_strikes", "table", "envoy")
# A title without any of these is not about talks, whatever its lead recalls.
_TALKED = ("truce", "peace_talks", "talks", "peace", "mediate", "war", "scheduled", "captives", "hostages", "bodies")
_MEANWHILE = pattern("meanwhile ..4 truce")
_TURNS = frozenset({"takes_hold", "combat", "violated", "collapsed", "stalled", "extended", "scheduled", "proposed"})
_STATUS = frozenset({"agreed", "extended", "violated", "stalled", "collapsed", "scheduled", "proposed", "under_way"})
_AT_WAR = frozenset({"groups", "at_war", "rebels"})
_TOLD = frozenset({"kill", "wound", "dead", "raid", "pound", "intercept"})
_VIOLATED = (pattern("violated ..6 truce"), pattern("truce ..4 violated"))
_SUPPLY = (
    pattern("supply ..5 air|drone|missile|artillery|naval|bomb"),
    pattern("air|drone|missile|artillery|naval|bomb ..4 supply"),
)
_TEST = (pattern("testers ..6 launch|missile|hit"), pattern("test ..3 strike|raid|attack"))
_SIDES = ("countries", "peoples", "groups", "metonyms", "military", "war")


def elsewhere(title: Page, lead: Page) -> tuple[str, float]:
    """Return what the entry may be about instead of war, and what is left of a soft rule's weight then."""
    armed = title.has(*_ARMED) and title.has(*_DONE)
    for tag, reason, left in _ELSEWHERE:
        if tag in title.by_tag and not (tag == "labour" and _are_witnesses(title)):
            if armed and tag in _HOMONYMS:
                continue
            return reason, left
    for tag, reason, left in _ELSEWHERE if lead is not title else ():
        if tag in lead.by_tag and not (tag == "labour" and title.has("kill", "raid")):
            return reason, min(1.0, left + 0.3)
    return "", 1.0


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
        yield from _talks(leaves)


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
    argued = polemic(leaves)
    if "opinion" in title.by_tag or argued:
        yield Doubt("opinion", 0.5 if "opinion" in title.by_tag else argued)
    if _RUBRIC.search(text[:40]) or _BYLINE.search(text[-200:]) or (url and _OPINION_URL.search(url[:500])):
        yield Doubt("opinion", 0.7)


def _is_answered(title: Page) -> bool:
    """Say whether what stands behind the question tells the news: "Truce in sight? Rebels study new proposal"."""
    asked = max(title.text.rfind("? "), title.text.rfind("؟ "))
    behind = frozenset[str]().union(*(unit.tags for unit in title.units if unit.start > asked))
    return bool(behind & _AT_WAR) and bool(behind & _STATUS | behind & _TOLD)


def _past(leaves: Sequence[Leaf], told_at: datetime) -> Iterator[Doubt]:
    for leaf, weight in zip(leaves, (0.75, 0.25), strict=False):
        years = {int(year) for year in _YEAR.findall(leaf.page.text[:600])}
        if any(year < told_at.year for year in years) or "past" in leaf.page.by_tag:
            yield Doubt("historical", weight)
            return


def _strike(title: Page, leaves: Sequence[Leaf]) -> Iterator[Doubt]:
    told = len(leaves) > 1 and told_at_once("strike", leaves[-1].page)
    if title.units and not title.has(*_HEADLINE):
        yield Doubt("passing", _FIRST_THING if told else _LATER)
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
    if _is_sport([title]) and not title.has("kill", "wound", "dead"):
        yield Doubt("sport", 0.6)
    if title.has("space", "nature") and not title.has("kill", "wound", "dead", *_SIDES):
        yield Doubt("natural", 0.6)
    if "sport" in title.by_tag and not title.has("kill", "wound", "dead", "war_zone", *_SIDES):
        yield Doubt("sport", 0.6)
    yield from (Doubt(tag, weight) for tag, weight in _TOLD_AS if tag in title.by_tag)
    if is_lone(leaves):
        yield Doubt("crime", 0.6)
    yield from _undone(title, leaves)


def _undone(title: Page, leaves: Sequence[Leaf]) -> Iterator[Doubt]:
    """Yield why nothing may have been struck: it is a game, threatened, tried out, or sold."""
    harmed = title.has("kill", "wound", "dead", "hurt")
    struck = found(_STRUCK, title)
    if not harmed and "raid" not in title.by_tag and _is_sport([title]):
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


def _talks(leaves: Sequence[Leaf]) -> Iterator[Doubt]:
    title = leaves[0].page
    if title.units and not title.has(
        *_TALKED, "halt_strikes", "table", "no_talks", "disarm", "defuse", "envoy", "violated"
    ):
        struck = title.has("kill", "wound", "dead", "raid", "strike", "pound")
        if not (struck and any(found(_VIOLATED, leaf.page) for leaf in leaves[1:])):
            yield Doubt("passing", _FIRST_THING if told_at_once("talks", leaves[-1].page) else _LATER)
    elif any(_is_aside(title, hit.first, hit.last) for hit in hits(_AMID, title)) or _is_backdrop(title):
        yield Doubt("passing", 0.5)
    yield from _named(title, leaves[1:])
    yield from (Doubt(reason, weight) for reason, weight in unnamed(leaves))
    if any(not _decides(title, at) for at in title.by_tag.get("civic", ())):
        yield Doubt("domestic", 0.55)
    if "trade" in title.by_tag:
        yield Doubt("trade_talks", 0.3 if title.has("war_zone", "captives", "hostages", "rebels") else 0.6)
    if "sport" in title.by_tag and not title.has("talks", "peace_talks", "agreed"):
        yield Doubt("sport", 0.5)
    elif _is_sport([title]) or _is_sport([leaf.page for leaf in leaves]):
        yield Doubt("sport", 0.7)


def _decides(title: Page, at: int) -> bool:
    """Say whether it is the cabinet of a party to the war: "Israel's cabinet to vote on the deal"."""
    before = title.units[max(at - 2, 0) : at]
    return "state_bodies" in title.units[at].tags and any("at_war" in unit.tags for unit in before)


def _named(title: Page, rest: Sequence[Leaf]) -> Iterator[Doubt]:
    """Yield how much a truce is only named in the lead, for a title that names none and tells of no strike either."""
    if title.has(*_NAMED_TALKS, *_STRUCK_AT) or not any(_only_names(leaf.page) for leaf in rest):
        return
    if not title.has("talks"):
        yield Doubt("named", 0.6)
    elif all("meets" in title.units[at].tags for at in title.by_tag["talks"]):
        yield Doubt("passing", 0.3)


def _only_names(lead: Page) -> bool:
    """Say whether a lead names a truce for its time and rules alone: "shut under the truce in force since May"."""
    named = {at for tag in ("truce", "peace_talks") for at in lead.by_tag.get(tag, ())}
    aside = {hit.last for hit in hits(_ONLY_NAMED, lead)} | {at for at in named if "violated" in lead.units[at].tags}
    return bool(named) and named <= aside


def _is_aside(title: Page, amid: int, truce: int) -> bool:
    """Say whether the title names talks without a word on how they stand: "Farms reopen after truce"."""
    if title.has("scheduled", "envoy", "peace", "combat"):
        return False
    told = frozenset[str]().union(*(unit.tags for unit in title.units[amid + 1 : truce + 5]))
    return told.isdisjoint(_STATUS)


def _is_backdrop(title: Page) -> bool:
    """Say whether a truce only goes on behind the news: "Children fall ill as truce holds"."""
    for hit in hits(_MEANWHILE, title):
        around = frozenset[str]().union(*(unit.tags for unit in title.units[: hit.first]))
        after = frozenset[str]().union(*(unit.tags for unit in title.units[hit.first : hit.last + 4]))
        if around.isdisjoint(_TALKED) and after.isdisjoint(_TURNS):
            return True
    return False


def _is_sport(pages: Sequence[Page]) -> bool:
    """Say whether they tell of a match, and of no one who could be at war."""
    return any("sport" in page.by_tag for page in pages) and not any(page.has(*_SIDES) for page in pages)
