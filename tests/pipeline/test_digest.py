"""Digests, as stories: once per local date, with all that happened since the last one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from service.core.errors import BadInput
from service.core.event import Change, Delta, Development, Event
from service.core.feed import Feed
from service.core.rules import RuleIndex
from service.core.subscription import Subscription
from service.pipeline.digest import Digest
from service.pipeline.manage import Wish, subscribe
from service.ports.store import Store
from service.ports.world import DigestMessage, Rendered
from tests.rules import rule
from tests.standins import NOON, BellEngine, PlainRenderer

RULES = [rule("any-strike", "kind:strike"), rule("any-talks", "kind:talks")]


def reader(store: Store, *, address: str = "reader@example.org", **more: Any) -> Subscription:
    wish = Wish(**{"kind": "email", "address": address, "mode": "digest"} | more)
    with store.write() as tx:
        return subscribe(tx, wish, known_rules=[item.rule_id for item in RULES], now=NOON)


def happen(store: Store, headline: str, at: datetime, *, kind: str = "strike") -> int:
    event = Event(event_id=0, kind=kind, headline=headline, first_seen=at, last_seen=at)  # type: ignore[arg-type]
    with store.write() as tx:
        event_id = tx.events.create(event)
        tx.events.add_development(event_id, Development(change="new", revision=1, at=at), None)
    return event_id


def change(store: Store, event_id: int, at: datetime, *, kind_of: Change = "toll_changed", **more: Any) -> None:
    """Let the picture of an event change."""
    with store.write() as tx:
        event = tx.events.get(event_id)
        revision = event.revision + 1
        tx.events.update(replace(event, revision=revision, last_seen=at, **more))
        deltas = (Delta(field="killed", before=[1, 1], after=[6, 6], outlet="Northern Wire"),)
        tx.events.add_development(event_id, Development(change=kind_of, revision=revision, at=at, deltas=deltas), None)


def told(step: Digest) -> list[list[str]]:
    """Return the headlines of each digest that was rendered."""
    return [[item.event.headline for item in message.items] for message in rendered(step).digests]


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
    change(store, event_id, datetime(2026, 3, 5, 9, 0, tzinfo=UTC))
    step.run(datetime(2026, 3, 6, 7, 0, tzinfo=UTC))
    (item,) = rendered(step).digests[1].items
    assert ([d.change for d in item.developments], [d.change for d in item.earlier]) == (["toll_changed"], ["new"])
    assert item.told == 1


def test_what_changed_is_told_against_the_readers_own_last_digest(store: Store, step: Digest) -> None:
    """A weekly reader hears of all changes of the week in one; a daily reader of each day's."""
    reader(store, address="daily@example.org")
    reader(store, address="weekly@example.org", days=(4,))  # Thursdays; NOON is a Wednesday
    event_id = happen(store, "Strike on Kharkiv", NOON)
    for day in range(5, 13):
        change(store, event_id, datetime(2026, 3, day, 6, 0, tzinfo=UTC))
        step.run(datetime(2026, 3, day, 7, 0, tzinfo=UTC))
    weekly = [message for message in rendered(step).digests if message.subscription.days]
    assert [len(message.items[0].developments) for message in weekly] == [2, 7]
    daily = [message for message in rendered(step).digests if not message.subscription.days]
    assert [len(message.items[0].developments) for message in daily] == [2, 1, 1, 1, 1, 1, 1, 1]


def test_who_never_heard_of_an_event_hears_of_it_as_new_and_of_its_withdrawal_not_at_all(
    store: Store, step: Digest
) -> None:
    reader(store)
    first = happen(store, "Strike on Kharkiv", NOON)
    step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))
    late = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
    reader(store, address="new@example.org", tz="Etc/GMT-1", at="08:00")
    never = happen(store, "Strike on Odesa", late)
    for event_id in (first, never):
        change(store, event_id, late, kind_of="retracted", state="retracted")
    step.run(datetime(2026, 3, 6, 7, 0, tzinfo=UTC))
    said = {message.subscription.channel.address: message for message in rendered(step).digests[1:]}
    assert [item.event.headline for item in said["reader@example.org"].items] == ["Strike on Kharkiv"]
    assert list(said["new@example.org"].items) == []


def test_who_was_told_hears_that_it_was_wrong_though_no_rule_holds_any_more(store: Store, step: Digest) -> None:
    reader(store, rules=("any-strike",))
    event_id = happen(store, "Strike on Kharkiv", NOON)
    step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))
    change(store, event_id, datetime(2026, 3, 5, 9, tzinfo=UTC), kind_of="corrected", kind="talks")
    step.run(datetime(2026, 3, 6, 7, 0, tzinfo=UTC))
    assert told(step) == [["Strike on Kharkiv"], ["Strike on Kharkiv"]]


