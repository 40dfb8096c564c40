"""Fixtures for tests that need a real database: a store on SQLite, and on a PostgreSQL started for the test run."""

import fcntl
import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from service.adapters.store import SqlStore, open_store, upgrade
from tests.migrated import put_database

settings.register_profile("tocsin", deadline=None)  # a busy machine is no failure; benchmarks measure time
settings.load_profile("tocsin")

SLOW = ("test_kill.py", "test_preview.py", "test_rule_saving.py", "test_trouble.py", "test_crashes.py")
"""Files whose tests take longest: they come first, so that no worker is left alone with them at the end."""

TEMPLATE = "tocsin_template"
PORT = 5432  # names the socket only: the server listens on no network
OPTIONS = f"-p {PORT} -c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
NUMBERS = count(1)
EMPTY = """
DO $$ DECLARE name text; BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        PERFORM setval(quote_ident(name)::regclass, 1, false);
    END LOOP;
END $$
"""  # many times faster than a new database for each test


def pytest_xdist_auto_num_workers() -> int:
    """Say how many tests to run at once: one more than there are processors, as many wait for something."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal the slow tests out to the beginnings of the runs that xdist cuts the list into, one for each worker."""
    slow = [item for item in items if item.path.name in SLOW]
    rest = [item for item in items if item.path.name not in SLOW]
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    each = -(-len(items) // count)
    dealt = [slow[number::count] for number in range(count)]
    items[:] = []
    for hand in dealt:
        room = each - len(hand)
        items += [*hand, *rest[:room]]
        rest = rest[room:]
    items += rest


def pytest_collection_finish() -> None:
    """Leave what is there by now, and stays, out of every later search for garbage: there are some million objects."""
    gc.freeze()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a migrated, empty SQLite file."""
    put_database(tmp_path)
    return f"sqlite:///{tmp_path / 'tocsin.db'}"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL, with a gap for the database, shared by all workers; skips where there is none."""
    bin_dir = _bin_dir()
    if bin_dir is None:
        pytest.skip("PostgreSQL is not installed here (no initdb on PATH or in /usr/lib/postgresql)")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with _shared_server(shared / "postgres", bin_dir) as folder:
        yield f"postgresql+psycopg://postgres@/{{}}?host={folder}&port={PORT}"


@pytest.fixture
def postgres_empty_url(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    with fresh_database(postgres_server, "template1") as url:
        yield url


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database for this worker; it holds what the last test left."""
    with fresh_database(postgres_server, TEMPLATE) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_database: str) -> str:
    """The URL of a migrated, empty PostgreSQL database."""
    _sql(postgres_database, EMPTY)
    return postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated, empty database, of each kind in turn."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    """A migrated, empty store, on each database in turn."""
    with open_store(store_url, durable=False) as opened:  # the power does not fail here, and fsync takes time
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[SqlStore]:
    """A migrated, empty store on SQLite, for tests to which the database does not matter."""
    with open_store(sqlite_url, durable=False) as opened:
        yield opened


def _bin_dir() -> Path | None:
    """Return where the server's programs are: beside the initdb on PATH, or where Debian puts the newest."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    paths = [Path(found).resolve(), *debian[::-1]] if found else debian[::-1]
    return paths[0].parent if paths else None


@contextmanager
def _shared_server(mark: Path, bin_dir: Path) -> Iterator[Path]:
    """Yield the folder of the server's socket. The first worker to come starts it, the last one to go stops it.

    Each worker holds a shared lock for as long as it lives, so that one that was killed does not count.
    """
    with ExitStack() as stack:
        turn, users = (stack.enter_context(mark.with_suffix(end).open("a")) for end in (".turn", ".users"))
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not mark.exists():
            mark.write_text(str(_start(bin_dir)))
        folder = Path(mark.read_text())
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(turn, fcntl.LOCK_UN)
        yield folder
        fcntl.flock(turn, fcntl.LOCK_EX)
        with suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mark.unlink()
            _pg_ctl(bin_dir, folder, "stop", "-m", "immediate")
            shutil.rmtree(folder)


def _start(bin_dir: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))  # short: a socket's path has at most 107 bytes
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    initdb = ["initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    _run(bin_dir, *initdb)
    _pg_ctl(bin_dir, folder, "start", "-l", str(folder / "log"), "-o", f"{OPTIONS} -k {folder}")
    url = f"postgresql+psycopg://postgres@/{{}}?host={folder}&port={PORT}"
    _sql(url, f"CREATE DATABASE {TEMPLATE}")
    upgrade(url.format(TEMPLATE))
    return folder


def _pg_ctl(bin_dir: Path, folder: Path, *words: str) -> None:
    _run(bin_dir, "pg_ctl", "-D", str(folder / "data"), "-w", "-s", *words)


def _run(bin_dir: Path, program: str, *words: str) -> None:
    """Run one of the server's programs. They refuse to be root, so root lends its place to the user Debian makes."""
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*user, str(bin_dir / program), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, f"{program} failed: {done.stderr}"


@contextmanager
def fresh_database(server: str, template: str) -> Iterator[str]:
    """Yield the URL of a new database of the server's, a copy of the template; it is dropped at the end."""
    name = f"t{os.getpid()}_{next(NUMBERS)}"
    _sql(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield server.format(name)
    finally:
        _sql(server, f"DROP DATABASE {name} WITH (FORCE)")


def _sql(url: str, statement: str) -> None:
    with psycopg.connect(url.format("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())
