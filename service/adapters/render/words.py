"""Values in words: the same ones in subjects, in text and in HTML, so that the three never disagree."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.adapters.render.clean import HEADLINE, NAME, clean
from service.adapters.render.countries import COUNTRIES
from service.core.codec import count_text, parse_instant
from service.core.event import Event
from service.core.report import Count, Interval, Place

KINDS = {"strike": "Strike", "talks": "Talks"}
STATUSES = {"under_way": "under way", "retracted": "withdrawn"}
WEAPONS = {"air": "air strike", "naval": "naval fire", "unknown": ""}
PEOPLE = {"killed": "killed", "injured": "injured", "missing": "missing", "children_killed": "children killed"}
LABELS = {
    "killed": "Killed",
    "injured": "Injured",
    "missing": "Missing",
    "children_killed": "Children killed",
    "status": "Status",
    "place": "Place",
    "weapon": "Weapon",
    "actor": "Attributed to",
    "target": "Against",
    "parties": "Parties",
    "mediators": "Mediators",
    "venue": "Held in",
    "planned": "Planned for",
    "duration_h": "Lasts",
    "occurred": "When",
    "headline": "Headline",
    "state": "State",
}
UNKNOWN = "not reported"
MEDIUM_SOURCES = 2
HIGH_SOURCES = 3
SHAKY = 0.5
DAYS_AFTER_HOURS = 72


def amount(count: Count | None) -> str:
    """Return a range with an en dash, `8`, `at least 8` or `up to 8`; empty where nothing is known."""
    low, high = count or Count()
    if low == 0 and high is None:
        return ""
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
    return count_text(Count(low, high))


def toll(field: str, count: Count | None) -> str:
    """Return `8 killed`, `1 child killed`, `at least 8 injured`; empty where nothing is known."""
    words = amount(count)
    if not words:
        return ""
    one_child = field == "children_killed" and words.rsplit(" ", 1)[-1] == "1"
    return f"{words} child killed" if one_child else f"{words} {PEOPLE[field]}"


def tolls(event: Event) -> str:
    """Return `6 killed, 31 injured, 2 children killed`, as far as known."""
    parts = (toll(field, getattr(event, field)) for field in PEOPLE)
    return ", ".join(part for part in parts if part)


def as_count(value: object) -> Count | None:
    """Read a count from JSON types: `[min, max]` or `{"min", "max"}`. None for anything else."""
    if isinstance(value, Mapping):
        value = [value.get("min"), value.get("max")]
    if isinstance(value, int) and not isinstance(value, bool):
        return Count(value, value)
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != len(Count()):
        return None
    low, high = (item if isinstance(item, int) and not isinstance(item, bool) else None for item in value)
    return Count(low, high)


def value_words(field: str, value: object) -> str:
    """Return what a claim or a delta holds, in words; `not reported` for nothing."""
    if field in PEOPLE:
        return toll(field, as_count(value)) or UNKNOWN
    if field in {"sources", "reports"}:
        return f"{value} {field if value != 1 else field[:-1]}"
    if field == "planned":
        return _planned(value) or UNKNOWN
    if field == "duration_h":
        return hours_words(value if isinstance(value, int) else None) or UNKNOWN
    if isinstance(value, Mapping):
        return _place_or_interval(value) or UNKNOWN
    items = value if isinstance(value, (list, tuple)) else [value]
    table = WEAPONS if field == "weapon" else STATUSES
    words = [clean(table.get(str(item), str(item)), NAME) for item in items if item]
    return ", ".join(word for word in words if word) or UNKNOWN


def rule_words(rule_ids: Sequence[str], titles: Callable[[str], str], *, most: int = 10) -> str:
    """Return rules as readers know them: `Strike on a capital; Sudan, strikes and talks`."""
    return "; ".join(clean(titles(rule_id), HEADLINE) for rule_id in rule_ids[:most])


def _place_or_interval(value: Mapping[str, object]) -> str:
    if "from" in value:
        return _interval(value)
    return ", ".join(
        clean(part, NAME) for part in (value.get("name"), country(str(value.get("country") or ""))) if part
    )


def _interval(value: Mapping[str, object]) -> str:
    """Return a stretch of time as `interval_words` says it; as it is given where that is no time."""
    try:
        start, end = (parse_instant(str(value.get(name))) for name in ("from", "to"))
    except ValueError:
        return clean(f"{value.get('from')} to {value.get('to')}", NAME)
    return interval_words(Interval(start, end))


def country(code: str) -> str:
    """Return a country's name, or the code itself where we have none."""
    return COUNTRIES.get(code, code)


