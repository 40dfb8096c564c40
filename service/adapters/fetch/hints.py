"""What a server wishes, read from its headers. Pure: seconds out, None where it said nothing we understand."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r'(?:^|[\s,])max-age\s*=\s*"?(\d{1,10})', re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|[\s,])no-(?:cache|store)\b", re.IGNORECASE)


def max_age_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return for how many more seconds the document is fresh: max-age less Age, else Expires less Date (RFC 9111)."""
    control = headers.get("cache-control", "")
    if _NO_CACHE.search(control):
        return None
    stated = _MAX_AGE.search(control)
    if stated:
        return max(0.0, float(stated[1]) - _age_s(headers))
    expires = http_date(headers.get("expires"))
    if expires is None:
        return None
    return max(0.0, (expires - (http_date(headers.get("date")) or now)).total_seconds())


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how many seconds to stay away: a number, or a date seen from the server's own clock (RFC 9110)."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,10}(\.\d{1,6})?", text):
        return float(text)
    until = http_date(text)
    if until is None:
        return None
    return max(0.0, (until - (http_date(headers.get("date")) or now)).total_seconds())


def http_date(text: str | None) -> datetime | None:
    """Read any of the three forms of an HTTP date as aware UTC."""
    try:
        at = parsedate_to_datetime(text or "")
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _age_s(headers: Mapping[str, str]) -> float:
    text = headers.get("age", "").strip()
    return float(text) if re.fullmatch(r"\d{1,10}", text) else 0.0
