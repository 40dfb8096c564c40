"""Databases that cannot be used: each time a clear message, a way out, and nothing lost."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event

from service.adapters.store import SqlStore, open_store, status, upgrade
from service.adapters.store.databases import Sqlite
from service.core.errors import BadConfig, StoreUnavailable
from tests.adapters.store.making import NOW, a_feed, parsed, put

HOLD_LOCK = """
import sys
from pathlib import Path
from service.adapters.store.lock import WriteLock
with WriteLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def sqlite_of(store: SqlStore) -> Sqlite:
    assert isinstance(store._database, Sqlite)
    return store._database


def test_a_file_locked_by_a_foreign_program_is_said_to_be(sqlite_url: str) -> None:
    with open_store(sqlite_url, lock_timeout_s=0.05) as store, closing(sqlite3.connect(path_of(sqlite_url))) as shell:
        shell.execute("BEGIN IMMEDIATE").close()
        with pytest.raises(StoreUnavailable, match=r"the database is locked: .*tocsin\.db") as caught, store.write():
            pass
        assert "another program" in caught.value.hint
        assert caught.value.retry
        shell.rollback()
        with store.write() as tx:
            a_feed(tx)


def test_a_writer_says_who_it_waited_for(sqlite_url: str) -> None:
    lock = str(path_of(sqlite_url)) + ".lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder, open_store(sqlite_url, lock_timeout_s=0.05) as store:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreUnavailable, match=f"waited 0.05 s .process {holder.pid}") as caught, store.write():
            pass
        assert "database is locked" in caught.value.message
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with store.write() as tx:
            a_feed(tx)


def test_threads_wait_for_one_another_only_so_long(sqlite_url: str) -> None:
    with (
        open_store(sqlite_url) as one,
        open_store(sqlite_url, lock_timeout_s=0.05) as two,
        one.write(),
        pytest.raises(StoreUnavailable, match=f"process {os.getpid()}"),
        two.write(),
    ):
        pass


def test_a_full_disk_is_said_to_be_and_what_was_written_before_is_there(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        limit = "PRAGMA max_page_count=80"
        event.listen(sqlite_of(store)._writer, "connect", lambda connection, _: connection.execute(limit).close())
        with store.write() as tx:
            source = a_feed(tx)
        with (
            pytest.raises(StoreUnavailable, match="disk that holds the database is full") as caught,
            store.write() as tx,
        ):
            put(tx, source, *(parsed(str(n), content="word " * 2000) for n in range(200)))
        assert "tocsin db prune" in caught.value.hint
        with store.write() as tx:
            assert len(tx.feeds.all()) == 1
            assert tx.entries.waiting() == 0
            put(tx, source, parsed("small"))


def test_a_full_disk_passes_through_a_savepoint_as_what_it_is(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        limit = "PRAGMA max_page_count=80"
        event.listen(sqlite_of(store)._writer, "connect", lambda connection, _: connection.execute(limit).close())
        with pytest.raises(StoreUnavailable, match="full"), store.write() as tx, tx.savepoint():
            put(tx, a_feed(tx), *(parsed(str(n), content="word " * 2000) for n in range(200)))


def test_a_damaged_file_is_said_to_be(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store, store.write() as tx:
        put(tx, a_feed(tx), *(parsed(str(n), content="word " * 500) for n in range(200)))
    path = path_of(sqlite_url)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(100_000))
    with (
        open_store(sqlite_url) as store,
        pytest.raises(StoreUnavailable, match="damaged") as caught,
        store.read() as tx,
    ):
        [tx.entries.get(entry_id) for entry_id in range(1, 201)]
    assert "tocsin db restore" in caught.value.hint


def test_a_file_that_is_no_database_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Dear diary, " * 100)
    for ask in (open_store, status, upgrade):
        with pytest.raises(StoreUnavailable, match="not a database"):
            ask(f"sqlite:///{tmp_path / 'notes.db'}")
    assert (tmp_path / "notes.db").read_text().startswith("Dear diary")


def test_a_file_that_is_not_there_is_made_by_upgrade_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'tocsin.db'}"
    with pytest.raises(StoreUnavailable, match=r"no database at .*tocsin db upgrade"):
        open_store(url)
    assert not (tmp_path / "new").exists()
    assert upgrade(url).ready
    with open_store(url) as store:
        assert sqlite_of(store).path.exists()


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    upgrade(url)
    with open_store(url) as store, store.write() as tx:
        a_feed(tx)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("tocsin.db", "tocsin.db-wal", "tocsin.db-shm", "tocsin.db.lock"), 0o600)


