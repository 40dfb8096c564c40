"""The keys under which events of late are found. A look-up costs the same however many events are stored."""

from collections.abc import Collection, Sequence
from functools import lru_cache

from sqlalchemy import Connection, TextClause, select, text
from sqlmodel import col

from service.adapters.store.rows import insert_new
from service.adapters.store.tables import TraceRow

NEWEST = 12
"""Of each key so many events: what more share it are older, or a flood."""


def keep(connection: Connection, event_id: int, keys: Sequence[int]) -> None:
    """Let the event be found under these keys too."""
    rows = [{"key": key, "event_id": event_id} for key in keys]
    insert_new(connection, TraceRow, rows, key=["key", "event_id"], give=[col(TraceRow.key)])


def hand_on(connection: Connection, sources: Collection[int], event_id: int) -> None:
    """Let the event be found under all keys of the others: reports of theirs moved there."""
    of_theirs = select(col(TraceRow.key)).where(col(TraceRow.event_id).in_(sources)).distinct()
    keep(connection, event_id, sorted(connection.execute(of_theirs).scalars()))


def found(connection: Connection, keys: Sequence[int]) -> set[int]:
    """Return the newest events that have any of these keys."""
    if not keys:
        return set()
    values = {f"key_{number}": key for number, key in enumerate(keys)}
    return set(connection.execute(_newest(len(keys)), values).scalars())


@lru_cache(maxsize=64)
def _newest(keys: int) -> TextClause:
    """Return the statement for so many keys. A limit for each key needs a query for each; they are asked as one."""
    one = "SELECT * FROM (SELECT event_id FROM trace WHERE key = :key_{0} ORDER BY event_id DESC LIMIT {1}) AS of_{0}"
    return text(" UNION ".join(one.format(number, NEWEST) for number in range(keys)))
