"""How often a document wishes to be asked for, and when not at all."""

import re

_PERIODS = {
    "hourly": 3_600,
    "daily": 86_400,
    "dayly": 86_400,
    "weekly": 604_800,
    "monthly": 2_592_000,
    "yearly": 31_536_000,
}
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MIDNIGHT = 24
_FAR = 100_000  # bytes


def ttl_s(ttl: str, period: str, frequency: str) -> int | None:
    """Return how long the feed says it stays the same: the longest of ttl (minutes) and the syndication period.

    A period is split by its frequency; a frequency alone is of days, and one of zero or of no number splits nothing.
    """
    wishes = [round(number * 60) for number in (_number(ttl),) if number]
    often = _number(frequency)
    length = _PERIODS.get(period.strip().casefold(), _PERIODS["daily"] if often and not period.strip() else 0)
    if length:
        wishes.append(round(length / often) if often else length)
    return max(wishes, default=None)


def skip_hours(frame: bytes) -> tuple[int, ...]:
    """Return the hours, GMT, in which RSS asks not to be asked. Some count from 1 to 24."""
    hours = {int(hour) for hour in _within(frame, b"skiphours", b"hour") if hour.isdigit() and int(hour) <= _MIDNIGHT}
    return tuple(sorted({hour % _MIDNIGHT for hour in hours}))


def skip_days(frame: bytes) -> tuple[int, ...]:
    """Return the days on which RSS asks not to be asked; 0 is Monday."""
    days = {day.strip().casefold() for day in _within(frame, b"skipdays", b"day")}
    return tuple(n for n, day in enumerate(_DAYS) if day in days)


def _number(text: str) -> float:
    stripped = text.strip()
    return float(stripped) if _NUMBER.fullmatch(stripped) else 0.0


def _within(frame: bytes, outer: bytes, inner: bytes) -> list[str]:
    """Return the texts of the inner elements; `frame` is the document without its items."""
    lowered = frame.lower()
    start = lowered.find(outer + b">")
    end = lowered.find(outer + b">", start + 1)
    if not 0 <= start < end:
        return []
    block = lowered[start:end][:_FAR]
    return [
        found.decode("ascii", "replace").strip() for found in re.findall(inner + rb">\s*([a-z0-9]{1,12})\s*<", block)
    ]
