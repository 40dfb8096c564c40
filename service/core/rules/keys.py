"""What must be there for a rule to hold, and what is there: both as keys, so that a table finds the one by the other.

A key is a word (`kyiv`), the beginning of one (`shell*`) or a fact (`country:UA`, `has:killed`, `cell:9:6`). A clause
is a set of keys any one of which must be there: a rule holds only if something of each of its clauses is. The reverse
does not follow; what the clauses let through is for the evaluator to decide.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from service.core.event import Event
from service.core.report import Place
from service.core.rules.geo import EARTH_KM
from service.core.rules.look import BY_NAME, FACTS_OF, HAS, compare, terms_of
from service.core.rules.severity import severity
from service.core.rules.subject import Reading, Subject
from service.core.rules.syntax import (
    And,
    Box,
    FieldIs,
    InText,
    Leaf,
    ListRef,
    Near,
    Not,
    NumberIs,
    Or,
    Query,
    Term,
    Within,
)
from service.core.rules.words import tokens

Clause = frozenset[str]
Cost = Callable[[AbstractSet[str]], float]
_EVENT, _POINT = "event:", "cell:"
_NEVER = "severity:"
"""A key that nothing has, for what cannot be: `severity>5`. No clause is ever empty: full text has no words for it."""
_GRADES = range(1, 6)
_CELL = 5  # degrees
_MAX_CELLS = 64


def clauses(query: Query, cost: Cost) -> list[Clause]:
    """Return clauses that all must be met. Of each branch of an OR the cheapest one stands for the branch."""
    return _clauses(query, cost, wanted=True)


def _clauses(query: Query, cost: Cost, *, wanted: bool) -> list[Clause]:
    if isinstance(query, Not):
        return _clauses(query.part, cost, wanted=not wanted)
    if isinstance(query, And | Or):
        branches = [_clauses(part, cost, wanted=wanted) for part in query.parts]
        return (
            _any_of(branches, cost) if isinstance(query, Or) == wanted else [found for one in branches for found in one]
        )
    return list(_of_leaf(query, cost)) if wanted else []


def _any_of(branches: Iterable[Sequence[Clause]], cost: Cost) -> list[Clause]:
    chosen: set[str] = set()
    for branch in branches:
        if not branch:
            return []
        chosen |= min(branch, key=cost)
    return [frozenset(chosen)]


def _of_leaf(leaf: Leaf, cost: Cost) -> Iterator[Clause]:
    match leaf:
        case Term():
            yield from _of_term(leaf)
        case ListRef(terms=terms) | InText(terms=terms):
            yield from _any_of(map(_of_term, terms), cost)
        case Near(left=left, right=right):
            yield from _any_of(map(_of_term, terms_of(left)), cost)
            yield from _any_of(map(_of_term, terms_of(right)), cost)
        case FieldIs(name=name, values=values):
            yield from _any_of([_of_value(name, value) for value in values], cost)
        case NumberIs(name="severity", comparison=sign, value=value):
            grades = frozenset(f"severity:{grade}" for grade in _GRADES if compare(sign, value, grade, grade))
            yield grades or frozenset({_NEVER})
        case NumberIs(name=name):
            yield frozenset({f"has:{name}" if name in HAS else _EVENT})
        case Within() | Box():
            yield _cells(_box_around(leaf) if isinstance(leaf, Within) else leaf)


def _of_term(term: Term) -> list[Clause]:
    """Return a clause for each of its words."""
    keys = [*term.words[:-1], term.words[-1] + "*"] if term.prefix else term.words
    return [frozenset({key}) for key in keys]


def _of_value(name: str, value: str) -> list[Clause]:
    if name in BY_NAME or name == "source":
        return [frozenset({f"{name}:{word}"}) for word in tokens(value)]
    return [frozenset({_region(value) if name == "region" else f"{name}:{value}"})]


def _region(name: str) -> str:
    return f"region:{' '.join(tokens(name))}"


def _box_around(circle: Within) -> Box:
    """Return a box that holds the whole circle, a little too large."""
    reach = math.degrees(circle.km / EARTH_KM) + 0.01
    south, north = circle.lat - reach, circle.lat + reach
    narrowest = math.cos(math.radians(max(abs(south), abs(north))))
    wide = 180.0 if abs(south) >= 90 or abs(north) >= 90 else min(180.0, reach / narrowest)  # noqa: PLR2004  a pole
    if wide >= 180:  # noqa: PLR2004  all around
        return Box(south=max(south, -90), west=-180, north=min(north, 90), east=180)
    return Box(south=south, west=_turned(circle.lon - wide), north=north, east=_turned(circle.lon + wide))


def _turned(lon: float) -> float:
    return (lon + 180) % 360 - 180


def _cells(box: Box) -> Clause:
    """Return the cells of the grid that the box touches, or that there is a point at all where they are too many."""
    rows = range(_row(box.south), _row(box.north) + 1)
    columns: Iterable[int] = range(_row(box.west), _row(box.east) + 1)
    if box.west > box.east:
        columns = [*range(_row(box.west), _row(180) + 1), *range(_row(-180), _row(box.east) + 1)]
    found = frozenset(f"cell:{row}:{column}" for row in rows for column in columns)
    return found if len(found) <= _MAX_CELLS else frozenset({_POINT})


def _row(degrees: float) -> int:
    return math.floor(degrees / _CELL)


def keys_of(subject: Subject) -> set[str]:
    """Return every key that is there: of the event's facts, and of the words of all its accounts together."""
    first, *others = subject.readings()
    found = set(first.words.all)  # copied, which takes no time, unlike being put together
    found.update(_of_reading(first))
    for reading in others:
        found |= reading.words.all
        found.update(_of_reading(reading))
    if subject.event:
        found.update(_of_event(subject.event))
    return found


def _of_reading(reading: Reading) -> Iterator[str]:
    yield f"lang:{reading.lang}"
    for word in reading.speaker:
        yield f"source:{word}"


def _of_event(event: Event) -> Iterator[str]:
    yield _EVENT
    yield f"severity:{severity(event)}"
    for name, known in HAS.items():
        if known(event):
            yield f"has:{name}"
    for name, facts in FACTS_OF.items():
        for fact in facts(event):
            yield from (key for clause in _of_value(name, fact) for key in clause)
    if event.place and event.place.precision != "country":
        yield from _of_point(event.place)


def _of_point(place: Place) -> Iterator[str]:
    yield _POINT
    for column in {_row(place.lon), _row(_turned(place.lon))}:
        yield f"cell:{_row(place.lat)}:{column}"
