"""What the running service holds in memory with five thousand feeds."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.adapters.store import open_store, upgrade
from service.pipeline.manage import add_feed
from tests.bench.rig import LOOPBACK, ROOT, outlets, say
from tests.standins import NOON

pytestmark = pytest.mark.bench

FEEDS = 5000
ITEMS = 1
PATIENCE_S = 500


def peak_mb(pid: int) -> float:
    """Return the most memory a process ever held (VmHWM of proc(5))."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] + [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        if task.name != str(pid)
        for child in (task / "children").read_text().split()
    ]


def test_five_thousand_feeds(tmp_path: Path) -> None:
    """Each polled once, and what that brought judged meanwhile; web pages, clock and workers all up."""
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    upgrade(url)
    with outlets(FEEDS, items=ITEMS) as server, open_store(url) as store:
        with store.write() as tx:
            for address in server.urls:
                add_feed(tx, address, now=NOON)
        with socket.create_server(("127.0.0.1", 0)) as free:
            bind = f"127.0.0.1:{free.getsockname()[1]}"
        settings = {"TOCSIN_DATA_DIR": str(tmp_path), "TOCSIN_ALLOW_NETS": LOOPBACK, "TOCSIN_BIND": bind}
        settings |= {"TOCSIN_TICK_S": "1", "DATABASE_URL": url, "TOCSIN_SECRET_KEY": "for a bench only " * 2}
        words = [sys.executable, "-m", "service", "run"]
        with subprocess.Popen(
            words, cwd=ROOT, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as running:
            try:
                began, polled = time.monotonic(), 0
                while polled < FEEDS and time.monotonic() - began < PATIENCE_S and running.poll() is None:
                    time.sleep(1)
                    with store.read() as tx:
                        polled = sum(feed.last_ok_at is not None for feed in tx.feeds.all())
                service_mb = peak_mb(running.pid)
                parsers = [peak_mb(child) for child in children(running.pid)]
            finally:
                running.send_signal(signal.SIGTERM)
    say(
        f"the service after its first polls of {polled:,} feeds",
        f"{service_mb:.0f} MB at most, and {', '.join(f'{mb:.0f} MB' for mb in parsers)} in its parser",
        "within 400 MB",
    )
    assert polled == FEEDS
    assert service_mb + sum(parsers) < 400
