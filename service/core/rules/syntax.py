"""A query as values, and back to text. `parse_query(format_query(query)) == query` for every query that parses.

`at` is where a part begins in the text it was read from, counted in characters from 0; two queries that differ only in
it are equal.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeVar

from service.core.rules.words import joined

Comparison = Literal[">=", "<=", ">", "<", "=", "!="]
Section = Literal["title", "body"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word, or several one after the other; with `prefix` the last one only has to begin so."""

    words: tuple[str, ...]
    prefix: bool = False
    at: int = field(default=0, compare=False, repr=False)

    @property
    def is_single(self) -> bool:
        """Whether it is one whole word."""
        return len(self.words) == 1 and not self.prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRef:
    """A named list: any one of its terms. `single` and `rest` are theirs, see `parted`."""

    name: str
    terms: tuple[Term, ...]
    at: int = field(default=0, compare=False, repr=False)
    single: tuple[str, ...] = field(init=False, compare=False, repr=False)
    rest: tuple[Term, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        known = _PARTED.get(id(self.terms))
        if known is None or known[0] is not self.terms:  # a list's terms are shared by all that name it
            if len(_PARTED) >= _MOST_LISTS:
                _PARTED.clear()
            known = _PARTED[id(self.terms)] = (self.terms, *parted(self.terms))
        object.__setattr__(self, "single", known[1])
        object.__setattr__(self, "rest", known[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class InText:
    """Any one of the terms, in the title only or in the body only."""

    section: Section
    terms: tuple[Term, ...]
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIs:
    """A fact has one of these values, which are in the field's own normal form."""

    name: str
    values: tuple[str, ...]
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberIs:
    """A number compares so. What is not known compares with nothing."""

    name: str
    comparison: Comparison
    value: float
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """The place is at most so many kilometres, over the sphere, from a point in WGS 84 degrees."""

    lat: float
    lon: float
    km: float
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The place lies in a box in WGS 84 degrees; a box whose west is east of its east crosses the 180th meridian."""

    south: float
    west: float
    north: float
    east: float
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Any of each side with at most `distance` words between them; `ordered` wants the left one first."""

    left: tuple[Term | ListRef, ...]
    right: tuple[Term | ListRef, ...]
    distance: int
    ordered: bool = False
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """All of two or more."""

    parts: "tuple[Query, ...]"
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """Any of two or more. `single` and `rest` are its parts, see `parted`."""

    parts: "tuple[Query, ...]"
    at: int = field(default=0, compare=False, repr=False)
    single: tuple[str, ...] = field(init=False, compare=False, repr=False)
    rest: "tuple[Query, ...]" = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        single, rest = parted(self.parts)
        object.__setattr__(self, "single", single)
        object.__setattr__(self, "rest", rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Not this."""

    part: "Query"
    at: int = field(default=0, compare=False, repr=False)


Leaf = Term | ListRef | InText | FieldIs | NumberIs | Within | Box | Near
Query = And | Or | Not | Leaf

_Part = TypeVar("_Part", bound=Query)
_MOST_LISTS = 1_000
_PARTED: dict[int, tuple[tuple[Term, ...], tuple[str, ...], tuple[Term, ...]]] = {}


def parted(parts: tuple[_Part, ...]) -> tuple[tuple[str, ...], tuple[_Part, ...]]:
    """Return those that are single words, as words, and the rest: words are looked for many at a time."""
    single = tuple(part.words[0] for part in parts if isinstance(part, Term) and part.is_single)
    if not single:
        return (), parts
    return single, tuple(part for part in parts if not (isinstance(part, Term) and part.is_single))


OPERATORS = frozenset({"and", "or", "not", "near", "onear"})
_BARE = re.compile(r"\w+")


def format_query(query: Query) -> str:
    """Return the query's normal form: one line, single spaces, straight quotes only where needed."""
    match query:
        case And(parts=parts):
            return " AND ".join(_bracketed(part) for part in parts)
        case Or(parts=parts):
            return " OR ".join(_bracketed(part) for part in parts)
        case Not(part=part):
            return f"NOT {_bracketed(part)}"
        case _:
            return _leaf(query)


def _bracketed(query: Query) -> str:
    return f"({format_query(query)})" if isinstance(query, And | Or) else format_query(query)


def _leaf(leaf: Leaf) -> str:  # noqa: PLR0911  one line per kind of leaf is the clearest table
    match leaf:
        case Term():
            return _term(leaf)
        case ListRef(name=name):
            return f"${name}"
        case InText(section=section, terms=terms):
            return f"{section}:{_group([_term(term) for term in terms])}"
        case FieldIs(name=name, values=values):
            return f"{name}:{_group([_quoted(value) for value in values])}"
        case NumberIs(name=name, comparison=comparison, value=value):
            return f"{name}{comparison}{number_text(value)}"
        case Within(lat=lat, lon=lon, km=km):
            return f"within({number_text(lat)}, {number_text(lon)}, {number_text(km)}km)"
        case Box(south=south, west=west, north=north, east=east):
            return f"bbox({', '.join(number_text(value) for value in (south, west, north, east))})"
        case Near(left=left, right=right, distance=distance, ordered=ordered):
            return f"{_side(left)} {'O' if ordered else ''}NEAR/{distance} {_side(right)}"


def _side(side: tuple[Term | ListRef, ...]) -> str:
    return _group([_leaf(term) for term in side])


def _group(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"({' OR '.join(values)})"


def _term(term: Term) -> str:
    if term.prefix:
        return "-".join(term.words) + "*"
    return _quoted(joined(term.words))


def _quoted(text: str) -> str:
    return text if _BARE.fullmatch(text) and text.casefold() not in OPERATORS else f'"{text}"'


def number_text(value: float) -> str:
    """Return a number without exponent and without a needless fraction."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
