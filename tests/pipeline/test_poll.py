"""Polling, as stories: what a server says, and what the store holds and the feed's row remembers afterwards."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from service.core.feed import Feed, FetchRequest, FetchResult, ParsedFeed, ParseError
from service.ports.store import Store
from service.ports.world import nothing_more
from tests.pipeline.polling import URL, World, answer
from tests.standins import NOON, LineParser, ScriptedFetcher


@dataclass
class HostileParser(LineParser):
    """Dies of one document."""

    read_at: list[datetime] = field(default_factory=list)

    def parse(self, body: bytes, *, fetched_at: datetime, **given: Any) -> ParsedFeed:
        if body != b"bomb":
            return super().parse(body, fetched_at=fetched_at, **given)
        self.read_at.append(fetched_at)
        return ParsedFeed(errors=(ParseError(code="too_slow", message="not read within 4.5 s"),))


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_the_first_document_is_a_baseline(world: World) -> None:
    feed = world.poll(answer("a|Old news", etag='"1"'))
    assert feed.baseline_done
    with world.store.write() as tx:
        assert [entry.backlog for entry in tx.entries.claim(world.clock.now(), limit=9, lease=timedelta(1))] == [True]


def test_what_appears_later_is_news_and_wakes_ingest(world: World) -> None:
    world.poll(answer("a|Old news"), answer("b|Fresh news\na|Old news"))
    assert [step for step, _ in world.engine.woken] == ["ingest", "ingest"]
    assert len(world.engine.woken[1][1]) == 1


def test_validators_go_back_verbatim_and_are_refreshed_by_a_304(world: World) -> None:
    world.poll(answer("a|x", etag='W/"1"'), answer(status=304, etag='W/"2"'), answer(status=304), answer(status=304))
    assert [request.etag for request in world.fetcher.asked] == [None, 'W/"1"', 'W/"2"', 'W/"2"']


def test_an_unchanged_body_refreshes_validators_and_stores_nothing(world: World) -> None:
    feed = world.poll(answer("a|x", etag='"1"'), answer("a|x", etag='"2"'))
    assert feed.etag == '"2"'
    assert world.waiting() == 1


def test_a_new_body_without_validators_forgets_the_old_ones(world: World) -> None:
    assert world.poll(answer("a|x", etag='"1"'), answer("a|x\nb|y")).etag is None


@pytest.mark.parametrize(
    "bad", [answer(status=500, error="HTTP status 500"), answer(status=None, error="no such host"), answer("broken")]
)
def test_a_bad_poll_keeps_what_is_known_and_backs_off(world: World, bad: FetchResult) -> None:
    feed = world.poll(answer("a|x", etag='"1"'), bad, bad)
    assert (feed.etag, feed.failures) == ('"1"', 2)
    assert feed.last_error
    assert feed.due_at > world.clock.now()
    assert world.poll(answer(status=304)).failures == 0


def test_a_document_that_kills_parsers_is_not_read_at_every_poll_and_still_once_a_day(store: Store) -> None:
    parser = HostileParser()
    world = World(store, parser=parser)
    for _ in range(9):
        feed = world.poll(answer("bomb", etag='"1"'))
    assert feed.failures == 9, "unread or not, it is a failure"
    assert feed.error_code == "unreadable"
    read = [round((at - NOON).total_seconds() / 3600, 1) for at in parser.read_at]
    assert all(later - earlier >= 24 for earlier, later in pairwise(read[1:])), "twice, for bad luck; then once a day"
    assert len(read) < 7
    world.poll(answer("a|it was mended"))
    assert world.feed.failures == 0


def test_an_edited_entry_waits_again_as_a_new_revision(world: World) -> None:
    world.poll(answer("a|3 killed"), answer("a|30 killed"))
    with world.store.write() as tx:
        (entry,) = tx.entries.claim(world.clock.now(), limit=9, lease=timedelta(1))
    assert (entry.title, entry.revision) == ("30 killed", 2)


def test_a_poll_whose_lease_ran_out_writes_nothing(world: World) -> None:
    """Another worker has taken the feed meanwhile: our late answer must neither store entries nor touch its row."""
    taken: list[Feed] = []

    class Overtaken(ScriptedFetcher):
        def fetch(
            self, requests: Iterable[FetchRequest], *, more: Callable[[int], Sequence[FetchRequest]] = nothing_more
        ) -> Iterator[FetchResult]:
            for result in super().fetch(requests, more=more):
                with world.store.write() as tx:
                    taken.extend(tx.feeds.claim_due(NOON + timedelta(hours=1), limit=1, lease=timedelta(hours=1)))
                yield result

    slow = replace(world.step, fetcher=Overtaken({URL: [answer("a|x", etag='"1"')]}))
    (polled,) = slow.run(NOON)
    assert len(taken) == 1
    assert polled.record.error == "another worker took over"
    assert (world.waiting(), world.feed.etag) == (0, None)


def test_a_leased_feed_is_left_alone_until_the_lease_ends(world: World) -> None:
    with world.store.write() as tx:
        tx.feeds.claim_due(NOON, limit=1, lease=timedelta(minutes=1))
    assert world.step.run(NOON) == []
    world.fetcher.answers[URL] = [answer("a|x")]
    assert len(world.step.run(world.clock.forward(minutes=2))) == 1


def test_feeds_asked_for_by_hand_are_polled_though_not_due(world: World) -> None:
    world.poll(answer("a|x"))
    world.fetcher.answers[URL] = [answer("a|x\nb|y")]
    (polled,) = world.step.run_feeds([world.feed_id], world.clock.now())
    assert polled.record.new == 1
