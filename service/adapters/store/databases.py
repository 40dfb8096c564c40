"""The two databases: how to connect to each, and what a writing and a reading transaction is on it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool, QueuePool

from service.adapters.store.compiled import Compiled
from service.adapters.store.faults import translate
from service.adapters.store.lock import OWNER_ONLY, WriteLock
from service.core.errors import BadConfig, StoreUnavailable

LOCK_TIMEOUT_S = 30.0
HINT = "use sqlite:////path/to/tocsin.db or postgresql+psycopg://user:password@host/name"


class Database(Protocol):
    """Hands out connections that are in a transaction. `where` names it, without secrets."""

    where: str

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that may write; commit at the end, roll back on an error."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that sees one consistent picture."""
        ...

    def migrating(self) -> AbstractContextManager[Connection]:
        """Open a transaction that no other migration runs beside, with foreign keys unchecked until its end."""
        ...

    def scrub(self) -> None:
        """Take what was deleted out of the files of the database, as far as that is in our hands."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def database(text: str, *, durable: bool = True, lock_timeout_s: float = LOCK_TIMEOUT_S) -> Database:
    """Return the database at this URL, not connected yet. Raises BadConfig where it is no such URL."""
    url = parse(text)
    if url.get_backend_name() == "sqlite":
        return Sqlite(Path(url.database or ""), durable=durable, lock_timeout_s=lock_timeout_s)
    return Postgres(url, lock_timeout_s=lock_timeout_s)


def parse(text: str) -> URL:
    """Read a database URL; `postgres://` and `postgresql://` mean psycopg."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise BadConfig("DATABASE_URL is not a database URL", hint=HINT) from error
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url
    raise BadConfig(f"{url.drivername}://{url.database or ''} is not a database Tocsin can use", hint=HINT)


class Sqlite:
    """A SQLite file in WAL mode: one connection writes and checkpoints, others read.

    `durable` False trades safety against power loss for speed, for stores that are thrown away.
    """

    def __init__(self, path: Path, *, durable: bool = True, lock_timeout_s: float = LOCK_TIMEOUT_S) -> None:
        self.path = path
        self.where = str(path)
        self.lock = WriteLock(path.with_name(path.name + ".lock"), timeout_s=lock_timeout_s)
        synchronous = "FULL" if durable else "OFF"
        self._busy_s = min(5.0, lock_timeout_s)
        self._writer = self._engine(
            "BEGIN IMMEDIATE",
            ["journal_mode=WAL", f"synchronous={synchronous}", "journal_size_limit=67108864", "secure_delete=ON"],
            size=1,
        )
        self._readers = self._engine("BEGIN", ["query_only=ON", "wal_autocheckpoint=0"], size=5)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """See Database. One at a time over all threads and processes."""
        self._require()
        with self.lock.held(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See Database. Never waits for a writer."""
        self._require()
        with self._readers.begin() as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """See Database. Alembic rebuilds tables, which must not cascade, so keys are checked only at the end."""
        self.create()
        with self.lock.held():
            engine = self._engine("BEGIN IMMEDIATE", ["journal_mode=WAL", "synchronous=FULL"], size=0, keys=False)
            with engine.begin() as connection:
                yield connection
                _check_keys(connection)

    def scrub(self) -> None:
        """See Database. The log of writes still has the pages as they were; who is reading keeps it for that long."""
        with self.lock.held(), self._writer.connect() as connection:
            raw = connection.connection.dbapi_connection
            if raw is not None:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """See Database. The last connection to close checkpoints, so this is writing too.

        Whoever holds the lock has a connection open, so that ours is not the last and need not wait.
        """
        with ExitStack() as stack:
            if self.path.exists():
                with suppress(StoreUnavailable):
                    stack.enter_context(self.lock.held(timeout_s=0))
            self._readers.dispose()
            self._writer.dispose()
        self.lock.close()

    def _require(self) -> None:
        if not self.path.exists():
            raise StoreUnavailable(f"there is no database at {self.path}", hint="run `tocsin db upgrade` to make one")

    def create(self) -> None:
        """Make the file ourselves where there is none, so that nobody else may read the secrets in it."""
        if self.path.exists():
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
        except OSError as error:
            message = f"the database file {self.path} cannot be made: {error.strerror}"
            raise StoreUnavailable(message, hint="check that its folder exists and may be written to") from error

    def _engine(self, begin: str, pragmas: list[str], *, size: int, keys: bool = True) -> Engine:
        pool: dict[str, Any] = (
            {"poolclass": QueuePool, "pool_size": size, "max_overflow": 0 if size == 1 else -1}
            if size
            else {"poolclass": NullPool}
        )
        options = {"isolation_level": None, "check_same_thread": False, "timeout": self._busy_s}
        engine = create_engine(
            f"sqlite:///{self.path}", connect_args=options, execution_options={"compiled_cache": Compiled()}, **pool
        )
        common = [
            f"foreign_keys={'ON' if keys else 'OFF'}",
            f"busy_timeout={int(self._busy_s * 1000)}",
            "temp_store=MEMORY",
            "cache_size=-32768",
        ]
        event.listen(engine, "connect", lambda connection, _: _set(connection, [*common, *pragmas]))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
        translate(engine, self.where)
        return engine


def _set(connection: sqlite3.Connection, pragmas: list[str]) -> None:
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}").close()


def _check_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise StoreUnavailable(f"the migration would leave {len(broken)} broken references", hint="nothing was changed")


class Postgres:
    """A PostgreSQL database. Writers run side by side; what must not is under a lock of its own."""

    MIGRATION_LOCK = 0x746F6373

    def __init__(self, url: URL, *, lock_timeout_s: float = LOCK_TIMEOUT_S) -> None:
        self.url = url
        self.where = url.render_as_string(hide_password=True)
        # At its default of 4, made for spinning disks, a claim reads all feeds rather than an index of them.
        costs = "-c random_page_cost=1.1"
        options = f"-c lock_timeout={int(lock_timeout_s * 1000)} -c idle_in_transaction_session_timeout=300000 {costs}"
        settings = {"connect_timeout": 5, "application_name": "tocsin", "options": options}
        self._engine = create_engine(
            url,
            pool_size=4,
            max_overflow=12,
            pool_timeout=lock_timeout_s,
            pool_pre_ping=True,
            connect_args=settings,
            execution_options={"compiled_cache": Compiled()},
        )
        translate(self._engine, self.where)
        self._readers = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """See Database."""
        with self._begin(self._engine) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See Database."""
        with self._begin(self._readers) as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """See Database. PostgreSQL migrates within the transaction, so its own keys hold all along."""
        with self._begin(self._engine) as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({self.MIGRATION_LOCK})")
            yield connection

    def scrub(self) -> None:
        """See Database. The server's own vacuum does it, in its time."""

    def close(self) -> None:
        """See Database."""
        self._engine.dispose()

    @contextmanager
    def _begin(self, engine: Engine) -> Iterator[Connection]:
        try:
            connection = engine.connect()
        except PoolTimeoutError as error:
            message = f"all connections to the database are in use: {self.where}"
            raise StoreUnavailable(message, hint="run fewer threads, or look for what keeps it busy") from error
        with connection, connection.begin():
            yield connection
