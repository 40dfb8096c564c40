"""The demo's story, judged and linked entry by entry, with a repair pass each half hour: an event a happening."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service import resources
from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.cli.demo.story import load_story
from service.core.entry import Entry
from service.core.report import Kind
from service.pipeline.judge import Judging
from tests.linkdesk import Desk

START = datetime(2026, 11, 19, tzinfo=UTC)
CONFIG = resources.shipped("config")
HALF_AN_HOUR = timedelta(minutes=30)
TOLD = load_story(CONFIG / "demo" / "story.yaml").told(START, START + timedelta(days=5))[::-1]
KINDS: tuple[Kind, ...] = ("strike", "talks")
KEYS = {
    (number, kind): key
    for number, told in enumerate(TOLD, 1)
    for kind in KINDS
    if (key := getattr(told.expect, kind)) and not told.expect.loose
}


@pytest.fixture(scope="module")
def judging() -> Iterator[Judging]:
    gazetteer = SqliteGazetteer(resources.gazetteer())
    yield Judging(load_lexicons([CONFIG / "lexicon"]), gazetteer, TextLanguage())
    gazetteer.close()


@pytest.fixture(scope="module")
def desk(judging: Judging) -> Desk:
    desk = Desk()
    entries = [_entry(number) for number in range(1, len(TOLD) + 1)]
    looked = START
    for entry, judgement in zip(entries, judging.judge(entries), strict=True):
        while looked + HALF_AN_HOUR <= entry.told_at:
            looked += HALF_AN_HOUR
            desk.mend(looked)
        for report in judgement.reports:
            desk.tell(replace(entry, lang=judgement.lang), report, judgement.lang)
    desk.mend(looked + HALF_AN_HOUR)
    return desk


def _entry(number: int) -> Entry:
    told = TOLD[number - 1]
    return Entry(
        entry_id=number,
        feed_id=1,
        outlet=told.outlet.title,
        uid=told.slug,
        url=f"https://news.example/{told.slug}",
        canonical_url=f"news.example/{told.slug}",
        title=told.title,
        summary=told.summary,
        content=told.content,
        lang=told.outlet.lang,
        country=told.outlet.country,
        published=told.published,
        first_seen=told.published,
    )


def test_every_happening_is_one_event_and_every_event_one_happening(desk: Desk) -> None:
    events, happenings = defaultdict(set), defaultdict(set)
    for told, event_id in desk.where().items():
        if told in KEYS:
            events[KEYS[told]].add(event_id)
            happenings[event_id].add(KEYS[told])
    assert {key: sorted(ids) for key, ids in events.items() if len(ids) > 1} == {}
    assert {event_id: sorted(keys) for event_id, keys in happenings.items() if len(keys) > 1} == {}


def test_the_repair_pass_splits_nothing(desk: Desk) -> None:
    assert [split for done in desk.repairs for split in done.splits] == []
