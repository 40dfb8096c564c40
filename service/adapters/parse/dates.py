"""Reads the dates of feeds, in the forms that feeds really use.

A date that is silently two hours wrong is worse than none: it moves a strike to another day, or an old report among the
new. So nothing is assumed without saying so: every date comes with a flag.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo

from service.adapters.parse.months import JALALI_MONTHS, TWO_WORD_MONTHS, month
from service.adapters.parse.zones import read_zone
from service.core.feed import DateFlag

_AHEAD = timedelta(minutes=10)
_STEP = timedelta(minutes=30)
_FURTHEST = timedelta(hours=14)
_EARLIEST = 1990
_LONGEST = 200

_EPOCH = re.compile(r"^(\d{9,10})(?:\.\d+)?$|^(\d{13})$")
_BASIC = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:t?(\d{2})(\d{2})(\d{2})?)?(?!\d)")
_YEAR_FIRST = re.compile(r"^(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?(?=$|[t\s,z])[t,]?")
_EASTERN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_EASTERN_TIME = re.compile(r"(\d{1,2})\s*[時时点點시]\s*(?:(\d{1,2})\s*[分분])?\s*(?:(\d{1,2})\s*[秒초])?")
_TIME = re.compile(r"(?<![\d+:-])(\d{1,2})(?::|\s?h\s?|\.(?=\d{2}\s*uhr))(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?!\d)")
_HOUR = re.compile(r"(?<![\d+:-])(\d{1,2})()()(?=\s?[ap]\.?\s?m\b)")
_HALF = re.compile(r"(?<![^\W\d_])([ap])\.?\s?m(?![^\W\d_])\.?|(?<!\w)(ص|م)(?!\w)|(上午|下午|午前|午後|오전|오후)")
_AFTERNOON = {"p", "م", "下午", "午後", "오후"}
_NUMERIC = re.compile(r"(?<![\d+])(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})(?!\d)")
_OFFSET = re.compile(r"(?:(?:gmt|utc|ut|z)\s*[+-]\s?|[+-])\d{1,2}(?::?\d{2})?(?::\d{2})?(?![\d./-])")
_ZONE_WORD = re.compile(r"[^\W\d_]+(?:/[a-z_+-]+)+|[^\W\d_]{1,5}")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")

_RFC822 = re.compile(
    r"(?:[a-z]{3}, )?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (gmt|utc|z|[+-]\d{4})$", re.ASCII
)
_LAST_HOUR, _LAST_SECOND = 23, 59

_JALALI_YEARS = range(1380, 1440)
_HOURS_OF_A_LONG_DAY = 30  # broadcasters write 25:30 for half past one of the night that belongs to this day


def read_date(raw: str, *, fetched_at: datetime, country: str | None = None) -> tuple[datetime | None, DateFlag]:
    """Return the moment a text names as aware UTC, and how sure that is.

    `ok`: said in full. `tz_guessed`: the zone was left out (taken as UTC, or as one further east where that would be
    ahead of us) or ambiguous (decided by `country`, ISO 3166 alpha-2), or the hour comes twice that night. `clamped`:
    more than 10 minutes ahead of `fetched_at`, which stands in. `missing`, `unparsed`: no date.
    """
    text = _even(raw)
    if not text:
        return None, "missing"
    try:
        found = _usual(text) or _read(text, fetched_at, country)
        at = found[0].astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        found, at = None, None
    if found is None or at is None or at.year < _EARLIEST:
        return None, "unparsed"
    guessed = found[1]
    if at > fetched_at + _AHEAD:
        return (guessed and _further_east(at, fetched_at)) or (fetched_at.astimezone(UTC), "clamped")
    return at, "tz_guessed" if guessed else "ok"


def _further_east(at: datetime, fetched_at: datetime) -> tuple[datetime, DateFlag] | None:
    """Repair a date of the future whose zone was a guess: its clock is nearest one that is as far ahead, or none is."""
    steps = -((fetched_at + _AHEAD - at) // _STEP)
    return (at - steps * _STEP, "tz_guessed") if steps * _STEP <= _FURTHEST else None


def _even(raw: str) -> str:
    """Casefold, collapse blanks, drop marks of direction, and write all digits as 0 to 9."""
    if raw.isascii():
        return " ".join(raw[:_LONGEST].casefold().split())
    text = unicodedata.normalize("NFC", raw)[:_LONGEST]
    kept = (c for c in text if unicodedata.category(c) != "Cf")
    digits = "".join(str(unicodedata.digit(c)) if c.isdigit() and not c.isascii() else c for c in kept)
    return " ".join(digits.casefold().replace("\u2212", "-").replace("،", " ").split())


def _usual(text: str) -> tuple[datetime, bool] | None:
    """Read the form of nearly all feeds, RFC 822's, with a numeric zone or none but GMT."""
    found = _RFC822.match(text)
    number = month(found[2]) if found else None
    if found is None or number is None:
        return None
    day, year, hours, minutes, seconds = (int(found[n]) for n in (1, 3, 4, 5, 6))
    zone = read_zone(found[7], None)
    if zone is None or hours > _LAST_HOUR or seconds > _LAST_SECOND:
        return None
    return datetime(year, number, day, hours, minutes, seconds, tzinfo=zone[0]), False


