"""Whose turn it is where. No host is ever asked by two at once, and none is forgotten."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import col

from service.adapters.store import SqlStore
from service.adapters.store.rows import free
from service.adapters.store.tables import FeedRow, HostRow
from service.core.feed import Feed
from service.ports.store import Transaction
from tests.adapters.store.making import LATER, LEASE, NOW, a_feed, connection_of, polled

GAP = timedelta(seconds=2)


def feeds_of(tx: Transaction, host: str, count: int) -> list[Feed]:
    """Add feeds on this host, all due, the first for longest."""
    return [a_feed(tx, url=f"https://{n}.{host}/", due_at=NOW - timedelta(minutes=count - n)) for n in range(count)]


def names(feeds: list[Feed]) -> list[str]:
    return [feed.url.removeprefix("https://").strip("/") for feed in feeds]


def claimed(tx: Transaction, *, limit: int = 100, per_host: int = 3, after: timedelta = GAP * 0) -> list[Feed]:
    return tx.feeds.claim_due(NOW + after, limit=limit, lease=LEASE, per_host=per_host)


def test_of_each_host_only_a_few_feeds_are_taken_and_nobody_else_gets_more(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 5)
        feeds_of(tx, "harbour.example", 1)
        first = claimed(tx, per_host=2)
        assert names(first) == ["0.meridian.example", "1.meridian.example", "0.harbour.example"]
        assert claimed(tx, per_host=2) == []


def test_a_host_is_released_with_the_last_of_its_feeds_and_free_when_that_was_said(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 3)
        one, two = claimed(tx, per_host=2)
        tx.feeds.finish(replace(one, due_at=LATER), polled(), free_at=NOW)
        assert claimed(tx) == []
        tx.feeds.finish(replace(two, due_at=LATER), polled(), free_at=NOW + GAP)
        assert claimed(tx, after=GAP / 2) == []
        assert names(claimed(tx, after=GAP)) == ["2.meridian.example"]


def test_what_a_claim_has_no_room_for_is_there_for_the_next(store: SqlStore) -> None:
    with store.write() as tx:
        for n in range(40):
            feeds_of(tx, f"meridian{n}.example", 1)
        assert len(claimed(tx, limit=3)) == 3
        assert len(claimed(tx)) == 37


def test_a_host_whose_holder_is_gone_is_taken_over_and_the_holder_cannot_release_it(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 2)
        [slow] = claimed(tx, per_host=1)
        assert len(claimed(tx, after=LEASE)) == 2
        assert not tx.feeds.finish(slow, polled(), free_at=NOW)
        assert claimed(tx, after=LEASE) == []


def test_a_slow_holder_still_writes_what_nobody_took_over_but_the_host_is_anothers(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 2)
        [slow] = claimed(tx, per_host=1)
        tx.feeds.heat([slow.feed_id], until=LATER)
        [other] = tx.feeds.claim([slow.feed_id + 1], NOW + LEASE, lease=LEASE)
        assert tx.feeds.finish(replace(slow, due_at=NOW), polled(), free_at=NOW)
        assert claimed(tx, after=LEASE) == []
        assert tx.feeds.finish(other, polled(), free_at=NOW)
        assert len(claimed(tx, after=LEASE)) == 2


def test_asking_by_name_waits_for_nobody_and_takes_no_host_from_anybody(store: SqlStore) -> None:
    with store.write() as tx:
        due = feeds_of(tx, "meridian.example", 2)
        idle = feeds_of(tx, "harbour.example", 3)
        tx.feeds.keep_away(idle[0].url, until=LATER, reason="429")
        ids = [feed.feed_id for feed in due + idle]
        assert len(claimed(tx, per_host=1)) == 1
        mine = tx.feeds.claim(ids, NOW, lease=LEASE)
        assert sorted(feed.feed_id for feed in mine) == ids[2:]
        assert claimed(tx) == []
        assert tx.feeds.claim(ids, NOW, lease=LEASE) == []


def test_a_host_that_tells_us_to_keep_away_is_left_alone_with_all_its_feeds(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 2)
        tx.feeds.keep_away("https://www.meridian.example/x", until=NOW + GAP, reason="it said 429")
        tx.feeds.keep_away("https://meridian.example/y", until=NOW + GAP / 2, reason="shorter")
        assert claimed(tx) == []
        assert len(claimed(tx, after=GAP)) == 2


def test_to_keep_away_during_a_poll_holds_after_it(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 1)
        [held] = claimed(tx)
        tx.feeds.keep_away(held.url, until=NOW + 2 * GAP, reason="503")
        tx.feeds.finish(replace(held, due_at=NOW), polled(), free_at=NOW + GAP)
        assert claimed(tx, after=GAP) == []
        assert len(claimed(tx, after=2 * GAP)) == 1


def test_a_request_that_is_no_poll_takes_its_turn_among_them(store: SqlStore) -> None:
    """A hub on the domain of a feed: neither is asked while the other is, nor right after it."""
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 2)
        hub = "https://hub.meridian.example/"
        assert tx.feeds.turn(hub, NOW, gap=GAP) is None
        assert tx.feeds.turn(hub, NOW, gap=GAP) == NOW + GAP
        assert claimed(tx, after=GAP / 2) == []
        [held] = claimed(tx, after=GAP, per_host=1)
        assert tx.feeds.turn(hub, NOW + GAP, gap=GAP) == NOW + 2 * GAP
        tx.feeds.finish(replace(held, due_at=LATER), polled(), free_at=NOW + 3 * GAP)
        assert tx.feeds.turn(hub, NOW + 2 * GAP, gap=GAP) == NOW + 3 * GAP
        assert tx.feeds.turn(hub, NOW + 3 * GAP, gap=GAP) is None
        assert tx.feeds.turn("https://harbour.example/", NOW, gap=GAP) is None, "where no feed is"
        assert names(claimed(tx, after=5 * GAP)) == ["1.meridian.example"]


def test_the_hosts_to_keep_away_from_are_listed_with_the_reason_longest_first(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "harbour.example", 1)
        [held] = claimed(tx)
        tx.feeds.finish(held, polled(), free_at=LATER)
        tx.feeds.keep_away("https://a.meridian.example/", until=NOW + GAP, reason="429")
        tx.feeds.keep_away("https://hub.example/", until=LATER, reason="503")
        away = tx.feeds.kept_away(NOW)
        assert [(host.key, host.free_at, host.reason) for host in away] == [
            ("hub.example", LATER, "503"),
            ("meridian.example", NOW + GAP, "429"),
        ]
        assert [host.key for host in tx.feeds.kept_away(NOW + GAP)] == ["hub.example"]


def test_what_becomes_due_while_its_host_is_held_is_found_when_the_host_is_free(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 1)
        [held] = claimed(tx)
        added = a_feed(tx, url="https://new.meridian.example/")
        assert claimed(tx) == []
        tx.feeds.finish(replace(held, due_at=LATER), polled(), free_at=NOW + GAP)
        assert names(claimed(tx, after=GAP)) == names([added])


def test_an_unmuted_feed_is_found_again(store: SqlStore) -> None:
    with store.write() as tx:
        [only] = feeds_of(tx, "meridian.example", 1)
        tx.feeds.set_muted(only.feed_id, muted=True, now=NOW)
        assert claimed(tx) == []
        tx.feeds.set_muted(only.feed_id, muted=False, now=NOW)
        assert len(claimed(tx)) == 1


def test_a_start_with_nobody_else_at_work_frees_every_host(store: SqlStore) -> None:
    with store.write() as tx:
        feeds_of(tx, "meridian.example", 2)
        claimed(tx, per_host=1)
    store.release_leases()
    with store.write() as tx:
        assert len(claimed(tx)) == 2


class Undone(Exception):  # noqa: N818  it is none
    """What an example left is undone."""


STEPS = st.tuples(
    st.sampled_from(["add", "claim", "claim by name", "finish", "heat", "mute", "keep away", "move", "wait"]),
    st.integers(0, 5),
    st.integers(0, 5),
)


def take(tx: Transaction, step: tuple[str, int, int], held: list[Feed], now: datetime) -> datetime:
    """Do one thing of what pollers, operators and the pipeline do. Return the time after it."""
    what, one, other = step
    known = tx.feeds.all()
    feed_id, soon = known[one % len(known)].feed_id, now + other * GAP
    if what == "add":
        a_feed(tx, url=f"https://{other}.host{one % 3}.example/", due_at=soon, soonest_at=now)
    elif what == "claim":
        held += tx.feeds.claim_due(now, limit=one + 1, lease=LEASE, per_host=other + 1)
    elif what == "claim by name":
        held += tx.feeds.claim([feed_id, feed_id + 1], now, lease=LEASE)
    elif what == "heat":
        tx.feeds.heat([feed_id, feed_id + 2], until=LATER)
    elif what == "mute":
        tx.feeds.set_muted(feed_id, muted=other % 2 == 0, now=now)
    elif what == "keep away":
        tx.feeds.keep_away(f"https://host{one % 3}.example/", until=soon, reason="429")
    elif what == "wait":
        return now + (LEASE if other == 0 else other * GAP)
    elif held:
        mine = held.pop(one % len(held))
        url = f"https://{other}.host{one % 3}.example/moved" if what == "move" else mine.url
        after = replace(mine, url=url, due_at=now + one * GAP * 20, soonest_at=soon)
        tx.feeds.finish(after, polled(at=now), free_at=now + GAP)
    return now


def to_be_claimed(tx: Transaction, now: datetime) -> set[int]:
    """The feeds that are due on free hosts, found by looking at every one."""
    ready = (col(FeedRow.state) != "muted", col(FeedRow.due_at) <= now, col(HostRow.free_at) <= now)
    nobodys = (free(col(FeedRow.lease_until), now), free(col(HostRow.lease_until), now))
    query = select(col(FeedRow.id)).join(HostRow, col(HostRow.key) == col(FeedRow.host)).where(*ready, *nobodys)
    return {row.id for row in connection_of(tx).execute(query)}


def claimed_at(tx: Transaction, now: datetime) -> set[int]:
    """What a claim would take, which is given back."""
    found: set[int] = set()
    with suppress(Undone), tx.savepoint():
        found |= {feed.feed_id for feed in tx.feeds.claim_due(now, limit=500, lease=LEASE, per_host=500)}
        raise Undone
    return found


@given(steps=st.lists(STEPS, min_size=5, max_size=25))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happened_a_claim_finds_all_that_is_due(
    sqlite_store: SqlStore, steps: list[tuple[str, int, int]]
) -> None:
    with sqlite_store.write() as tx, suppress(Undone), tx.savepoint():
        feeds_of(tx, "host0.example", 2)
        now, held = NOW, list[Feed]()
        for step in steps:
            now = take(tx, step, held, now)
            for at in (now, now + 2 * GAP, now + LEASE):
                assert claimed_at(tx, at) == to_be_claimed(tx, at), step
        raise Undone
