"""What the zone at the end of a date means. feedparser reads every abbreviation it does not know as UTC.

Offsets in minutes east of UTC. Some abbreviations mean different clocks in different countries: these are decided by
the country the feed speaks from, and the answer is marked as a guess.
"""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NAMED = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60,
    "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120,
    "eet": 120, "eest": 180, "oez": 120, "oesz": 180, "fet": 180, "trt": 180,
    "msk": 180, "мск": 180, "msd": 240, "samt": 240, "yekt": 300, "omst": 360, "krat": 420, "irkt": 480, "yakt": 540,
    "vlat": 600, "magt": 660, "pett": 720,
    "idt": 180, "irst": 210, "irdt": 270, "gst": 240, "aft": 270, "pkt": 300, "npt": 345, "mmt": 390, "ict": 420,
    "wib": 420,
    "wita": 480, "wit": 540, "hkt": 480, "sgt": 480, "myt": 480, "pht": 480, "jst": 540, "kst": 540, "uzt": 300,
    "amt": 240, "azt": 240, "get": 240, "almt": 300, "kgt": 360, "tjt": 300, "tmt": 300,
    "eat": 180, "cat": 120, "wat": 60, "sast": 120,
    "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540,
    "akdt": -480, "hst": -600, "adt": -180, "nst": -210, "ndt": -150, "brt": -180, "art": -180, "clt": -240,
    "cot": -300,
    "pet": -300, "aest": 600, "aedt": 660, "acst": 570, "acdt": 630, "awst": 480, "nzst": 720, "nzdt": 780,
}  # fmt: skip

# The first meaning stands where the country does not decide.
_AMBIGUOUS: dict[str, tuple[tuple[int, frozenset[str]], ...]] = {
    "ist": ((120, frozenset({"IL", "PS"})), (330, frozenset({"IN", "LK"})), (60, frozenset({"IE"}))),
    "ast": ((180, frozenset({"SA", "IQ", "KW", "BH", "QA", "YE"})), (-240, frozenset({"CA", "US", "PR"}))),
    "bst": ((60, frozenset({"GB", "UK"})), (360, frozenset({"BD"}))),
    "cst": ((-360, frozenset({"US", "CA", "MX"})), (480, frozenset({"CN", "TW"})), (-300, frozenset({"CU"}))),
    "sst": ((480, frozenset({"SG"})), (-660, frozenset({"AS", "WS"}))),
    "wst": ((480, frozenset({"AU"})), (780, frozenset({"WS"}))),
}  # fmt: skip

_OFFSET = re.compile(r"^(?:gmt|utc|ut|z)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?(?::\d{2})?$")
_MOST_MINUTES = 14 * 60


def read_zone(text: str, country: str | None) -> tuple[tzinfo, bool] | None:
    """Return the zone and whether it is a guess; None if the text names no zone..

    `text` is casefolded: "eest", "+0300", "gmt+3", "europe/kyiv".
    """
    text = text.strip(" ()[].,")
    if offset := _OFFSET.match(text):
        sign, hours, minutes = offset[1], int(offset[2]), int(offset[3] or 0)
        total = hours * 60 + minutes
        return (_fixed(-total if sign == "-" else total), False) if total <= _MOST_MINUTES else None
    if text in _NAMED:
        return _fixed(_NAMED[text]), False
    if text in _AMBIGUOUS:
        return _by_country(_AMBIGUOUS[text], country)
    return _from_database(text)


def _fixed(minutes: int) -> tzinfo:
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def _by_country(meanings: tuple[tuple[int, frozenset[str]], ...], country: str | None) -> tuple[tzinfo, bool]:
    for minutes, countries in meanings:
        if country in countries:
            return _fixed(minutes), True
    return _fixed(meanings[0][0]), True


def _from_database(text: str) -> tuple[tzinfo, bool] | None:
    if not re.fullmatch(r"[a-z]+(?:/[a-z_+-]+){1,2}", text):
        return None
    name = "/".join("_".join(word.capitalize() for word in part.split("_")) for part in text.split("/"))
    try:
        return ZoneInfo(name), False
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
