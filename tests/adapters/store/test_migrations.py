"""The old road and the new map lead to the same place: migrations make what the tables declare."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, text
from sqlalchemy.exc import IntegrityError

from service.adapters.store import migrate, open_store, status, upgrade
from service.adapters.store.databases import database
from service.adapters.store.tables import Base, EventRow, FeedRow
from tests.adapters.store.making import LEASE, NOW, connection_of, polled

CHECKS = "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"  # noqa: E501
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
OWN = "alembic_version"
BY_HAND = ("entry_words", "moment_words")  # of a kind of its own on each database: see store.words


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("postgres_empty_url"))


def schema(connection: Connection) -> set[str]:
    """All the database says of its tables, constraints and indexes, conditions included."""
    if connection.dialect.name == "sqlite":
        made = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")).scalars()
        whole = ((sql.partition("(")[0].strip(), line) for sql in made for line in sql.splitlines())
        lines = (
            (head, part) for head, line in whole for part in line.split(", ")
        )  # where a column was added, it stands
        found = {f"{head}: {line.strip().strip(', ')}".replace('"', "") for head, line in lines if OWN not in head}
        return {line for line in found if not any(name in line for name in BY_HAND)}
    columns = {
        f"{table}.{column['name']} {column['type']!r} {column['nullable']} {column['default']}"
        for table in inspect(connection).get_table_names()
        for column in inspect(connection).get_columns(table)
    }
    rest = {str(row) for query in (CHECKS, INDEXES) for row in connection.execute(text(query)).scalars()}
    return {line for line in columns | rest if not any(name in line for name in (OWN, *BY_HAND))}


def test_migrations_follow_one_another_and_their_files_bear_their_names() -> None:
    newest_first = list(ScriptDirectory.from_config(migrate._config()).walk_revisions())
    revisions = [script.revision for script in reversed(newest_first)]
    assert revisions == migrate._revisions()
    assert [script.down_revision for script in newest_first] == [*revisions[-2::-1], None]


def test_migrations_make_what_the_tables_declare(empty_url: str) -> None:
    upgrade(empty_url)
    db = database(empty_url)
    with db.writing() as connection:
        looks = {"compare_type": True, "include_name": lambda name, _kind, _of: not (name or "").startswith(BY_HAND)}
        assert compare_metadata(MigrationContext.configure(connection, opts=looks), Base.metadata) == []
        migrated = schema(connection)
        Base.metadata.drop_all(connection)
        Base.metadata.create_all(connection)
        declared = schema(connection)
    db.close()
    assert migrated == declared
    assert any("WHERE" in line for line in migrated), "partial indexes are looked at"
    assert any("CHECK" in line for line in migrated), "states are looked at"


def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    first = upgrade(empty_url)
    assert first == upgrade(empty_url) == status(empty_url)
    assert first.ready
    assert first.current == first.head


def test_many_processes_may_upgrade_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert all(standing.ready for standing in pool.map(lambda _: upgrade(empty_url), range(4)))


def test_the_way_back_leaves_no_table(empty_url: str) -> None:
    upgrade(empty_url)
    db = database(empty_url)
    with db.migrating() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == [OWN]
    db.close()
    assert upgrade(empty_url).ready


FEED = "INSERT INTO feed (id, url, title, priority, state, due_at, failures, last_error, baseline_done, source, etag)"
ENTRY = """INSERT INTO entry (id, feed_id, uid, title, canonical_url, summary, content, content_html, published_raw,
    error, authors, categories, enclosures, date_flag, first_seen, revision, revised_at, material_hash, backlog, state,
    tries)"""
POLL = "INSERT INTO poll_record (id, feed_id, at, outcome, bytes, elapsed_ms, new, changed, error)"
BEFORE = (  # what a database held that the first release wrote, due times in milliseconds
    f"{FEED} VALUES (1, 'https://harbour.example/feed', 'Harbour', true, 'active', 70, 0, '', true, 'cli', 'W/\"1\"')",
    f"{FEED} VALUES (2, 'https://feeds.harbour.example/', '', false, 'failing', 50, 3, 'timeout', true, 'file', NULL)",
    f"{FEED} VALUES (3, 'https://198.51.100.7/rss', '', false, 'muted', 60, 0, '', false, 'opml', NULL)",
    f"{ENTRY} VALUES (1, 1, 'u', 'T', '', '', '', '', '', '', '[]', '[]', '[]', 'ok', 5, 1, 5, 'h', false, 'done', 1)",
    f"{POLL} VALUES (101, 1, 5, 'new', 10, 20, 1, 0, '')",
    f"{POLL} VALUES (102, 2, 6, 'failed', 0, 20, 0, 0, 'timeout')",
)
HELD = {"feed": "id, url, title, priority, state, due_at, failures, last_error, baseline_done, source, etag"} | {
    "entry": "id, feed_id, uid, title, summary, first_seen, state, set_aside",
    "poll_record": "id, feed_id, at, outcome, status, bytes, new, error",
}


def held(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Everything there was before, in words both versions know."""
    queries = {table: text(f"SELECT {columns} FROM {table} ORDER BY id") for table, columns in HELD.items()}  # noqa: S608
    return {table: [tuple(row) for row in connection.execute(query)] for table, query in queries.items()}


