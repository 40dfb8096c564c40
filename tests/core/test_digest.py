"""When a digest is due, what it covers, and in what order it tells things."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.core.digest import arrange, first_due, local_date_of, since_told, standing, window
from service.core.event import Change, Development, Event, State
from service.core.report import Count

AWKWARD = [
    "UTC",
    "Europe/Kyiv",
    "America/Nuuk",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Africa/Casablanca",  # summer time off for Ramadan
    "Africa/Cairo",  # jumps at midnight
    "Asia/Beirut",  # jumps at midnight
    "America/Havana",  # goes back from 1:00 to midnight
    "Antarctica/Troll",  # two hours
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/Scoresbysund",
]
TIMES = [time(n // 2, 30 * (n % 2)) for n in range(48)]


def walk(tz: str, at: time, start: datetime, end: datetime) -> list[datetime]:
    """Return the instants a clock that always asks for the next one sees."""
    seen, after = [], start
    while (due := first_due(tz, at, after=after)) < end:
        seen.append(due)
        after = due
    return seen


def oracle(tz: str, at: time, start: datetime, end: datetime) -> dict[date, datetime]:
    """Return each local date's due instant, by looking at the wall clock every quarter of an hour."""
    zone, due, day_seen = ZoneInfo(tz), {}, None
    missing: date | None = None
    quarter = start
    while quarter < end:
        wall = quarter.astimezone(zone)
        if wall.date() != day_seen:
            if missing and missing not in due:
                due[missing] = quarter
            day_seen = missing = wall.date()
        if wall.date() not in due and wall.time() >= at:
            due[wall.date()] = quarter
        quarter += timedelta(minutes=15)
    return due


@pytest.mark.parametrize("tz", AWKWARD)
def test_every_local_date_has_exactly_one_digest_around_every_jump(tz: str) -> None:
    for jump in jumps(tz, 2025, 2027):
        start, end = jump - timedelta(days=2), jump + timedelta(days=2)
        zone = ZoneInfo(tz)
        begin = datetime.combine(start.astimezone(zone).date(), time(0), tzinfo=zone).astimezone(UTC)
        for at in TIMES[::4] + near(jump, zone):
            expected = oracle(tz, at, begin, end)
            seen = walk(tz, at, begin - timedelta(seconds=1), end)
            assert seen == list(expected.values()), (tz, at, jump)
            assert [local_date_of(due, tz, at) for due in seen] == list(expected), (tz, at, jump)


@pytest.mark.parametrize("tz", [*AWKWARD, "Pacific/Apia", "Asia/Tehran", "America/New_York", "Asia/Gaza"])
@pytest.mark.parametrize("at", TIMES[::13])
def test_over_two_years_there_is_one_digest_for_each_date(tz: str, at: time) -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    seen = walk(tz, at, start, end)
    dates = [local_date_of(due, tz, at) for due in seen]
    assert dates == [dates[0] + timedelta(days=n) for n in range(len(dates))]
    assert len(dates) in {729, 730, 731}


def jumps(tz: str, first_year: int, last_year: int) -> list[datetime]:
    zone, found = ZoneInfo(tz), []
    hour = datetime(first_year, 1, 1, tzinfo=UTC)
    while hour.year <= last_year:
        nxt = hour + timedelta(hours=12)
        if hour.astimezone(zone).utcoffset() != nxt.astimezone(zone).utcoffset():
            found.append(hour)
        hour = nxt
    return found[:4]


def near(jump: datetime, zone: ZoneInfo) -> list[time]:
    local = jump.astimezone(zone).replace(minute=0)
    return sorted({(local + timedelta(minutes=30 * n)).time() for n in range(0, 26, 2)})


