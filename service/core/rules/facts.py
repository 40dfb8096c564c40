"""An event written by hand, for a rule's own tests: plain data in, an Event out."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeGuard

from service.core.errors import BadRule
from service.core.event import Event
from service.core.report import STATUSES, WEAPONS, Count, Place
from service.core.rules.fields import COUNTRIES
from service.core.rules.settings import choice, text

_WHEN = datetime(2026, 1, 1, tzinfo=UTC)  # no rule asks for the time, but an event has one


def _bad(message: str, hint: str) -> BadRule:
    return BadRule(message, hint=hint, code="E154")


def _count(value: object) -> Count:
    if _is_whole(value):
        return Count(value, value)
    if isinstance(value, list) and len(value) == 2:  # noqa: PLR2004  low and high
        low, high = value
        if not all(item is None or _is_whole(item) for item in value):
            low = high = None
        if (low is None or high is None or low <= high) and not low is high is None:
            return Count(low, high)
    raise _bad(
        f"{value!r} is not a number of people", "write 8, [8, 12], [8, null] for at least 8 or [null, 8] for up to 8"
    )


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _number(low: float, high: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise _bad(f"{value!r} is not a number from {low:g} to {high:g}", "write it in digits")
        return value

    return read


def _sources(value: object) -> int:
    if not _is_whole(value):
        raise _bad(f"{value!r} is not a number of sources", "write it in digits")
    return value


def _country(value: object) -> str:
    code = str(value).upper()
    if code not in COUNTRIES:
        raise _bad(f"{value!r} is not a country code", "use the two letters of ISO 3166-1, such as UA")
    return code


def _several(read: Callable[[object], str]) -> Callable[[object], tuple[str, ...]]:
    def read_all(value: object) -> tuple[str, ...]:
        return tuple(read(item) for item in value) if isinstance(value, list) else (read(value),)

    return read_all


FACTS: Mapping[str, Callable[[object], object]] = {
    "kind": choice("strike", "talks"),
    "country": _country,
    "region": text,
    "place": text,
    "lat": _number(-90, 90),
    "lon": _number(-180, 180),
    "actor": text,
    "target": text,
    "weapon": _several(choice(*WEAPONS)),
    "status": choice(*STATUSES),
    "parties": _several(text),
    "mediators": _several(text),
    "killed": _count,
    "injured": _count,
    "children_killed": _count,
    "missing": _count,
    "sources": _sources,
    "confidence": _number(0, 1),
}
_PLACE = ("country", "region", "place", "lat", "lon")


def event_of(facts: Mapping[str, Any]) -> Event:
    """Return an event with these facts, each read by its reader in FACTS. Raises BadRule E153 without `kind`."""
    if "kind" not in facts:
        raise BadRule("the event has no kind", hint="add kind: strike or kind: talks", code="E153")
    if ("lat" in facts) != ("lon" in facts):
        raise BadRule("lat and lon go together", hint="give both or neither", code="E153")
    rest = {name: value for name, value in facts.items() if name not in _PLACE}
    rest.setdefault("confidence", 0.9)
    return Event(event_id=0, headline="", first_seen=_WHEN, last_seen=_WHEN, place=_place(facts), **rest)


def _place(facts: Mapping[str, Any]) -> Place | None:
    if not any(name in facts for name in _PLACE):
        return None
    precise = "place" in facts or "lat" in facts
    return Place(
        name=facts.get("place") or facts.get("region") or facts.get("country", ""),
        country=facts.get("country", ""),
        lat=facts.get("lat", 0.0),
        lon=facts.get("lon", 0.0),
        precision="city" if precise else "region" if "region" in facts else "country",
        admin=facts.get("region", ""),
    )
