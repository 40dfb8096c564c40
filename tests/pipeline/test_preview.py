"""What an edited rule would have done: exactly what live would have, and never a bare zero."""

import random
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from service.core.report import Judgement, Report
from service.core.rules import Rule, Trigger, match, parse_query
from service.core.rules.settings import GROUPS
from service.pipeline.preview import Preview, Previewing
from service.ports.store import Store
from tests.core.rules.test_index import Made
from tests.pipeline.archived import keep
from tests.pipeline.test_ingest import KHARKIV, World
from tests.pipeline.test_put_right import Desk
from tests.pipeline.test_tell import TOWNS, happen, on, send_all, summaries
from tests.rules import rule
from tests.standins import NOON

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def previewed(
    store: Store, edited: Rule, saved: Rule | None = None, *, now: datetime = NOON + 30 * DAY, last: timedelta = YEAR
) -> Preview:
    return Previewing(store=store, timer=time.monotonic, budget_s=60).run(edited, saved, now=now, last=last)


def test_preview_holds_for_what_live_holds_for_whatever_the_rule(store: Store) -> None:
    """Words of several scripts, phrases, NEAR, facts, places, NOT: no rule made by chance finds one more or less."""
    made = Made(seed=7)
    events = [subject for subject in (made.subject() for _ in range(160)) if subject.event and subject.accounts]
    live = keep(store, events)
    for number in range(150):
        asked = made.rule(f"r{number}")
        wanted = {event_id for event_id, subject in live.items() if match(asked, subject).matched}
        assert set(previewed(store, asked).edited.alerts) == wanted, asked


def test_words_are_found_as_live_finds_them_however_they_are_written(store: Store) -> None:
    """What the databases' own word-cutting gets wrong: accents, joiners, marks, scripts without spaces, new letters."""
    texts = [
        "\N{FULLWIDTH LATIN SMALL LETTER F}ull width",
        "zero\u200dwidth",
        "Straße",
        "naïve",
        "停火協議",
        "हमला",
        "น้ำ",
        "𞤀𞤣𞤤𞤢𞤥",
        "o'brien",
        "cease-fire",
        "İzmir",
    ]
    made = Made(seed=1)
    subject = made.subject()
    while not (subject.event and subject.accounts):
        subject = made.subject()
    subjects = [
        replace(subject, accounts=[replace(subject.accounts[0], title=text, content="")])  # type: ignore[type-var]
        for text in texts
    ]
    live = keep(store, subjects)
    for text in (*texts, "full", "strasse", "停", "obri", "fire", "zerow*", "стра*"):
        asked = rule("r", text if text.endswith("*") else f'"{text}"')
        wanted = {event_id for event_id, seen in live.items() if match(asked, seen).matched}
        assert set(previewed(store, asked).edited.alerts) == wanted, text


@pytest.mark.parametrize(("seed", "tick"), [(0, 1), (1, 1), (2, 7), (3, 25), (4, 300)])
def test_preview_sends_what_live_sends(store: Store, seed: int, tick: int) -> None:
    """Cooldowns, groups, triggers and full hours: the same alerts, updates and summaries, in a history by chance.

    However many minutes apart the ticks are that make summaries.
    """
    chance = random.Random(seed)  # noqa: S311  a test's data
    world = World(store)
    settings: dict[str, Any] = {
        "cooldown": chance.choice([None, timedelta(minutes=20), timedelta(hours=3)]),
        "group_by": chance.choice([(), ("country",), ("place",)]),
        "refire_when": chance.choice([(), (Trigger(field="killed", by=5),)]),
        "max_per_hour": chance.choice([None, 1, 2] if tick == 1 else [1, 2]),
    }
    world.rules = [replace(rule("any-strike", "kind:strike AND NOT killed>=25"), **settings)]
    assert set(settings["group_by"]) <= set(GROUPS)
    world.subscribe()
    step = summaries(world, world.rules)
    world.step = replace(world.step, owed=step.owed)
    minutes = count(1)
    for number in range(30):
        for _ in range(chance.choice([1, 9, 40])):
            now = world.clock.forward(minutes=1)
            if next(minutes) % tick == 0 and step.run(now):
                send_all(world)
        town, killed = chance.choice(TOWNS), chance.choice([None, 1, 4, 9, 30])
        title = f"Missile strike on {town} kills {killed}"
        world.judge.says = {**world.judge.says, title: on(town, killed)}
        world.put("northern-wire", title, uid=str(number))
        world.step.run(world.clock.now())
        send_all(world)
    step.run(world.clock.now())
    live = [row.message for row in world.queued() if row.state != "superseded"]
    assert tick == 1 or any(message.kind == "digest" for message in live)
    run = previewed(world.store, world.rules[0], now=world.clock.now()).edited
    assert [message.event_id for message in live if message.kind == "event.new"] == list(run.alerts), settings
    others = Counter(message.kind for message in live if message.kind != "event.new")
    assert {kind: count for kind, count in run.others.items() if count} == others, settings


