"""What there was where a leaf held or did not, in words for an explanation. Decides nothing."""

from collections.abc import Sequence

from service.core.event import Event
from service.core.report import Place
from service.core.rules.geo import distance_km
from service.core.rules.look import FACTS_OF, HAS, bounds, is_there, pair_of, side_is_there
from service.core.rules.subject import Reading
from service.core.rules.syntax import Box, FieldIs, InText, Leaf, ListRef, Near, NumberIs, Term, Within, number_text
from service.core.rules.words import Words, joined

SHOWN = 5


def found(leaf: Leaf, event: Event | None, reading: Reading) -> str:
    """Return what an explanation shows behind a leaf; empty where there is nothing to say."""
    match leaf:
        case FieldIs(name="lang"):
            return reading.lang or "language not known"
        case FieldIs(name="source"):
            return reading.outlet or "outlet not known"
        case FieldIs() | NumberIs() | Within() | Box():
            return _fact(leaf, event) if event is not None else "not an event yet"
        case Near():
            return _near(leaf, reading.words)
        case Term():
            return _shown((leaf,), leaf, reading.words)
        case ListRef(terms=terms) | InText(terms=terms):
            return _shown(terms, leaf, reading.words)


def _fact(leaf: FieldIs | NumberIs | Within | Box, event: Event) -> str:
    match leaf:
        case FieldIs(name="has", values=names):
            return "" if any(HAS[name](event) for name in names) else "not known"
        case FieldIs(name=name):
            return ", ".join(FACTS_OF[name](event)) or "not known"
        case NumberIs(name=name):
            return _range_text(*bounds(name, event))
        case Within() | Box():
            return _place(leaf, event.place)


def _range_text(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "not known"
    if low == high and low is not None:
        return number_text(low)
    if high is None:
        return f"at least {number_text(low or 0)}"
    return f"at most {number_text(high)}" if low is None else f"{number_text(low)} to {number_text(high)}"


def _place(leaf: Within | Box, place: Place | None) -> str:
    if place is None:
        return "place not known"
    if place.precision == "country":
        return f"{place.name} is a whole country"
    if isinstance(leaf, Box):
        return place.name
    return f"{place.name}, {distance_km(leaf.lat, leaf.lon, place.lat, place.lon):.0f} km away"


def _shown(terms: Sequence[Term], leaf: Leaf, words: Words) -> str:
    section = leaf.section if isinstance(leaf, InText) else None
    there = [term for term in terms if is_there(term, words, section)]
    names = [joined(term.words) + ("*" if term.prefix else "") for term in there[:SHOWN]]
    return ", ".join(names) + (f" and {len(there) - SHOWN} more" if len(there) > SHOWN else "")


def _near(leaf: Near, words: Words) -> str:
    left, right = side_is_there(leaf.left, words), side_is_there(leaf.right, words)
    if not (left and right):
        return f"nothing of the {'right' if left else 'left'} side" if left or right else ""
    pair = pair_of(leaf, words)
    if pair is None:
        return "too far apart"
    count = pair[1][0] - pair[0][1] - 1
    return f"{count} word{'' if count == 1 else 's'} between"
