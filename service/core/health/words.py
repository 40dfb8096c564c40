"""Times and spans as sentences name them. All times are UTC and say so."""

from datetime import datetime, timedelta

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAY = timedelta(days=1)
_MINUTES_UP_TO = timedelta(minutes=90)
_HOURS_UP_TO = timedelta(hours=48)


def moment(at: datetime, now: datetime) -> str:
    """Return `02:10 UTC` for a time of today, `3 November 02:10 UTC` for another, with the year where it differs."""
    clock = f"{at:%H:%M} UTC"
    if at.date() == now.date():
        return clock
    year = f" {at.year}" if at.year != now.year else ""
    return f"{at.day} {_MONTHS[at.month - 1]}{year} {clock}"


def span(length: timedelta) -> str:
    """Return `40 min`, `2 h` or `9 days`; the least is `1 min`."""
    if length < _MINUTES_UP_TO:
        return f"{max(round(length / timedelta(minutes=1)), 1)} min"
    if length < _HOURS_UP_TO:
        return f"{round(length / timedelta(hours=1))} h"
    return f"{round(length / _DAY)} days"


def since(at: datetime | None, now: datetime) -> str:
    """Return ` since 02:10 UTC` with the space before it; nothing where the time is not known."""
    return f" since {moment(at, now)}" if at else ""
