"""Days and hours at a place, by its own clocks: summer time and all.

Inside, the time a place's clocks show is written as if it were UTC, so that days are added and hours set without a
thought for when clocks change; `instants` says when that was. Where nobody knows the zone, clocks follow the sun: an
hour for every 15 degrees.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from service.core.report import Interval, Place

DAY = (0, 24)
_AHEAD = timedelta(hours=9)


def shown(at: datetime, place: Place | None) -> datetime:
    """Return what the clocks of a place show at an instant, written as UTC."""
    return at.astimezone(_zone(place)).replace(tzinfo=UTC)


def instants(local: Interval, place: Place | None) -> Interval:
    """Return when the clocks of a place showed these times; of an hour that they show twice, the first."""
    zone = _zone(place)
    start, end = (at.replace(tzinfo=zone).astimezone(UTC) for at in local)
    return Interval(start, end)


def _zone(place: Place | None) -> tzinfo:
    if place is None:
        return UTC
    return ZoneInfo(place.zone) if place.zone else timezone(timedelta(hours=round(place.lon / 15)))


def midnight(local: datetime) -> datetime:
    """Return the beginning of the day."""
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def hours_of(day: datetime, hours: tuple[int, int]) -> Interval:
    """Return these hours of a day; beyond 24 is the next day, below 0 the one before."""
    return Interval(day + timedelta(hours=hours[0]), day + timedelta(hours=hours[1]))


def last(local: datetime, weekday: int) -> datetime:
    """Return midnight of the latest such weekday, today included, and the next day where it begins within hours.

    The hours are rough, and an outlet east of the place is a day ahead: its Saturday is never last week's.
    """
    soon = local + _AHEAD
    today = soon if soon.weekday() == weekday else local
    return midnight(today) - timedelta(days=(today.weekday() - weekday) % 7)


def first_ahead(local: datetime, weekday: int) -> datetime:
    """Return midnight of the next such weekday, today included."""
    return midnight(local) + timedelta(days=(weekday - local.weekday()) % 7)


def latest(local: datetime, month: int, day: int, *, ahead: bool = False) -> datetime | None:
    """Return midnight of the latest such day that is not to come, or of the next where that is wanted.

    None where there is no such day.
    """
    soon = midnight(local) if ahead else local + _AHEAD
    for year in (soon.year, soon.year + 1) if ahead else (soon.year, soon.year - 1):
        try:
            found = midnight(soon).replace(year=year, month=month, day=day)
        except ValueError:
            continue
        if found >= soon if ahead else found <= soon:
            return found
    return None
