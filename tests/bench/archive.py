"""A store with so many events, filled by statements: each with one entry, one report and the keys it is found under.

Works on both databases.

They lie a step apart in time, so that as many are in the window of linking whatever is stored.
"""

import hashlib
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, inspect, text

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

COUNTED = "WITH RECURSIVE n(i) AS (SELECT CAST(2 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :size)"
TOLD = "{told} + (n.i - :size) * :step"
OF_TOWN = f"replace({{name}}, 'Town 0', 'Town ' || (n.i % {TOWNS}))"
OF_TOWN_POSTGRES = f"CAST(replace(CAST({{name}} AS TEXT), 'Town 0', 'Town ' || (n.i % {TOWNS})) AS JSON)"
CHANGED = {
    "entry": {"id": "n.i", "uid": "'n' || n.i", "canonical_url": "'u' || n.i", "title": "{words}"},
    "event": {
        "id": "n.i",
        "stamp": "CAST(n.i AS TEXT)",
        "first_seen": TOLD.format(told="last_seen"),
        "last_seen": TOLD.format(told="last_seen"),
        "place": "{town}",
    },
    "report": {
        "id": "n.i",
        "entry_id": "n.i",
        "event_id": "n.i",
        "told_at": TOLD.format(told="told_at"),
        "report": "{town}",
    },
    "claim": {
        "id": "8 * n.i + id",
        "event_id": "n.i",
        "report_id": "n.i",
        "entry_id": "n.i",
        "told_at": TOLD.format(told="told_at"),
    },
    "development": {"id": "n.i", "event_id": "n.i", "report_id": "n.i"},
}
"""What differs from the rows of the first event, by table."""
WORDS = {"sqlite": "hex(randomblob(24))", "postgresql": "md5(CAST(n.i AS TEXT))"}
OWN_KEYS = f"""
    {COUNTED}, k(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM k WHERE j < :each)
    SELECT (n.i * :each + k.j) * 2654435761 % 4611686018427387847 AS key, n.i FROM n, k ORDER BY key
"""  # noqa: S608  nothing of it comes from outside
SHARED_KEYS = f"""
    {COUNTED} SELECT town.key AS key, n.i FROM n JOIN town ON town.number = n.i % {TOWNS} ORDER BY key, n.i
"""  # noqa: S608


def fill(store: SqlStore, size: int) -> None:
    """Put so many events into an empty store."""
    with store.write() as tx:
        put(tx, a_feed(tx, title="Archive"), parsed("1", title=title(0, 0), published=NOW))
    step(store).run(NOW)
    with store.write() as tx:
        connection = connection_of(tx)
        for table in CHANGED:
            connection.execute(text(_repeated(connection, table)), {"size": size, "step": STEP})
        connection.execute(text("CREATE TEMPORARY TABLE town (number INTEGER, key BIGINT)"))
        rows = [{"number": number, "key": key} for number in range(TOWNS) for key in _keys_of(number)]
        connection.execute(text("INSERT INTO town VALUES (:number, :key)"), rows)
        keep = "INSERT INTO trace (key, event_id) {} ON CONFLICT DO NOTHING"
        connection.execute(text(keep.format(OWN_KEYS)), {"size": size, "each": KEYS_EACH})
        connection.execute(text(keep.format(SHARED_KEYS)), {"size": size})
        if connection.dialect.name == "postgresql":
            _as_after_years(connection)


def _as_after_years(connection: Connection) -> None:
    """Let PostgreSQL number on from there, and know how much there is, as it would have found out by itself."""
    for table in CHANGED:
        connection.execute(text(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}"))  # noqa: S608
    connection.execute(text("ANALYZE"))


def _repeated(connection: Connection, table: str) -> str:
    """Return the statement that repeats the rows of the first event, changed, up to so many events."""
    dialect = connection.dialect.name
    town = OF_TOWN if dialect == "sqlite" else OF_TOWN_POSTGRES
    columns = [column["name"] for column in inspect(connection).get_columns(table)]
    changed = {
        name: value.format(words=WORDS[dialect], town=town.format(name=name)) for name, value in CHANGED[table].items()
    }
    values = ", ".join(changed.get(name, name) for name in columns)
    event = "event_id" if table == "claim" else "id"
    first = f"(SELECT * FROM {table} WHERE {event} = 1) AS first"  # noqa: S608
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
