"""Which night, which day: tests/stories/times.txt, in the zones of the places themselves, summer time and all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.adapters.gazetteer import SqliteGazetteer
from service.core.extract.pages import leaves
from service.core.extract.when import when
from service.core.report import Interval
from tests.core.reading import english, entry
from tests.test_stories import STORIES

HOURS = {
    "night": (-4, 8),
    "eve": (18, 32),
    "day": (0, 24),
    "early": (0, 9),
    "late": (17, 24),
    "morning": (4, 12),
    "afternoon": (12, 18),
    "evening": (17, 24),
}
LEAST, RIGHT = 100, 0.95
# Summer time is left out of the place's clock: it moves no night to another day.
OFF = timedelta(hours=1)


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


def same(found: Interval | None, stated: Interval | None) -> bool:
    if found is None or stated is None:
        return found is stated
    return all(abs(one - other) <= OFF for one, other in zip(found, stated, strict=True))


def test_words_of_time_are_the_right_night_in_the_places_own_zone() -> None:
    gazetteer, wrong, told = SqliteGazetteer(), [], list(lines())
    for where, moment, words, stated in told:
        name, zone = where.split()
        now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        read = replace(entry(f"Missiles hit {name}", words), published=now, first_seen=now)
        found = when(leaves(read, english()), now, gazetteer.find([name.lower()])[name.lower()][0])
        if not same(found.interval if found else None, wanted(stated, ZoneInfo(zone))):
            wrong.append((where, moment, words, stated, found))
    assert len(told) >= LEAST
    assert len(wrong) <= (1 - RIGHT) * len(told), wrong
