"""What a digest costs: many readers of a few rule sets, all due at one hour, gathered, rendered and queued."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service import resources
from service.adapters.render import Renderer
from service.adapters.render.samples import sample_claims, sample_strike
from service.adapters.store import open_store, upgrade
from service.core.event import Development
from service.core.optin import signed
from service.core.rules import RuleIndex
from service.core.subscription import Wish
from service.pipeline.digest import Digest
from service.pipeline.manage import subscribe
from service.ports.store import Transaction
from tests.rules import rule
from tests.standins import BellEngine

pytestmark = pytest.mark.bench

READERS, EVENTS = 2000, 60
NIGHT = datetime(2026, 3, 4, 20, tzinfo=UTC)
MORNING = datetime(2026, 3, 5, 7, tzinfo=UTC)
RULES = [rule(f"rule-{n}", "kind:strike") for n in range(4)]
WISHES: tuple[tuple[str, ...], ...] = ((), ("rule-0",), ("rule-1", "rule-2"), ("rule-3",))


def happen(tx: Transaction, number: int, at: datetime) -> None:
    event = replace(sample_strike(), event_id=0, headline=f"Depot {number} hit by drones", first_seen=at, last_seen=at)
    event_id = tx.events.create(event)
    claims = [replace(claim, report_id=1) for claim in sample_claims()]
    tx.events.add_development(event_id, Development(change="new", revision=event.revision, at=at), None)
    assert claims


def test_cpu_of_a_digest(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    upgrade(url)
    index = RuleIndex(RULES)
    renderer = Renderer(
        [resources.shipped("templates")],
        base_url="https://tocsin.example",
        mail_from="a@tocsin.example",
        on_fallback=print,
        sign=lambda key: signed(key, "a-secret"),
    )
    with open_store(url) as store:
        with store.write() as tx:
            for number in range(READERS):
                wish = Wish(kind="email", address=f"r{number}@example.org", mode="digest", rules=WISHES[number % 4])
                subscribe(tx, wish, known_rules=[item.rule_id for item in RULES], now=NIGHT)
            for number in range(EVENTS):
                happen(tx, number, NIGHT + timedelta(minutes=number))
        step = Digest(store=store, renderer=renderer, engine=BellEngine(), rules=lambda: index)
        for day in range(2):
            now = MORNING + timedelta(days=day)
            began, wall, made = time.process_time(), time.perf_counter(), 0
            while found := step.run(now + timedelta(seconds=made / 300)):
                made += len(found)
            spent, took = time.process_time() - began, time.perf_counter() - wall
            figure = f"{1000 * spent / made:.2f} ms of CPU a digest, {made / took:.0f} a second"
            print(f"\nday {day + 1}: {made:,} digests of {EVENTS if not day else 0} events: {figure}")  # noqa: T201
            assert made == READERS
