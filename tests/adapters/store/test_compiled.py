"""Statements are compiled once in a process, however many databases of a kind it opens."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine.interfaces import CacheStats
from sqlmodel import col

from service.adapters.store import SqlStore, open_store
from service.adapters.store.tables import EntryRow, EventRow
from service.ports.store import Transaction
from tests.adapters.store.making import connection_of

QUERY = select(col(EventRow.headline)).where(col(EventRow.sources) > 41)


def hit(tx: Transaction) -> bool:
    """Whether the query was compiled before."""
    return connection_of(tx).execute(QUERY).context.cache_hit is CacheStats.CACHE_HIT


def test_who_reads_another_database_need_not_compile_again(store: SqlStore, store_url: str) -> None:
    with store.write() as tx:
        hit(tx)
    with open_store(store_url) as other, other.read() as tx:
        assert hit(tx)


def test_the_two_kinds_of_database_get_statements_of_their_own(store: SqlStore) -> None:
    """Read before on the other kind, in whatever order these run: it must be in this one's words all the same."""
    with store.read() as tx:
        query = select(col(EntryRow.id)).where(col(EntryRow.authors).is_(None)).limit(1)
        compiled: Any = connection_of(tx).execute(query).context.compiled
        assert compiled.dialect.name == connection_of(tx).dialect.name
