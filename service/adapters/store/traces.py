"""The keys under which events of late are found. A look-up costs the same however many events are stored."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, literal_column, select, text
from sqlmodel import col

from service.adapters.store.tables import EventRow, TraceRow
from service.adapters.store.types import Instant

NEWEST = 12
"""Of each key so many events: what more share it are older, or a flood."""
KEEP_SQLITE = "INSERT OR IGNORE INTO trace (event_id, key) SELECT ?, value FROM json_each(?)"
KEEP_POSTGRES = (
    "INSERT INTO trace (event_id, key) SELECT %s, value::bigint FROM json_array_elements_text(%s::json) "
    "ON CONFLICT DO NOTHING"
)
"""All keys in one statement, the same however many they are."""


def keep(connection: Connection, event_id: int, keys: Sequence[int]) -> None:
    """Let the event be found under these keys too."""
    if keys:
        statement = KEEP_SQLITE if connection.dialect.name == "sqlite" else KEEP_POSTGRES
        connection.exec_driver_sql(statement, (event_id, json.dumps(list(keys))))


def hand_on(connection: Connection, sources: Collection[int], event_id: int) -> None:
    """Let the event be found under all keys of the others: reports of theirs moved there."""
    of_theirs = select(col(TraceRow.key)).where(col(TraceRow.event_id).in_(sources)).distinct()
    keep(connection, event_id, sorted(connection.execute(of_theirs).scalars()))


def found(connection: Connection, keys: Sequence[int], live: Mapping[str, Any]) -> Mapping[int, str]:
    """Return the newest events that have any of these keys and are `live` (kind, since), by id, each with its stamp."""
    if not keys:
        return {}
    values = {f"key_{number}": key for number, key in enumerate(keys)}
    return dict(connection.execute(_newest(len(keys)), {**values, **live}).all())


@lru_cache(maxsize=64)
def _newest(keys: int) -> TextClause:
    """Return the statement for so many keys. A limit for each key needs a query for each; they are asked as one.

    A cross join, so that SQLite goes by the ids that were found, not through all that is live.
    """
    one = "SELECT * FROM (SELECT event_id FROM trace WHERE key = :key_{0} ORDER BY event_id DESC LIMIT {1}) AS of_{0}"
    these = " UNION ".join(one.format(number, NEWEST) for number in range(keys))
    found = f"""
        SELECT event.id, event.stamp FROM ({these}) AS these CROSS JOIN event
        WHERE event.id = these.event_id AND event.kind = :kind AND event.state = 'live' AND event.last_seen >= :since
        ORDER BY event.last_seen DESC, event.id DESC
    """  # noqa: S608  nothing of it comes from outside
    return text(found).bindparams(bindparam("since", type_=Instant))


LATEST: Any = (
    select(col(EventRow.id), col(EventRow.stamp))
    .where(
        col(EventRow.kind) == bindparam("kind"),
        col(EventRow.state) == literal_column("'live'"),
        col(EventRow.last_seen) >= bindparam("since"),
    )
    .order_by(col(EventRow.last_seen).desc(), col(EventRow.id).desc())
    .limit(bindparam("most"))
)
"""Live events of a kind told of since then, latest activity first. Made once: making it takes longer than asking."""