def place_words(place: Place | None) -> str:
    """Return `Kharkiv, Ukraine`; empty where the place is unknown."""
    if place is None:
        return ""
    parts = dict.fromkeys((clean(place.name, NAME), clean(country(place.country), NAME)))
    return ", ".join(part for part in parts if part)


def confidence_words(event: Event) -> str:
    """Return high, medium or low: three, two or one independent sources, one step down where the machine doubts."""
    level = 2 if event.sources >= HIGH_SOURCES else int(event.sources >= MEDIUM_SOURCES)
    return ("low", "medium", "high")[max(level - (event.confidence < SHAKY), 0)]


def sources_words(n: int) -> str:
    """Return `1 source` or `7 independent sources`."""
    return "1 source" if n == 1 else f"{n:,} independent sources"


def zone(name: str) -> tzinfo:
    """Return the time zone, UTC where the name is unknown: a message in UTC beats no message."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def zone_words(name: str) -> str:
    """Return `Kyiv time` for Europe/Kyiv, `UTC` for UTC."""
    city = clean(name, NAME).rsplit("/", 1)[-1].replace("_", " ")
    return "UTC" if str(zone(name)) == "UTC" else f"{city} time"


def day_words(at: date) -> str:
    """Return `22 November 2026`, whatever the machine's language."""
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def weekday_words(at: date) -> str:
    """Return `Monday 23 November 2026`."""
    return f"{_WEEKDAYS[at.weekday()]} {day_words(at)}"


def time_words(at: datetime) -> str:
    """Return `22 November 2026, 18:33 UTC`."""
    return f"{day_words(at)}, {at:%H:%M} UTC"


def interval_words(interval: Interval | None) -> str:
    """Return when it happened as far as known, in UTC: a time, part of a day, a day or a span; empty if unknown."""
    if interval is None:
        return ""
    start, end = interval
    last = end - timedelta(minutes=1)  # half-open: a day ends at 00:00 of the next
    if (start.hour, start.minute) == (0, 0) == (end.hour, end.minute) and end - start == timedelta(days=1):
        return f"{day_words(start)} (UTC)"
    if end - start <= timedelta(hours=1):
        return f"About {start:%H:%M} UTC, {day_words(start)}"
    if start.date() == last.date():
        return f"{day_words(start)}, between {start:%H:%M} and {end:%H:%M} UTC"
    return f"Between {day_words(start)}, {start:%H:%M} and {day_words(end)}, {end:%H:%M} UTC"


def planned_words(interval: Interval | None) -> str:
    """Return when talks are to be held: `3 December 2026`, `3 to 9 December 2026`, or a time; empty if unknown.

    Whole days are those of where they are held, so they begin at another hour in UTC: at their noon it is their date.
    """
    if interval is None:
        return ""
    start, end = interval
    if (end - start) % timedelta(days=1):
        return interval_words(interval)
    first, last = start + timedelta(hours=12), end - timedelta(hours=12)
    if first.date() == last.date():
        return day_words(first)
    same = (first.month, first.year) == (last.month, last.year)
    return f"{first.day if same else day_words(first)} to {day_words(last)}"


def hours_words(hours: int | None) -> str:
    """Return `72 hours` or `60 days`; empty where unknown."""
    if not hours:
        return ""
    if hours > DAYS_AFTER_HOURS and hours % 24 == 0:
        return f"{hours // 24:,} days"
    return "1 hour" if hours == 1 else f"{hours:,} hours"


def _planned(value: object) -> str:
    try:
        ends = [parse_instant(str(value[name])) for name in ("from", "to")] if isinstance(value, Mapping) else []
    except (KeyError, ValueError):
        return ""
    return planned_words(Interval(*ends)) if ends else ""


def span_words(start: datetime, end: datetime) -> str:
    """Return `24 hours` or `5 days`."""
    hours = max(round((end - start).total_seconds() / 3600), 1)
    if hours > DAYS_AFTER_HOURS:
        return f"{round(hours / 24)} days"
    return "hour" if hours == 1 else f"{hours} hours"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
