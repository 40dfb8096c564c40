"""Whole sentences in nine languages and every fact in them, written before they were read: stories/facts.yaml."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.adapters import yamlfile
from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.report import Report
from service.pipeline.judge import Judging
from service.resources import shipped
from tests.core.reading import entry
from tests.core.test_times import wanted
from tests.core.test_tolls import SLOTS, count
from tests.test_stories import STORIES

TABLE: list[dict[str, Any]] = yamlfile.load(STORIES / "facts.yaml").data
TOLD = datetime(2026, 7, 16, 9, tzinfo=UTC)
LEAST, MISSED = 160, 14


@pytest.fixture(scope="module")
def judging() -> Judging:
    return Judging(load_lexicons([shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())


def stated(row: dict[str, Any]) -> dict[str, object]:
    """Return every fact of a row as a report has it."""
    time = row.get("when")
    return {
        **{short: count(str(row[short])) if row.get(short) else None for short in SLOTS},
        "place": row.get("place"),
        "country": row.get("country"),
        "actor": row.get("actor", "").casefold(),
        "target": row.get("target", "").casefold(),
        "by": row.get("by"),
        "weapon": sorted(row.get("weapon", ())),
        "when": wanted(time, ZoneInfo(row["zone"])) if time else None,
        "others": sorted(row.get("others", ())),
        "several": row.get("several", False),
    }


def read(report: Report) -> dict[str, object]:
    return {
        **{short: getattr(report, slot) for short, slot in SLOTS.items()},
        "place": report.place.name if report.place else None,
        "country": (report.place.country or None) if report.place else None,
        "actor": (report.actor or "").casefold(),
        "target": (report.target or "").casefold(),
        "by": report.attribution,
        "weapon": sorted(report.weapon),
        "when": report.occurred,
        "others": sorted(other.place.name for other in report.others),
        "several": report.several,
    }


@pytest.mark.parametrize("row", TABLE, ids=[row["say"][:50] for row in TABLE])
def test_every_fact_is_found_and_none_is_made_up(row: dict[str, Any], judging: Judging) -> None:
    """What a row says is missed may be found; found wrong it may not be."""
    title, _, summary = row["say"].partition(" | ")
    (judgement,) = judging.judge([entry(title, summary, at=TOLD)])
    reports = [report for report in judgement.reports if report.kind == "strike"]
    missed = row.get("missed", [])
    assert judgement.lang == row.get("lang", "en")
    assert reports or missed == ["all"]
    for found in map(read, reports[:1]):
        wrong = {name: (value, found[name]) for name, value in stated(row).items() if found[name] != value}
        wrong = {name: pair for name, pair in wrong.items() if name not in row.get("open", ())}
        assert set(wrong) <= set(missed), wrong
        assert all(found[name] in (None, "", ["bomb"]) for name in wrong), wrong


def test_few_facts_are_missed() -> None:
    assert len(TABLE) >= LEAST
    assert sum("missed" in row for row in TABLE) <= MISSED