def test_what_nothing_was_heard_of_since_is_named_once(store: Store, step: Digest) -> None:
    reader(store)
    happen(store, "Strike on Kharkiv", NOON)
    for day in (5, 6, 7):
        step.run(datetime(2026, 3, day, 7, 0, tzinfo=UTC))
    quiet = [[event.headline for event in message.quiet] for message in rendered(step).digests]
    assert quiet == [[], ["Strike on Kharkiv"], []]
    assert [message.before for message in rendered(step).digests] == [None, 1, 0]


def test_what_was_kept_late_under_an_earlier_time_is_in_the_next_one(store: Store, step: Digest) -> None:
    """Whoever judged it began before the digest was made and ended after: it must not fall between two."""
    reader(store)
    seven = datetime(2026, 3, 5, 7, 0, tzinfo=UTC)
    step.run(seven)
    happen(store, "Strike on Kharkiv", seven - timedelta(seconds=2))
    step.run(seven + timedelta(days=1))
    assert told(step) == [[], ["Strike on Kharkiv"]]


def test_a_clock_that_is_set_back_tells_nothing_twice_and_loses_nothing(store: Store, step: Digest) -> None:
    reader(store)
    happen(store, "Strike on Kharkiv", NOON)
    seven = datetime(2026, 3, 5, 7, 0, tzinfo=UTC)
    step.run(seven)
    happen(store, "Strike on Odesa", seven - timedelta(hours=3))
    assert step.run(seven - timedelta(hours=2)) == []
    step.run(seven + timedelta(days=1))
    assert told(step) == [["Strike on Kharkiv"], ["Strike on Odesa"]]


def test_an_event_found_to_be_the_same_as_one_that_was_told_is_not_new(store: Store, step: Digest) -> None:
    reader(store)
    first, second = (happen(store, name, NOON) for name in ("Strike on Kharkiv", "Blast in Kharkiv"))
    step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))
    third = happen(store, "Kharkiv hit", datetime(2026, 3, 5, 9, tzinfo=UTC))
    with store.write() as tx:
        for event_id in (first, second):
            tx.events.update(replace(tx.events.get(event_id), state="merged", merged_into=third))
    change(store, third, datetime(2026, 3, 5, 10, tzinfo=UTC))
    step.run(datetime(2026, 3, 6, 7, 0, tzinfo=UTC))
    (item,) = rendered(step).digests[1].items
    assert (item.event.event_id, item.told) == (third, 0)


@pytest.mark.parametrize(("empty_day", "made"), [("tell", 1), ("skip", 0)])
def test_a_day_without_events_is_told_or_skipped_as_the_reader_wishes(
    store: Store, step: Digest, empty_day: str, made: int
) -> None:
    """Skipped, it is made all the same: the next one begins where it ended."""
    reader(store, empty_day=empty_day)
    seven = datetime(2026, 3, 5, 7, 0, tzinfo=UTC)
    assert len(step.run(seven)) == made
    assert step.run(seven) == []
    happen(store, "Strike on Kharkiv", seven + timedelta(hours=1))
    assert len(step.run(seven + timedelta(days=1))) == 1
    assert rendered(step).digests[-1].window_start == seven


def test_where_feeds_are_missing_an_empty_day_is_not_skipped(store: Store, step: Digest) -> None:
    reader(store, empty_day="skip")
    with store.write() as tx:
        feed = Feed(feed_id=0, url="https://sd.example/feed", country="SD", due_at=NOON, last_ok_at=NOON)
        tx.feeds.add(replace(feed, state="failing", failures=3, last_poll_at=NOON))
    assert len(step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))) == 1


def test_alerts_and_digests_in_one(store: Store, step: Digest) -> None:
    reader(store, mode="both")
    assert len(step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))) == 1


def test_only_on_the_days_that_were_chosen(store: Store, step: Digest) -> None:
    reader(store, days=(1, 4))  # Mondays and Thursdays; NOON is a Wednesday
    made = [hours for hours in range(0, 24 * 9, 6) if step.run(NOON + timedelta(hours=hours))]
    assert [str(message.local_date) for message in rendered(step).digests] == ["2026-03-05", "2026-03-09", "2026-03-12"]
    assert len(made) == 3


