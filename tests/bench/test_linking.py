"""What linking costs, and whether that grows with what is stored. `make bench` prints the figures.

Processor time throughout, so that they can be compared on a busy machine. The stores are filled by statements, with as
many events in the window at both sizes (an equal rate of news), twenty times as many as are looked at without a key.
"""

import hashlib
import resource
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import mean, quantiles

import pytest
from sqlalchemy import Connection, text

from service.adapters.store import SqlStore, open_store, upgrade
from service.core.entry import Entry
from service.core.link import traces
from service.core.rules import RuleIndex
from service.pipeline.ingest import Ingest
from tests.adapters.store.making import NOW, a_feed, connection_of, parsed, put
from tests.bench.centroids import Centroids
from tests.core.test_link_hard import items, placed, told, truth
from tests.linkdesk import Desk, bcubed
from tests.pipeline.linkers import TitleJudge
from tests.standins import BellEngine, PlainRenderer

pytestmark = pytest.mark.bench

ROUNDS = 5
SMALL, LARGE = 2_000, 10_000
ACTIVE = 2_000
KEYS_EACH = 6
REPORTS = 200
STEP = int(timedelta(hours=84).total_seconds() * 1000) // ACTIVE

TOWNS = 500

COUNTED = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :size)"
TOLD = "told + (n.i - :size) * :step"
"""When the nth was told: the last just now, the others each a step earlier."""
CHANGED = {
    "entry": {"id": "n.i", "uid": "'n' || n.i", "canonical_url": "'u' || n.i", "title": "hex(randomblob(24))"},
    "event": {"id": "n.i", "stamp": "n.i", "first_seen": TOLD, "last_seen": TOLD, "place": "{place}"},
    "report": {"id": "n.i", "entry_id": "n.i", "event_id": "n.i", "told_at": TOLD, "report": "{report}"},
}
"""What differs from the first row of the table. The town does too, one in 500."""


def say(words: str) -> None:
    print(f"\n{words}")  # noqa: T201  the result


def test_reports_a_second_and_the_peer() -> None:
    desk, peer = Desk(), Centroids()
    took: list[float] = []
    theirs: list[float] = []
    for tour in range(ROUNDS):
        later = timedelta(days=14 * tour)
        for one in items():
            at = one.entry.told_at + later
            entry = replace(one.entry, entry_id=one.entry.entry_id + 1000 * tour, published=at, first_seen=at)
            report = replace(one.report, occurred=None) if one.report.occurred else one.report
            started = time.process_time()
            desk.tell(entry, report, one.lang)
            took.append(time.process_time() - started)
            started = time.process_time()
            peer.tell(entry)
            theirs.append(time.process_time() - started)
    say(f"link and develop: {figures(took)}, {len(desk.events)} events; TF-IDF centroids: {figures(theirs)}")


def test_what_is_found_and_what_the_peer_finds() -> None:
    ours = bcubed(truth(items()), placed(told(Desk(), items())))
    peer = Centroids()
    theirs = bcubed(truth(items()), {one.entry.entry_id: peer.tell(one.entry) for one in items()})
    say(f"BCubed F1 on {len(items())} hard items: {ours.f1:.3f}; TF-IDF centroids: {theirs.f1:.3f}")
    assert ours.f1 > theirs.f1


def figures(took: list[float]) -> str:
    return f"{len(took) / sum(took):,.0f} reports/s of one processor, p95 {1000 * quantiles(took, n=20)[-1]:.1f} ms"


def test_a_million_stored_events_cost_what_ten_thousand_do(tmp_path: Path) -> None:
    costs = {}
    for size in (SMALL, LARGE):
        url = f"sqlite:///{tmp_path / f'{size}.db'}"
        upgrade(url)
        with open_store(url, durable=False) as store:
            started = time.monotonic()
            fill(store, size)
            built = time.monotonic() - started
            took = link_some(store)
        costs[size] = mean(took)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(f"{size:,} stored (built in {built:.0f} s): ingest {figures(took)}, {memory:.0f} MB at most so far")
    say(f"a million against ten thousand: {costs[LARGE] / costs[SMALL]:.2f} times")
    assert costs[LARGE] <= 2 * costs[SMALL]


