"""The demo's story, judged and linked entry by entry, with a repair pass each half hour: an event a happening."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest

from service.core.report import Kind
from service.pipeline.judge import Judging
from tests.cli.demo.told import START, TOLD, entry_of
from tests.linkdesk import Desk

HALF_AN_HOUR = timedelta(minutes=30)
KINDS: tuple[Kind, ...] = ("strike", "talks")
KEYS = {
    (number, kind): key
    for number, told in enumerate(TOLD, 1)
    for kind in KINDS
    if (key := getattr(told.expect, kind)) and not told.expect.loose
}


@pytest.fixture(scope="module")
def desk(judging: Judging) -> Desk:
    desk = Desk()
    entries = [entry_of(told, number) for number, told in enumerate(TOLD, 1)]
    looked = START
    for entry, judgement in zip(entries, judging.judge(entries), strict=True):
        while looked + HALF_AN_HOUR <= entry.told_at:
            looked += HALF_AN_HOUR
            desk.mend(looked)
        for report in judgement.reports:
            desk.tell(replace(entry, lang=judgement.lang), report, judgement.lang)
    desk.mend(looked + HALF_AN_HOUR)
    return desk


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
