"""What speaks against talks being news: they only come up, are of something else, or of no war."""

from collections.abc import Iterator, Sequence

from service.core.detect.lead import told_at_once
from service.core.detect.unnamed import unnamed
from service.core.detect.weigh import Doubt, Leaf, found
from service.core.text import Page, hits, pattern

# What the title keeps for the lead: news if it is the first thing told there, hardly if it comes up later.
FIRST_THING, LATER = 0.2, 0.55
# "amid peace talks", "since the ceasefire": named to tell when, not as the news.
_AMID = pattern("amid|long_after ..4 truce|peace_talks")
_ONLY_NAMED = pattern("amid|under_word ..3 truce|peace_talks")
_STRUCK_AT = ("kill", "wound", "dead", "raid", "strike", "pound", "attack", "hit", "combat", "violated")
_NAMED_TALKS = ("truce", "peace_talks", "peace", "captives", "hostages", "halt_strikes", "table", "envoy")
# What talks about a fair or a harbour are not of, whoever holds them.
_NAMED_WAR = ("truce", "peace_talks", "captives", "hostages", "halt_strikes", "bodies", "war", "rebels")
# A title without any of these is not about talks, whatever its lead recalls.
_TALKED = ("truce", "peace_talks", "talks", "peace", "mediate", "war", "scheduled", "captives", "hostages", "bodies")
_OFFERED = ("offer", "reply", "warring", "delegates", "pows", "sealed", "willing")
# What a deal is about, or a part of it.
_OF_TERMS = (
    *("violated", "phase", "bargain", "gaps", "rivals", "terms", "contacts", "lay_down", "goodwill", "conference"),
    *("parleys", "overture", "holds_fire", "brokered", "withdraws", "handover"),
)
# "Boats put out under ceasefire": the time of the news, unless the truce's own terms are kept or broken under it.
_UNDER = pattern("under_word ..2 bare_truce")
_UNDER_TERMS = (
    "captives",
    "hostages",
    "bodies",
    "handover",
    "violated",
    "swap_word",
    "groups",
    "withdraws",
    "kill",
    "strike",
)
_MEANWHILE = pattern("meanwhile ..4 truce")
_TURNS = frozenset({"takes_hold", "combat", "violated", "collapsed", "stalled", "extended", "scheduled", "proposed"})
STATUS = frozenset({"agreed", "extended", "violated", "stalled", "collapsed", "scheduled", "proposed", "under_way"})
_VIOLATED = (pattern("violated ..6 truce"), pattern("truce ..4 violated"))
SIDES = ("countries", "peoples", "groups", "metonyms", "military", "war")


def talks_doubts(leaves: Sequence[Leaf]) -> Iterator[Doubt]:
    """Yield what speaks against talks being the news."""
    title = leaves[0].page
    if title.units and not _is_of_talks(title):
        struck = title.has("kill", "wound", "dead", "raid", "strike", "pound")
        if not (struck and any(found(_VIOLATED, leaf.page) for leaf in leaves[1:])):
            yield Doubt("passing", FIRST_THING if told_at_once("talks", leaves[-1].page) else LATER)
    elif (
        any(_is_aside(title, hit.first, hit.last) for hit in hits(_AMID, title))
        or _is_backdrop(title)
        or _is_under(title)
    ):
        yield Doubt("passing", 0.5)
    yield from _named(title, leaves[1:])
    yield from (Doubt(reason, weight) for reason, weight in unnamed(leaves))
    if not _hosts(title) and any(not _decides(title, at) for at in title.by_tag.get("civic", ())):
        yield Doubt("domestic", 0.55)
    if "trade" in title.by_tag:
        yield Doubt("trade_talks", 0.3 if title.has("war_zone", "captives", "hostages", "rebels") else 0.6)
    if title.has("unrelated") and not title.has(*_NAMED_WAR):
        yield Doubt("trade_talks", 0.6)
    if title.has("affairs") and not any(leaf.page.has(*_NAMED_TALKS, *_OF_TERMS) for leaf in leaves):
        yield Doubt("trade_talks", 0.45)
    if "sport" in title.by_tag and not title.has("talks", "peace_talks", "agreed"):
        yield Doubt("sport", 0.5)
    elif is_sport([title]) or is_sport([leaf.page for leaf in leaves]):
        yield Doubt("sport", 0.7)


def _hosts(title: Page) -> bool:
    """Say whether somebody offers to bring two sides together, whoever it is: "Pope offers to host the talks"."""
    return title.has("mediate") and title.has("talks", "peace_talks", "truce") and title.has("at_war", "war_zone")


def _is_of_talks(title: Page) -> bool:
    """Say whether the title names talks, or where they are held or who is let go and how it stands with that."""
    if title.has(*_TALKED, *_OFFERED, "halt_strikes", "table", "no_talks", "disarm", "defuse", "envoy", *_OF_TERMS):
        return True
    return title.has("venue_city", "crew") and title.has(*STATUS, "handover")


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
    # "They spoke for an hour about a truce": that tells how long, not when.
    if any("durations" in unit.tags for unit in title.units[amid + 1 : truce - 1]):
        return False
    told = frozenset[str]().union(*(unit.tags for unit in title.units[amid + 1 : truce + 5]))
    return told.isdisjoint(STATUS)


def _is_under(title: Page) -> bool:
    """Say whether the title tells of life under a truce, and of none of what the truce is made of."""
    return (
        found((_UNDER,), title)
        and not title.has(*_UNDER_TERMS)
        and not title.has("agreed", "extended", "stalled", "collapsed")
    )


def _is_backdrop(title: Page) -> bool:
    """Say whether a truce only goes on behind the news: "Children fall ill as truce holds"."""
    for hit in hits(_MEANWHILE, title):
        around = frozenset[str]().union(*(unit.tags for unit in title.units[: hit.first]))
        after = frozenset[str]().union(*(unit.tags for unit in title.units[hit.first : hit.last + 4]))
        if around.isdisjoint(_TALKED) and after.isdisjoint(_TURNS):
            return True
    return False


def is_sport(pages: Sequence[Page]) -> bool:
    """Say whether they tell of a match, and of no one who could be at war."""
    return any("sport" in page.by_tag for page in pages) and not any(page.has(*SIDES) for page in pages)
