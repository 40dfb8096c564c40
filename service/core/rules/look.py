"""One leaf of a query against the facts or the words: does it hold, and what was found. The only place that decides."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from service.core.event import Event
from service.core.report import Count, Place
from service.core.rules.geo import distance_km, inside
from service.core.rules.severity import severity
from service.core.rules.subject import Reading
from service.core.rules.syntax import (
    Box,
    Comparison,
    FieldIs,
    InText,
    Leaf,
    ListRef,
    Near,
    NumberIs,
    Section,
    Term,
    Within,
    number_text,
)
from service.core.rules.words import Span, Words, joined, near, tokens

SHOWN = 5


class Look(NamedTuple):
    """Whether a leaf holds, and what there was, in words."""

    holds: bool
    found: str = ""


def is_about_text(leaf: Leaf) -> bool:
    """Say whether this leaf asks one account rather than the event."""
    if isinstance(leaf, FieldIs):
        return leaf.name in {"source", "lang"}
    return not isinstance(leaf, NumberIs | Within | Box)


def look_at_event(leaf: Leaf, event: Event | None) -> Look:
    """Hold a leaf about facts against the event. Without an event nothing holds."""
    if event is None:
        return Look(holds=False, found="not an event yet")
    match leaf:
        case FieldIs(name="has", values=names):
            return _look_has(names, event)
        case FieldIs(name=name, values=values):
            return _look_field(name, values, event)
        case NumberIs(name=name, comparison=comparison, value=value):
            return _look_number(comparison, value, *bounds(name, event))
        case Within() | Box():
            return _look_place(leaf, event.place)
        case _:  # pragma: no cover  is_about_text sends the others elsewhere
            raise TypeError(leaf)


def look_at_text(leaf: Leaf, reading: Reading) -> Look:
    """Hold a leaf about words, source or language against one account."""
    match leaf:
        case FieldIs(name="lang", values=values):
            return Look(reading.lang in values, reading.lang or "language not known")
        case FieldIs(values=values):
            return Look(any(_part_of(value, reading.speaker) for value in values), reading.outlet or "outlet not known")
        case InText(section=section, terms=terms):
            return _look_terms(terms, reading.words, section)
        case ListRef(terms=terms):
            return _look_terms(terms, reading.words)
        case Term():
            return _look_terms((leaf,), reading.words)
        case Near():
            return _look_near(leaf, reading.words)
        case _:  # pragma: no cover  is_about_text sends the others elsewhere
            raise TypeError(leaf)


def bounds(name: str, event: Event) -> tuple[float | None, float | None]:
    """Return what is known at least and at most of a number."""
    if name in {"killed", "injured"}:
        count: Count | None = event.killed if name == "killed" else event.injured
        return (count.min, count.max) if count else (None, None)
    value = {"sources": event.sources, "confidence": event.confidence}.get(name)
    value = severity(event) if value is None else value
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


def _look_number(comparison: Comparison, value: float, low: float | None, high: float | None) -> Look:
    return Look(compare(comparison, value, low, high), _range_text(low, high))


def _range_text(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "not known"
    if low == high and low is not None:
        return number_text(low)
    if high is None:
        return f"at least {number_text(low or 0)}"
    return f"at most {number_text(high)}" if low is None else f"{number_text(low)} to {number_text(high)}"


def _look_place(leaf: Within | Box, place: Place | None) -> Look:
    """A place known only as a country lies nowhere in particular: it is in no circle and no box."""
    if place is None:
        return Look(holds=False, found="place not known")
    if place.precision == "country":
        return Look(holds=False, found=f"{place.name} is a whole country")
    if isinstance(leaf, Box):
        return Look(inside(place, leaf), place.name)
    away = distance_km(leaf.lat, leaf.lon, place.lat, place.lon)
    return Look(away <= leaf.km, f"{place.name}, {away:.0f} km away")


def _look_has(names: Sequence[str], event: Event) -> Look:
    missing = [name for name in names if not _HAS[name](event)]
    return Look(len(missing) < len(names), "" if len(missing) < len(names) else "not known")


def _region(event: Event) -> tuple[str, ...]:
    place = event.place
    if place is None:
        return ()
    codes = (place.admin, f"{place.country} {place.admin}") if place.admin else ()
    return (*codes, place.name) if place.precision == "region" else codes


def _opt(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


_FACTS: Mapping[str, Callable[[Event], tuple[str, ...]]] = {
    "kind": lambda event: (event.kind,),
    "country": lambda event: _opt(event.place.country.upper() if event.place else None),
    "region": _region,
    "place": lambda event: _opt(event.place.name if event.place else None),
    "actor": lambda event: (*_opt(event.actor), *event.parties, *event.mediators),
    "target": lambda event: _opt(event.target),
    "weapon": lambda event: event.weapon,
    "status": lambda event: _opt(event.status),
}
_HAS: Mapping[str, Callable[[Event], object]] = {
    **_FACTS,
    "actor": lambda event: event.actor,
    "weapon": lambda event: set(event.weapon) - {"unknown"},
    "killed": lambda event: event.killed,
    "injured": lambda event: event.injured,
    "children_killed": lambda event: event.children_killed,
    "occurred": lambda event: event.occurred,
    "parties": lambda event: event.parties,
    "mediators": lambda event: event.mediators,
}
_BY_NAME = frozenset({"place", "actor", "target"})


def _look_field(name: str, values: Sequence[str], event: Event) -> Look:
    facts = _FACTS[name](event)
    if not facts:
        return Look(holds=False, found="not known")
    if name in _BY_NAME:
        holds = any(_part_of(value, _words(fact)) for value in values for fact in facts)
    elif name == "region":
        holds = any(_words(value) == _words(fact) for value in values for fact in facts)
    else:
        holds = not set(facts).isdisjoint(values)
    return Look(holds, ", ".join(facts))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tokens(text)


def _part_of(value: str, whole: tuple[str, ...]) -> bool:
    """Say whether the value's words stand one after the other in the whole's: Khan in Khan Younis, not in Khanewal."""
    words = _words(value)
    return any(whole[at : at + len(words)] == words for at in range(len(whole) - len(words) + 1))


def _look_terms(terms: Iterable[Term], words: Words, section: Section | None = None) -> Look:
    found = [term for term in terms if _spans(term, words, section)]
    return Look(bool(found), _shown(found))


def _spans(term: Term, words: Words, section: Section | None = None) -> Sequence[Span]:
    spans = words.spans(term.words, prefix=term.prefix)
    if section is None or not spans:
        return spans
    return [span for span in spans if (span[0] < words.body_at) == (section == "title")]


def _shown(terms: Sequence[Term]) -> str:
    names = [joined(term.words) + ("*" if term.prefix else "") for term in terms[:SHOWN]]
    return ", ".join(names) + (f" and {len(terms) - SHOWN} more" if len(terms) > SHOWN else "")


def _look_near(leaf: Near, words: Words) -> Look:
    left, right = _side_spans(leaf.left, words), _side_spans(leaf.right, words)
    if not left or not right:
        return Look(holds=False, found=f"nothing of the {'right' if left else 'left'} side" if left or right else "")
    pair = near(left, right, leaf.distance, ordered=leaf.ordered)
    return Look(holds=True, found=_between(*pair)) if pair else Look(holds=False, found="too far apart")


def _between(first: Span, second: Span) -> str:
    count = second[0] - first[1] - 1
    return f"{count} word{'' if count == 1 else 's'} between"


def _side_spans(side: Sequence[Term | ListRef], words: Words) -> Sequence[Span]:
    if len(side) == 1 and isinstance(side[0], Term):
        return _spans(side[0], words)
    terms = (term for part in side for term in (part.terms if isinstance(part, ListRef) else (part,)))
    return sorted({span for term in terms for span in _spans(term, words)})
