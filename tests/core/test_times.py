"""Which night, which day: tests/stories/times.txt, in the zones of the places themselves, summer time and all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.core.extract.pages import leaves
from service.core.extract.when import when
from service.core.report import Interval, Place
from tests.core.reading import english, entry
from tests.test_stories import STORIES

HOURS = {
    "night": (-4, 8),
    "eve": (18, 32),
    "day": (0, 24),
    "early": (0, 9),
    "late": (17, 24),
    "morning": (0, 12),
    "afternoon": (12, 18),
    "evening": (17, 24),
}
LEAST, RIGHT = 130, 0.95


def lines() -> Iterator[list[str]]:
    for line in (STORIES / "times.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [part.strip() for part in line.split("|")]


def wanted(words: str, zone: ZoneInfo) -> Interval | None:
    """Return the stretch of time in UTC that the words stand for in the zone; None for `none`."""
    what, *days = words.split()
    if what == "none":
        return None
    start, end = (0, 24) if what == "days" else HOURS[what]
    return Interval(at(days[0], start, zone), at(days[-1], end, zone))


def at(day: str, hour: int, zone: ZoneInfo) -> datetime:
    that = date.fromisoformat(day) + timedelta(days=hour // 24)
    return datetime(that.year, that.month, that.day, hour % 24, tzinfo=zone).astimezone(UTC)


def test_words_of_time_are_the_right_night_in_the_places_own_zone() -> None:
    gazetteer, wrong, told = SqliteGazetteer(), [], list(lines())
    for where, moment, words, stated in told:
        name, zone = where.split()
        now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        read = replace(entry(f"Missiles hit {name}", words), published=now, first_seen=now)
        found = when(leaves(read, english()), now, gazetteer.find([name.lower()])[name.lower()][0])
        if (found.interval if found else None) != wanted(stated, ZoneInfo(zone)):
            wrong.append((where, moment, words, stated, found))
    assert len(told) >= LEAST
    assert len(wrong) <= (1 - RIGHT) * len(told), wrong


@pytest.mark.parametrize(
    ("name", "told", "start", "end"),
    [
        ("kyiv", "2026-07-15T21:30", "2026-07-15T17:00", "2026-07-16T05:00"),
        ("kyiv", "2026-01-15T22:30", "2026-01-15T18:00", "2026-01-16T06:00"),
        ("kyiv", "2026-03-29T07:00", "2026-03-28T18:00", "2026-03-29T05:00"),  # eleven hours: clocks went forward
        ("kyiv", "2026-10-25T07:00", "2026-10-24T17:00", "2026-10-25T06:00"),  # thirteen: they went back
        ("beirut", "2026-10-25T07:00", "2026-10-24T17:00", "2026-10-25T06:00"),
        ("belgorod", "2026-07-16T06:00", "2026-07-15T17:00", "2026-07-16T05:00"),
        ("tehran", "2026-07-16T06:00", "2026-07-15T16:30", "2026-07-16T04:30"),
    ],
)
def test_a_night_is_as_long_as_the_clocks_make_it(name: str, told: str, start: str, end: str) -> None:
    now = datetime.fromisoformat(told).replace(tzinfo=UTC)
    read = replace(entry(f"Missiles hit {name.title()} overnight"), published=now, first_seen=now)
    found = when(leaves(read, english()), now, SqliteGazetteer().find([name])[name][0])
    times = (datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (start, end))
    assert found is not None
    assert found.interval == Interval(*times)


def test_a_place_of_no_zone_has_the_suns_clocks() -> None:
    now = datetime(2026, 7, 15, 21, 30, tzinfo=UTC)
    sea = Place(name="Red Sea", country="", lat=20.0, lon=38.0, precision="region")
    read = replace(entry("Missiles hit tanker overnight"), published=now, first_seen=now)
    found = when(leaves(read, english()), now, sea)
    assert found is not None
    assert found.interval.end == datetime(2026, 7, 16, 5, tzinfo=UTC)
