"""How we behave towards one server over days and months, by a clock that moves when told to."""

import logging
from datetime import timedelta
from itertools import pairwise

import pytest

from service.core.cadence import ask_plainly
from service.core.feed import FetchResult, ParsedFeed, ParseError
from service.ports.store import Store
from tests.pipeline.polling import URL, MarkingParser, World, answer, no_answer
from tests.standins import NOON

DAY = timedelta(days=1)
MOVED = "https://news.example/feed"
UNCHANGED = answer(status=304)
SELDOM = "a|x|0\nb|x|-48\nc|x|-96"  # every other day, so that it is asked every six hours, and overdue after eight days


@pytest.fixture
def world(sqlite_store: Store) -> World:
    return World(sqlite_store, parser=MarkingParser())


def plain_requests(world: World) -> int:
    return sum(request.etag is None for request in world.fetcher.asked)


def test_a_server_that_touches_its_validators_is_asked_plainly_once_in_its_life(world: World) -> None:
    """Days go by without a new entry; but it shows its document now and then, so that nothing can be stuck."""
    touched = 0
    world.poll(answer(SELDOM, etag='"0"'))
    for n in range(40):
        touched += n % 3 == 0
        world.poll(answer(SELDOM, etag=f'"{touched}"') if n % 3 == 0 else UNCHANGED)
        assert world.feed.etag == f'"{touched}"'
    assert world.clock.now() - NOON > DAY * 9
    assert plain_requests(world) == 1


def test_validators_that_seem_stuck_are_left_out_once_a_day(world: World) -> None:
    world.poll(answer(SELDOM, etag='"0"'))
    while world.clock.now() < NOON + DAY * 16:
        world.poll(answer(SELDOM, etag='"0"') if is_overdue(world) else UNCHANGED)
    assert plain_requests(world) == 10
    assert [request.etag for request in world.fetcher.asked[:33]].count(None) == 2
    plain = [record.at for record in world.records() if record.plain]
    assert all(later - earlier >= DAY for later, earlier in pairwise(plain))


def is_overdue(world: World) -> bool:
    """Whether the next request will go without validators, so that 304 would be no answer."""
    return bool(ask_plainly(world.feed, world.feed.due_at))


def test_what_was_stuck_comes_loose(world: World) -> None:
    world.poll(answer("a|x|0", etag='"0"'))
    world.poll_until(NOON + DAY - timedelta(minutes=1), UNCHANGED)
    feed = world.poll(answer("b|news|23\na|x|0", etag='"1"'))
    (record, *_) = world.records()
    assert (record.plain, record.new, feed.etag) == (True, 1, '"1"')
    assert "stuck" in record.note


def test_304_to_a_request_without_validators_costs_the_validators(world: World) -> None:
    world.poll(answer("a|x|0", etag='"0"'))
    world.poll_until(NOON + DAY - timedelta(minutes=1), UNCHANGED)
    feed = world.poll(UNCHANGED)
    assert (feed.etag, feed.error_code, feed.failures) == (None, "protocol", 1)
    assert world.poll(answer("a|x|0", etag='"1"')).etag == '"1"'


def test_what_the_server_wishes_holds_after_304_and_after_the_same_body(world: World) -> None:
    world.parser = MarkingParser(ParsedFeed(ttl_s=3600))
    world.restart()
    for result, expected_min in [
        (answer("a|x|0", etag='"0"'), 60),
        (UNCHANGED, 60),
        (answer(status=304, max_age_s=7200), 120),
        (answer("a|x|0", max_age_s=5400), 90),
        (no_answer(), 60),
    ]:
        assert world.poll(result).due_at == world.clock.now() + timedelta(minutes=expected_min)


def test_a_document_of_known_entries_is_unchanged_and_refreshes_what_it_says(world: World) -> None:
    world.poll(answer("a|x|0", etag='"0"'))
    world.parser = MarkingParser(ParsedFeed(title="Harbour Post", skip_hours=(3,), skip_days=(5,)))
    world.restart()
    feed = world.poll(answer("a|x|0\n", etag='"1"'))
    assert [record.outcome for record in world.records()] == ["unchanged", "new"]
    assert (feed.etag, feed.title, feed.skip_hours, feed.skip_days) == ('"1"', "Harbour Post", (3,), (5,))


