"""What a claim costs does not grow with the number of feeds."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text

from service.adapters.store import SqlStore
from service.adapters.store.tables import FeedRow, HostRow
from service.adapters.store.types import EPOCH
from tests.adapters.store.making import LATER, LEASE, NOW, connection_of

FEEDS = 5000
Statement = tuple[str, Any]


def fill(connection: Connection, *, due: int) -> None:
    """Five feeds on each host; the first hosts' are due."""
    times = [NOW - timedelta(seconds=FEEDS - n) if n < due else LATER for n in range(FEEDS)]
    hosts = [f"{n // 5}.example" for n in range(FEEDS)]
    feeds = [
        {"url": f"https://{n}.{host}/", "host": host, "due_at": at}
        for n, (host, at) in enumerate(zip(hosts, times, strict=True))
    ]
    connection.execute(insert(FeedRow), feeds)
    firsts = [{"key": hosts[n], "free_at": EPOCH, "due_at": times[n]} for n in range(0, FEEDS, 5)]
    connection.execute(insert(HostRow), firsts)
    connection.execute(text("ANALYZE"))


def plans(connection: Connection, statements: list[Statement]) -> str:
    """How the database would run these."""
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    rows = (row for sql, given in statements for row in connection.exec_driver_sql(explain + sql, given))
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("due", [0, 10, FEEDS])
def test_a_claim_reads_no_whole_table_however_much_is_due(store: SqlStore, due: int) -> None:
    with store.write() as tx:
        connection = connection_of(tx)
        fill(connection, due=due)
        statements: list[Statement] = []

        def note(*said: Any) -> None:
            statements.append((said[2], said[3]))

        event.listen(connection, "before_cursor_execute", note)
        claimed = tx.feeds.claim_due(NOW, limit=50, lease=LEASE, per_host=5)
        event.remove(connection, "before_cursor_execute", note)
        assert len(claimed) == min(due, 50)
        assert len(statements) <= 5
        told = plans(connection, statements)
        assert "ix_host_due" in told
        assert "Seq Scan on feed" not in told
        assert "SCAN feed" not in told
        assert "SCAN host" not in told
