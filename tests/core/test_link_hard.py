"""Linking on items written to be hard: consecutive nights, two cities in a night, tolls, copies, translations, talks.

`tests/data/linking` holds the stories. `say` is what a careful reader takes from the item, so that linking is measured
by itself; a second table has the machine read them too, in the languages that it reads.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest

from service import resources
from service.adapters import yamlfile
from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.entry import Entry
from service.core.report import Count, Interval, Other, Place, Report
from service.pipeline.judge import Judging
from tests.linkdesk import Desk, bcubed, false_merges, linked_pairs

FOLDER = Path(__file__).parent.parent / "data" / "linking"
LANGS = ("en", "uk", "ru", "ar", "fr", "he", "de", "es", "pl")
EVERY = timedelta(minutes=5)
MARCH = datetime(2026, 2, 28, tzinfo=UTC)
"""The stories' days are counted from here, and on after the 31st."""
BY_TOLL = ("fourth", "fifth")
"""The lots of waves and towns, placeless reports and second strikes of a day."""
NAMESAKES = re.compile(r" (?:[A-Z]{2}|South|East)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a story. `key` is its happening's, None where it is of none; `any` ones may go anywhere."""

    entry: Entry
    report: Report
    lang: str
    key: str | None
    loose: bool
    category: str


@cache
def places() -> Mapping[str, Place]:
    found = {}
    for name, (country, lat, lon, precision, admin, *people) in yamlfile.load(FOLDER / "places.yaml").data.items():
        found[name] = Place(
            name=NAMESAKES.sub("", name),
            country=country,
            lat=lat,
            lon=lon,
            precision=precision,
            admin=admin,
            population=sum(people),
        )
    return found


@cache
def items() -> Sequence[Item]:
    """Return all items, oldest first."""
    made = [
        (row, path.stem)
        for path in sorted(FOLDER.glob("*.yaml"))
        if path.stem != "places"
        for row in yamlfile.load(path).data
    ]
    return sorted(
        (item(row, stem, number) for number, (row, stem) in enumerate(made, 1)), key=lambda one: one.entry.told_at
    )


def item(row: Mapping[str, Any], category: str, number: int) -> Item:
    lang = next(lang for lang in LANGS if lang in row)
    title, _, summary = row[lang].partition(" | ")
    day, clock = str(row["at"]).split()
    hour, minute = map(int, clock.split(":"))
    at = MARCH + timedelta(days=int(day), hours=hour, minutes=minute)
    entry = Entry(
        entry_id=number,
        feed_id=1,
        outlet=row["by"],
        uid=str(number),
        url=f"https://{row.get('url', f'news.example/{number}')}",
        canonical_url=row.get("url", f"news.example/{number}"),
        title=title,
        summary=summary,
        lang=lang,
        published=at,
        first_seen=at,
    )
    loose = bool(row.get("any"))
    return Item(entry=entry, report=said(row["say"]), lang=lang, key=row.get("e"), loose=loose, category=category)


def said(say: Mapping[str, Any]) -> Report:
    slots: dict[str, Any] = dict(say)
    slots |= {name: places()[say[name]] for name in ("place", "venue") if name in say}
    slots |= {"others": tuple(Other(place=places()[name]) for name in say.get("others", ()))}
    slots |= {name: count(say[name]) for name in ("killed", "injured") if name in say}
    slots |= {name: tuple(say[name]) for name in ("weapon", "parties", "mediators", "subtype") if name in say}
    slots |= {"occurred": interval(say["occurred"])} if "occurred" in say else {}
    known: dict[str, Any] = {"kind": "strike", "new": True, "confidence": 0.9}
    return Report(**known | slots)


def count(value: int | list[int | None]) -> Count:
    return Count(*value) if isinstance(value, list) else Count(value, value)


def interval(text: str) -> Interval:
    """Read `n4`, the night that ends on the 4th, or `d4`, that day."""
    noon = MARCH + timedelta(days=int(text[1:]), hours=12)
    start, end = (-18, -5) if text[0] == "n" else (-8, 11)
    return Interval(noon + timedelta(hours=start), noon + timedelta(hours=end))


def told(desk: Desk, stories: Sequence[Item]) -> Desk:
    last = stories[0].entry.told_at
    for one in stories:
        if one.entry.told_at - last >= EVERY:
            desk.mend(one.entry.told_at)
            last = one.entry.told_at
        desk.tell(one.entry, one.report, one.lang)
    desk.mend(last)
    return desk


def truth(stories: Sequence[Item]) -> dict[Any, str]:
    return {one.entry.entry_id: one.key for one in stories if one.key is not None}


def placed(desk: Desk) -> dict[Any, int]:
    return {entry_id: event_id for (entry_id, _), event_id in desk.where().items()}


@pytest.fixture(scope="module")
def desk() -> Desk:
    return told(Desk(), items())


def test_there_are_enough_of_each_language_and_category() -> None:
    assert len(items()) >= 400
    assert {one.lang for one in items()} == set(LANGS)
    assert len({one.category for one in items()}) >= 10


def test_one_happening_is_one_event(desk: Desk) -> None:
    score = bcubed(truth(items()), placed(desk))
    assert score.f1 >= 0.97, score
    assert score.p >= 0.98, score


def test_hardly_two_happenings_share_an_event(desk: Desk) -> None:
    assert len(false_merges(truth(items()), placed(desk))) <= 3


def cross_language() -> list[tuple[int, int]]:
    return [
        (one.entry.entry_id, other.entry.entry_id)
        for one, other in combinations([one for one in items() if one.key], 2)
        if one.key == other.key and one.lang != other.lang
    ]


def test_languages_meet_in_one_event(desk: Desk) -> None:
    met = linked_pairs(cross_language(), placed(desk))
    assert len(met) >= 150
    assert sum(met) >= 0.95 * len(met)


def test_what_is_no_happening_starts_no_event(desk: Desk) -> None:
    where = placed(desk)
    assert [
        one.entry.title for one in items() if one.key is None and not one.loose and one.entry.entry_id in where
    ] == []


def test_a_round_up_welds_nothing(desk: Desk) -> None:
    """The same happenings are found with and without the round-ups."""
    without = told(Desk(), [one for one in items() if not one.loose])
    ours, theirs = placed(desk), placed(without)
    assert false_merges(truth(items()), ours) == false_merges(truth(items()), theirs)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_within_half_an_hour_hardly_matters(desk: Desk, seed: int) -> None:
    random = Random(seed)  # noqa: S311  an order, not a secret
    shuffled = [replace(one, entry=_delayed(one.entry, random.uniform(0, 30))) for one in items()]
    shuffled.sort(key=lambda one: one.entry.first_seen)
    again = bcubed(truth(items()), placed(told(Desk(), shuffled)))
    assert abs(again.f1 - bcubed(truth(items()), placed(desk)).f1) <= 0.015


def _delayed(entry: Entry, minutes: float) -> Entry:
    return replace(entry, first_seen=entry.first_seen + timedelta(minutes=minutes))


def test_the_same_order_twice_gives_the_same_events(desk: Desk) -> None:
    assert placed(told(Desk(), items())) == placed(desk)


@pytest.mark.parametrize(
    ("reader", "f1", "most_merges", "f1_of_all", "merges_of_all"),
    [
        ("gives no time", 0.95, 7, 0.97, 8),
        ("gives neither time nor toll", 0.94, 9, 0.93, 23),
        ("gives half of the times", 0.97, 2, 0.98, 2),
        ("names nobody who struck", 0.98, 1, 0.98, 1),
        ("names every third place as its country only", 0.94, 8, 0.96, 8),
        ("misses every third place", 0.94, 7, 0.96, 7),
    ],
)
def test_a_hasty_reader_costs_little(
    reader: str, f1: float, most_merges: int, f1_of_all: float, merges_of_all: int
) -> None:
    """Of waves and second strikes, which are told by their tolls, a reader without tolls makes one event."""
    for among, least, most in ((told_by_place(), f1, most_merges), (items(), f1_of_all, merges_of_all)):
        desk = told(Desk(), [replace(one, report=hasty(reader, n, one.report)) for n, one in enumerate(among)])
        assert bcubed(truth(among), placed(desk)).f1 >= least
        assert len(false_merges(truth(among), placed(desk))) <= most


def told_by_place() -> Sequence[Item]:
    """Return the items of the lots that do not live by tolls."""
    return [one for one in items() if one.category not in BY_TOLL]


def hasty(reader: str, n: int, report: Report) -> Report:
    if "time" in reader and ("half" not in reader or n % 2):
        report = replace(report, occurred=None)
    if "toll" in reader:
        report = replace(report, killed=None, injured=None)
    if "nobody" in reader:
        report = replace(report, actor=None)
    if "third" in reader and n % 3 == 0 and report.kind == "strike":
        report = replace(report, place=country_only(report.place) if "country" in reader else None)
    return report


def country_only(place: Place | None) -> Place | None:
    known = {known.country: known for known in places().values() if known.precision == "country"}
    return known.get(place.country) if place else None


@pytest.fixture(scope="module")
def judging() -> Iterator[Judging]:
    gazetteer = SqliteGazetteer(resources.gazetteer())
    yield Judging(load_lexicons([resources.shipped("config") / "lexicon"]), gazetteer, TextLanguage())
    gazetteer.close()


def test_as_the_machine_reads_them(judging: Judging) -> None:
    """What is lost to reading is not counted here, what is misread is."""
    read = []
    for one, judgement in zip(items(), judging.judge([one.entry for one in items()]), strict=True):
        same = (report for report in judgement.reports if report.kind == one.report.kind)
        read += [replace(one, report=report) for report in same]
    score = bcubed(truth(read), placed(told(Desk(), read)))
    assert score.p >= 0.95, score
    assert score.f1 >= 0.94, score