def test_hubs_are_those_of_the_headers_or_else_of_the_document(world: World) -> None:
    world.parser = MarkingParser(ParsedFeed(hubs=("https://hub.example/a",), self_url="https://wire.example/self"))
    world.restart()
    feed = world.poll(answer("a|x|0", etag='"0"'))
    assert (feed.hub, feed.topic) == ("https://hub.example/a", "https://wire.example/self")
    assert world.poll(answer(status=304, hub="https://hub.example/b")).hub == "https://hub.example/b"
    assert world.poll(answer("b|x|1", hub="https://hub.example/c")).hub == "https://hub.example/c"
    world.parser = MarkingParser()
    world.restart()
    assert world.poll(answer("c|x|2")).hub is None


def test_the_parser_is_told_what_is_known_and_policies_only_get_stricter(world: World) -> None:
    parser = world.parser = MarkingParser(ParsedFeed(id_policy="address"))
    with world.store.write() as tx:
        tx.feeds.describe(world.feed_id, country="UA", lang=None, priority=False)
    world.restart()
    world.poll(answer("a|x|0"))
    parser.wishes = ParsedFeed(id_policy="guid")
    assert world.poll(answer("b|x|1\na|x|0")).id_policy == "address"
    assert parser.given == [("UA", "guid"), ("UA", "address")]


def test_feeds_that_a_page_offers_are_named_and_never_taken(world: World) -> None:
    world.poll(answer("a|x|0", etag='"0"'))
    feed = world.poll(answer("<html>", etag='"page"'))
    assert (feed.url, feed.etag, feed.error_code) == (URL, '"0"', "html")
    assert "https://wire.example/real.xml" in feed.last_error


def test_a_feed_that_is_down_for_ten_days_is_back_within_a_day(world: World) -> None:
    """Nobody has to do anything; what it published meanwhile is news, not backlog."""
    world.jitter = 0.999
    world.poll(answer("a|x|0", etag='"0"'))
    world.backlog()
    down = world.poll_until(NOON + DAY * 10, no_answer())
    assert (down.state, down.etag) == ("failing", '"0"')
    asked = len(world.fetcher.asked)
    assert asked < 120
    back = world.poll(answer("b|x|200\na|x|0"))
    assert world.clock.now() - (NOON + DAY * 10) <= DAY
    assert (back.state, back.failures, back.last_error, back.error_code) == ("active", 0, "", "")
    assert back.state_since == world.clock.now()
    assert world.backlog() == {"b": False}


def test_301_for_three_days_is_a_new_address(world: World) -> None:
    moved = answer(SELDOM, to=MOVED, moved=True, etag='"m"')
    world.poll(answer(SELDOM, etag='"0"'))
    world.poll_until(NOON + DAY * 3, moved)
    assert world.feed.url == URL
    feed = world.poll_until(world.clock.now() + timedelta(hours=7), moved)
    assert (feed.url, feed.moved_to, feed.moved_seen) == (MOVED, None, 0)
    with world.store.read() as tx:
        assert [url for url, _ in tx.feeds.addresses(world.feed_id)] == [URL]
    assert any("moved for good" in record.note for record in world.records())


@pytest.mark.parametrize(
    "elsewhere",
    [
        answer(SELDOM, to=MOVED, moved=False),
        answer("other|stranger|0\nstranger|still|-48", to=MOVED, moved=True),
        answer(SELDOM, to="http://wire.example/feed", moved=True),
        answer("<html>", to=MOVED, moved=True),
    ],
)
def test_other_redirects_are_followed_and_never_believed(world: World, elsewhere: FetchResult) -> None:
    """302s; strangers; those that give up encryption; pages."""
    world.poll(answer(SELDOM, etag='"0"'))
    assert world.poll_until(NOON + DAY * 6, elsewhere).url == URL


def test_410_twice_a_day_apart_is_gone_until_it_comes_back(world: World) -> None:
    gone = answer(status=410, error="410 gone", code="http")
    world.poll(answer("a|x|0", etag='"0"'))
    once = world.poll(gone)
    assert (once.state, once.due_at - world.clock.now()) == ("active", DAY)
    twice = world.poll(gone)
    assert (twice.state, twice.state_since, twice.due_at) == ("gone", world.clock.now(), world.clock.now() + DAY * 30)
    asked = len(world.fetcher.asked)
    world.poll_until(world.clock.now() + DAY * 100, gone)
    assert len(world.fetcher.asked) - asked == 3
    assert world.poll(answer("a|x|0")).state == "active"


