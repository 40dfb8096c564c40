import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from service.adapters.store import SqlStore, backup, open_store, restore, status
from service.core.errors import BadInput, StoreUnavailable
from tests.adapters.store.making import a_feed


def urls(store: SqlStore) -> list[str]:
    with store.read() as tx:
        return [feed.url[8:] for feed in tx.feeds.all()]


def add(store: SqlStore, host: str) -> None:
    with store.write() as tx:
        a_feed(tx, url=f"https://{host}")


def test_a_backup_made_at_work_is_whole_checked_and_for_its_owner_only(sqlite_url: str, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    with open_store(sqlite_url) as store:
        add(store, "before")
        with store.write() as tx:
            a_feed(tx, url="https://not-committed")
            size = backup(sqlite_url, target)
        add(store, "after")
    assert (target.stat().st_size, stat.S_IMODE(target.stat().st_mode)) == (size, 0o600)
    assert not list(tmp_path.glob("backup.db?*")), "one file, nothing beside it"
    with open_store(f"sqlite:///{target}") as store:
        assert urls(store) == ["before"]


def test_a_backup_never_overwrites_a_file(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    with pytest.raises(BadInput, match="exists already"):
        backup(sqlite_url, tmp_path / "precious")
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_backup_into_a_folder_that_is_not_there_says_so(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="No such file"):
        backup(sqlite_url, tmp_path / "nowhere" / "backup.db")


def test_a_damaged_database_gives_no_backup(sqlite_url: str, tmp_path: Path) -> None:
    damage(Path(sqlite_url.removeprefix("sqlite:///")))
    with pytest.raises(StoreUnavailable, match=r"damaged|malformed"):
        backup(sqlite_url, tmp_path / "backup.db")
    assert not list(tmp_path.glob("backup.db*"))


def test_restoring_over_a_database_needs_force_and_keeps_a_copy(sqlite_url: str, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    with open_store(sqlite_url) as store:
        add(store, "old")
        backup(sqlite_url, target)
        add(store, "new")
        with pytest.raises(BadInput, match=r"--force"):
            restore(sqlite_url, target)
        assert urls(store) == ["old", "new"]
        kept = restore(sqlite_url, target, force=True)
        assert urls(store) == ["old"], "stores that are open go on with what was put back"
        add(store, "next")
        assert urls(store) == ["old", "next"]
    with open_store(f"sqlite:///{kept}") as store:
        assert urls(store) == ["old", "new"]


def test_a_reader_keeps_its_picture_while_a_backup_is_put_back(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        backup(sqlite_url, tmp_path / "backup.db")
        add(store, "new")
        with store.read() as tx:
            assert len(tx.feeds.all()) == 1
            restore(sqlite_url, tmp_path / "backup.db", force=True)
            assert len(tx.feeds.all()) == 1
        assert urls(store) == []


def test_restoring_where_nothing_was_needs_no_force(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        add(store, "old")
    backup(sqlite_url, tmp_path / "backup.db")
    url = f"sqlite:///{tmp_path / 'elsewhere' / 'tocsin.db'}"
    assert restore(url, tmp_path / "backup.db") is None
    with open_store(url) as store:
        assert urls(store) == ["old"]


def test_a_damaged_database_is_moved_aside_for_a_backup(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url) as store:
        add(store, "old")
    backup(sqlite_url, tmp_path / "backup.db")
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    damage(path)
    damaged = path.read_bytes()
    kept = restore(sqlite_url, tmp_path / "backup.db", force=True)
    assert kept
    assert kept.read_bytes() == damaged
    with open_store(sqlite_url) as store:
        assert urls(store) == ["old"]


@pytest.mark.parametrize("content", [b"", b"Dear diary, " * 500, b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_backup_is_not_put_back(sqlite_url: str, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wrong.db").write_bytes(content)
    with pytest.raises(BadInput, match="no backup of Tocsin"):
        restore(sqlite_url, tmp_path / "wrong.db", force=True)
    assert status(sqlite_url).ready


def test_a_backup_that_is_not_there_says_so(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no file"):
        restore(sqlite_url, tmp_path / "nowhere.db", force=True)


def test_a_backup_of_a_newer_version_is_not_put_back(sqlite_url: str, tmp_path: Path) -> None:
    backup(sqlite_url, tmp_path / "newer.db")
    with closing(sqlite3.connect(tmp_path / "newer.db")) as shell, shell:
        shell.execute("UPDATE alembic_version SET version_num = '9999'").close()
    with pytest.raises(BadInput, match="newer"):
        restore(sqlite_url, tmp_path / "newer.db", force=True)
    assert status(sqlite_url).ready


def test_postgresql_names_its_own_tools(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="pg_dump"):
        backup(postgres_url, tmp_path / "x")
    with pytest.raises(BadInput, match="pg_restore"):
        restore(postgres_url, tmp_path / "x")


def damage(path: Path) -> None:
    """Overwrite all but the first page."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xaa" * (path.stat().st_size - 4096))