@pytest.mark.parametrize(
    ("tz", "at", "after", "due"),
    [
        ("Europe/Kyiv", time(0), "2026-03-29T12:00Z", "2026-03-29T21:00Z"),
        ("Europe/Kyiv", time(3, 30), "2026-03-28T12:00Z", "2026-03-29T01:00Z"),  # gap: the first instant after it
        ("Europe/Kyiv", time(3, 30), "2026-10-24T12:00Z", "2026-10-25T00:30Z"),  # fold: the first of two
        ("Europe/Kyiv", time(3, 30), "2026-10-25T00:30Z", "2026-10-26T01:30Z"),  # and not the second
        ("Pacific/Apia", time(7), "2011-12-29T18:00Z", "2011-12-30T17:00Z"),  # 30 December never was
        ("America/Nuuk", time(23, 30), "2026-03-28T12:00Z", "2026-03-29T01:00Z"),
        ("UTC", time(7), "2026-05-01T07:00Z", "2026-05-02T07:00Z"),  # strictly after
    ],
)
def test_known_traps(tz: str, at: time, after: str, due: str) -> None:
    assert first_due(tz, at, after=datetime.fromisoformat(after)) == datetime.fromisoformat(due)


def test_a_digest_pushed_over_midnight_still_belongs_to_its_date() -> None:
    due = first_due("America/Nuuk", time(23, 30), after=datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert local_date_of(due, "America/Nuuk", time(23, 30)) == date(2026, 3, 28)
    assert local_date_of(due, "America/Nuuk") == date(2026, 3, 29)


END = datetime(2026, 3, 10, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_end", "created_at", "start"),
    [
        (END - timedelta(days=1), END - timedelta(days=90), END - timedelta(days=1)),
        (END - timedelta(days=4), END - timedelta(days=90), END - timedelta(days=4)),  # one for all of the downtime
        (END - timedelta(days=30), END - timedelta(days=90), END - timedelta(days=7)),
        (None, END - timedelta(minutes=5), END - timedelta(days=1)),
        (None, END - timedelta(days=3), END - timedelta(days=3)),
        (END + timedelta(hours=1), END - timedelta(days=3), END),  # the clock went back: cover nothing twice
    ],
)
def test_a_window_starts_where_the_last_one_ended(
    last_end: datetime | None, created_at: datetime, start: datetime
) -> None:
    span = window(last_end, END, created_at=created_at)
    assert (span.start, span.end) == (start, END)
    assert span.reason


@dataclass
class Row:
    event: Event
    developments: list[Development] = field(default_factory=list)


def row(
    event_id: int,
    *changes: Change,
    killed: int | None = None,
    sources: int = 1,
    state: State = "live",
    material: bool = True,
) -> Row:
    event = Event(
        event_id=event_id,
        kind="strike",
        headline="",
        first_seen=END,
        last_seen=END,
        killed=None if killed is None else Count(killed, None),
        sources=sources,
        state=state,
    )
    return Row(event, [Development(change=c, revision=n, at=END, material=material) for n, c in enumerate(changes, 1)])


def test_the_gravest_comes_first_and_what_was_taken_back_last() -> None:
    rows = [
        row(1, "new", "retracted", killed=90, state="retracted"),
        row(2, "denied", material=False, killed=50),
        row(3, "new", killed=2),
        row(4, "toll_changed", killed=9),
        row(5, "new", sources=4),
        row(6, "new", sources=7),
    ]
    assert [item.event.event_id for item in arrange(rows)] == [4, 3, 6, 5, 1, 2]


def test_what_happened_to_an_event_has_one_name() -> None:
    assert standing(row(1, "new", "toll_changed")) == "new"
    assert standing(row(1, "toll_changed")) == "updated"
    assert standing(row(1, "toll_changed", "corrected")) == "corrected"
    assert standing(row(1, "new", "retracted", state="retracted")) == "retracted"
    assert standing(row(1, "denied", material=False)) == "unchanged"


@pytest.mark.parametrize(
    ("told", "days", "changes", "said"),
    [
        (None, 8, ("new", "corrected"), False),
        (None, 6, ("new", "corrected"), True),
        (None, 8, ("new", "corrected", "toll_changed"), True),
        (1, 8, ("new", "corrected"), True),
    ],
)
def test_an_old_event_that_is_put_right_is_no_news_to_who_never_heard_of_it(
    told: int | None,
    days: int,
    changes: tuple[Change, ...],
    said: bool,  # noqa: FBT001
) -> None:
    old = row(1, *changes)
    event = replace(old.event, last_seen=END - timedelta(days=days))
    within = range(2, len(changes) + 1)
    assert bool(since_told(event, old.developments, told=told, within=within, wanted=True)) == said
