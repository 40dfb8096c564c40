"""Whether a name in a text is a place at all: not a people, nor a government that speaks, nor where people speak."""

from collections.abc import Sequence

from service.core.extract.pages import ACTIONS, ACTORS
from service.core.text import Page, Unit

_DOES = frozenset({"strike", "hit", "pound", "raid", "attack"})
_DEEDS = frozenset({"raid", "strike", "attack", "barrage"})
_OWN = frozenset(
    {
        *ACTORS,
        "codes",
        "capital",
        "war_zone",
        "at_war",
        "at_home",
        "abroad",
        "reaching",
        "seat",
        "insurgency",
        "places",
        "venue_city",
        "brokers",
        "chiefs",
    }
)
_TALKING = frozenset({"say", "agreed", "peace_talks", "talks", "mediate", "mediated_by", "scheduled"})
_TALKED_OF = frozenset({"blame"})


def may_be_place(page: Page, first: int, last: int) -> bool:
    """Say whether these words are not simply words, nor a people, nor a government that speaks."""
    unit = page.units[first]
    if _is_ruled(page, first) or _is_first_name(page, last):
        return False
    if first == last and (unit.tags - _OWN or unit.tags & {"peoples", "groups"}):
        return False
    if unit.tags & {"metonyms", "countries"} and first == last:
        near = [
            n for n in (first - 1, last + 1) if 0 <= n < len(page.units) and page.units[n].sentence == unit.sentence
        ]
        after = _said_of(page, last) if last + 1 in near else frozenset()
        before = page.units[first - 1].tags if first - 1 in near else frozenset()
        speaks = bool(after & {"say", "blame", "observes", "reaction"}) and not before.intersection(_DOES)
        aside = (
            bool(after) and "place_word" in before and not page.text[unit.end : page.units[last + 1].start].isspace()
        )
        did_it = page.text[unit.start : unit.end].isupper() and bool(after & _DEEDS)
        accused = "blame" in before or (before & {"metonyms", "countries"} and _is_blamed(page, first - 1))
        paired = before & {"between"} or (first and _is_second_of_two(page, first))
        held_by = "by" in before and ("held" in after or (first > 1 and "held" in page.units[first - 2].tags))
        paired = paired or is_tied(page, first)
        return not (
            (speaks and not aside) or did_it or accused or paired or held_by or after & {"military", "attached"}
        )
    return True


def _is_ruled(page: Page, first: int) -> bool:
    """Say whether it is whose leader somebody is; a governor or mayor speaks of what happened in his own place."""
    before = page.units[first - 1].tags if first else frozenset[str]()
    return "rank" in before and ("governor" not in before or "countries" in page.units[first].tags)


def _is_second_of_two(page: Page, at: int) -> bool:
    """Say whether it is the last of "between Kyiv and Moscow": those are sides."""
    tags = [unit.tags for unit in page.units[max(at - 3, 0) : at]]
    return "between" in tags[0] and "and" in tags[-1] and any(said & {"metonyms", "countries"} for said in tags[1:-1])


def _said_of(page: Page, last: int) -> frozenset[str]:
    """Return what stands behind a name, or behind all that are named with it: "Northland, Southland condemn"."""
    units = page.units
    at = last + 1
    while at + 1 < len(units) and _is_named_with(page, at):
        at += 1
    return units[at].tags


def _is_named_with(page: Page, at: int) -> bool:
    """Say whether the unit goes on with a row of names: an "and", or a country behind a comma or an "and"."""
    unit, before = page.units[at], page.units[at - 1]
    if unit.sentence != before.sentence:
        return False
    listed = "," in page.text[before.end : unit.start] or "and" in before.tags
    return "and" in unit.tags or (listed and bool(unit.tags & {"countries", "metonyms"}))


def is_tied(page: Page, at: int) -> bool:
    """Say whether a hyphen ties it to another side: "the Northland-Southland war"."""
    units = page.units
    pairs = ((n, n + 1) for n in (at - 1, at) if n >= 0 and n + 1 < len(units))
    sides = {"countries", "metonyms", "peoples"}
    return any(
        page.text[units[one].end : units[other].start] in {"-", "\u2010", "\u2011", "\u2013"}
        and bool(units[one].tags & sides and units[other].tags & sides)
        for one, other in pairs
    )


def _is_blamed(page: Page, at: int) -> bool:
    return at > 0 and "blame" in page.units[at - 1].tags


def is_where_people_speak(before: Sequence[Unit]) -> bool:
    """Say whether the words before a name are of speech or of talks: "said in Beirut", "a truce agreed in Cairo"."""
    for at in range(len(before) - 1, -1, -1):
        tags = before[at].tags
        if "rulers" in tags and at == len(before) - 2:
            return True  # "pressure on the government in Beirut"
        if "heard" in tags and at and before[at - 1].tags & ACTIONS:
            return False  # "a strike reported near Norport"
        if tags & _TALKING and not tags & ACTIONS:
            return any("place_word" in unit.tags for unit in before[at:])
        if tags & (ACTIONS | _TALKED_OF):
            return False
    return False


def _is_first_name(page: Page, last: int) -> bool:
    """Say whether a leader's name stands right behind: "Vladimir Putin" is no town."""
    units = page.units
    if last + 1 >= len(units) or page.text[units[last].end : units[last + 1].start] != " ":
        return False
    behind = units[last + 1]
    return "metonyms" in behind.tags and behind.capital and not units[last].tags & {"metonyms", "countries"}
