"""The story is news as outlets write it: right weekdays, honest copies, every entry with what should become of it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service import resources
from service.cli.demo.story import Calendar, Story, fill, load_story, offset
from service.core.errors import BadConfig

START = datetime(2026, 11, 19, tzinfo=UTC)  # a Thursday
ENGLISH = Calendar(
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=("January", *["?"] * 9, "November", "December"),
)


@pytest.fixture(scope="module")
def story() -> Story:
    return load_story(resources.shipped("config") / "demo" / "story.yaml")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("on {weekday}", "on Thursday"),
        ("{yesterday} and {tomorrow}", "Wednesday and Friday"),
        ("{weekday+2}, {date+2}", "Saturday, 21 November"),
        ("{date+13}", "2 December"),
        ("{month}", "November"),
        ("a {brace} of no meaning", "a {brace} of no meaning"),
    ],
)
def test_blanks_are_filled_from_the_day_of_the_entry(text: str, filled: str) -> None:
    assert fill(text, START.date(), ENGLISH) == filled


def test_offsets_count_days_from_one() -> None:
    assert offset("d1 03:40") == timedelta(hours=3, minutes=40)
    assert offset("d0 18:00") == timedelta(hours=-6)
    with pytest.raises(ValueError, match="no time of the story"):
        offset("1 03:40")


@pytest.mark.parametrize("shift", range(7))
def test_no_text_keeps_a_blank_on_any_day_of_the_week(story: Story, shift: int) -> None:
    start = START + timedelta(days=shift)
    for told in story.told(start, start + timedelta(days=5)):
        assert not re.search(r"[{}]", f"{told.title} {told.summary} {told.content}"), told.slug


def test_the_cast_is_large_and_the_formats_mixed(story: Story) -> None:
    assert len(story.outlets) >= 12
    assert {outlet.format for outlet in story.outlets.values()} == {"rss", "atom", "json"}
    assert 140 <= len(story.entries) <= 240
    assert {"unavailable", "page", "cut", "frozen"} == {f.what for o in story.outlets.values() for f in o.faults}


def test_every_outlet_has_something_before_the_story_starts(story: Story) -> None:
    assert {told.outlet.outlet_id for told in story.told(START, START)} == set(story.outlets)


def test_look_alikes_and_ordinary_news_outnumber_nothing_less_than_a_third(story: Story) -> None:
    kinds = [entry.expect.kind for entry in story.entries]
    assert kinds.count("none") > len(kinds) / 3
    assert len({entry.expect.strike for entry in story.entries} - {None}) >= 8
    assert {entry.expect.talks for entry in story.entries} >= {"geneva-1", "geneva-2", "cairo-1"}


def test_agency_copies_share_the_text_and_not_the_title(story: Story) -> None:
    told = story.told(START, START + timedelta(days=5))
    original = next(t for t in told if t.slug == "kharkiv-one-dead")
    copies = [t for t in told if t.summary == original.summary and t.slug != original.slug]
    assert len(copies) == 3
    assert len({t.title for t in [original, *copies]}) == 4


def test_a_silent_edit_changes_the_text_under_the_same_id_and_date(story: Story) -> None:
    def at(stamp: str) -> list[tuple[str, datetime]]:
        told = story.told(START, START + offset(stamp), "meridian-daily")
        return [(t.title, t.published) for t in told if t.slug == "meridian-khan-younis"]

    (before,), (after,) = at("d2 10:05"), at("d2 10:15")
    assert before[0].endswith("kills 3")
    assert after[0].endswith("kills 30")
    assert before[1] == after[1]


def test_told_is_newest_first_and_never_from_the_future(story: Story) -> None:
    now = START + timedelta(days=2)
    told = story.told(START, now)
    assert [t.published for t in told] == sorted((t.published for t in told), reverse=True)
    assert told[0].published <= now


def test_a_broken_story_names_its_line(tmp_path: Path) -> None:
    text = (resources.shipped("config") / "demo" / "story.yaml").read_text(encoding="utf-8")
    line = text[: text.index("outlet: meridian-daily\n    title: One killed")].count("\n") - 1
    path = tmp_path / "story.yaml"
    path.write_text(
        text.replace("outlet: meridian-daily\n    title: One killed", "outlet: nobody\n    title: One killed")
    )
    with pytest.raises(BadConfig) as caught:
        load_story(path)
    assert caught.value.located().startswith(f"{path}:{line}:")
    assert "nobody" in caught.value.message
