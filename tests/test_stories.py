"""Whole entries, as outlets write them, and what must be found in them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from service.adapters import yamlfile
from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.entry import Entry
from service.core.report import Count, Interval, Judgement, Report
from service.pipeline.judge import Judging
from service.resources import shipped

STORIES = Path(__file__).with_name("stories")
FILES = ("strikes.yaml", "talks.yaml", "set_aside.yaml", "cyrillic.yaml")
ALL = [story for name in FILES for story in yamlfile.load(STORIES / name).data]


@pytest.fixture(scope="session")
def judging() -> Judging:
    return Judging(load_lexicons([shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())


def entry(data: dict[str, Any]) -> Entry:
    published = data["published"]
    assert isinstance(published, datetime)
    return Entry(
        entry_id=1,
        feed_id=1,
        outlet="Northern Wire",
        uid="1",
        title=data.get("title", ""),
        summary=data.get("summary", ""),
        content=data.get("content", ""),
        published=published,
        first_seen=published,
    )


@pytest.mark.parametrize("story", ALL, ids=[story["name"] for story in ALL])
def test_a_story_is_understood(story: dict[str, Any], judging: Judging) -> None:
    told = entry(story["entry"])
    judgement = judging.judge([told])[0]
    kinds = [kind for kind in ("strike", "talks") if kind in story]
    assert [report.kind for report in judgement.reports] == kinds, judgement
    for report in judgement.reports:
        check(report, story[report.kind])
        check_evidence(report, told)
    check_set_aside(judgement, story.get("set_aside"))


def check(report: Report, wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if name in ("place", "country", "precision"):
            assert report.place is not None, f"no place: {report}"
            assert getattr(report.place, "name" if name == "place" else name) == value
        elif name == "status":
            assert report.status in value
        elif name in ("weapon", "parties", "mediators"):
            assert sorted(getattr(report, name)) == sorted(value)
        else:
            assert getattr(report, name) == expected(name, value), (name, report)


def expected(name: str, value: Any) -> object:
    if name == "occurred":
        return Interval(*value)
    return Count(*value) if isinstance(value, list) else value


def check_evidence(report: Report, told: Entry) -> None:
    """Every filled slot has its words, and the words stand where they are said to stand."""
    shown = {item.field for item in report.evidence}
    slots: Sequence[str] = ("killed", "injured", "children_killed", "place", "weapon", "actor", "target", "status")
    for slot in (*slots, "occurred", "parties", "mediators"):
        assert not getattr(report, slot) or slot in shown, f"{slot} without evidence"
    for item in report.evidence:
        assert getattr(told, item.where)[item.start : item.end] == item.quote


def check_set_aside(judgement: Judgement, reasons: list[str] | None) -> None:
    if reasons is None:
        assert judgement.set_aside is None
    else:
        assert judgement.set_aside in reasons


def test_a_batch_is_judged_like_its_entries_one_by_one(judging: Judging) -> None:
    told = [entry(story["entry"]) for story in ALL]
    assert judging.judge(told) == [judging.judge([one])[0] for one in told]
