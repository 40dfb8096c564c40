"""Which facts of an event an operator may state, and what each can hold."""

from collections.abc import Mapping
from typing import cast

from service.core.codec import parse_instant
from service.core.errors import BadInput
from service.core.report import STATUSES, WEAPONS

FIELDS = (
    "killed",
    "injured",
    "children_killed",
    "missing",
    "actor",
    "target",
    "status",
    "weapon",
    "parties",
    "mediators",
    "place",
    "venue",
    "planned",
    "duration_h",
)
COUNTS = frozenset({"killed", "injured", "children_killed", "missing"})
LISTS = frozenset({"weapon", "parties", "mediators"})
PLACES = frozenset({"place", "venue"})
LONGEST_TRUCE_H = 24 * 366
MOST_DEAD = 10_000_000


def check(field: str, value: object) -> None:
    """Raise BadInput unless an operator may state the field, and the value is one that it can hold."""
    if field not in FIELDS:
        raise BadInput(f"`{field}` cannot be corrected", hint=f"one of {', '.join(FIELDS)}")
    if field in COUNTS:
        _check_count(field, value)
    elif field in LISTS:
        _check_names(field, value)
    elif field in PLACES:
        place = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
        if not {"name", "country", "lat", "lon", "precision"} <= set(place):
            raise BadInput(f"`{field}` needs name, country, lat, lon and precision", hint="give them all")
    elif field == "planned":
        _check_planned(value)
    elif field == "duration_h":
        if not isinstance(value, int) or not 1 <= value <= LONGEST_TRUCE_H:
            raise BadInput(f"`{field}` is a number of hours", hint=f"1 to {LONGEST_TRUCE_H}, such as 72")
    elif not isinstance(value, str) or not value or (field == "status" and value not in STATUSES):
        raise BadInput(
            f"`{field}` cannot be {value!r}", hint=f"one of {', '.join(STATUSES)}" if field == "status" else ""
        )


def _check_names(field: str, value: object) -> None:
    names = value if isinstance(value, list) else [None]
    allowed = WEAPONS if field == "weapon" else None
    if not all(isinstance(name, str) and name and (not allowed or name in allowed) for name in names):
        raise BadInput(f"`{field}` is a list of names", hint=f"some of {', '.join(allowed)}" if allowed else "a, b")


def _check_planned(value: object) -> None:
    ends = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
    try:
        start, end = (parse_instant(str(ends[name])) for name in ("from", "to"))
    except (KeyError, ValueError, OverflowError) as error:
        raise BadInput("`planned` is no stretch of time", hint="2026-12-03, or 2026-12-03T10:00Z") from error
    if end <= start:
        raise BadInput("`planned` ends before it begins", hint="2026-12-03, or 2026-12-03T10:00Z")


def _check_count(field: str, value: object) -> None:
    bounds = value if isinstance(value, list) else []
    numbers = [number for number in bounds if number is not None]
    whole = all(isinstance(number, int) and 0 <= number <= MOST_DEAD for number in numbers)
    if len(bounds) != len(("min", "max")) or not numbers or not whole or sorted(numbers) != numbers:
        raise BadInput(f"`{field}` is a number of people or a range", hint="8, 8-12 or 8- for at least eight")
