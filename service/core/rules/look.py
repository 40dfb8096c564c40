"""One leaf of a query against the facts or the words: does it hold? The only place that decides.

Each answer is True or False, or None where the leaf asks about words and there is no account to read yet.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from service.core.event import Event
from service.core.report import Count
from service.core.rules.geo import distance_km, inside
from service.core.rules.severity import severity
from service.core.rules.subject import Reading
from service.core.rules.syntax import (
    Box,
    Comparison,
    FieldIs,
    InText,
    ListRef,
    Near,
    NumberIs,
    Section,
    Term,
    Within,
)
from service.core.rules.words import Span, Words, near, tokens

Side = Sequence[Term | ListRef]


def _term(leaf: Term, _: Event | None, reading: Reading | None) -> bool | None:
    if reading is None:
        return None
    return reading.words.has(leaf.words, prefix=leaf.prefix)


def _list(leaf: ListRef, _: Event | None, reading: Reading | None) -> bool | None:
    if reading is None:
        return None
    words = reading.words
    if words.has_any(leaf.single):
        return True
    return any(words.has(term.words, prefix=term.prefix) for term in leaf.rest) if leaf.rest else False


def _has_any(terms: Iterable[Term], words: Words) -> bool:
    return any(words.has(term.words, prefix=term.prefix) for term in terms)


def _in_text(leaf: InText, _: Event | None, reading: Reading | None) -> bool | None:
    return None if reading is None else any(is_there(term, reading.words, leaf.section) for term in leaf.terms)


def _near(leaf: Near, _: Event | None, reading: Reading | None) -> bool | None:
    return None if reading is None else pair_of(leaf, reading.words) is not None


def _number(leaf: NumberIs, event: Event | None, _: Reading | None) -> bool:
    return event is not None and compare(leaf.comparison, leaf.value, *bounds(leaf.name, event))


def _within(leaf: Within | Box, event: Event | None, _: Reading | None) -> bool:
    """A place known only as a country lies nowhere in particular: it is in no circle and no box."""
    place = event.place if event else None
    if place is None or place.precision == "country":
        return False
    if isinstance(leaf, Box):
        return inside(place, leaf)
    return distance_km(leaf.lat, leaf.lon, place.lat, place.lon) <= leaf.km


def _field(leaf: FieldIs, event: Event | None, reading: Reading | None) -> bool | None:
    name, values = leaf.name, leaf.values
    if name in ABOUT_TEXT:
        return None if reading is None else _is_told_by(name, values, reading)
    if event is None:
        return False
    if name == "has":
        return any(HAS[value](event) for value in values)
    facts = FACTS_OF[name](event)
    if name in BY_NAME:
        return any(_part_of(value, _words(fact)) for fact in facts for value in values)
    if name == "region":
        return any(_words(value) == _words(fact) for fact in facts for value in values)
    return not frozenset(facts).isdisjoint(values)


def _is_told_by(name: str, values: Sequence[str], reading: Reading) -> bool:
    return reading.lang in values if name == "lang" else any(_part_of(value, reading.speaker) for value in values)


Holds = Callable[[Any, Event | None, Reading | None], bool | None]
HOLDS: Mapping[type, Holds] = {
    Term: _term,
    ListRef: _list,
    InText: _in_text,
    Near: _near,
    NumberIs: _number,
    Within: _within,
    Box: _within,
    FieldIs: _field,
}
"""For each kind of leaf: does it hold for an event and one account of it? Without an event no fact holds."""


def bounds(name: str, event: Event) -> tuple[float | None, float | None]:
    """Return what is known at least and at most of a number."""
    if name in {"killed", "injured"}:
        count: Count | None = event.killed if name == "killed" else event.injured
        return (count.min, count.max) if count else (None, None)
    value = event.sources if name == "sources" else event.confidence if name == "confidence" else severity(event)
    return value, value


def compare(comparison: Comparison, value: float, low: float | None, high: float | None) -> bool:
    """Compare a range: for >= and > its low bound, for <= and < its high one. What is not known compares with nothing.

    = wants exactly this number; != a range that leaves it out.
    """
    match comparison:
        case ">=":
            return low is not None and low >= value
        case ">":
            return low is not None and low > value
        case "<=":
            return high is not None and high <= value
        case "<":
            return high is not None and high < value
        case "=":
            return low == high == value
        case "!=":
            return (low is not None and low > value) or (high is not None and high < value)


def _region(event: Event) -> tuple[str, ...]:
    place = event.place
    if place is None:
        return ()
    codes = (place.admin, f"{place.country} {place.admin}") if place.admin else ()
    return (*codes, place.name) if place.precision == "region" else codes


def _opt(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


FACTS_OF: Mapping[str, Callable[[Event], tuple[str, ...]]] = {
    "kind": lambda event: (event.kind,),
    "country": lambda event: _opt(event.place.country.upper() if event.place else None),
    "region": _region,
    "place": lambda event: _opt(event.place.name if event.place else None),
    "actor": lambda event: (*_opt(event.actor), *event.parties, *event.mediators),
    "target": lambda event: _opt(event.target),
    "weapon": lambda event: event.weapon,
    "status": lambda event: _opt(event.status),
}
HAS: Mapping[str, Callable[[Event], object]] = {
    **FACTS_OF,
    "actor": lambda event: event.actor,
    "weapon": lambda event: set(event.weapon) - {"unknown"},
    "killed": lambda event: event.killed,
    "injured": lambda event: event.injured,
    "children_killed": lambda event: event.children_killed,
    "missing": lambda event: event.missing,
    "occurred": lambda event: event.occurred,
    "parties": lambda event: event.parties,
    "mediators": lambda event: event.mediators,
    "venue": lambda event: event.venue,
    "planned": lambda event: event.planned,
    "duration_h": lambda event: event.duration_h,
}
BY_NAME = frozenset({"place", "actor", "target"})
ABOUT_TEXT = frozenset({"source", "lang"})


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tokens(text)


def _part_of(value: str, whole: tuple[str, ...]) -> bool:
    """Say whether the value's words stand one after the other in the whole's: Khan in Khan Younis, not in Khanewal."""
    words = _words(value)
    return any(whole[at : at + len(words)] == words for at in range(len(whole) - len(words) + 1))


def is_there(term: Term, words: Words, section: Section | None = None) -> bool:
    """Say whether a term stands in the words, or in that section of them."""
    return words.has(term.words, prefix=term.prefix) and (section is None or bool(_spans(term, words, section)))


def _spans(term: Term, words: Words, section: Section | None = None) -> Sequence[Span]:
    spans = words.spans(term.words, prefix=term.prefix)
    if section is None or not spans:
        return spans
    return [span for span in spans if (span[0] < words.body_at) == (section == "title")]


def pair_of(leaf: Near, words: Words) -> tuple[Span, Span] | None:
    """Return where the two sides stand near enough."""
    if not (side_is_there(leaf.left, words) and side_is_there(leaf.right, words)):
        return None
    return near(_side_spans(leaf.left, words), _side_spans(leaf.right, words), leaf.distance, ordered=leaf.ordered)


def side_is_there(side: Side, words: Words) -> bool:
    """Say whether anything of one side of a NEAR stands in the words."""
    return _has_any(terms_of(side), words)


def terms_of(side: Side) -> Iterable[Term]:
    """Return the terms of one side of a NEAR, those of its lists among them."""
    return (term for part in side for term in (part.terms if isinstance(part, ListRef) else (part,)))


def _side_spans(side: Side, words: Words) -> Sequence[Span]:
    if len(side) == 1 and isinstance(side[0], Term):
        return _spans(side[0], words)
    return sorted({span for term in terms_of(side) for span in _spans(term, words)})
