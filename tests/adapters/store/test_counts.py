"""Looking over everything at once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.adapters.store import SqlStore
from service.core.event import Link
from service.core.health import standing
from service.ports.counts import Figures
from service.ports.world import Rendered
from tests.adapters.store.making import (
    LEASE,
    NOW,
    a_feed,
    an_entry,
    event,
    feed,
    full_report,
    judged,
    parsed,
    polled,
    put,
    queue,
    subscribe,
)

DAY = timedelta(days=1)
SOUND: dict[str, Any] = {"state": "active", "last_poll_at": NOW, "last_ok_at": NOW, "last_entry_at": NOW, "gap_s": 60.0}
DOUBTS: dict[str, dict[str, Any]] = {
    "new": {"state": "new", "last_poll_at": None},
    "failing": SOUND | {"state": "failing"},
    "gone": SOUND | {"state": "gone"},
    "muted": SOUND | {"state": "muted"},
    "failed once": SOUND | {"failures": 1},
    "stumbled": SOUND | {"error_code": "dns"},
    "excused": SOUND | {"last_ok_at": NOW - timedelta(minutes=5)},
    "never good": SOUND | {"last_ok_at": None},
    "silent": SOUND | {"last_entry_at": NOW - 2 * DAY},
    "not asked": SOUND | {"due_at": NOW - timedelta(hours=2)},
}


def test_whatever_may_not_be_working_is_in_doubt_and_the_rest_is_sound(store: SqlStore) -> None:
    with store.write() as tx:
        for name, slots in (DOUBTS | {"sound": SOUND, "quiet": SOUND | {"last_entry_at": NOW - DAY}}).items():
            a_feed(tx, url=f"https://{name.replace(' ', '')}.example/", title=name, **slots)
    with store.read() as tx:
        assert {feed.title for feed in tx.counts.in_doubt(NOW)} == set(DOUBTS)
        sound = tx.counts.sound(NOW, limit=10)
    assert [feed.title for feed in sound] == ["sound", "quiet"]
    assert {standing(feed, None, NOW) for feed in sound} == {"working"}


def test_feeds_of_hosts_that_want_to_be_left_alone_are_in_doubt(store: SqlStore) -> None:
    with store.write() as tx:
        for name in ("one", "two"):
            a_feed(tx, url=f"https://www.{name}.example/rss", title=name, **SOUND)
        assert [feed.title for feed in tx.counts.in_doubt(NOW, hosts={"two.example"})] == ["two"]
        assert [feed.title for feed in tx.counts.sound(NOW, hosts={"two.example"}, limit=9)] == ["one"]


def test_sound_feeds_come_in_pages_and_by_country(store: SqlStore) -> None:
    with store.write() as tx:
        for n, country in enumerate(("UA", None, "UA", "SD", "UA")):
            a_feed(tx, url=f"https://{n}.example/", title=str(n), country=country, **SOUND)

        def titles(**which: object) -> list[str]:
            return [feed.title for feed in tx.counts.sound(NOW, **which)]  # type: ignore[arg-type]

        assert titles(limit=2, offset=3) == ["3", "4"]
        assert titles(country="UA", limit=2, offset=1) == ["2", "4"]
        assert titles(country="", limit=9) == ["1"]


def test_what_health_needs_is_read_and_what_is_heavy_is_not(store: SqlStore) -> None:
    needed = SOUND | {"state": "failing", "state_since": NOW, "failures": 3, "error_code": "dns", "gone_at": NOW}
    light = feed(**needed, title="T", priority=True, country="UA", lang="uk")
    full = replace(
        light, etag='"1"', marks=b"m" * 28, body_hash="h", last_error="timeout", moved_to="https://n.example/"
    )
    with store.write() as tx:
        feed_id = tx.feeds.add(full)
        assert tx.counts.in_doubt(NOW) == [replace(light, feed_id=feed_id)]


@pytest.mark.parametrize(("gap_h", "quiet_h"), [(0.1, 25), (7, 29), (None, 200), (168, 673)])
def test_no_silent_feed_is_left_out(store: SqlStore, gap_h: float | None, quiet_h: float) -> None:
    """Where core.health says silent, the feed is in doubt; one that is not so quiet yet is sound."""
    slots = SOUND | {"gap_s": gap_h and gap_h * 3600}
    with store.write() as tx:
        silent = a_feed(tx, **slots | {"last_entry_at": NOW - timedelta(hours=quiet_h)})
        a_feed(tx, url="https://b.example/", **slots | {"last_entry_at": NOW - timedelta(hours=quiet_h - 2)})
        assert standing(silent, None, NOW) == "silent"
        assert silent.feed_id in {feed.feed_id for feed in tx.counts.in_doubt(NOW)}
        assert len(tx.counts.in_doubt(NOW)) == (1 if gap_h else 2)


def test_feeds_are_counted_by_country_language_and_topic_muted_ones_are_not(store: SqlStore) -> None:
    with store.write() as tx:
        places = [("UA", "uk", None), ("UA", "uk", None), ("UA", "en", "shipping"), (None, None, None)]
        for n, (country, lang, subject) in enumerate(places):
            a_feed(tx, url=f"https://{n}.example/", country=country, lang=lang, subject=subject)
        a_feed(tx, country="SD", lang="ar", state="muted")
        assert dict(tx.counts.watched()) == {("UA", "uk", None): 2, ("UA", "en", "shipping"): 1, (None, None, None): 1}


def test_an_empty_house_has_no_figures(store: SqlStore) -> None:
    with store.read() as tx:
        assert tx.counts.figures(NOW) == Figures()
        assert dict(tx.counts.watched()) == {}


def test_polls_of_the_last_minutes_are_counted_by_outcome(store: SqlStore) -> None:
    with store.write() as tx:
        feed_id = a_feed(tx).feed_id
        for minutes, outcome in ((9, "failed"), (4, "new"), (3, "unchanged"), (2, "unchanged"), (1, "failed")):
            (held,) = tx.feeds.claim([feed_id], NOW, lease=LEASE)
            assert tx.feeds.finish(held, polled(at=NOW - timedelta(minutes=minutes), outcome=outcome))
        assert dict(tx.counts.figures(NOW).polls) == {"new": 1, "unchanged": 2, "failed": 1}


def test_entries_events_and_reports_are_counted(store: SqlStore) -> None:
    with store.write() as tx:
        entry = an_entry(tx)
        source = tx.feeds.all()[0]
        put(tx, source, parsed("2"), parsed("3"))
        event_id = tx.events.create(event())
        tx.events.create(event(state="retracted"))
        link = Link(decision="new", event_id=event_id, reason="first")
        tx.events.save_report(entry, full_report(), event_id, link, "en", now=NOW)
        tx.entries.finish([(entry, judged(set_aside="no_cue"))])
        found = tx.counts.figures(NOW)
    assert (found.entries_waiting, dict(found.set_aside)) == (2, {"no_cue": 1})
    assert (dict(found.events), dict(found.reports)) == ({"strike": 1}, {"strike": 1})


def test_the_outbox_is_counted_by_state_with_what_is_longest_due(store: SqlStore) -> None:
    with store.write() as tx:
        subscription = subscribe(tx)
        queue(tx, subscription, "one", due_at=NOW - DAY)
        queue(tx, subscription, "two")
        found = tx.counts.figures(NOW)
    assert (dict(found.outbox), found.outbox_due_at, found.fell_back) == ({"pending": 2}, NOW - DAY, 0)


def test_messages_that_fell_back_are_counted(store: SqlStore) -> None:
    with store.write() as tx:
        queue(
            tx, subscribe(tx), "one", rendered=Rendered(subject="s", body=b"", fell_back="subject.txt:1: no such name")
        )
        assert tx.counts.figures(NOW).fell_back == 1


@pytest.mark.parametrize(
    ("slots", "ok_at", "never"),
    [
        ({"last_ok_at": NOW - DAY, "last_poll_at": NOW}, NOW - DAY, 0),
        ({"last_ok_at": None, "last_poll_at": NOW}, None, 1),
        ({"last_ok_at": None, "last_poll_at": None}, None, 0),
        ({"last_ok_at": NOW - DAY, "state": "muted"}, None, 0),
        ({"last_ok_at": NOW - DAY, "priority": False}, None, 0),
    ],
)
def test_priority_feeds_are_looked_at_on_their_own(
    store: SqlStore, slots: dict[str, object], ok_at: object, never: int
) -> None:
    with store.write() as tx:
        a_feed(tx, **{"priority": True} | slots)
        found = tx.counts.figures(NOW)
    assert (found.priority_ok_at, found.priority_never) == (ok_at, never)


def test_the_longest_due_feed_is_known_unless_muted(store: SqlStore) -> None:
    with store.write() as tx:
        a_feed(tx, due_at=NOW - DAY, state="muted")
        a_feed(tx, url="https://b.example/", due_at=NOW + DAY)
        assert tx.counts.figures(NOW).feeds_due_at == NOW + DAY