def test_what_the_first_release_wrote_comes_up_whole_and_goes_down_again(empty_url: str) -> None:
    db = database(empty_url)
    with db.migrating() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in BEFORE:
            connection.execute(text(statement))
        before = held(connection)
    assert upgrade(empty_url).ready
    with open_store(empty_url) as store, store.write() as tx:
        assert held(connection_of(tx)) == before
        hosts = connection_of(tx).execute(text("SELECT key, due_at, held FROM host ORDER BY key")).all()
        assert [tuple(row) for row in hosts] == [("198.51.100.7", 60, 0), ("harbour.example", 50, 0)]
        feeds = tx.feeds.all()
        assert [(known.etag, known.marks, known.id_policy, known.skip_hours) for known in feeds] == [
            ('W/"1"', b"", "guid", ()),
            (None, b"", "guid", ()),
            (None, b"", "guid", ()),
        ]
        assert [known.feed_id for known in tx.feeds.claim_due(NOW, limit=9, lease=LEASE)] == [2, 1]
        tx.feeds.finish(replace(tx.feeds.get(1), state="gone", url="https://harbour.example/"), polled())
    with db.migrating() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        after = held(connection)
        assert after["entry"] == before["entry"]
        assert set(after["poll_record"]) > set(before["poll_record"])
        assert [(row[0], row[4]) for row in after["feed"]] == [(1, "failing"), (2, "failing"), (3, "muted")]
    db.close()
    assert upgrade(empty_url).ready


CHANNEL = """INSERT INTO channel (id, kind, address, state, reason, created_at, format, owner, failures, trips, mailbox,
    paused_until)"""


def test_a_day_an_endpoint_was_granted_before_is_an_hour_now(empty_url: str) -> None:
    """Its alerts would wait that day out else, whatever the setting says by now."""
    db, now = database(empty_url), int(time.time() * 1000)
    pauses = {1: now + 86_400_000, 2: now + 60_000, 3: None}
    with db.migrating() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0022")
        for number, until in pauses.items():
            row = (
                f"({number}, 'webhook', 'https://{number}.example/', 'active', '', 5, 'standard', '', 1, 1, '', :until)"
            )
            connection.execute(text(f"{CHANNEL} VALUES {row}"), {"until": until})
    db.close()
    assert upgrade(empty_url).ready
    with open_store(empty_url) as store, store.read() as tx:
        rows = connection_of(tx).execute(text("SELECT id, paused_until FROM channel")).all()
    after: dict[int, int | None] = {number: until for number, until in rows}  # noqa: C416  rows are no pairs to mypy
    assert now < (after.pop(1) or 0) < now + 2 * 3_600_000
    assert after == {2: pauses[2], 3: None}


def test_a_migration_that_fails_leaves_the_database_as_it_was(empty_url: str) -> None:
    db = database(empty_url)
    with pytest.raises(ZeroDivisionError), db.migrating() as connection:  # noqa: PT012 - the whole of it is undone
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        raise ZeroDivisionError
    with db.reading() as connection:
        assert inspect(connection).get_table_names() == []
    db.close()


def test_states_nobody_knows_are_refused(store_url: str) -> None:
    db = database(store_url)
    with pytest.raises(IntegrityError, match="ck_feed_state"), db.writing() as connection:
        connection.execute(insert(FeedRow).values(url="https://meridian.example/", due_at=NOW, state="lost"))
    db.close()


def test_references_to_nowhere_are_refused(store_url: str) -> None:
    db = database(store_url)
    slots = {"kind": "strike", "headline": "x", "first_seen": NOW, "last_seen": NOW, "stamp": "x"}
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), db.writing() as connection:
        connection.execute(insert(EventRow).values(possibly=99, **slots))
    db.close()


def test_every_migration_is_named_by_its_number() -> None:
    names = sorted(path.name for path in (migrate.FOLDER / "versions").glob("*.py"))
    assert [name.partition("_")[0] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]


def test_the_file_is_in_wal_mode_and_its_writer_syncs(sqlite_url: str) -> None:
    db = database(sqlite_url)
    with db.writing() as connection:
        said = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
        keys = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    with db.reading() as connection:
        reader = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("query_only", "wal_autocheckpoint")
        ]
    db.close()
    assert (said, keys, reader) == ({"journal_mode": "wal", "synchronous": 2}, 1, [1, 0])
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as shell:
        assert shell.execute("PRAGMA integrity_check").fetchone() == ("ok",)