def test_a_relaunch_wakes_nobody_but_for_what_is_new(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Every entry comes again under a new GUID; the operator is told once."""
    world.poll(answer("\n".join(f"{n}|old {n}|{-10 * n}" for n in range(1, 9))))
    world.backlog()
    world.clock.forward(hours=48)
    with caplog.at_level(logging.WARNING):
        world.poll(answer("fresh|news|47\n" + "\n".join(f"n{n}|old {n}|{-10 * n}" for n in range(1, 9))))
    found = world.backlog()
    assert [uid for uid, old in found.items() if not old] == ["fresh"]
    assert len(found) == 9
    (record, *_) = world.records()
    assert (record.new, record.outcome) == (9, "new")
    assert "kept as backlog" in record.note
    assert caplog.text.count("kept as backlog") == 1


def test_the_first_document_at_a_new_place_wakes_nobody_with_old_news(world: World) -> None:
    world.poll(answer("a|x|-1\nb|x|-2\nc|x|-3"))
    world.backlog()
    world.clock.forward(hours=48)
    world.poll(answer("d|news|47\nz|archive|-90\na|x|-1\nb|x|-2\nc|x|-3", to=MOVED, moved=True))
    assert world.backlog() == {"z": True, "d": False}


def test_every_line_of_the_history_says_why_the_next_poll_is_when_it_is(world: World) -> None:
    world.poll(answer("a|x|0"), no_answer(), no_answer())
    assert [record.note for record in world.records()][:2] == [
        "2 polls in a row failed",
        "its pace is not known yet; the last poll failed",
    ]


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
def test_no_restart_makes_us_early(world: World, jitter: float) -> None:
    """Started anew after every few minutes: the schedule is the store's, and nothing comes before its time."""
    world.jitter = jitter
    world.fetcher.answers[URL] = [answer("a|x|0", etag='"0"'), *[UNCHANGED] * 99]
    due = world.feed.due_at
    for _ in range(60):
        world.restart()
        if world.run():
            assert world.clock.now() >= due
            due = world.feed.due_at
            assert due - world.clock.now() >= timedelta(minutes=15)
        world.clock.forward(minutes=4)
    assert len(world.fetcher.asked) >= 12


def test_killed_in_the_middle_the_feed_is_asked_again_after_the_lease_and_loses_nothing(world: World) -> None:
    world.poll(answer("a|x|0", etag='"0"'))
    world.clock.at = world.feed.due_at
    with world.store.write() as tx:
        assert len(tx.feeds.claim_due(world.clock.now(), limit=1, lease=timedelta(minutes=2))) == 1
    world.restart()
    assert world.run() == []
    world.clock.forward(minutes=2)
    world.poll(UNCHANGED)
    assert world.fetcher.asked[-1].etag == '"0"'


def test_a_hot_feed_is_asked_sooner_but_not_against_its_wish(world: World) -> None:
    world.poll(answer("a|x|0\nb|x|-48\nc|x|-96", etag='"0"'))
    assert world.feed.due_at == NOON + timedelta(hours=6)
    world.clock.forward(minutes=1)
    with world.store.write() as tx:
        tx.feeds.heat([world.feed_id], until=NOON + timedelta(hours=2))
    assert world.feed.due_at == NOON + timedelta(minutes=5)
    assert world.poll(UNCHANGED).due_at == NOON + timedelta(minutes=10)
    assert world.poll(answer(status=304, max_age_s=1200)).due_at == NOON + timedelta(minutes=30)


def test_what_could_be_read_only_in_part_is_noted_with_why(world: World) -> None:
    """The entries that were saved are news; that others may be missing must not go unsaid."""
    cut_off = ParsedFeed(errors=(ParseError(code="truncated", message="no element found", line=9),))
    world.parser = MarkingParser(wishes=cut_off)
    world.restart()
    world.poll(answer("a|x"))
    assert "not all of it could be read: no element found" in world.records()[0].note
    world.poll(answer("a|x"))
    assert "could be read" not in world.records()[0].note


def test_a_clock_that_was_a_day_ahead_silences_nobody(world: World) -> None:
    """The schedule is as far from the last poll as before, and what comes is news: not older than our last visit."""
    world.poll(answer("a|x|-1"))
    world.backlog()
    world.clock.forward(hours=24)
    ahead = world.poll(answer("a|x|-1"))
    wait = ahead.due_at - world.clock.now()
    now = world.clock.forward(hours=-24)
    world.restart()
    assert world.run() == []
    assert (world.feed.due_at, world.feed.last_ok_at) == (now + wait, now)
    assert not world.poll(answer("b|y|0.5")).failures
    assert world.backlog() == {"b": False}


def test_a_clock_that_is_set_back_while_we_run_is_noticed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.poll(answer("a|x"))
    world.clock.forward(hours=24)
    world.poll(answer("a|x"))
    world.clock.forward(hours=-24)
    assert world.run() == []
    assert world.feed.due_at < world.clock.now() + timedelta(hours=7)
    assert "the clock was set back: 1 feeds" in caplog.text
