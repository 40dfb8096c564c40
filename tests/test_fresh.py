"""Entries in the manner of many kinds of outlet, written before anyone looked whether the judge would know them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.entry import Entry
from service.core.report import Count, Report
from service.pipeline.judge import Judging
from service.resources import shipped

STORIES = Path(__file__).with_name("stories")
TABLES = (
    "fresh.txt",
    "fresh_second.txt",
    "fresh_third.txt",
    "fresh_fourth.txt",
    "fresh_fifth.txt",
    "fresh_sixth.txt",
    "fresh_seventh.txt",
    "fresh_eighth.txt",
    "fresh_ninth.txt",
)
MORNING = datetime(2026, 3, 10, 9, tzinfo=UTC)
KINDS = {"strike": {"strike"}, "talks": {"talks"}, "both": {"strike", "talks"}, "neither": set()}
SLOTS = {"k": "killed", "i": "injured", "m": "missing", "c": "children_killed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    kind: str
    title: str
    summary: str
    wanted: str

    def entry(self) -> Entry:
        return Entry(
            entry_id=1,
            feed_id=1,
            outlet="Northern Wire",
            uid="1",
            title=self.title,
            summary=self.summary,
            published=MORNING,
            first_seen=MORNING,
        )


def rows(table: str) -> Iterator[Told]:
    kind, lines = "", list[str]()
    for line in [*(STORIES / table).read_text(encoding="utf-8").splitlines(), "## end"]:
        if line.startswith(("T: ", "## ")) and lines:
            text, _, wanted = "\n".join(lines).partition(" | ")
            title, _, summary = text.partition("\n")
            yield Told(kind=kind, title=title.removeprefix("T: "), summary=summary, wanted=wanted)
            lines = []
        if line.startswith("## "):
            kind = line[3:]
        elif kind:
            lines.append(line)


ROWS = [told for table in TABLES for told in rows(table)]


@pytest.fixture(scope="module")
def judging() -> Judging:
    return Judging(load_lexicons([shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())


@pytest.mark.parametrize("told", ROWS, ids=[told.title for told in ROWS])
def test_a_fresh_entry_is_known_for_what_it_is(told: Told, judging: Judging) -> None:
    reports = {report.kind: report for report in judging.judge([told.entry()])[0].reports if report.new}
    assert set(reports) == KINDS[told.kind]
    if "strike" in reports:
        assert facts_amiss(reports["strike"], told.wanted) == []


def facts_amiss(report: Report, wanted: str) -> list[str]:
    """Return what the report says otherwise than it should, a place only where one is named."""
    facts = dict(part.split(" ", 1) for part in wanted.split(", ") if part)
    amiss = [
        f"{slot} {getattr(report, name)}"
        for slot, name in SLOTS.items()
        if count(facts.get(slot)) != plain(getattr(report, name))
    ]
    country, _, place = facts.get("in", "").partition(" ")
    found = report.place
    if country and (found is None or found.country != country or (place and found.name != place)):
        amiss.append(f"in {found}")
    return amiss


def plain(found: Count | None) -> tuple[int | None, int | None] | None:
    return found and (found.min, found.max)


def count(written: str | None) -> tuple[int | None, int | None] | None:
    """Return (8, 8) for "8", (8, None) for "8+", (None, 8) for "-8", (8, 12) for "8-12"."""
    if not written:
        return None
    low, dash, high = written.partition("-")
    if written.endswith("+"):
        return int(written[:-1]), None
    return (int(low) if low else None), int(high if dash else low)
