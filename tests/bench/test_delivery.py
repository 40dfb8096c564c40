"""How fast messages leave, what a hung endpoint costs the others, and how long a thousand recipients take.

Figures on a busy machine say little; CPU time is printed beside them.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.bootstrap import App
from service.core.feed import ParsedEntry
from service.core.subscription import Subscription, Wish
from service.pipeline.manage import add_feed, subscribe
from service.ports.outbox import Outgoing
from service.ports.world import Rendered
from service.scheduler import Scheduler
from service.settings import load
from tests.servers_mail import postfix
from tests.sink import noted, sink

pytestmark = pytest.mark.bench
SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"
ENDPOINTS, MESSAGES, RECIPIENTS = 200, 4000, 1000
BODY = b'{"x":"' + b"y" * 4000 + b'"}'


@dataclass
class Took:
    wall_s: float = 0.0
    cpu_s: float = field(default=0.0)


@contextmanager
def measured() -> Iterator[Took]:
    took, cpu, wall = Took(), time.process_time(), time.perf_counter()
    yield took
    took.cpu_s, took.wall_s = time.process_time() - cpu, time.perf_counter() - wall


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    environ = {"TOCSIN_DATA_DIR": str(tmp_path), "TOCSIN_ALLOW_NETS": "127.0.0.0/8", "TOCSIN_DELIVER_BATCH": "100"}
    with App(load(environ=environ)) as made:
        yield made


def hooks(app: App, addresses: list[str]) -> list[Subscription]:
    with app.store.write() as tx:
        return [
            subscribe(
                tx,
                Wish(kind="webhook", address=address, mode="alert", secret=SECRET),
                known_rules=(),
                now=datetime.now(UTC),
            )
            for address in addresses
        ]


def queue(app: App, readers: list[Subscription], count: int, tag: str) -> None:
    now = datetime.now(UTC)
    with app.store.write() as tx:
        tx.outbox.put_all(
            [
                Outgoing(
                    dedup_key=f"{tag}{n}",
                    message_id=f"msg_{tag.replace(' ', '-')}{n}",
                    kind="event.new",
                    subscription=readers[n % len(readers)],
                    rendered=Rendered(subject="s", body=BODY),
                    due_at=now,
                )
                for n in range(count)
            ],
            now,
        )


def drain(app: App, log: Path, count: int) -> None:
    """Run the step until the sink has so many, however many still hang."""
    while log.read_bytes().count(b"\n") < count and app.deliver.run(datetime.now(UTC)):
        pass


def test_webhooks_a_second_over_two_hundred_endpoints(app: App, tmp_path: Path) -> None:
    log = tmp_path / "got"
    with sink(log, fast=True) as port:
        readers = hooks(app, [f"http://127.0.0.1:{port}/hook/{n}" for n in range(ENDPOINTS)])
        queue(app, readers, MESSAGES, "a")
        with measured() as took:
            drain(app, log, MESSAGES)
    assert len({row.message_id for row in noted(log)}) == MESSAGES
    rate = MESSAGES / took.wall_s
    print(f"\nwebhooks: {rate:,.0f}/s over {ENDPOINTS} endpoints, {1000 * took.cpu_s / MESSAGES:.2f} ms of CPU each")  # noqa: T201


def test_one_hung_endpoint_costs_the_others_little(app: App, tmp_path: Path) -> None:
    """The others' last message, with and without two hundred waiting for a machine that never answers."""
    log, ends = tmp_path / "got", {}
    with sink(log, fast=True) as port:
        good = hooks(app, [f"http://127.0.0.1:{port}/hook/{n}" for n in range(ENDPOINTS)])
        hung = hooks(app, [f"http://127.0.0.1:{port}/hang/1"])
        for name, bad in (("alone", 0), ("beside", 200), ("alone again", 0), ("beside again", 200)):
            before = log.read_bytes().count(b"\n")
            queue(app, hung, bad, f"hung {name}")
            queue(app, good, 2000, name)
            started = time.time()
            with measured() as took:
                drain(app, log, before + 2000)
            ends[name] = noted(log)[before + 1999].at - started
            del took
    alone, beside = ends["alone"] + ends["alone again"], ends["beside"] + ends["beside again"]
    print(f"\na hung endpoint slows the others by {100 * (beside / alone - 1):+.1f} % ({ends})")  # noqa: T201


def alert(app: App, arrived: Callable[[], int]) -> float:
    """Ingest an entry while the clock and the workers run, until all have it. Return when it was committed."""
    app.judge.judge([])
    now = datetime.now(UTC)
    with app.store.write() as tx:
        feed = add_feed(tx, "https://wire.example/feed", now=now)
        title = "Missile strike on Kharkiv kills 8, wounds 20"
        text = "A missile strike on an apartment block in Kharkiv killed at least eight people and wounded 20."
        tx.entries.put(feed, [ParsedEntry(uid="1", title=title, summary=text, published=now)], now=now, backlog=False)
    scheduler = Scheduler(
        store=app.store, clock=app.clock, engine=app.engine, steps={"deliver": app.deliver.run}, tick_s=5
    )
    scheduler.start()
    with measured() as ingest:
        (done,) = app.ingest.run(now)
    committed = time.time()
    assert len(done.messages) == RECIPIENTS
    until = time.monotonic() + 120
    while arrived() < RECIPIENTS and time.monotonic() < until:
        time.sleep(0.05)
    scheduler.stop()
    print(f"\nthe transaction took {ingest.wall_s:.1f} s ({ingest.cpu_s:.1f} s of CPU)")  # noqa: T201
    return committed


def said(waits: Sequence[float], what: str) -> None:
    assert len(waits) == RECIPIENTS
    p95 = sorted(waits)[RECIPIENTS * 95 // 100]
    print(f"{RECIPIENTS} recipients: p95 {p95:.1f} s from the commit to {what}, last {max(waits):.1f} s")  # noqa: T201


def test_from_the_event_to_a_thousand_receivers(app: App, tmp_path: Path) -> None:
    """When does the sink have each of a thousand alerts?"""
    log = tmp_path / "got"
    log.touch()
    with sink(log) as port:
        hooks(app, [f"http://127.0.0.1:{port}/hook/{n}" for n in range(RECIPIENTS)])
        committed = alert(app, lambda: log.read_bytes().count(b"\n"))
    said([row.at - committed for row in noted(log)], "204")


def test_from_the_event_to_a_thousand_mailboxes(tmp_path: Path) -> None:
    """When has a real Postfix said 250 to each of a thousand alerts, map and all?"""
    environ = {"TOCSIN_DATA_DIR": str(tmp_path)}
    with postfix() as (port, _), App(load(environ=environ | {"TOCSIN_SMTP_URL": f"smtp://127.0.0.1:{port}"})) as app:
        with app.store.write() as tx:
            for n in range(RECIPIENTS):
                wish = Wish(kind="email", address=f"r{n}@example.org", mode="alert")
                subscribe(tx, wish, known_rules=(), now=datetime.now(UTC))

        with sqlite3.connect(tmp_path / "tocsin.db") as looking:  # beside the service: looking must cost it nothing

            def sent() -> list[int]:
                return [at for (at,) in looking.execute("SELECT sent_at FROM outbox WHERE state = 'sent'")]

            committed = alert(app, lambda: len(sent()))
            said([at / 1000 - committed for at in sent()], "250")
