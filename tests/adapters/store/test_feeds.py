from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service.adapters.store import SqlStore
from service.adapters.store.tables import PollRow
from service.core.errors import NotFound
from service.core.feed import UNDECLARED, FeedState
from tests.adapters.store.making import LATER, LEASE, NOW, a_feed, connection_of, feed, polled


def test_what_is_read_is_what_was_written(store: SqlStore) -> None:
    full = feed(
        country="UA",
        lang="uk",
        priority=True,
        state="failing",
        state_since=NOW,
        soonest_at=NOW,
        plain_at=NOW,
        hot_until=LATER,
        error_code="timeout",
        gone_at=NOW,
        moved_to="https://meridian.example/feed",
        moved_since=NOW,
        moved_seen=2,
        ttl_s=60.5,
        skip_hours=(0, 23),
        skip_days=(6,),
        hub="https://hub.example/",
        topic="https://northernwire.example/feed",
        pushed_until=LATER,
        marks=b"\x00\xff" * 14,
        id_policy="address",
        etag='W/"a"',
        last_modified="x",
        body_hash="h",
        last_poll_at=NOW,
        last_ok_at=NOW,
        last_entry_at=NOW,
        failures=3,
        last_error="timeout",
        gap_s=1.5,
        baseline_done=True,
        source="opml",
    )
    with store.write() as tx:
        feed_id = tx.feeds.add(full)
    with store.read() as tx:
        assert tx.feeds.get(feed_id) == replace(full, feed_id=feed_id)
        assert tx.feeds.all() == [replace(full, feed_id=feed_id)]


def test_a_url_is_added_once(store: SqlStore) -> None:
    with store.write() as tx:
        assert tx.feeds.add(feed()) == tx.feeds.add(feed(title="again"))
        assert [known.title for known in tx.feeds.all()] == ["Northern Wire"]


def test_an_unknown_feed_is_not_found(store: SqlStore) -> None:
    with store.read() as tx, pytest.raises(NotFound, match="no feed 7"):
        tx.feeds.get(7)


def test_due_feeds_are_leased_longest_due_first_and_only_once(store: SqlStore) -> None:
    with store.write() as tx:
        for n in range(4):
            a_feed(tx, url=f"https://meridian{n}.example/", due_at=NOW - timedelta(minutes=n))
        a_feed(tx, url="https://later.example/", due_at=LATER)
        first = tx.feeds.claim_due(NOW, limit=3, lease=LEASE)
        second = tx.feeds.claim_due(NOW, limit=3, lease=LEASE)
        assert [known.url for known in first] == [f"https://meridian{n}.example/" for n in (3, 2, 1)]
        assert [known.url for known in second] == ["https://meridian0.example/"]
        assert all(known.lease_token for known in first)


def test_an_expired_lease_is_taken_over_and_its_holder_writes_nothing(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx)
        [slow] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        [quick] = tx.feeds.claim_due(NOW + LEASE, limit=1, lease=LEASE)
        assert not tx.feeds.finish(replace(slow, title="slow"), polled())
        assert tx.feeds.finish(replace(quick, title="quick"), polled())
        assert not tx.feeds.finish(replace(quick, title="twice"), polled())
        assert tx.feeds.get(slow.feed_id).title == "quick"
        assert len(tx.feeds.polls(slow.feed_id)) == 1


def test_a_finished_feed_is_free_and_due_when_it_says(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx)
        [held] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        tx.feeds.finish(replace(held, due_at=LATER, etag="e2"), polled())
        assert tx.feeds.claim_due(NOW, limit=1, lease=LEASE) == []
        [again] = tx.feeds.claim_due(LATER, limit=1, lease=LEASE)
        assert again.etag == "e2"


def test_asking_by_name_leases_what_is_not_due_but_not_what_is_being_polled(store: SqlStore) -> None:
    with store.write() as tx:
        idle, busy = a_feed(tx, due_at=LATER), a_feed(tx, url="https://meridian.example/")
        tx.feeds.claim_due(NOW, limit=5, lease=LEASE)
        claimed = tx.feeds.claim([idle.feed_id, busy.feed_id, 99], NOW, lease=LEASE)
        assert [known.feed_id for known in claimed] == [idle.feed_id]


def test_a_muted_feed_is_not_due_and_a_poll_under_way_does_not_unmute_it(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx)
        [held] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        tx.feeds.set_muted(held.feed_id, muted=True, now=NOW)
        assert tx.feeds.finish(replace(held, state="active", baseline_done=True), polled())
        assert tx.feeds.get(held.feed_id).state == "muted"
        assert tx.feeds.claim_due(LATER, limit=1, lease=LEASE) == []
        tx.feeds.set_muted(held.feed_id, muted=False, now=LATER)
        assert tx.feeds.get(held.feed_id).state == "active"
        assert len(tx.feeds.claim_due(LATER, limit=1, lease=LEASE)) == 1


