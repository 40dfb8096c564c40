"""When a rule that holds may send, and what is said of why not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.core.event import Event
from service.core.report import Count
from service.core.rules import Fired, Firing, Rule, Trigger, group_of, marks, may_send
from tests.core.rules.given import KHARKIV, WHEN, event, rule

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LVIV = replace(KHARKIV, name="Lviv", admin="15")


def fired(of: Event, ago: timedelta, by: Rule) -> Fired:
    """Return that the rule sent something about the event as it was, so long ago."""
    return Fired(event_id=of.event_id, at=WHEN - ago, group=group_of(by, of), facts=marks(of))


def asked(of: Rule, about: Event, *before: Fired, **more: Any) -> Firing:
    return may_send(of, about, fired=before, now=WHEN, **more)


def test_a_rule_that_holds_fires() -> None:
    assert asked(rule("kind:strike"), event()).code == "fires"


@pytest.mark.parametrize(
    ("state", "more", "code"),
    [
        ("draft", {}, "draft"),
        ("paused", {}, "paused"),
        ("active", {"paused": True}, "paused"),
        ("active", {"snoozed_until": WHEN + HOUR}, "snoozed"),
        ("active", {"snoozed_until": WHEN}, "fires"),
    ],
)
def test_what_is_off_says_so(state: Any, more: dict[str, Any], code: str) -> None:
    found = asked(rule("kind:strike", state=state), event(), **more)
    assert (found.code, found.sends) == (code, code == "fires")
    assert found.until == (WHEN + HOUR if code == "snoozed" else None)


def test_a_cooldown_keeps_quiet_about_the_same_group_only() -> None:
    by = rule("kind:strike", cooldown=30 * MINUTE, group_by=("country", "place"))
    before = fired(event(place=KHARKIV), 10 * MINUTE, by)
    near, far = event(event_id=2, place=KHARKIV), event(event_id=3, place=LVIV)
    assert asked(by, near, before) == Firing(
        sends=False,
        code="cooldown",
        reason="rule r sent something about ua, kharkiv less than 0:30:00 ago",
        until=WHEN + 20 * MINUTE,
    )
    assert asked(by, far, before).sends
    assert asked(by, near, fired(event(place=KHARKIV), 30 * MINUTE, by)).sends


def test_without_groups_a_cooldown_is_for_everything() -> None:
    by = rule("kind:strike", cooldown=HOUR)
    assert asked(by, event(event_id=2, place=LVIV), fired(event(place=KHARKIV), MINUTE, by)).code == "cooldown"


REFIRES: list[tuple[str, tuple[Trigger, ...], dict[str, Any], dict[str, Any], str]] = [
    ("grown enough", (Trigger(field="killed", by=5),), {"killed": Count(3, 3)}, {"killed": Count(8, None)}, "refires"),
    ("too little", (Trigger(field="killed", by=5),), {"killed": Count(3, 3)}, {"killed": Count(7, 9)}, "not_refired"),
    ("from nothing", (Trigger(field="killed", by=5),), {}, {"killed": Count(5, 5)}, "refires"),
    ("up to is no growth", (Trigger(field="killed", by=5),), {}, {"killed": Count(None, 9)}, "not_refired"),
    ("a status changed", (Trigger(field="status"),), {"status": "agreed"}, {"status": "collapsed"}, "refires"),
    ("the same status", (Trigger(field="status"),), {"status": "agreed"}, {"status": "agreed"}, "not_refired"),
    ("a status is lost", (Trigger(field="status"),), {"status": "agreed"}, {}, "not_refired"),
    ("graver", (Trigger(field="severity", by=1),), {}, {"killed": Count(20, None)}, "refires"),
    ("retracted", (Trigger(field="retracted"),), {}, {"state": "retracted"}, "refires"),
    ("any of several", (Trigger(field="status"), Trigger(field="sources", by=2)), {}, {"sources": 3}, "refires"),
    ("nothing asked for", (), {}, {}, "develops"),
]


@pytest.mark.parametrize(("when", "then", "now", "code"), [row[1:] for row in REFIRES], ids=[row[0] for row in REFIRES])
def test_an_event_it_fired_for(when: tuple[Trigger, ...], then: dict[str, Any], now: dict[str, Any], code: str) -> None:
    by = rule("kind:strike", refire_when=when)
    found = asked(by, event(**now), fired(event(**then), MINUTE, by))
    assert (found.code, found.sends) == (code, code != "not_refired")


def test_growing_worse_breaks_a_cooldown_but_not_the_hourly_limit() -> None:
    by = rule("kind:strike", refire_when=(Trigger(field="killed", by=5),), cooldown=HOUR, max_per_hour=2)
    worse = event(killed=Count(9, None))
    assert asked(by, worse, fired(event(), MINUTE, by)).code == "refires"
    limited = asked(by, worse, fired(event(event_id=7), 50 * MINUTE, by), fired(event(), MINUTE, by))
    assert (limited.code, limited.until) == ("max_per_hour", WHEN + 10 * MINUTE)


def test_the_reason_says_what_changed() -> None:
    by = rule("kind:strike", refire_when=(Trigger(field="killed", by=5), Trigger(field="status")))
    last = fired(event(killed=Count(1, 1)), MINUTE, by)
    assert asked(by, event(killed=Count(6, None)), last).reason == "rule r: killed rose from 1 to 6"
    assert asked(by, event(killed=Count(2, 2)), last).reason.endswith("again only for killed+5, status")


def test_the_hour_rolls() -> None:
    by = rule("kind:strike", max_per_hour=1)
    assert not asked(by, event(event_id=2), fired(event(), 59 * MINUTE, by)).sends
    assert asked(by, event(event_id=2), fired(event(), HOUR, by)).sends


@pytest.mark.parametrize(("ahead", "code"), [(MINUTE, "cooldown"), (24 * HOUR, "fires")])
def test_what_a_clock_that_was_wrong_sent_holds_nothing_back(ahead: timedelta, code: str) -> None:
    """Two machines' clocks differ a little; one that was set back by a day must not keep a rule quiet for a day."""
    cooling = rule("kind:strike", cooldown=HOUR, max_per_hour=9)
    assert asked(cooling, event(), fired(event(event_id=2), -ahead, cooling)).code == code
    full = replace(cooling, cooldown=None, max_per_hour=1)
    assert asked(full, event(), fired(event(event_id=2), -24 * HOUR, full)).sends
