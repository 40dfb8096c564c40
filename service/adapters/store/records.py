"""What is written down for people: decisions and signs of life."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlmodel import col

from service.adapters.store.rows import same_named, taken, upsert
from service.adapters.store.tables import DecisionRow, HeartbeatRow
from service.core.subscription import Notice

NOTICE_COLUMNS = same_named(Notice, but=("loud",))
DECIDED = insert(DecisionRow)


class Decisions:
    """Keeps ports.store.DecisionLog's promises. What is added is written in one go, before the commit or a look."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._unwritten: list[dict[str, Any]] = []

    def add(self, subscription_id: int, event_id: int, revision: int, rule: str, notice: Notice, now: datetime) -> None:  # noqa: PLR0917
        """Note what was decided."""
        about = {
            "subscription_id": subscription_id,
            "event_id": event_id,
            "revision": revision,
            "rule": rule,
            "at": now,
        }
        self._unwritten.append(about | taken(notice, NOTICE_COLUMNS))

    def of(self, subscription_id: int, event_id: int) -> list[tuple[datetime, int, str, Notice]]:
        """See the port."""
        self.write()
        about = (col(DecisionRow.subscription_id) == subscription_id, col(DecisionRow.event_id) == event_id)
        rows = self._connection.execute(select(DecisionRow).where(*about).order_by(col(DecisionRow.id)))
        return [(row.at, row.revision, row.rule, Notice(**taken(row, NOTICE_COLUMNS))) for row in rows]

    def write(self) -> None:
        """Write what was added."""
        if self._unwritten:
            self._connection.execute(DECIDED, self._unwritten)
            self._unwritten = []

    def forget(self) -> None:
        """Drop what was added and not written."""
        self._unwritten = []


class Heartbeats:
    """Keeps ports.store.Heartbeats' promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def beat(self, name: str, now: datetime) -> None:
        """Note that this part lives."""
        upsert(self._connection, HeartbeatRow, {"name": name, "at": now}, key=["name"], give=[col(HeartbeatRow.name)])

    def all(self) -> Mapping[str, datetime]:
        """Return when each part last showed that it lives."""
        return {row.name: row.at for row in self._connection.execute(select(HeartbeatRow))}
