"""Days and hours at a place.

The hours are the place's own: of its country, where that keeps one time, else of its longitude, an hour for every 15
degrees. Summer time is left out: an hour's error moves no night to another day, and a table of zones is not needed.
"""

from datetime import datetime, timedelta

from service.core.report import Interval, Place

DAY = (0, 24)
# Where clocks are not the sun's, or a whole country keeps one time: hours from UTC, without summer time.
_KEPT: dict[str, float] = {
    "CN": 8, "ES": 1, "FR": 1, "IN": 5.5, "IR": 3.5, "AF": 4.5, "MM": 6.5, "PK": 5, "NP": 5.75, "LK": 5.5, "VE": -4,
    "AR": -3, "DZ": 1, "LY": 2, "SD": 2, "UA": 2, "IL": 2, "PS": 2, "LB": 2, "SY": 3, "IQ": 3, "YE": 3, "TR": 3,
    "PL": 1, "DE": 1, "GB": 0, "MD": 2, "RO": 2, "BY": 3, "GE": 4, "AM": 4, "AZ": 4, "ET": 3, "SO": 3, "ML": 0,
    "NE": 1, "NG": 1, "BF": 0, "EG": 2, "SA": 3, "QA": 3, "AE": 4, "KP": 9, "KR": 9, "JP": 9, "TH": 7, "KH": 7,
    "CO": -5, "HT": -5, "ER": 3, "SS": 2, "TD": 1, "CF": 1, "CM": 1,
}  # fmt: skip
_AHEAD = timedelta(hours=9)


def offset(place: Place | None) -> timedelta:
    """Return how far the place's clocks are ahead of UTC; none where there is no place."""
    if place is None:
        return timedelta()
    return timedelta(hours=_KEPT.get(place.country, round(place.lon / 15)))


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
