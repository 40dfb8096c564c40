"""Every entry of the demo's story becomes what a careful editor would make of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from service import resources
from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.cli.demo.story import Story, Told, load_story
from service.core.entry import Entry
from service.core.report import Judgement
from service.pipeline.judge import Judging

START = datetime(2026, 11, 19, tzinfo=UTC)
CONFIG = resources.shipped("config")
LEXICONS = load_lexicons([CONFIG / "lexicon"])
STORY: Story = load_story(CONFIG / "demo" / "story.yaml")
CLEAR = [
    told
    for told in STORY.told(START, START + timedelta(days=5))[::-1]
    if not told.expect.loose and told.outlet.lang in LEXICONS
]


@pytest.fixture(scope="module")
def judging() -> Iterator[Judging]:
    gazetteer = SqliteGazetteer(resources.gazetteer())
    yield Judging(LEXICONS, gazetteer, TextLanguage())
    gazetteer.close()


def judged(judging: Judging, told: Told) -> Judgement:
    entry = Entry(
        entry_id=1,
        feed_id=1,
        outlet=told.outlet.title,
        uid=told.slug,
        title=told.title,
        summary=told.summary,
        content=told.content,
        lang=told.outlet.lang,
        country=told.outlet.country,
        published=told.published,
        first_seen=told.published,
    )
    return judging.judge([entry])[0]


@pytest.mark.parametrize("told", CLEAR, ids=lambda told: told.slug)
def test_an_entry_is_judged_as_it_should_be(judging: Judging, told: Told) -> None:
    judgement = judged(judging, told)
    if told.expect.stance != "asserts":
        assert [(report.kind, report.stance) for report in judgement.reports] == [("strike", told.expect.stance)]
        return
    kinds = {report.kind for report in judgement.reports if report.new}
    wanted = {"both": {"strike", "talks"}, "none": set()}.get(told.expect.kind, {told.expect.kind})
    assert kinds == wanted, f"{told.title} | {judgement.set_aside or [report.reason for report in judgement.reports]}"
