"""The database, behind one face: open a store, bring its tables up to date, see where it stands, back it up.

URLs are `sqlite:////path/tocsin.db` or `postgresql+psycopg://user:password@host/name`. Nothing here is known outside
by its tables; what goes in and comes out are core's values.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.adapters.store import backup as copies
from service.adapters.store.databases import LOCK_TIMEOUT_S, Database, database, parse
from service.adapters.store.migrate import Standing, bring_up, standing
from service.adapters.store.store import SqlStore

__all__ = ["SqlStore", "Standing", "backup", "open_store", "restore", "shown", "status", "upgrade"]


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
    with _at(url, lock_timeout_s) as db:
        return bring_up(db)


def status(url: str) -> Standing:
    """Say where the database stands, without changing it."""
    with _at(url) as db, db.reading() as connection:
        return standing(connection)


def backup(url: str, target: Path) -> int:
    """Copy a SQLite database to a new file. Return its size in bytes. See backup.back_up for the errors."""
    with _at(url) as db:
        return copies.back_up(db, target)


def restore(url: str, source: Path, *, force: bool = False) -> Path | None:
    """Put a backup back and bring its tables up to date. Return where a copy of what was there is kept, if any."""
    with _at(url) as db:
        kept = copies.restore(db, source, force=force)
        bring_up(db)
        return kept


@contextmanager
def _at(url: str, lock_timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[Database]:
    db = database(url, lock_timeout_s=lock_timeout_s)
    try:
        yield db
    finally:
        db.close()


def shown(url: str) -> str:
    """Return the URL as people may see it, the password masked."""
    return parse(url).render_as_string(hide_password=True)