def test_what_waited_and_changed_back_is_no_update(store: Store) -> None:
    world = World(store)
    world.rules = [replace(rule("talks", "kind:talks"), max_per_hour=1)]
    world.subscribe()
    step = summaries(world, world.rules)
    about: dict[str, Any] = {"parties": ("Northland", "Southland"), "venue": KHARKIV, "place": KHARKIV}
    told = {
        "Truce is agreed": "agreed",
        "Truce is violated": "violated",
        "Guns fall silent as envoys shake hands": "agreed",
    }
    for title, status in told.items():
        report = Report(kind="talks", new=True, confidence=0.9, status=status, **about)
        world.report("northern-wire", title, Judgement(lang="en", reports=(report,)), uid=title)
        send_all(world)
    assert step.run(world.clock.forward(hours=1)) == []
    assert [row.message.kind for row in world.queued()] == ["event.new"]
    run = previewed(store, world.rules[0], now=world.clock.now()).edited
    assert (len(run.alerts), run.others.total()) == (1, 0)


def test_what_an_operator_corrects_alerts_nobody_who_was_not_told_before(store: Store) -> None:
    """The second town's strike fell into the cooldown. Putting its toll right after that is no reason to tell of it."""
    world = World(store)
    world.rules = [replace(rule("any-strike", "kind:strike"), cooldown=timedelta(minutes=30))]
    world.subscribe()
    told, event_id = happen(world, "Kharkiv"), happen(world, "Odesa", 1)
    world.clock.forward(hours=1)
    Desk(world, event_id).killed(9)
    send_all(world)
    assert [row.message.event_id for row in world.queued()] == [told]
    assert list(previewed(store, world.rules[0], now=world.clock.now()).edited.alerts) == [told]


def test_it_says_what_is_gained_and_what_is_lost(store: Store) -> None:
    world = World(store)
    ids = {town: happen(world, town) for town in TOWNS[:4]}
    saved = rule("towns", "place:(Kharkiv OR Odesa)")
    said = previewed(store, rule("towns", "place:(Odesa OR Lviv OR Dnipro)"), saved)
    assert [event.event_id for event in said.gained] == [ids["Lviv"], ids["Dnipro"]]
    assert [event.event_id for event in said.lost] == [ids["Kharkiv"]]
    assert said.verdict == "OK"
    assert said.sentence == "would have sent 3 alerts in 365 days; the saved rule 2: +2 −1"


def test_nothing_in_store_is_no_verdict_on_the_rule(store: Store) -> None:
    said = previewed(store, rule("any", "kind:strike"))
    assert said.verdict == "NO_DATA"
    assert "nothing in store to hold it against" in said.sentence


@pytest.mark.parametrize(
    ("query", "dead"),
    [
        ("kind:strike AND kharkhiv", ("kharkhiv",)),
        ("kind:strike AND country:FI", ("country:FI",)),
        ("missile NEAR/3 kharkhiv", ("missile NEAR/3 kharkhiv",)),
    ],
)
def test_a_part_that_nothing_ever_had_is_named(store: Store, query: str, dead: tuple[str, ...]) -> None:
    happen(World(store), "Kharkiv")
    said = previewed(store, rule("r", query))
    assert (said.verdict, said.dead) == ("DEAD_TERM", dead)
    assert dead[0] in said.sentence


