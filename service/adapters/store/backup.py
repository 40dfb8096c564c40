"""Copies of a SQLite database: made and put back while the service runs, each in one transaction, each checked."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from service.adapters.store.databases import Database, Sqlite
from service.adapters.store.faults import unavailable
from service.adapters.store.lock import OWNER_ONLY
from service.adapters.store.migrate import knows
from service.core.errors import BadInput, StoreUnavailable

CHECKED = ["ok"]


def back_up(db: Database, target: Path) -> int:
    """Copy the database to a new file that only its owner can read. Return its size in bytes.

    Raises BadInput where the file exists or the database is PostgreSQL, StoreUnavailable where it cannot be copied.
    """
    source = _sqlite_only(db, f"pg_dump --format=custom --file={target} with the same address")
    if target.exists():
        raise BadInput(f"{target} exists already", hint="name a new file; backups are never overwritten")
    if not source.path.exists():
        raise StoreUnavailable(f"there is no database at {source.path}", hint="check the path in DATABASE_URL")
    with _translated(source.path):
        return _copy(source.path, target)


def restore(db: Database, source: Path, *, force: bool) -> Path | None:
    """Put a backup back. Return where what was there before is kept; None if nothing was there.

    Works beside a running service: connections that are open see the old content until the transaction commits, and the
    backup's content from then on. Only a damaged file is replaced as a file, for which the service must be stopped.
    Raises BadInput where something would be overwritten without `force`, or the backup is none.
    """
    target = _sqlite_only(db, f"pg_restore --clean --if-exists --dbname=… {source}")
    _require_backup(source)
    if target.path.exists() and not force:
        raise BadInput(
            f"there is a database at {target.path}", hint="add --force to replace it; a copy is kept beside it"
        )
    was_there = target.path.exists()
    target.create()
    with target.lock.held(), _translated(target.path):
        kept = _set_by(target.path) if was_there else None
        target.create()  # again: a damaged file was moved away
        with closing(sqlite3.connect(source)) as backup, closing(sqlite3.connect(target.path)) as live:
            live.execute("PRAGMA journal_mode=WAL").close()
            live.execute("PRAGMA busy_timeout=5000").close()
            backup.backup(live)
        return kept


def _sqlite_only(db: Database, instead: str) -> Sqlite:
    if isinstance(db, Sqlite):
        return db
    raise BadInput("PostgreSQL brings its own tools for backups", hint=f"use {instead}")


def _set_by(path: Path) -> Path:
    """Keep what is there: a copy beside it where it can be copied, else the damaged file itself, moved."""
    kept = path.with_name(path.name + ".before-restore")
    kept.unlink(missing_ok=True)
    try:
        _copy(path, kept)
    except sqlite3.DatabaseError:
        path.rename(kept)
        for end in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).rename(kept.with_name(kept.name + end))
    return kept


def _copy(source: Path, target: Path) -> int:
    """Copy under another name first, so that a backup is either whole or not there."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(part)) as copy:
            live.execute("PRAGMA query_only=ON").close()
            live.execute("PRAGMA wal_autocheckpoint=0").close()
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE").close()  # one file, without a -wal beside it
            _check(copy)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def _check(connection: sqlite3.Connection) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    if found != CHECKED:
        raise sqlite3.DatabaseError("; ".join(found))


def _require_backup(path: Path) -> None:
    """Raise BadInput unless this is a whole database of ours."""
    if not path.is_file():
        raise BadInput(f"there is no file {path}", hint="check the name")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            _check(connection)
            version = str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.Error, TypeError) as error:
        raise BadInput(f"{path} is no backup of Tocsin, or it is damaged: {error}", hint="try another one") from error
    if not knows(version):
        raise BadInput(f"{path} was made by a newer Tocsin (at {version})", hint="install that version to restore it")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Raise StoreUnavailable for what SQLite and the disk say."""
    try:
        yield
    except sqlite3.Error as error:
        raise unavailable(error, str(path)) or StoreUnavailable(
            f"{path}: {error}", hint="run `tocsin db restore`"
        ) from error
    except OSError as error:
        raise StoreUnavailable(
            f"{error.filename or path}: {error.strerror}", hint="check the folder and its disk"
        ) from error
