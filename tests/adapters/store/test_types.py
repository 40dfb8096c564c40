from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.adapters.store import SqlStore
from service.adapters.store.rows import short
from service.adapters.store.types import storable
from tests.adapters.store.making import NOW


def test_a_time_without_a_zone_is_refused(store: SqlStore) -> None:
    with store.write() as tx, pytest.raises(Exception, match="without a zone"):
        tx.heartbeats.beat("clock", datetime(2026, 1, 5))  # noqa: DTZ001 - the point


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=3))), datetime(2026, 1, 5, 9, tzinfo=UTC)),
        (NOW.replace(microsecond=123999), NOW.replace(microsecond=123000)),
        (
            datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
        ),
        (datetime(9999, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)),
    ],
    ids=["other zone", "microseconds are cut", "before 1970", "beyond 32 bits"],
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(store: SqlStore, written: datetime, read: datetime) -> None:
    with store.write() as tx:
        tx.heartbeats.beat("clock", written)
    with store.read() as tx:
        assert tx.heartbeats.all() == {"clock": read}
        assert tx.heartbeats.all()["clock"].tzinfo is UTC


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("Київ 😀", "Київ 😀"),
        ("a\x00b", "a\ufffdb"),
        ("\ud83d x", "\ufffd x"),
        ("\ud83d\ude00", "😀"),
    ],
)
def test_text_is_made_storable(given: str, kept: str) -> None:
    assert storable(given) == kept


def test_a_key_is_cut_only_where_it_is_too_long_and_stays_unlike_others() -> None:
    assert short("x" * 1000) == "x" * 1000
    assert short("x" * 1001) != short("x" * 1002)
    assert len(short("й" * 5000).encode()) < 1000