def fill(store: SqlStore, size: int) -> None:
    """Put events into the store, one report each, as many of them in the window whatever the size."""
    with store.write() as tx:
        put(tx, a_feed(tx, title="Archive"), parsed("1", title=title(0, 0), published=NOW))
    ingest(store).run(NOW)
    with store.write() as tx:
        connection = connection_of(tx)
        for table in CHANGED:
            connection.execute(text(multiplied(connection, table)), {"size": size, "step": STEP})
        connection.execute(text("CREATE TEMPORARY TABLE town (number INTEGER PRIMARY KEY, one INTEGER, two INTEGER)"))
        for number in range(TOWNS):
            place = TitleJudge().judge([titled(number)])[0].reports[0]
            keys = traces(titled(number), replace(place, killed=None))[:2]
            connection.execute(
                text("INSERT INTO town VALUES (:number, :one, :two)"),
                {"number": number, "one": keys[0], "two": keys[-1]},
            )
        keys_of_all = " UNION ALL ".join(
            [
                *(
                    f"SELECT town.{name} AS key, n.i AS event_id FROM n JOIN town ON number = n.i % {TOWNS}"
                    for name in ("one", "two")
                ),
                *(
                    f"SELECT (n.i * {KEYS_EACH} + {number}) * 2654435761 % 4611686018427387847, n.i FROM n"
                    for number in range(KEYS_EACH)
                ),
            ]
        )
        made = f"{COUNTED} INSERT OR IGNORE INTO trace (key, event_id) SELECT * FROM ({keys_of_all}) ORDER BY 1, 2"
        connection.execute(
            text(
                made.replace("WITH RECURSIVE", "INSERT OR IGNORE INTO trace WITH RECURSIVE", 1).replace(
                    " INSERT OR IGNORE INTO trace (key, event_id) SELECT", " SELECT", 1
                )
            ),
            {"size": size},
        )


def multiplied(connection: Connection, table: str) -> str:
    """Return the statement that repeats the table's first row, changed, up to so many rows."""
    columns = [row.name for row in connection.execute(text(f"PRAGMA table_info({table})"))]
    town = {name: f"replace({name}, 'Town 0', 'Town ' || (n.i % {TOWNS}))" for name in ("place", "report")}
    told = "told_at" if table == "report" else "last_seen"
    changed = {name: value.format(**town).replace("told +", f"{told} +") for name, value in CHANGED[table].items()}
    values = ", ".join(changed.get(name, name) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) {COUNTED} SELECT {values} FROM n, (SELECT * FROM {table} WHERE id = 1)"


def title(number: int, outlet: int) -> str:
    words = hashlib.sha256(f"{number} {outlet}".encode()).hexdigest()
    return f"{words[:16]} {words[16:32]} {words[32:48]} {words[48:]} number {number} in UA"


def titled(number: int) -> Entry:
    at = NOW
    return Entry(entry_id=0, feed_id=0, outlet="x", uid="x", title=f"town number {number} in UA", first_seen=at)


def ingest(store: SqlStore) -> Ingest:
    rules = RuleIndex([])
    return Ingest(
        store=store,
        judge=TitleJudge(),
        renderer=PlainRenderer(),
        engine=BellEngine(),
        rules=lambda: rules,
        batch=1,
    )


def link_some(store: SqlStore) -> list[float]:
    """Let four outlets tell of happenings in the towns, one entry a transaction. Return what each cost, in seconds."""
    with store.write() as tx:
        for outlet in range(4):
            source = a_feed(tx, url=f"https://{outlet}.example/feed", title=f"Outlet {outlet}")
            for number in range(REPORTS // 4):
                at = NOW + timedelta(minutes=number)
                put(tx, source, parsed(f"{number}", title=title(7 * number % TOWNS, outlet), published=at), now=at)
    step, took = ingest(store), []
    now = NOW + timedelta(hours=2)
    while True:
        started = time.process_time()
        if not step.run(now):
            return took[10:]  # what is read once is warm by then
        took.append(time.process_time() - started)
