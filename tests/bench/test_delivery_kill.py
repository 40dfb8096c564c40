"""kill -9 at random moments, at full size: over two thousand events by webhook and mail, a hundred kills and more.

The webhook sink fsyncs before it answers. Mail goes into a real Postfix, which fsyncs too and passes it on to the
server that counts; where Postfix cannot be run, and on PostgreSQL, it goes to aiosmtpd. On PostgreSQL two workers share
the work. `pytest -m bench -n 0 -s tests/bench/test_delivery_kill.py` runs all of it, the control too.
"""

import os
from pathlib import Path

import pytest

from tests.killing import Killed
from tests.test_delivery_kill import MOMENTS, killed

pytestmark = pytest.mark.bench
EVENTS, KILLS = 6000, 100
WHOLE_KILLS = 40


def judged(found: Killed, name: str, kills: int = KILLS) -> None:
    print(f"\n{name}: {found}")  # noqa: T201  the result
    assert (found.lost, found.strange) == (0, 0)
    assert found.repeats <= found.kills * found.in_flight
    assert found.kills >= kills


def test_a_hundred_kills_on_sqlite_with_a_real_postfix(sqlite_url: str, tmp_path: Path) -> None:
    by_postfix = os.getuid() == 0 and Path("/usr/lib/postfix/sbin/master").exists()
    found = killed(sqlite_url, tmp_path, count=EVENTS, kills=KILLS, moments=MOMENTS, by_postfix=by_postfix)
    judged(found, f"SQLite, mail into {'Postfix' if by_postfix else 'aiosmtpd'}")


def test_the_whole_service_is_killed(sqlite_url: str, tmp_path: Path) -> None:
    """Pages, clock and every step in one process, as `tocsin run` has them."""
    found = killed(sqlite_url, tmp_path, count=EVENTS, kills=WHOLE_KILLS, mode="--whole")
    judged(found, "SQLite, the whole service", WHOLE_KILLS)


def test_a_hundred_kills_of_two_workers_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    found = killed(postgres_url, tmp_path, count=EVENTS, kills=KILLS, moments=MOMENTS, at_once=2)
    judged(found, "PostgreSQL, two workers")


def test_who_marks_before_sending_loses(sqlite_url: str, tmp_path: Path) -> None:
    found = killed(sqlite_url, tmp_path, count=EVENTS, kills=KILLS, mode="--mark-first")
    print(f"\nMarked first, the control: {found}")  # noqa: T201
    assert found.lost > 0
    assert found.kills >= KILLS
