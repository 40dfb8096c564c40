"""What the words around a name say of it: whether it names a place at all, and how likely it is where it happened."""

from collections.abc import Sequence
from typing import NamedTuple

from service.core.extract.pages import Leaf, labels
from service.core.extract.speaks import is_where_people_speak
from service.core.text import Page, Unit
from service.core.text.titles import publisher_at

_DOES = ("strike", "hit", "pound", "raid", "attack")
_SENT = frozenset({"launch", "missile"})
_TOWN = 1.2
_SPOKEN = -2.5  # where people speak or meet while something was struck, it was not there


class Reading(NamedTuple):
    """Whether capitals mean names in this text, and whether a struck place is looked for, not a place of talks."""

    cased: bool
    struck: bool


def setting(leaf: Leaf, first: int, last: int, how: Reading) -> float:
    """Weigh the words around a name."""
    units = leaf.page.units
    weight = 0.0
    before = [units[at] for at in range(max(first - 5, 0), first) if units[at].sentence == units[first].sentence]
    if how.struck and is_where_people_speak(before):
        return _SPOKEN
    in_town = bool(before) and any("town_word" in unit.tags for unit in before[-2:])
    before = _without_town_words(before)[-3:]
    if (not how.struck and _goes_there(before)) or any(
        ("place_word" if how.struck else "located") in unit.tags for unit in before
    ):
        weight += 2.0
    elif any(unit.tags.intersection(_DOES) for unit in before[-2:]) or labels(leaf.page, first):
        weight += 1.5
    elif in_town:
        weight += _TOWN
    elif how.cased and _beside_a_name(leaf.page, first, last):
        weight -= 2.0
    if before and before[-1].tags & {"origin", "agent"} and any(unit.tags & _SENT for unit in before):
        weight -= 3.0  # "a missile from Northland", "drones launched by Northland"
    if _is_reason(units, first, last, before):
        weight = max(weight, 1.5)
    if units[first].tags & {"metonyms", "countries"} and not weight:
        weight -= 1.0
    if first == 0 and leaf.where != "title" and leaf.page.text[: units[last].end].isupper():
        weight -= 2.0  # a dateline says where the reporter was
    return weight + _by_name(leaf, first, last, how)


def _without_town_words(before: list[Unit]) -> list[Unit]:
    """Return the words before a name, less what only says what it is: "near (the city of) Norport"."""
    last = len(before)
    while last and before[last - 1].tags & {"town_word", "of", "article"}:
        last -= 1
    return before[:last] if any("town_word" in unit.tags for unit in before[last:]) else before


def _is_reason(units: Sequence[Unit], first: int, last: int, before: Sequence[Unit]) -> bool:
    """Say whether a strike goes by where it was, and somebody reacts to it: "Northland condemns Southland strikes"."""
    behind = units[last + 1].tags if last + 1 < len(units) else frozenset[str]()
    named = "countries" in units[first].tags and bool(behind & {"strike", "raid", "attack"})
    return named and bool(before) and "reaction" in before[-1].tags


def _by_name(leaf: Leaf, first: int, last: int, how: Reading) -> float:
    """Weigh what goes by a name, and a name that stands where the outlet's does."""
    weight = 0.0
    behind = leaf.page.units[last + 1].tags if last + 1 < len(leaf.page.units) else frozenset[str]()
    if how.struck and names_a_deal(leaf.page, first, last):
        weight -= 4.0
    elif "undergoes" in behind if how.struck else _names_talks(leaf.page, first, behind):
        weight += 1.5
    if first and "mediated_by" in leaf.page.units[first - 1].tags and "countries" in leaf.page.units[first].tags:
        weight -= 4.0  # who mediates is not at war, and need not be the host
    if leaf.where == "title" and leaf.page.units[first].start > publisher_at(leaf.page.text):
        weight -= 2.0
    return weight


def names_a_deal(page: Page, first: int, last: int) -> bool:
    """Say whether a truce goes by a town's name: "despite the Doha truce". One in a war's own country holds there."""
    own = page.units[first].tags & {"countries", "war_zone"}
    behind = page.units[last + 1].tags if last + 1 < len(page.units) else frozenset[str]()
    before = page.units[first - 1].tags if first else frozenset[str]()
    return bool(behind & {"truce", "peace_talks"}) and not own and not before & {"place_word", *_DOES}


def _names_talks(page: Page, first: int, behind: frozenset[str]) -> bool:
    """Say whether talks go by a town's name, or are held by it: "the Geneva talks", "Geneva hosts"."""
    named = page.units[first].tags & {"countries", "peoples", "groups"}
    return bool(behind & {"talks", "peace_talks", "hosts"}) and not behind & {"truce"} and not named


def _goes_there(before: Sequence[Unit]) -> bool:
    """Say whether somebody is to go to a place: "head to Oslo", "to travel to Oslo"."""
    if before and "up_to_word" in before[-1].tags:
        before = before[:-1]
    return bool(before) and bool(before[-1].tags & {"scheduled", "visits"})


def _beside_a_name(page: Page, first: int, last: int) -> bool:
    """Say whether the name is part of a longer one, such as a person's."""
    units, text = page.units, page.text
    before = first and units[first - 1].capital and text[units[first - 1].end : units[first].start] == " "
    after = last + 1 < len(units) and units[last + 1].capital and text[units[last].end : units[last + 1].start] == " "
    return bool(before and not units[first - 1].tags) or bool(after and not units[last + 1].tags)


def is_sentence_case(page: Page) -> bool:
    """Say whether capitals tell names from words in this text: not in a headline that has them all over."""
    return sum(unit.capital for unit in page.units) < 0.6 * len(page.units)
