"""We and the package `reader` poll and store the same feeds, one after the other: first as new, then unchanged.

Each is a process of its own with a database file of its own; the server is a third, and all share the processors.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.rig import ROOT, Outlets, outlets, say, service, timed
from tests.standins import NOON, HandClock

pytestmark = pytest.mark.bench

FEEDS = 500


def theirs(server: Outlets, folder: Path) -> list[dict[str, Any]]:
    """Return what two updates took."""
    words = [sys.executable, "-m", "tests.bench.reader_side", str(folder / "reader.db")]
    given = "".join(f"{url}\n" for url in [*server.urls, "", "go", "go"])
    done = subprocess.run(words, input=given, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return [json.loads(line) for line in done.stdout.splitlines()]


def ours(server: Outlets, folder: Path) -> list[dict[str, float]]:
    """Return what two rounds of polls took, seven hours apart by the clock."""
    clock, rounds = HandClock(NOON), []
    with service(folder, clock) as running:
        running.add(server.urls)
        for new in (50, 0):
            now = clock.forward(hours=7)
            with timed() as took:
                done = running.run(now)
            assert {item.record.error for item in done} == {""}
            assert sum(item.record.new for item in done) == new * FEEDS
            rounds.append(took)
    return rounds


def test_beside_reader(tmp_path: Path) -> None:
    if importlib.util.find_spec("reader") is None:
        pytest.skip("the package `reader` is not installed here; `make bench` does that where it can")
    with outlets(FEEDS) as server:
        mine, other = ours(server, tmp_path), theirs(server, tmp_path)
    assert [(took["entries"], took["failed"]) for took in other] == [(50 * FEEDS, 0)] * 2
    for what, us, them in zip(("first", "unchanged"), mine, other, strict=True):
        say(
            f"{what} poll of {FEEDS} feeds of 50 entries",
            f"{us['wall']:.1f} s, {us['cpu']:.1f} s of CPU; reader {them['version']} {them['wall']:.1f} s, "
            f"{them['cpu']:.1f} s of CPU: {them['wall'] / us['wall']:.1f} times as fast, "
            f"{them['cpu'] / us['cpu']:.1f} times by CPU",
            ">= 2 times",
        )
