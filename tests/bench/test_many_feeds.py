"""What 5,000 feeds cost beside being polled: to import, to count for `/metrics`, to take again from a list."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from service.adapters.metrics import exposition
from service.bootstrap import App
from service.settings import load
from service.web.metrics import scrape
from tests.bench.rig import say
from tests.migrated import put_database

pytestmark = pytest.mark.bench

FEEDS = 5_000
HOSTS = 1_500


def outline(number: int) -> str:
    place = f'country="{("UA", "IL", "SD", "YE")[number % 4]}" category="topic {number % 7}"'
    return f'<outline type="rss" text="{number}" xmlUrl="https://h{number % HOSTS}.example/{number}.xml" {place}/>'


def cpu_ms(work: Callable[[], object], rounds: int = 1) -> tuple[float, float]:
    """Return the CPU time and the wall time of the best of some rounds."""
    taken = []
    for _ in range(rounds):
        start, wall = time.process_time(), time.monotonic()
        work()
        taken.append((1000 * (time.process_time() - start), 1000 * (time.monotonic() - wall)))
    return min(taken)


def test_a_long_list_is_imported_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(f'<opml version="2.0"><body>{"".join(map(outline, range(FEEDS)))}</body></opml>')
    put_database(tmp_path / "data")
    with App(load(environ={}, flags={"data_dir": tmp_path / "data"})) as app:
        for what in ("new", "known"):
            cpu, wall = cpu_ms(lambda: app.import_feeds(path))
            say(f"import of {FEEDS:,} feeds, all {what}", f"{wall / 1000:.1f} s, {cpu / 1000:.1f} s of CPU")
        with app.store.read() as tx:
            assert len(tx.feeds.all()) == FEEDS
        cpu, _ = cpu_ms(lambda: exposition(scrape(app)), rounds=7)
        say(f"/metrics with {FEEDS:,} feeds, all of them in doubt", f"{cpu:.0f} ms of CPU")
        settled(tmp_path / "data" / "tocsin.db")
        cpu, _ = cpu_ms(lambda: exposition(scrape(app)), rounds=7)
        say(f"/metrics with {FEEDS:,} feeds, one in 50 in doubt", f"{cpu:.0f} ms of CPU", "<= 20 ms")


def settled(path: Path) -> None:
    """Have nearly all feeds polled a moment ago, and well."""
    now = int(time.time() * 1000)
    well = "state = 'active', last_poll_at = ?, last_ok_at = ?, last_entry_at = ?, due_at = ?, gap_s = 3600"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE feed SET {well} WHERE id % 50 > 0", (now, now, now, now + 3_600_000))  # noqa: S608
