"""Whether a subscription hears of a development."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from service.core.event import Change, Delta, Development, Event
from service.core.notify import notify, since
from service.core.subscription import Channel, MessageKind, Notice, Quiet, Subscription, Told

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SUBSCRIPTION = Subscription(
    subscription_id=1,
    channel=Channel(channel_id=1, kind="email", address="a@example.org"),
    mode="alert",
    created_at=NOW,
)
EVENT = Event(event_id=7, kind="strike", headline="", first_seen=NOW, last_seen=NOW)


def development(change: Change = "new", revision: int = 1, *, material: bool = True) -> Development:
    return Development(change=change, revision=revision, at=NOW, material=material, reason="killed 1 → 6")


def sent(revision: int = 1, ago: timedelta = timedelta(hours=1), kind: MessageKind = "event.new") -> Told:
    return Told(kind=kind, revision=revision, state="sent", created_at=NOW - ago, sent_at=NOW - ago)


def waiting(revision: int = 1, kind: MessageKind = "event.new") -> Told:
    return Told(kind=kind, revision=revision, state="pending", created_at=NOW)


def decide(
    what: Development,
    *told: Told,
    matched: str | None = "kyiv",
    backlog: bool = False,
    event: Event = EVENT,
    subscription: Subscription = SUBSCRIPTION,
    severity: int = 3,
) -> Notice:
    event = replace(event, revision=what.revision, state="retracted" if what.change == "retracted" else event.state)
    return notify(subscription, event, what, matched=matched, told=told, backlog=backlog, severity=severity, now=NOW)


@pytest.mark.parametrize(
    ("what", "told", "kind", "code"),
    [
        # One happening, one alert.
        (development(), [], "event.new", "new_event"),
        (development("toll_changed", 2), [], "event.new", "new_event"),
        (development("place_refined", 2, material=False), [], "event.new", "new_event"),
        # Updates only when the picture changed, and only to who was told.
        (development("toll_changed", 2), [sent()], "event.updated", "update"),
        (development("place_refined", 2, material=False), [sent()], None, "not_material"),
        (development("denied", 2, material=False), [sent()], None, "not_material"),
        # Never twice.
        (development("toll_changed", 2), [sent(2)], None, "already_told"),
        (development(), [waiting()], None, "already_told"),
        # What was wrong is put right, at once, for who was told.
        (development("corrected", 2), [sent()], "event.corrected", "correction"),
        (development("corrected", 2), [sent(ago=timedelta(minutes=1))], "event.corrected", "correction"),
        (development("retracted", 2), [sent()], "event.retracted", "retraction"),
        (development("retracted", 2), [waiting()], "event.retracted", "retraction"),
        (development("retracted", 2), [], None, "not_told"),
        (development("corrected", 2, material=False), [sent()], None, "not_material"),
        # What has not left yet leaves as it stands now.
        (development("toll_changed", 2), [waiting()], "event.new", "update"),
        (development("corrected", 2), [waiting()], "event.new", "correction"),
        # What never arrived was not heard.
        (
            development("toll_changed", 2),
            [Told(kind="event.new", revision=1, state="gave_up", created_at=NOW)],
            "event.new",
            "new_event",
        ),
        (
            development("retracted", 3),
            [Told(kind="event.new", revision=1, state="superseded", created_at=NOW)],
            None,
            "not_told",
        ),
    ],
)
def test_what_is_told(what: Development, told: list[Told], kind: MessageKind | None, code: str) -> None:
    notice = decide(what, *told)
    assert (notice.kind, notice.code) == (kind, code)
    assert notice.reason
    assert (notice.due_at is None) == (kind is None)


def test_without_a_rule_nothing_new_is_told() -> None:
    assert decide(development(), matched=None).code == "no_match"


def test_who_was_told_hears_of_changes_even_when_no_rule_is_met_any_more() -> None:
    assert decide(development("toll_changed", 2), sent(), matched=None).kind == "event.updated"
    assert decide(development("corrected", 2), sent(), matched=None).kind == "event.corrected"
    assert decide(development("retracted", 2), sent(), matched=None).kind == "event.retracted"


def test_updates_keep_a_quarter_of_an_hour_apart() -> None:
    notice = decide(development("toll_changed", 2), sent(ago=timedelta(minutes=5)))
    assert notice.code == "update_floored"
    assert notice.due_at == NOW + timedelta(minutes=10)


def test_what_was_sent_by_a_clock_that_was_ahead_holds_nothing_back_for_longer() -> None:
    notice = decide(development("toll_changed", 2), sent(ago=timedelta(days=-9)))
    assert (notice.code, notice.due_at) == ("update_floored", NOW + timedelta(minutes=15))


def test_a_held_update_gives_way_to_a_newer_one_and_its_hour_does_not_move() -> None:
    told = [sent(1, timedelta(minutes=5)), waiting(2, "event.updated")]
    notice = decide(development("toll_changed", 3), *told)
    assert notice.supersede
    assert notice.due_at == NOW + timedelta(minutes=10)


def test_a_waiting_correction_is_never_lost_to_an_update() -> None:
    notice = decide(development("toll_changed", 3), sent(1), waiting(2, "event.corrected"))
    assert (notice.kind, notice.supersede, notice.due_at) == ("event.corrected", True, NOW)


def test_an_unsent_alert_is_replaced_by_the_newest_state() -> None:
    notice = decide(development("toll_changed", 2), waiting())
    assert (notice.kind, notice.supersede, notice.due_at) == ("event.new", True, NOW)


def test_backlog_never_alerts_but_what_it_takes_back_is_told() -> None:
    assert decide(development(), backlog=True).code == "backlog"
    assert decide(development("toll_changed", 2), sent(), backlog=True).code == "backlog"
    assert decide(development("retracted", 2), sent(), backlog=True).kind == "event.retracted"


def test_nothing_is_added_to_a_retracted_event() -> None:
    gone = replace(EVENT, state="retracted")
    assert decide(development("toll_changed", 3), sent(2), event=gone).code == "retracted"


@pytest.mark.parametrize(
    ("subscription", "code"),
    [
        (replace(SUBSCRIPTION, state="paused"), "paused"),
        (replace(SUBSCRIPTION, state="pending"), "paused"),
        (replace(SUBSCRIPTION, state="ended"), "paused"),
        (replace(SUBSCRIPTION, mode="digest"), "digest_mode"),
        (replace(SUBSCRIPTION, channel=replace(SUBSCRIPTION.channel, state="disabled")), "channel_disabled"),
    ],
)
def test_who_does_not_listen_is_not_told(subscription: Subscription, code: str) -> None:
    for what in (development(), development("retracted", 2)):
        assert decide(what, sent(0), subscription=subscription).code == code


HUSHED = replace(SUBSCRIPTION, quiet=Quiet(start=time(11, 30), end=time(13), unless=4))
END = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("what", "told", "severity", "due_at", "loud"),
    [
        (development(), [], 3, END, False),
        (development(), [], 4, NOW, True),
        (development("toll_changed", 2), [sent()], 3, END, False),
        (development("toll_changed", 2), [sent(ago=timedelta(minutes=5))], 5, NOW + timedelta(minutes=10), True),
        (development("toll_changed", 2), [waiting()], 3, END, False),
        # Who heard the claim before the quiet hours hears the correction after them; who heard it in them, at once.
        (development("corrected", 2), [sent(ago=timedelta(hours=2))], 1, END, False),
        (development("corrected", 2), [sent(ago=timedelta(minutes=20))], 1, NOW, True),
        (development("retracted", 2), [sent(ago=timedelta(days=1, minutes=20))], 1, NOW, True),
        (development("retracted", 2), [sent(ago=timedelta(hours=2))], 1, END, False),
    ],
)
def test_quiet_hours_put_off_and_never_drop(
    what: Development, told: list[Told], severity: int, due_at: datetime, *, loud: bool
) -> None:
    notice = decide(what, *told, subscription=HUSHED, severity=severity)
    assert notice.kind is not None
    assert (notice.due_at, notice.loud) == (due_at, loud)
    assert (notice.code == "quiet_hours") == (due_at == END)


def test_an_update_that_takes_the_place_of_unsent_ones_tells_all_that_changed() -> None:
    def step(revision: int, field: str, before: object, after: object) -> Development:
        delta = Delta(field=field, before=before, after=after, outlet=f"outlet {revision}")
        return replace(development("toll_changed", revision), deltas=(delta,), reason=f"{field} {before} → {after}")

    story = [
        step(1, "killed", None, 8),
        step(2, "killed", 8, 12),
        step(3, "actor", "a", "b"),
        step(4, "actor", "b", "a"),
        replace(step(5, "place", "x", "y"), material=False),
        step(6, "killed", 12, 15),
    ]
    told = since(story, 1, story[-1])
    assert [(delta.field, delta.before, delta.after, delta.outlet) for delta in told.deltas] == [
        ("killed", 8, 15, "outlet 6")
    ]
    assert told.reason == "killed 8 → 12; actor a → b; actor b → a; killed 12 → 15"
    assert since(story, 5, story[-1]) == story[-1]