def test_parts_that_never_met_are_counted(store: Store) -> None:
    world = World(store)
    happen(world, "Kharkiv")
    happen(world, "Odesa")
    said = previewed(store, rule("r", "place:Kharkiv AND odesa"))
    assert said.verdict == "OK"
    assert "could have: place:kharkiv 1, odesa 1; all at once none" in said.sentence


def test_a_rule_that_holds_for_everything_is_noisy(store: Store) -> None:
    made = Made(seed=3)
    subjects = [subject for subject in (made.subject() for _ in range(150)) if subject.event and subject.accounts]
    keep(store, subjects[:80], every=timedelta(minutes=5))
    said = previewed(store, rule("all", "kind:(strike OR talks)"), now=NOON + DAY, last=DAY)
    assert said.verdict == "NOISY"


def test_what_there_was_no_time_for_is_said(store: Store) -> None:
    world = World(store)
    for town in TOWNS:
        happen(world, town)
        world.clock.forward(hours=24)
    looks = iter(range(10_000))
    impatient = Previewing(store=store, timer=lambda: float(next(looks)) / 100, budget_s=0.15)
    said = impatient.run(rule("any", "kind:strike"), None, now=world.clock.now(), last=30 * DAY)
    assert not said.complete
    assert said.covered > said.since
    assert "of 30 days were checked in the time there is" in said.sentence


def test_what_it_says_of_the_time_it_covers_is_all_there_is(store: Store) -> None:
    """Also where the time runs out between events of one and the same instant."""
    made = Made(seed=5)
    events = [subject for subject in (made.subject() for _ in range(200)) if subject.event and subject.accounts]
    for at in range(0, 120, 4):
        keep(store, events[at : at + 4], every=timedelta(0), start=NOON + timedelta(minutes=at))
    everything, last = rule("any", "kind:(strike OR talks)"), timedelta(hours=3)
    now = NOON + last
    whole = previewed(store, everything, now=now, last=last).edited.alerts
    found = set()
    for budget_s in (0.03, 0.05, 0.2, 0.35, 0.45):
        looks = map(float, count())
        impatient = Previewing(store=store, timer=looks.__next__, budget_s=budget_s * 300)
        said = impatient.run(everything, None, now=now, last=last)
        assert dict(said.edited.alerts) == {one: at for one, at in whole.items() if at >= said.covered}
        assert said.moments == len(said.edited.alerts)
        assert not said.complete
        if not said.edited.alerts:
            assert ("there was no time" if said.covered == now else "none of 0 developments that were") in said.sentence
        found.add(len(said.edited.alerts))
    assert min(found) < max(found) < len(whole)


def test_an_event_told_before_the_window_is_no_alert_in_it(store: Store) -> None:
    world = World(store)
    world.subscribe()
    happen(world, "Kharkiv", 1)
    world.clock.forward(hours=30)
    happen(world, "Kharkiv", 9)
    run = previewed(store, rule("any", "kind:strike"), now=world.clock.now(), last=DAY).edited
    assert (run.alerts, run.others["event.updated"]) == ({}, 1)


def test_a_text_edited_since_is_held_as_it_read_then(store: Store) -> None:
    world = World(store)
    event_id = happen(world, "Kharkiv", uid="1")
    world.judge.says = {**world.judge.says, "Missile hits Kharkiv at dawn": on("Kharkiv")}
    world.report("northern-wire", "Missile hits Kharkiv at dawn", on("Kharkiv"), uid="1")
    assert previewed(store, rule("r", "title:strike")).edited.alerts.keys() == {event_id}


def test_queries_are_what_tests_mean_by_them() -> None:
    assert parse_query("kind:strike") == rule("r", "kind:strike").query
