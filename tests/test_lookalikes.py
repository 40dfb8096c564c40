"""The shipped rules, behind the judge, on texts that sound like strikes or talks and are neither: nobody is woken."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service import resources
from service.adapters import yamlfile
from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.adapters.rulefiles import load
from service.core.entry import Entry
from service.core.event import Event
from service.core.report import Report
from service.core.rules import RuleIndex, Subject
from service.pipeline.judge import Judging

OWN = Path(__file__).parent / "data" / "rules" / "lookalikes.yaml"
COLLECTED = Path(os.environ.get("TOCSIN_SHARED", Path(__file__).parents[2] / "shared")) / "data" / "confounders.jsonl"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TOLD = ("kind", "place", "weapon", "actor", "target", "killed", "injured", "children_killed", "status", "parties")


@pytest.fixture(scope="module")
def judging() -> Judging:
    gazetteer = SqliteGazetteer(resources.gazetteer())
    return Judging(load_lexicons([resources.shipped("config") / "lexicon"]), gazetteer, TextLanguage())


@pytest.fixture(scope="module")
def rules() -> RuleIndex:
    return RuleIndex(load([resources.shipped("config")]).active)


def entry(title: str, summary: str = "", published: datetime = NOON) -> Entry:
    return Entry(
        entry_id=1,
        feed_id=1,
        outlet="Northern Wire",
        uid=title,
        title=title,
        summary=summary,
        published=published,
        first_seen=published,
    )


def event(report: Report, told: Entry) -> Event:
    """Return the event a report would begin."""
    facts: dict[str, Any] = {name: getattr(report, name) for name in (*TOLD, "mediators", "confidence")}
    return Event(event_id=1, headline=told.title, first_seen=NOON, last_seen=NOON, **facts)


def woken_by(entries: Sequence[Entry], judging: Judging, rules: RuleIndex) -> dict[str, list[str]]:
    """Return the titles that would be sent, with the rules that send them."""
    found: dict[str, list[str]] = {}
    for told, judgement in zip(entries, judging.judge(entries), strict=True):
        for report in judgement.reports:
            held = rules.matching(Subject(event=event(report, told), accounts=(told,))) if report.new else []
            if held:
                found[told.title] = [rule.rule_id for rule in held]
    return found


def test_two_hundred_and_more_of_our_own_wake_nobody(judging: Judging, rules: RuleIndex) -> None:
    titles = [title for group in yamlfile.load(OWN).data.values() for title in group]
    assert len(set(titles)) == len(titles) >= 215
    assert woken_by([entry(title) for title in titles], judging, rules) == {}


def test_words_alone_wake_nobody_even_where_the_judge_is_wrong(rules: RuleIndex) -> None:
    """An entry that is no event meets no shipped rule, whatever it says."""
    titles = [title for group in yamlfile.load(OWN).data.values() for title in group]
    assert [title for title in titles if rules.matching(Subject(accounts=(entry(title),)))] == []


def test_collected_look_alikes_wake_nearly_nobody(judging: Judging, rules: RuleIndex) -> None:
    """A few of them do tell of real attacks beside what they were collected for."""
    if not COLLECTED.is_file():
        pytest.skip("the collected look-alikes are not here")
    rows = [json.loads(line) for line in COLLECTED.read_text(encoding="utf-8").splitlines()]
    entries = [entry(row["title"], row["summary"], datetime.fromisoformat(row["published"])) for row in rows]
    woken = woken_by(entries, judging, rules)
    assert len(woken) <= len(rows) * 0.003, woken