def test_a_folder_that_cannot_be_made_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be"):
        upgrade(f"sqlite:///{tmp_path / 'file' / 'tocsin.db'}")


def test_a_database_without_tables_names_the_command(tmp_path: Path, postgres_empty_url: str) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    for url in (f"sqlite:///{tmp_path / 'empty.db'}", postgres_empty_url):
        with pytest.raises(StoreUnavailable, match=r"no tables yet.*run `tocsin db upgrade`"):
            open_store(url)


def test_a_database_of_a_newer_version_is_left_alone(sqlite_url: str) -> None:
    with closing(sqlite3.connect(path_of(sqlite_url))) as shell, shell:
        shell.execute("UPDATE alembic_version SET version_num = '9999'").close()
    for ask in (open_store, upgrade):
        with pytest.raises(StoreUnavailable, match="newer Tocsin"):
            ask(sqlite_url)


def test_a_missing_table_names_the_command(sqlite_url: str) -> None:
    with open_store(sqlite_url) as store:
        with closing(sqlite3.connect(path_of(sqlite_url))) as shell, shell:
            shell.execute("DROP TABLE heartbeat").close()
        with pytest.raises(StoreUnavailable, match="tocsin db upgrade"), store.read() as tx:
            tx.heartbeats.all()


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "tocsin.db", "", "postgresql+asyncpg://x/y"]
)
def test_an_address_that_is_no_database_of_ours_is_a_bad_setting(url: str) -> None:
    with pytest.raises(BadConfig, match="sqlite:////path"):
        open_store(url)


def test_an_unreachable_server_is_said_to_be_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached") as caught:
        open_store(f"postgres://ada:s3cret@/tocsin?host={tmp_path}")
    assert "DATABASE_URL" in caught.value.hint
    assert "s3cret" not in str(caught.value)
    assert "ada:***@" in str(caught.value)


def test_a_database_the_server_does_not_have_is_said_to_be(postgres_server: str) -> None:
    with pytest.raises(StoreUnavailable, match="database server"):
        open_store(postgres_server.format("nowhere"))


def hang_up(url: str) -> None:
    """Break all connections of the stores on this database."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE application_name = 'tocsin' AND datname = current_database()"""
        )


def test_a_connection_that_breaks_undoes_its_transaction_and_the_next_one_works(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        with pytest.raises(StoreUnavailable, match="cannot be reached"), store.write() as tx:  # noqa: PT012
            a_feed(tx)
            hang_up(postgres_url)
            tx.feeds.all()
        with store.write() as tx:
            assert tx.feeds.all() == []


def test_connections_that_broke_while_idle_are_made_anew_unnoticed(postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        hang_up(postgres_url)
        with store.write() as tx:
            a_feed(tx)
        hang_up(postgres_url)
        with store.read() as tx:
            assert len(tx.feeds.all()) == 1


def test_waiting_for_rows_on_the_server_ends(postgres_url: str) -> None:
    with open_store(postgres_url) as one, open_store(postgres_url, lock_timeout_s=0.05) as two, one.write() as tx:
        tx.events.lock_linking()
        with pytest.raises(StoreUnavailable, match="locked"), two.write() as other:
            other.events.lock_linking()


def test_a_mistake_of_ours_is_not_taken_for_an_unusable_database(store: SqlStore) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key") as caught, store.write() as tx:
        tx.digests.record(99, NOW.date(), start=NOW, end=NOW, told={}, upto=0, outbox_id=None)
    assert not isinstance(caught.value, StoreUnavailable)