def _read(text: str, fetched_at: datetime, country: str | None) -> tuple[datetime, bool] | None:
    if epoch := _EPOCH.match(text):
        return datetime.fromtimestamp(float(epoch[1] or int(epoch[2]) / 1000), UTC), False
    clock, before, after = _split_time(text)
    zone, after = _zone(before, after, country) if clock else (None, after)
    day = _day(f"{before} {after}".strip(), fetched_at)
    if day is None:
        return None
    hours, minutes, seconds = clock or (0, 0, 0)
    tz, guessed = zone or (UTC, True)
    local = datetime(day.year, day.month, day.day, 0, minutes, min(seconds, 59), tzinfo=tz) + timedelta(hours=hours)
    return local, guessed or _comes_twice(local)


def _comes_twice(local: datetime) -> bool:
    """Tell whether clocks were set back over this hour: it is read as the first of the two."""
    return local.astimezone(UTC) < local.replace(fold=1).astimezone(UTC)


def _split_time(text: str) -> tuple[tuple[int, int, int] | None, str, str]:
    """Take the time of day out: hours, minutes and seconds, what stood before it, what stood after it."""
    if basic := _BASIC.match(text):
        clock = (int(basic[4]), int(basic[5]), int(basic[6] or 0)) if basic[4] else None
        return clock, "-".join(basic.groups()[:3]), text[basic.end() :]
    half = _HALF.search(text)
    found = _TIME.search(text) or _EASTERN_TIME.search(text) or _HOUR.search(text)
    if found is None:
        return None, text, ""
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    before, after = (_HALF.sub(" ", side) for side in (text[: found.start()], text[found.end() :]))
    if half and hours <= 12:  # noqa: PLR2004 - a clock face
        hours = hours % 12 + (12 if next(filter(None, half.groups())) in _AFTERNOON else 0)
    if hours >= _HOURS_OF_A_LONG_DAY:
        raise ValueError(text)
    return (hours, minutes, seconds), before, after


def _zone(before: str, after: str, country: str | None) -> tuple[tuple[tzinfo, bool] | None, str]:
    """Find the zone, and return what stood after the time without it. An offset says more than a name beside it."""
    for pattern in (_OFFSET, _ZONE_WORD):
        for word in pattern.finditer(after):
            if zone := read_zone(word[0], country):
                return zone, after[: word.start()] + " " + after[word.end() :]
    for word in _ZONE_WORD.finditer(before):
        if not month(word[0]) and (zone := read_zone(word[0], country)):
            return zone, after
    return None, after


def _day(text: str, fetched_at: datetime) -> date | None:
    for look in (_year_first, _eastern_day, _named_day, _numeric_day):
        day = look(text, fetched_at)
        if day:
            return day
    return None


def _year_first(text: str, _fetched_at: datetime) -> date | None:
    found = _YEAR_FIRST.match(text)
    if found is None or (_WORD.search(text[found.end() :]) and not found[3]):
        return None
    year, number, day = int(found[1]), int(found[3] or 1), int(found[4] or 1)
    return jalali(year, number, day) if year in _JALALI_YEARS else date(year, number, day)


def _eastern_day(text: str, _fetched_at: datetime) -> date | None:
    found = _EASTERN.search(text)
    return date(int(found[1]), int(found[2]), int(found[3])) if found else None


def _named_day(text: str, fetched_at: datetime) -> date | None:
    words = _WORD.findall(text)
    number = next((n for name, n in TWO_WORD_MONTHS.items() if name in text), None)
    number = number or next(filter(None, map(month, words)), None)
    persian = next((JALALI_MONTHS[word] for word in words if word in JALALI_MONTHS), None)
    numbers = _NUMBER.findall(text)
    years = [n for n in numbers if len(n) == 4]  # noqa: PLR2004 - digits of a year
    others = [int(n) for n in numbers if n not in years]
    if persian and years and others and int(years[0]) in _JALALI_YEARS:
        return jalali(int(years[0]), persian, others[0])
    if not number or not others:
        return None
    if years:
        return date(int(years[0]), number, others[0])
    if len(others) > 1:
        return date(2000 + others[1] % 100, number, others[0])
    return _latest([(fetched_at.year - back, number, others[0]) for back in (0, 1)], fetched_at)


def _numeric_day(text: str, fetched_at: datetime) -> date | None:
    found = _NUMERIC.search(text)
    if found is None:
        return None
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    if len(found[1]) == 4:  # noqa: PLR2004 - digits of a year
        return date(first, second, third)
    year = third if third > 99 else 2000 + third  # noqa: PLR2004
    orders = [(year, second, first)] if found[2] == "." else [(year, second, first), (year, first, second)]
    return _latest(orders, fetched_at)


def _latest(orders: Iterable[tuple[int, int, int]], fetched_at: datetime) -> date | None:
    """Of several readings, return the one nearest before the fetch: news is young, and never of tomorrow."""
    horizon = (fetched_at + timedelta(days=1)).date()
    days = list(filter(None, (_date(*order) for order in orders)))
    past = [day for day in days if day <= horizon]
    return max(past) if past else min(days, default=None)


def _date(year: int, number: int, day: int) -> date | None:
    try:
        return date(year, number, day)
    except ValueError:
        return None


def jalali(year: int, number: int, day: int) -> date:
    """Return the Gregorian date of a day of the Solar Hijri calendar, by the 33-year cycle (right for 1244 to 1472)."""
    shifted = year + 1595
    months = (number - 1) * 31 if number <= 6 else (number - 7) * 30 + 186  # noqa: PLR2004 - six months of 31 days first
    return date.fromordinal(365 * shifted + shifted // 33 * 8 + (shifted % 33 + 3) // 4 + day + months - 355_668 - 365)
