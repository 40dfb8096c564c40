"""The database, behind one face: open a store, bring its tables up to date, see where it stands, back it up, prune it.

URLs are `sqlite:////path/tocsin.db` or `postgresql+psycopg://user:password@host/name`. Nothing here is known outside
by its tables; what goes in and comes out are core's values.
"""

from service.adapters.store.databases import LOCK_TIMEOUT_S, database
from service.adapters.store.migrate import Standing, bring_up, standing
from service.adapters.store.store import SqlStore

__all__ = ["SqlStore", "Standing", "open_store", "status", "upgrade"]


def open_store(
    url: str, *, read_only: bool = False, durable: bool = True, lock_timeout_s: float = LOCK_TIMEOUT_S
) -> SqlStore:
    """Open the database and make sure that it can be read and has the tables this version needs.

    `durable` False trades safety against power loss for speed on SQLite, for stores that are thrown away.
    Raises BadConfig for an URL that cannot be used, StoreUnavailable for everything else that stands in the way.
    """
    db = database(url, durable=durable, lock_timeout_s=lock_timeout_s)
    try:
        with db.reading() as connection:
            standing(connection).require(db.where)
    except BaseException:
        db.close()
        raise
    return SqlStore(db, read_only=read_only)


def upgrade(url: str, *, lock_timeout_s: float = LOCK_TIMEOUT_S) -> Standing:
    """Make the database if it is not there, and bring its tables up to date. Many processes may do so at once."""
    db = database(url, lock_timeout_s=lock_timeout_s)
    try:
        return bring_up(db)
    finally:
        db.close()


def status(url: str) -> Standing:
    """Say where the database stands, without changing it."""
    db = database(url)
    try:
        with db.reading() as connection:
            return standing(connection)
    finally:
        db.close()
