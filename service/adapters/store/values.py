"""Values of core to and from JSON for keeping: complete and exact, so that what is read is what was written.

core.codec gives the shapes promised to programs outside; they round and leave out, so they are not fit for storing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, time
from typing import Any

from service.adapters.store.types import AsJson
from service.core.event import Delta, Event
from service.core.feed import Enclosure
from service.core.report import COUNTS, Count, Evidence, Interval, Other, Place, Report
from service.core.subscription import Quiet, Wish

Json = dict[str, Any]
_TIMES = ("occurred", "planned")
_SINCE = ("bounds", "subtype", "others", "several")
"""Slots of a report that are left out where they are empty, as in reports kept before there were any."""


def interval_out(interval: Interval) -> list[str]:
    """Return both ends as ISO 8601 with offset."""
    return [interval.start.isoformat(), interval.end.isoformat()]


def interval_in(data: list[str]) -> Interval:
    """Read what interval_out wrote."""
    return Interval(*(datetime.fromisoformat(end) for end in data))


def report_out(report: Report) -> Json:
    """Return every slot of the report that is filled."""
    out = {slot: value for slot, value in asdict(report).items() if value is not None}
    for name in _SINCE:
        if not getattr(report, name):
            out.pop(name, None)
    for name in _TIMES:
        time = getattr(report, name)
        if time:
            out[name] = interval_out(time)
    return out


def report_in(data: Json) -> Report:
    """Read what report_out wrote, also before there were `bounds`, `subtype`, `others` and `several`."""
    slots = dict(data)
    for name in ("place", "venue"):
        if name in slots:
            slots[name] = place_in(slots[name])
    for name in _TIMES:
        if name in slots:
            slots[name] = interval_in(slots[name])
    for name in COUNTS:
        if name in slots:
            slots[name] = Count(*slots[name])
    for name in ("weapon", "parties", "mediators", "rules"):
        slots[name] = tuple(slots[name])
    slots["bounds"] = tuple((slot, bound) for slot, bound in slots.get("bounds", ()))
    slots["subtype"] = tuple(slots.get("subtype", ()))
    slots["others"] = tuple(_other_in(item) for item in slots.get("others", ()))
    slots["evidence"] = tuple(Evidence(**item) for item in slots["evidence"])
    return Report(**slots)


def _other_in(data: Json) -> Other:
    killed = data.get("killed")
    return Other(place=place_in(data["place"]), killed=Count(*killed) if killed else None, quote=data.get("quote", ""))


def event_out(event: Event) -> Json:
    """Return every slot of the event that is filled."""
    out = {slot: value for slot, value in asdict(event).items() if value is not None}
    for name in ("first_seen", "last_seen"):
        out[name] = out[name].isoformat()
    for name in _TIMES:
        time = getattr(event, name)
        if time:
            out[name] = interval_out(time)
    return out


def event_in(data: Json) -> Event:
    """Read what event_out wrote."""
    slots = dict(data)
    for name in ("first_seen", "last_seen"):
        slots[name] = datetime.fromisoformat(slots[name])
    for name, make in _MADE.items():
        if name in slots:
            slots[name] = make(slots[name])
    for name in ("killed", "injured", "children_killed", "missing"):
        if name in slots:
            slots[name] = Count(*slots[name])
    for name in ("weapon", "parties", "mediators"):
        slots[name] = tuple(slots[name])
    return Event(**slots)


def place_in(data: Json) -> Place:
    """Read a place written field by field."""
    return Place(**data)


_MADE: Mapping[str, Callable[[Any], object]] = {
    "place": place_in,
    "venue": place_in,
    "occurred": interval_in,
    "planned": interval_in,
}


def _listed(value: Iterable[Any]) -> list[Any]:
    return list(value)


class Anything(AsJson):
    """JSON types as they are."""

    cache_ok = True
    write = staticmethod(lambda value: value)
    read = staticmethod(lambda value: value)


class Numbers(AsJson):
    """A tuple of integers."""

    cache_ok = True
    write = staticmethod(_listed)
    read = staticmethod(tuple)


class Strings(AsJson):
    """A tuple of strings."""

    cache_ok = True
    write = staticmethod(_listed)
    read = staticmethod(tuple)


class PlaceJson(AsJson):
    """A Place with every field."""

    cache_ok = True
    write = staticmethod(asdict)
    read = staticmethod(place_in)


class CountJson(AsJson):
    """A Count as `[min, max]`."""

    cache_ok = True
    write = staticmethod(_listed)
    read = staticmethod(lambda data: Count(*data))


class IntervalJson(AsJson):
    """An Interval as `[from, to]`."""

    cache_ok = True
    write = staticmethod(interval_out)
    read = staticmethod(interval_in)


class ReportJson(AsJson):
    """A whole Report."""

    cache_ok = True
    write = staticmethod(report_out)
    read = staticmethod(report_in)


class EventJson(AsJson):
    """A whole Event."""

    cache_ok = True
    write = staticmethod(event_out)
    read = staticmethod(event_in)


class Deltas(AsJson):
    """A tuple of Deltas."""

    cache_ok = True
    write = staticmethod(lambda deltas: [asdict(delta) for delta in deltas])
    read = staticmethod(lambda data: tuple(Delta(**delta) for delta in data))


class Enclosures(AsJson):
    """A tuple of Enclosures."""

    cache_ok = True
    write = staticmethod(lambda files: [asdict(file) for file in files])
    read = staticmethod(lambda data: tuple(Enclosure(**file) for file in data))


def quiet_out(quiet: Quiet) -> list[Any]:
    """Return both ends as HH:MM, and the severity that comes through."""
    return [f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}", quiet.unless]


def quiet_in(data: list[Any]) -> Quiet:
    """Read what quiet_out wrote."""
    return Quiet(start=time.fromisoformat(data[0]), end=time.fromisoformat(data[1]), unless=data[2])


class QuietJson(AsJson):
    """Quiet hours as `[from, to, unless]`."""

    cache_ok = True
    write = staticmethod(quiet_out)
    read = staticmethod(quiet_in)


def wish_out(wish: Wish) -> Json:
    """Return the wish without a secret, which mail has none of."""
    out = {name: getattr(wish, name) for name in ("kind", "address", "mode", "tz", "at", "empty_day", "source")}
    quiet = quiet_out(wish.quiet) if wish.quiet else None
    return out | {"rules": list(wish.rules), "days": list(wish.days), "quiet": quiet}


def wish_in(data: Json) -> Wish:
    """Read what wish_out wrote."""
    lists = {"rules": tuple(data["rules"]), "days": tuple(data["days"])}
    return Wish(**data | lists | {"quiet": quiet_in(data["quiet"]) if data["quiet"] else None})


class WishJson(AsJson):
    """A Wish as asked for by mail."""

    cache_ok = True
    write = staticmethod(wish_out)
    read = staticmethod(wish_in)


class Told(AsJson):
    """What a digest told: event ids and the revision each was told at."""

    cache_ok = True
    write = staticmethod(lambda told: {str(event_id): revision for event_id, revision in told.items()})
    read = staticmethod(lambda data: {int(event_id): revision for event_id, revision in data.items()})