def test_one_that_cannot_be_made_holds_up_no_other(store: Store, step: Digest) -> None:
    """A fault in one reader's digest is told to the log and tried again; everybody else gets theirs."""
    broken = reader(store, address="a@example.org")
    reader(store, address="b@example.org")
    renderer = PlainRenderer()

    class Fails(PlainRenderer):
        def digest(self, message: DigestMessage) -> Rendered:
            if message.subscription.subscription_id == broken.subscription_id and not renderer.digests:
                renderer.digests.append(message)
                raise ZeroDivisionError
            return super().digest(message)

    step = replace(step, renderer=Fails())
    seven = datetime(2026, 3, 5, 7, 0, tzinfo=UTC)
    assert len(step.run(seven)) == 1
    assert step.run(seven) == []
    assert len(step.run(seven + timedelta(minutes=11))) == 1


def test_a_reader_who_changes_the_hour_at_this_moment_gets_one(store: Store, step: Digest) -> None:
    """What was made for the old hour is dropped if the wish changes before it is queued."""
    known = reader(store)

    class Meanwhile(PlainRenderer):
        def digest(self, message: DigestMessage) -> Rendered:
            if not self.digests:
                with store.write() as tx:
                    wish = Wish(kind="email", address="reader@example.org", mode="digest", at="09:00")
                    tx.subscriptions.change(known.subscription_id, wish)
            return super().digest(message)

    step = replace(step, renderer=Meanwhile())
    seven = datetime(2026, 3, 5, 7, 0, tzinfo=UTC)
    assert step.run(seven) == []
    made = [minutes for minutes in range(0, 24 * 60, 30) if step.run(seven + timedelta(minutes=minutes))]
    assert made == [120]


@pytest.mark.parametrize(
    ("before", "after", "longest_h"),
    [
        (("Pacific/Auckland", "07:00"), ("Pacific/Honolulu", "07:00"), 48),
        (("Pacific/Honolulu", "07:00"), ("Pacific/Auckland", "07:00"), 48),
        (("Europe/Kyiv", "07:00"), ("Europe/Kyiv", "20:00"), 37),
        (("Europe/Kyiv", "20:00"), ("Europe/Kyiv", "07:00"), 36),
        (("Pacific/Kiritimati", "00:00"), ("Pacific/Pago_Pago", "23:30"), 73),  # a day back, and a day later
    ],
)
def test_who_moves_gets_one_for_each_date_and_waits_two_days_at_most(
    store: Store, step: Digest, before: tuple[str, str], after: tuple[str, str], longest_h: int
) -> None:
    known = reader(store, tz=before[0], at=before[1])
    sent: dict[date, datetime] = {}
    for half_hours in range(48 * 6):
        now = NOON + timedelta(minutes=30 * half_hours)
        if half_hours == 48 * 3 + 7:
            with store.write() as tx:
                wish = Wish(kind="email", address="reader@example.org", mode="digest", tz=after[0], at=after[1])
                tx.subscriptions.change(known.subscription_id, wish)
        while step.run(now):
            local_date = rendered(step).digests[-1].local_date
            assert local_date not in sent
            sent[local_date] = now
    assert max(later - earlier for earlier, later in pairwise(sent.values())) <= timedelta(hours=longest_h)


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


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ((), ["", "PL", "SD"]),
        (("sudan",), ["", "SD"]),
        (("sudan", "poland"), ["", "PL", "SD"]),
        (("sudan", "any-strike"), ["", "PL", "SD"]),
    ],
)
def test_a_digest_tells_of_those_gaps_in_which_its_rules_could_find_something(
    store: Store, rules: tuple[str, ...], told: list[str]
) -> None:
    """A feed bound to no country may tell of any; a rule that names no country looks everywhere."""
    known = [*RULES, rule("sudan", "kind:strike AND country:SD"), rule("poland", "country:PL")]
    step = Digest(store=store, renderer=PlainRenderer(), engine=BellEngine(), rules=lambda: RuleIndex(known))
    wish = Wish(kind="email", address="reader@example.org", mode="digest", rules=rules, tz="UTC", at="07:00")
    with store.write() as tx:
        subscribe(tx, wish, known_rules=[item.rule_id for item in known], now=NOON)
        for country in ("SD", "PL", None):
            url = f"https://{country}.example/feed"
            feed = Feed(feed_id=0, url=url, country=country, due_at=NOON + timedelta(days=1), last_ok_at=NOON)
            tx.feeds.add(replace(feed, state="failing", failures=3, last_poll_at=NOON))
    step.run(datetime(2026, 3, 5, 7, 0, tzinfo=UTC))
    (message,) = rendered(step).digests
    assert sorted(gap.code for gap in message.gaps) == told
