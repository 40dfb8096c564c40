"""Many feeds at once: slots that refill, hosts left in peace, and a network that goes down."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from service.core.feed import FetchRequest, FetchResult
from service.pipeline.manage import add_feed
from service.ports.store import Store
from service.ports.world import nothing_more
from tests.pipeline.polling import URL, TardyFetcher, World, answer, no_answer
from tests.standins import NOON

GONE_DOWN, BACK = "nothing can be reached", "the network is back"


@pytest.fixture
def fetcher() -> TardyFetcher:
    return TardyFetcher(slots=8)


@pytest.fixture
def world(sqlite_store: Store, fetcher: TardyFetcher) -> World:
    return World(sqlite_store, fetcher=fetcher)


def many(world: World, count: int, url: str = "https://outlet{}.example/feed") -> list[str]:
    """Add so many feeds, besides the first one, that answer each poll with one entry."""
    urls = [url.format(n) for n in range(count)]
    with world.store.write() as tx:
        first = tx.feeds.get(world.feed_id)
        for one in urls:
            tx.feeds.add(replace(first, url=one))
    for one in [URL, *urls]:
        world.fetcher.answers[one] = [answer("a|x")] * 50
    return urls


def test_feeds_that_hang_hold_up_none_of_the_others(world: World, fetcher: TardyFetcher) -> None:
    """Five of eight slots hang from the start; in one run all the others are polled through the other three."""
    urls = many(world, 100)
    fetcher.slow = urls[:5]
    done = world.run()
    assert len(done) == 101
    assert {polled.feed.url for polled in done[-5:]} == set(urls[:5])
    assert fetcher.most_at_once == 8


def test_a_run_ends_when_its_turn_is_over(world: World) -> None:
    """What it has claimed by then it polls; the rest is left to the next one."""
    many(world, 100)
    world.step = replace(world.step, batch=10, most=30)
    assert [len(world.run()) for _ in range(5)] == [30, 30, 30, 11, 0]


def test_a_run_ends_when_its_time_is_over(world: World) -> None:
    many(world, 100)
    world.step = replace(world.step, batch=10, turn=timedelta(0))
    assert world.run() == []


def test_a_step_that_was_told_to_pause_claims_nothing_more(world: World) -> None:
    many(world, 10)
    world.step.pause()
    assert world.run() == []
    world.step.resume()
    assert len(world.run()) == 11


def test_what_a_busy_fetcher_had_no_room_for_is_not_left_lying(world: World, fetcher: TardyFetcher) -> None:
    """Other workers took all slots after this one had claimed its feeds: it asks for them all the same."""
    many(world, 20)

    class Crowded(TardyFetcher):
        def fetch(
            self, requests: Iterable[FetchRequest], *, more: Callable[[int], Sequence[FetchRequest]] = nothing_more
        ) -> Iterator[FetchResult]:
            room, self.slots = self.slots, 0
            yield from super().fetch([*requests, *more(3 if room else 0)])

    world.step = replace(world.step, fetcher=Crowded(fetcher.answers))
    assert len(world.run()) == 21


def test_one_request_at_a_time_goes_to_a_host(world: World, fetcher: TardyFetcher) -> None:
    """Three of its feeds are leased together; then it is left alone for the gap, over all processes."""
    many(world, 50, "https://section{}.outlet.example/feed")
    world.step = replace(world.step, host_gap=timedelta(seconds=2))
    hosts = Counter(polled.feed.url.partition(".")[2] for polled in world.run())
    assert hosts == {"outlet.example/feed": 3, "example/feed": 1}
    assert fetcher.most_at_once == 2
    assert world.run() == []
    world.clock.forward(seconds=2)
    assert len(world.run()) == 3


def test_a_host_that_has_had_enough_is_left_alone_by_all_its_feeds(world: World, fetcher: TardyFetcher) -> None:
    """Those that were waiting for their turn there are not asked either."""
    urls = many(world, 10, "https://section{}.outlet.example/feed")
    for one in urls:
        fetcher.answers[one] = [answer(status=429, error="429", code="http", retry_after_s=7200)] * 9
    assert len(world.run()) == 2
    world.clock.forward(minutes=119)
    asked = len(fetcher.asked)
    world.run()
    assert {request.url for request in fetcher.asked[asked:]} <= {URL}
    with world.store.read() as tx:
        assert [(host.key, host.reason) for host in tx.feeds.kept_away(world.clock.now())] == [
            ("outlet.example", "429")
        ]
    world.clock.forward(minutes=1)
    assert any(polled.feed.url in urls for polled in world.run())


def test_feeds_asked_for_by_hand_are_all_asked(world: World, fetcher: TardyFetcher) -> None:
    urls = many(world, 30, "https://section{}.outlet.example/feed")
    with world.store.read() as tx:
        ids = [feed.feed_id for feed in tx.feeds.all()]
    done = world.step.run_feeds(ids, world.clock.now())
    assert {polled.feed.url for polled in done} == {URL, *urls}
    assert fetcher.most_at_once == 2


def test_when_our_network_is_down_no_feed_is_blamed(
    world: World, fetcher: TardyFetcher, caplog: pytest.LogCaptureFixture
) -> None:
    """For two days nothing can be reached; then all of it is back at once, as if nothing had been."""
    urls = many(world, 40)
    world.run()
    before = standing(world)
    down_from = world.clock.forward(minutes=15)
    for one in [URL, *urls]:
        fetcher.answers[one] = [no_answer("dns")] * 1000
    asked = len(fetcher.asked)
    with caplog.at_level(logging.WARNING, logger="service.pipeline.poll.step"):
        while world.clock.now() < down_from + timedelta(days=2):
            while world.run():
                pass
            world.clock.forward(minutes=30)
        assert standing(world) == before
        assert outage(world) == down_from
        assert (caplog.text.count(GONE_DOWN), caplog.text.count(BACK)) == (1, 0)
        assert len(fetcher.asked) - asked < 41 + 96 * 5 + 5
        for one in [URL, *urls]:
            fetcher.answers[one] = [answer("a|x")] * 9
        while world.run():
            pass
    assert outage(world) is None
    assert caplog.text.count(BACK) == 1
    with world.store.read() as tx:
        assert all(feed.last_ok_at == world.clock.now() or feed.due_at > world.clock.now() for feed in tx.feeds.all())
    assert {polled[0] for polled in standing(world).values()} == {0}


def test_when_the_network_of_a_small_house_is_down_its_few_feeds_are_not_blamed_either(
    world: World, fetcher: TardyFetcher
) -> None:
    urls = [URL, *many(world, 3)]
    world.run()
    before = standing(world)
    for one in urls:
        fetcher.answers[one] = [no_answer("dns")] * 1000
    for _ in range(240):
        world.clock.forward(minutes=5)
        world.run()
    assert outage(world) is not None
    assert standing(world) == before


def outage(world: World) -> datetime | None:
    return world.step.outage_since


def standing(world: World) -> dict[int, tuple[object, ...]]:
    with world.store.read() as tx:
        feeds = tx.feeds.all()
    return {
        feed.feed_id: (feed.failures, feed.state, feed.state_since, feed.last_error, feed.error_code) for feed in feeds
    }


def test_while_the_network_is_down_a_few_feeds_are_asked_now_and_then(world: World, fetcher: TardyFetcher) -> None:
    urls = many(world, 99)
    world.run()
    world.clock.forward(minutes=15)
    for one in [URL, *urls]:
        fetcher.answers[one] = [no_answer("connect")] * 100
    world.step = replace(world.step, batch=30)
    first = len(world.run())
    assert first < 70
    assert outage(world) is not None
    world.clock.forward(seconds=5)
    assert [len(world.run()), len(world.run())] == [5, 0]
    world.clock.forward(seconds=5)
    assert len(world.run()) == 5


def test_many_feeds_added_together_are_asked_one_after_the_other(sqlite_store: Store) -> None:
    """No burst at the start: some are due at once, and the rest ten a second."""
    with sqlite_store.write() as tx:
        feeds = [add_feed(tx, f"https://outlet{n}.example/feed", now=NOON, nth=n) for n in range(100)]
    due = [feed.due_at for feed in feeds]
    assert due.count(NOON) < 64
    assert max(due) == NOON + timedelta(seconds=5.1) - timedelta(milliseconds=100)
