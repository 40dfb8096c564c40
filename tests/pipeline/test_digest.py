"""Digests, as stories: once per local date, with all that happened since the last one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.core.errors import BadInput
from service.core.event import Delta, Development, Event
from service.core.feed import Feed
from service.core.rules import RuleIndex
from service.core.subscription import Subscription
from service.pipeline.digest import Digest
from service.pipeline.manage import Wish, subscribe
from service.ports.store import Store
from tests.rules import rule
from tests.standins import NOON, BellEngine, PlainRenderer

RULES = [rule("any-strike", "kind:strike"), rule("any-talks", "kind:talks")]


def reader(store: Store, *, tz: str = "UTC", at: str = "07:00", rules: tuple[str, ...] = ()) -> Subscription:
    wish = Wish(kind="email", address="reader@example.org", mode="digest", tz=tz, at=at, rules=rules)
    with store.write() as tx:
        return subscribe(tx, wish, known_rules=[item.rule_id for item in RULES], now=NOON)


def happen(store: Store, headline: str, at: datetime, *, kind: str = "strike") -> int:
    event = Event(event_id=0, kind=kind, headline=headline, first_seen=at, last_seen=at)  # type: ignore[arg-type]
    with store.write() as tx:
        event_id = tx.events.create(event)
        tx.events.add_development(event_id, Development(change="new", revision=1, at=at), None)
    return event_id


@pytest.fixture
def step(store: Store) -> Digest:
    return Digest(store=store, renderer=PlainRenderer(), engine=BellEngine(), rules=lambda: RuleIndex(RULES))


def rendered(step: Digest) -> PlainRenderer:
    assert isinstance(step.renderer, PlainRenderer)
    return step.renderer


def test_nothing_before_the_hour_one_at_the_hour_none_after(store: Store, step: Digest) -> None:
    reader(store)
    due = datetime(2026, 3, 5, 7, 0, tzinfo=UTC)
    assert step.run(due - timedelta(seconds=1)) == []
    assert len(step.run(due)) == 1
    assert step.run(due) == []
    assert step.run(due + timedelta(hours=23)) == []
    assert [str(message.local_date) for message in rendered(step).digests] == ["2026-03-05"]


def test_windows_meet_without_gap_or_overlap(store: Store, step: Digest) -> None:
    reader(store)
    days = [datetime(2026, 3, day, 7, 0, tzinfo=UTC) for day in (5, 6, 7)]
    for day in days:
        step.run(day + timedelta(minutes=3))
    windows = [(message.window_start, message.window_end) for message in rendered(step).digests]
    assert windows[1][0] == windows[0][1]
    assert windows[2][0] == windows[1][1]


def test_after_downtime_one_digest_tells_all(store: Store, step: Digest) -> None:
    reader(store)
    step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))
    happen(store, "Strike on Kharkiv", datetime(2026, 3, 5, 20, 0, tzinfo=UTC))
    happen(store, "Strike on Odesa", datetime(2026, 3, 7, 20, 0, tzinfo=UTC))
    assert len(step.run(datetime(2026, 3, 8, 9, 30, tzinfo=UTC))) == 1
    (message,) = rendered(step).digests[1:]
    assert {item.event.headline for item in message.items} == {"Strike on Kharkiv", "Strike on Odesa"}
    assert step.run(datetime(2026, 3, 8, 9, 30, tzinfo=UTC)) == []


def test_a_digest_holds_what_its_rules_ask_for(store: Store, step: Digest) -> None:
    reader(store, rules=("any-talks",))
    happen(store, "Strike on Kharkiv", NOON)
    happen(store, "Talks open in Geneva", NOON, kind="talks")
    step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))
    assert [item.event.headline for item in rendered(step).digests[0].items] == ["Talks open in Geneva"]


def test_an_older_event_comes_back_with_what_was_said_before(store: Store, step: Digest) -> None:
    reader(store)
    event_id = happen(store, "Strike on Kharkiv", NOON)
    step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))
    rise = Delta(field="killed", before=[1, 1], after=[6, 6], outlet="Northern Wire")
    at = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
    with store.write() as tx:
        tx.events.add_development(event_id, Development(change="toll_changed", revision=2, at=at, deltas=(rise,)), None)
    step.run(datetime(2026, 3, 6, 7, 0, tzinfo=UTC))
    (item,) = rendered(step).digests[1].items
    assert ([d.change for d in item.developments], [d.change for d in item.earlier]) == (["toll_changed"], ["new"])


def test_sent_by_hand_it_is_not_sent_again_at_its_hour(store: Store, step: Digest) -> None:
    subscription = reader(store)
    early = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
    assert step.make(subscription, early, early=True) is not None
    assert step.make(subscription, early, early=True) is None
    assert step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC)) == []
    assert len(step.run(datetime(2026, 3, 6, 7, 0, tzinfo=UTC))) == 1


def stood_down(store: Store, why: str) -> Subscription:
    """Return a subscription that must not be mailed a digest."""
    subscription = reader(store) if why not in {"not confirmed", "alerts"} else wished(store, why)
    with store.write() as tx:
        if why in {"paused", "ended"}:
            tx.subscriptions.set_state(subscription.subscription_id, why)  # type: ignore[arg-type]
        if why == "disabled":
            tx.subscriptions.disable_channel(subscription.channel.channel_id, "complaint")
    return subscription


def wished(store: Store, why: str) -> Subscription:
    mode, confirmed = ("alert", True) if why == "alerts" else ("digest", False)
    wish = Wish(kind="email", address="a@example.org", mode=mode, confirmed=confirmed)  # type: ignore[arg-type]
    with store.write() as tx:
        return subscribe(tx, wish, known_rules=[], now=NOON)


@pytest.mark.parametrize("why", ["not confirmed", "alerts", "paused", "ended", "disabled"])
def test_who_never_agreed_or_left_is_mailed_no_digest_not_even_by_hand(store: Store, step: Digest, why: str) -> None:
    subscription = stood_down(store, why)
    late = NOON + timedelta(days=2)
    with pytest.raises(BadInput, match=why):
        step.make(subscription, late, early=True)
    assert step.make(subscription, late) is None
    assert step.run(late) == []
    with store.read() as tx:
        assert tx.outbox.list() == []


def test_a_day_without_events_still_says_so(store: Store, step: Digest) -> None:
    """Silence is not good news: the reader hears that nothing was reported, and from how many feeds."""
    reader(store)
    assert len(step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))) == 1
    assert rendered(step).digests[0].items == []


def test_where_feeds_failed_the_digest_says_so(store: Store, step: Digest) -> None:
    """The reader hears which country's feeds are missing; what is muted is not missed."""
    reader(store)
    with store.write() as tx:
        for country, state in (("SD", "failing"), ("SD", "muted"), ("UA", "active")):
            url = f"https://{country}-{state}.example/feed"
            feed = Feed(feed_id=0, url=url, country=country, due_at=NOON + timedelta(days=1), last_ok_at=NOON)
            tx.feeds.add(replace(feed, state=state, failures=3 * (state == "failing"), last_poll_at=NOON))  # type: ignore[arg-type]
    step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))
    (message,) = rendered(step).digests
    assert [(gap.code, gap.missing, gap.of, gap.since) for gap in message.gaps] == [("SD", 1, 1, NOON)]
    assert (message.feeds_ok, message.feeds_all) == (1, 2)
