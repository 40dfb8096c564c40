"""A store with so many events, filled by statements: each with one entry, one report and the keys it is found under.

They lie a step apart in time, so that as many are in the window of linking whatever is stored.
"""

import hashlib
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, text

from service.adapters.store import SqlStore
from service.core.entry import Entry
from service.core.link import traces
from service.core.report import Report
from tests.adapters.store.making import NOW, a_feed, connection_of, parsed, put
from tests.pipeline.linkers import TitleJudge, step

ACTIVE = 2_000
"""Events in the window, twenty times as many as are looked at without a key."""
TOWNS = 500
KEYS_EACH = 6
STEP = int(timedelta(hours=84).total_seconds() * 1000) // ACTIVE

COUNTED = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :size)"
TOLD = "{told} + (n.i - :size) * :step"
OF_TOWN = f"replace({{name}}, 'Town 0', 'Town ' || (n.i % {TOWNS}))"
CHANGED = {
    "entry": {"id": "n.i", "uid": "'n' || n.i", "canonical_url": "'u' || n.i", "title": "hex(randomblob(24))"},
    "event": {
        "id": "n.i",
        "stamp": "n.i",
        "first_seen": TOLD.format(told="last_seen"),
        "last_seen": TOLD.format(told="last_seen"),
        "place": OF_TOWN.format(name="place"),
    },
    "report": {
        "id": "n.i",
        "entry_id": "n.i",
        "event_id": "n.i",
        "told_at": TOLD.format(told="told_at"),
        "report": OF_TOWN.format(name="report"),
    },
}
"""What differs from the first row of the table."""
OWN_KEYS = f"""
    INSERT OR IGNORE INTO trace (key, event_id)
    {COUNTED}, k(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM k WHERE j < :each)
    SELECT (n.i * :each + k.j) * 2654435761 % 4611686018427387847 AS key, n.i FROM n, k ORDER BY key
"""  # noqa: S608  nothing of it comes from outside
SHARED_KEYS = f"""
    INSERT OR IGNORE INTO trace (key, event_id) {COUNTED}
    SELECT town.key AS key, n.i FROM n JOIN town ON town.number = n.i % {TOWNS} ORDER BY key, n.i
"""  # noqa: S608


def fill(store: SqlStore, size: int) -> None:
    """Put so many events into an empty store on SQLite."""
    with store.write() as tx:
        put(tx, a_feed(tx, title="Archive"), parsed("1", title=title(0, 0), published=NOW))
    step(store).run(NOW)
    with store.write() as tx:
        connection = connection_of(tx)
        for table in CHANGED:
            connection.execute(text(_repeated(connection, table)), {"size": size, "step": STEP})
        connection.execute(text("CREATE TEMPORARY TABLE town (number INTEGER, key INTEGER)"))
        rows = [{"number": number, "key": key} for number in range(TOWNS) for key in _keys_of(number)]
        connection.execute(text("INSERT INTO town VALUES (:number, :key)"), rows)
        connection.execute(text(OWN_KEYS), {"size": size, "each": KEYS_EACH})
        connection.execute(text(SHARED_KEYS), {"size": size})


def _repeated(connection: Connection, table: str) -> str:
    """Return the statement that repeats the table's first row, changed, up to so many rows."""
    columns = [row.name for row in connection.execute(text(f"PRAGMA table_info({table})"))]
    values = ", ".join(CHANGED[table].get(name, name) for name in columns)
    first = f"(SELECT * FROM {table} WHERE id = 1)"  # noqa: S608
    return f"INSERT INTO {table} ({', '.join(columns)}) {COUNTED} SELECT {values} FROM n, {first}"  # noqa: S608


def _keys_of(town: int) -> list[int]:
    entry = Entry(entry_id=0, feed_id=0, outlet="", uid="", title=title(town, 0), first_seen=NOW)
    (judged,) = TitleJudge().judge([entry])
    (report,) = judged.reports
    return traces(replace(entry, title=""), Report(kind="strike", new=True, confidence=1.0, place=report.place))


def title(number: int, outlet: int) -> str:
    """Return a title for the TitleJudge, with no word in common with another."""
    words = hashlib.sha256(f"{number} {outlet}".encode()).hexdigest()
    return f"{words[:16]} {words[16:32]} {words[32:48]} {words[48:]} number {number} in UA"
