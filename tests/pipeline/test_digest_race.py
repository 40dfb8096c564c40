"""Two schedulers on one database, killed at any moment: each local date has one digest, and no event is in two."""

import json
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import text

from service.adapters.store import SqlStore, open_store
from service.adapters.store.databases import database
from service.core.event import Development, Event
from service.core.subscription import Wish
from service.pipeline.manage import subscribe
from tests.forks import Program
from tests.pipeline.digesters import go, step

START = datetime(2026, 10, 22, tzinfo=UTC)  # clocks go back in Europe on the 25th
DAYS = 7
ZONES = ("Europe/Kyiv", "America/New_York", "Pacific/Auckland", "UTC", "Asia/Kathmandu")
KILLS = 4


def begin(store: SqlStore) -> None:
    """Subscribe a few readers all over the world, and let something happen every five hours."""
    with store.write() as tx:
        for number, tz in enumerate(ZONES * 2):
            wish = Wish(kind="email", address=f"{number}@example.org", mode="digest", tz=tz, at="03:30")
            subscribe(tx, wish, known_rules=[], now=START)
        for hour in range(0, 24 * DAYS, 5):
            at = START + timedelta(hours=hour)
            event_id = tx.events.create(
                Event(event_id=0, kind="strike", headline=f"Strike {hour}", first_seen=at, last_seen=at)
            )
            tx.events.add_development(event_id, Development(change="new", revision=1, at=at), None)


def test_two_that_are_killed_again_and_again_make_each_digest_once(store_url: str) -> None:
    dice = random.Random(20261025)  # noqa: S311  any moments will do, the same each time
    with open_store(store_url) as store:
        begin(store)
    for _ in range(KILLS // 2):
        both = [Program(go, store_url, START, DAYS) for _ in range(2)]
        for one in both:
            for _ in range(dice.randint(1, 3)):
                one.stdout.readline()  # let it get so far at least
        for one in both:
            one.kill()
            one.lines()
            one.wait()
    with open_store(store_url) as store:
        making = step(store)
        for hour in range(24 * DAYS):
            while making.run(START + timedelta(hours=hour)):
                pass
    check(store_url)


def check(url: str) -> None:
    db = database(url)
    with db.reading() as connection:
        rows = connection.execute(text("SELECT * FROM digest ORDER BY subscription_id, window_end")).all()
        mails = connection.execute(text("SELECT dedup_key FROM outbox")).scalars().all()
        events = set(connection.execute(text("SELECT id FROM event")).scalars())
    db.close()
    assert len(mails) == len(set(mails)) == len(rows)
    for reader in range(1, 2 * len(ZONES) + 1):
        mine = [row for row in rows if row.subscription_id == reader]
        dates = [str(row.local_date) for row in mine]
        assert len(dates) == len(set(dates)), (reader, dates)
        assert all(later.window_start == earlier.window_end for earlier, later in pairwise(mine))
        told = [int(event_id) for row in mine for event_id in _told(row.told)]
        assert len(told) == len(set(told)), "no event is in two digests"
        assert set(told) == events, "none is lost between two"
        assert all(later.upto >= earlier.upto for earlier, later in pairwise(mine))


def _told(raw: Any) -> Any:
    return json.loads(raw) if isinstance(raw, str) else raw
