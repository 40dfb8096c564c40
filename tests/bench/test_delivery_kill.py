"""kill -9 at random moments, at full size: over two thousand events by webhook and mail, a hundred kills and more.

The webhook sink fsyncs before it answers; the mail server is aiosmtpd. On PostgreSQL two workers share the work.
"""

from pathlib import Path

import pytest

from tests.test_delivery_kill import MOMENTS, killed

pytestmark = pytest.mark.bench
EVENTS = 5000


def test_a_hundred_kills_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    found = killed(sqlite_url, tmp_path, count=EVENTS, kills=100, moments=MOMENTS)
    print(f"\nSQLite: {found}")  # noqa: T201  the result
    assert (found.lost, found.strange) == (0, 0)
    assert found.repeats <= found.kills * found.in_flight
    assert found.kills >= 100


def test_a_hundred_kills_of_two_workers_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    found = killed(postgres_url, tmp_path, count=EVENTS, kills=100, moments=MOMENTS, at_once=2)
    print(f"\nPostgreSQL, two workers: {found}")  # noqa: T201
    assert (found.lost, found.strange) == (0, 0)
    assert found.repeats <= found.kills * found.in_flight
    assert found.kills >= 100


def test_who_marks_before_sending_loses(sqlite_url: str, tmp_path: Path) -> None:
    found = killed(sqlite_url, tmp_path, count=EVENTS, kills=100, mark_first=True)
    print(f"\nMarked first, the control: {found}")  # noqa: T201
    assert found.lost > 0