def test_a_feed_that_moves_to_where_another_is_is_muted_in_its_favour(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx, url="https://meridian.example/old", country="UA", lang="uk", subject="rail", priority=True)
        other = a_feed(tx, url="https://meridian.example/new", due_at=LATER, country=None, lang="en")
        [held] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        assert tx.feeds.finish(replace(held, url=other.url, title="kept"), polled())
        left = tx.feeds.get(held.feed_id)
        assert (left.url, left.title, left.state, left.state_since) == (held.url, "kept", "muted", NOW)
        assert left.last_error == f"it moved to {other.url}, which is feed {other.feed_id}"
        assert tx.feeds.addresses(held.feed_id) == []
        heir = tx.feeds.get(other.feed_id)
        assert (heir.country, heir.lang, heir.subject, heir.priority) == ("UA", "en", "rail", True), (
            "it stands for both"
        )
        assert [known.url for known in tx.feeds.claim_due(LATER, limit=9, lease=LEASE)] == [other.url]


@pytest.mark.parametrize("state", ["muted", "gone"])
def test_nothing_is_muted_in_favour_of_what_is_not_asked(store: SqlStore, state: FeedState) -> None:
    """Else two feeds that moved to and fro, or one that moved onto what was gone, would never be asked again."""
    with store.write() as tx:
        other = a_feed(tx, url="https://meridian.example/new", due_at=LATER, state=state)
        a_feed(tx, url="https://meridian.example/old")
        [held] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        assert tx.feeds.finish(replace(held, url=other.url, state="active"), polled())
        stays = tx.feeds.get(held.feed_id)
        assert (stays.url, stays.state) == (held.url, "active")
        assert tx.feeds.get(other.feed_id).state == state


def test_a_feed_that_moves_is_still_found_under_the_addresses_it_had(store: SqlStore) -> None:
    old, new, newest = (f"https://meridian{n}.example/" for n in range(3))
    with store.write() as tx:
        feed_id = a_feed(tx, url=old).feed_id
        for at, url in ((NOW, new), (LATER, newest)):
            [held] = tx.feeds.claim([feed_id], at, lease=LEASE)
            assert tx.feeds.finish(replace(held, url=url, due_at=LATER), polled(at=at))
        assert tx.feeds.addresses(feed_id) == [(new, LATER), (old, NOW)]
        assert [tx.feeds.add(feed(url=url)) for url in (old, new, newest)] == [feed_id] * 3
        assert [known.url for known in tx.feeds.claim_due(LATER, limit=9, lease=LEASE)] == [newest]


def test_since_when_a_feed_is_in_its_state_is_noted_with_each_change(store: SqlStore) -> None:
    times = [NOW + n * LEASE for n in range(6)]
    with store.write() as tx:
        feed_id = a_feed(tx).feed_id
        since = []
        states: tuple[FeedState, ...] = ("active", "active", "failing", "failing", "active")
        for at, state in zip(times, states, strict=False):
            [held] = tx.feeds.claim([feed_id], at, lease=LEASE)
            tx.feeds.finish(replace(held, state=state, state_since=None), polled(at=at))
            since.append(tx.feeds.get(feed_id).state_since)
        assert since == [times[0], times[0], times[2], times[2], times[4]]
        tx.feeds.set_muted(feed_id, muted=True, now=times[5])
        tx.feeds.set_muted(feed_id, muted=True, now=LATER)
        assert tx.feeds.get(feed_id).state_since == times[5]
        tx.feeds.set_muted(feed_id, muted=False, now=LATER)
        assert tx.feeds.get(feed_id).state_since == LATER


def test_what_turns_hot_is_due_sooner_as_far_as_its_last_poll_allows(store: SqlStore) -> None:
    soon, until = NOW + LEASE, NOW + timedelta(hours=2)
    with store.write() as tx:
        fit = a_feed(tx, url="https://a.example/", due_at=LATER, soonest_at=soon)
        failing = a_feed(tx, url="https://b.example/", due_at=LATER, soonest_at=soon, failures=1)
        unknown = a_feed(tx, url="https://c.example/", due_at=LATER)
        sooner = a_feed(tx, url="https://d.example/", due_at=NOW, soonest_at=soon)
        ids = [known.feed_id for known in (fit, failing, unknown, sooner)]
        tx.feeds.heat(ids, until=until)
        tx.feeds.heat(ids, until=NOW)
        assert [tx.feeds.get(feed_id).due_at for feed_id in ids] == [soon, LATER, LATER, NOW]
        assert {tx.feeds.get(feed_id).hot_until for feed_id in ids} == {until}
        assert [known.feed_id for known in tx.feeds.claim_due(soon, limit=9, lease=LEASE)] == [ids[3], ids[0]]


