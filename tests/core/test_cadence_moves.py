"""Redirects that are believed, entries that are old news, requests without validators, and our own network."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.core.cadence import (
    Move,
    Network,
    Sighting,
    ask_plainly,
    first_due,
    is_known,
    move,
    split,
)
from service.core.feed import Feed, FetchResult, ParsedEntry, ParsedFeed
from service.core.marks import Mark, fingerprint, pack

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OLD, NEW = "http://wire.example/rss", "https://news.example/rss"
FEED = Feed(feed_id=1, url=OLD, due_at=NOW, baseline_done=True, last_ok_at=NOW - timedelta(hours=1))
WELL = replace(FEED, last_ok_at=NOW)


def redirected(to: str = NEW, *, moved: bool = True, status: int | None = 200) -> FetchResult:
    return FetchResult(feed_id=1, url=OLD, final_url=to, moved=moved, status=status)


def seen(feed: Feed, result: FetchResult, at: datetime, *, good: bool = True, known: bool = True) -> tuple[Feed, Move]:
    found = move(feed, result, good=good, known=known, now=at)
    return replace(feed, moved_to=found.to, moved_since=found.since, moved_seen=found.seen), found


def after(*answers: tuple[float, FetchResult]) -> Move:
    """Return what is decided after these answers, each so many days after the first."""
    feed, found = FEED, Move()
    for days, result in answers:
        feed, found = seen(feed, result, NOW + DAY * days)
    return found


def test_a_permanent_redirect_is_believed_after_three_sightings_over_three_days() -> None:
    assert after((0, redirected()), (1, redirected()), (3, redirected())).settled
    assert not after((0, redirected()), (1, redirected()), (2.9, redirected())).settled
    assert not after((0, redirected()), (3, redirected())).settled


@pytest.mark.parametrize(
    "other", [redirected(OLD, moved=False), redirected("https://else.example/rss"), redirected(moved=False)]
)
def test_any_other_answer_begins_anew(other: FetchResult) -> None:
    """The old place answering by itself, a third place, or a temporary redirect."""
    assert not after((0, redirected()), (1, redirected()), (2, other), (3, redirected())).settled


def test_no_answer_says_nothing() -> None:
    lost = redirected("", moved=False, status=None)
    assert after((0, redirected()), (1, redirected()), (2, lost), (3, redirected())).settled


def test_errors_at_the_new_place_do_not_count() -> None:
    feed, _ = seen(FEED, redirected(), NOW)
    feed, found = seen(feed, redirected(status=500), NOW + DAY, good=False)
    assert found.seen == 1
    assert seen(FEED, redirected(status=500), NOW, good=False)[1] == Move()


def test_encryption_is_never_given_up_for_good() -> None:
    secure = replace(FEED, url="https://wire.example/rss")
    assert seen(secure, redirected("http://news.example/rss"), NOW)[1] == Move()


def test_a_place_that_began_as_a_stranger_is_never_believed() -> None:
    """Its entries are in the store from then on, so it looks familiar ever after."""
    feed, found = seen(FEED, redirected(), NOW, known=False)
    assert "nothing that we know" in found.reason
    for days in range(1, 10):
        feed, found = seen(feed, redirected(), NOW + DAY * days)
        assert not found.settled


def items(*uids: str) -> bytes:
    return pack(Mark(raw=fingerprint(f"<item>{uid}</item>"), uid=fingerprint(uid)) for uid in uids)


def test_a_document_is_known_by_an_entry_or_by_its_own_address() -> None:
    ours = replace(FEED, marks=items("a", "b"))
    assert is_known(ours, ParsedFeed(marks=items("b", "c")), stored_before=False)
    assert not is_known(ours, ParsedFeed(marks=items("c", "d")), stored_before=False)
    assert is_known(ours, ParsedFeed(marks=items("c")), stored_before=True)
    assert is_known(ours, ParsedFeed(self_url=OLD), stored_before=False)
    assert is_known(ours, None, stored_before=False)


def entry(uid: str, at: datetime | None) -> ParsedEntry:
    return ParsedEntry(uid=uid, published=at)


def document(entries: Iterable[ParsedEntry], known: Iterable[str] = ()) -> ParsedFeed:
    entries = tuple(entries)
    return ParsedFeed(entries=entries, marks=items(*(item.uid for item in entries), *known))


def test_the_first_document_is_backlog_as_a_whole() -> None:
    found = split(replace(FEED, baseline_done=False), document([entry("a", NOW)]), elsewhere=False)
    assert (len(found.backlog), found.news) == (1, ())


def test_a_relaunched_feed_is_old_news_but_for_what_is_new() -> None:
    relaunched = [entry(f"new-{n}", NOW - DAY * n) for n in range(1, 9)]
    found = split(FEED, document([entry("fresh", NOW), *relaunched]), elsewhere=False)
    assert [item.uid for item in found.news] == ["fresh"]
    assert len(found.backlog) == 8
    assert "8 of 9" in found.reason


def test_a_few_late_entries_are_news() -> None:
    late = document([entry("late", NOW - DAY)], known=["a", "b"])
    assert split(FEED, late, elsewhere=False).news == late.entries


def test_what_came_while_we_could_not_look_is_news() -> None:
    """After ten days of silence all of a document is new to us, and dated after our last visit."""
    long_ago = replace(FEED, last_ok_at=NOW - DAY * 10)
    missed = document(entry(str(n), NOW - DAY * n) for n in range(10))
    assert split(long_ago, missed, elsewhere=False).news == missed.entries


def test_edits_of_known_entries_are_not_held_back() -> None:
    ours = replace(FEED, marks=items("a", "b"))
    edited = document([entry("a", NOW - DAY * 3), entry("b", NOW - DAY * 3)])
    assert split(ours, edited, elsewhere=False).news == edited.entries


def test_at_a_new_address_a_single_old_entry_is_old_news() -> None:
    there = document([entry("old", NOW - DAY), entry("fresh", NOW)], known=["a", "b", "c", "d"])
    found = split(FEED, there, elsewhere=True)
    assert ([item.uid for item in found.backlog], [item.uid for item in found.news]) == (["old"], ["fresh"])


def test_entries_without_a_date_are_news() -> None:
    assert len(split(FEED, document([entry("a", None)]), elsewhere=True).news) == 1


@pytest.mark.parametrize(
    ("silent", "gap_s", "plain_ago", "expected"),
    [
        (timedelta(hours=23), 600.0, DAY * 9, False),
        (timedelta(hours=25), 600.0, DAY * 9, True),
        (timedelta(hours=25), 600.0, timedelta(hours=23), False),
        (timedelta(hours=25), 600.0, timedelta(hours=24), True),
        (DAY * 3, 86400.0, DAY * 9, False),
        (DAY * 5, 86400.0, DAY * 9, True),
        (DAY * 5, None, None, True),
    ],
)
def test_an_overdue_feed_is_asked_for_everything_once_a_day(
    silent: timedelta, gap_s: float | None, plain_ago: timedelta | None, *, expected: bool
) -> None:
    """No new entry for a day, and for four of its gaps; and it has not shown its whole document within the day."""
    plain_at = NOW - plain_ago if plain_ago else None
    feed = replace(FEED, etag='"1"', last_entry_at=NOW - silent, gap_s=gap_s, plain_at=plain_at)
    assert bool(ask_plainly(feed, NOW)) is expected


def test_without_validators_there_is_nothing_to_leave_out() -> None:
    assert ask_plainly(replace(FEED, last_entry_at=NOW - DAY * 9), NOW) == ""


def test_many_new_feeds_do_not_come_at_once() -> None:
    due = [first_due(n, NOW) for n in range(5000)]
    assert due == sorted(due)
    assert due.count(NOW) < 64
    assert all(due[n + 64] - due[n] > timedelta(seconds=1) for n in range(0, 4900, 50))
    assert due[-1] - NOW < timedelta(minutes=10)


def lost(host: int, *, feed: Feed = WELL, code: str = "dns") -> Sighting:
    return Sighting(feed=replace(feed, feed_id=host), host=f"h{host}.example", at=NOW, answered=False, code=code)


def answered(host: int) -> Sighting:
    return Sighting(feed=replace(WELL, feed_id=host), host=f"h{host}.example", at=NOW, answered=True)


def network(sightings: Iterable[Sighting]) -> Network:
    found = Network()
    for sighting in sightings:
        found = found.after(sighting)
    return found


def test_when_nearly_nothing_can_be_reached_it_is_our_network() -> None:
    assert network([answered(1)] * 3 + [lost(n % 5) for n in range(17)]).since == NOW
    assert network([answered(1)] * 4 + [lost(n % 5) for n in range(16)]).since is None
    assert network([answered(1)] + [lost(n % 4) for n in range(19)]).since is None
    assert network([lost(n) for n in range(19)]).since is None


def test_with_few_hosts_to_ask_it_is_our_network_when_nothing_at_all_can_be_reached() -> None:
    assert network([lost(n % 3) for n in range(20)]).since == NOW
    assert network([lost(n % 2) for n in range(40)]).since is None


@pytest.mark.parametrize("code", ["tls", "protocol", "http", "blocked", "too_large"])
def test_a_server_that_fails_is_not_our_network(code: str) -> None:
    assert network(lost(n, code=code) for n in range(40)).since is None


def test_feeds_that_have_long_been_dead_are_no_evidence() -> None:
    dead = replace(FEED, last_ok_at=NOW - DAY * 8)
    assert network(lost(n, feed=dead) for n in range(40)).since is None
    assert network(lost(n, feed=replace(FEED, last_ok_at=None)) for n in range(40)).since is None


def test_those_that_led_to_the_finding_are_pardoned_as_they_were_before() -> None:
    again = [lost(n % 10, feed=replace(WELL, failures=n // 10)) for n in range(20)]
    found = network(again)
    assert sorted(feed.feed_id for feed in found.pardoned) == list(range(10))
    assert {feed.failures for feed in found.pardoned} == {0}


def test_the_first_answer_ends_it() -> None:
    down = network(lost(n) for n in range(25))
    assert down.excuses(lost(3))
    assert not down.excuses(lost(3, code="http"))
    assert down.after(answered(1)) == Network()