def test_what_turned_hot_during_a_poll_is_hot_after_it(store: SqlStore) -> None:
    soon, until = NOW + LEASE, NOW + timedelta(hours=2)
    with store.write() as tx:
        a_feed(tx)
        [held] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        tx.feeds.heat([held.feed_id], until=until)
        tx.feeds.finish(replace(held, due_at=LATER, soonest_at=soon), polled())
        after = tx.feeds.get(held.feed_id)
        assert (after.hot_until, after.due_at) == (until, soon)


def test_a_feed_that_moves_while_it_turns_hot_is_due_sooner_at_its_new_address(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx, url="https://old.example/")
        [held] = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        tx.feeds.heat([held.feed_id], until=LATER)
        tx.feeds.finish(replace(held, url="https://new.example/", due_at=LATER, soonest_at=NOW), polled())
        assert len(tx.feeds.claim_due(NOW, limit=1, lease=LEASE)) == 1


def test_a_feed_that_gets_priority_is_due_sooner(store: SqlStore) -> None:
    with store.write() as tx:
        known = a_feed(tx, due_at=LATER, soonest_at=NOW)
        tx.feeds.describe(known.feed_id, country="UA", lang=None, priority=False)
        assert tx.feeds.get(known.feed_id).due_at == LATER
        tx.feeds.describe(known.feed_id, country="UA", lang=None, priority=True)
        assert len(tx.feeds.claim_due(NOW, limit=1, lease=LEASE)) == 1


def test_failures_that_were_ours_are_forgiven(store: SqlStore) -> None:
    with store.write() as tx:
        ids = [a_feed(tx, url=f"https://{name}.example/", last_ok_at=NOW).feed_id for name in ("bad", "good", "muted")]
        held = tx.feeds.claim_due(NOW, limit=9, lease=LEASE)
        for before in held:
            tx.feeds.finish(replace(before, state="failing", failures=3, last_error="dns"), polled())
        [better] = tx.feeds.claim([ids[1]], LATER, lease=LEASE)
        tx.feeds.finish(replace(better, last_ok_at=LATER, last_error=""), polled())
        tx.feeds.set_muted(ids[2], muted=True, now=LATER)
        tx.feeds.forgive(held)
        after = [tx.feeds.get(feed_id) for feed_id in ids]
        assert [(now.state, now.failures) for now in after] == [("new", 0), ("failing", 3), ("muted", 3)]


def test_the_last_30_polls_are_shown_newest_first_and_hardly_more_are_kept(store: SqlStore) -> None:
    with store.write() as tx:
        other = a_feed(tx, url="https://meridian.example/")
        for n in range(200):
            [held] = tx.feeds.claim([a_feed(tx).feed_id], NOW, lease=LEASE)
            tx.feeds.finish(held, polled(new=n, error="e"))
        polls = tx.feeds.polls(held.feed_id, limit=100)
        assert [record.new for record in polls] == list(range(199, 169, -1))
        assert polls[0] == polled(new=199, error="e")
        assert tx.feeds.polls(other.feed_id) == []
        assert connection_of(tx).execute(select(func.count()).select_from(PollRow)).scalar_one() < 180


def test_what_an_operator_says_of_a_feed_outlives_a_poll_under_way(store: SqlStore) -> None:
    with store.write() as tx:
        feed_id = a_feed(tx, url="https://meridian.example/said", country="UA", due_at=NOW).feed_id
        (held,) = tx.feeds.claim_due(NOW, limit=1, lease=LEASE)
        tx.feeds.describe(feed_id, country="PL", lang="pl", priority=True)
        tx.feeds.set_muted(feed_id, muted=True, now=NOW, reason=UNDECLARED)
        assert tx.feeds.finish(replace(held, lang="uk", state="active"), polled())
        said = tx.feeds.get(feed_id)
        assert (said.country, said.lang, said.priority, said.state) == ("PL", "pl", True, "muted")
        assert said.last_error == UNDECLARED


def test_an_unknown_feed_cannot_be_described(store: SqlStore) -> None:
    with store.write() as tx, pytest.raises(NotFound, match="no feed 7"):
        tx.feeds.describe(7, country=None, lang=None, priority=False)
