"""A process that makes digests over and over, day after day of a time of its own: to be killed.

It goes through the days at a pace of hours, as a scheduler would whose machine sleeps now and then, and prints a line
whenever it has gone through a day.
"""

# ruff: noqa: T201 - what it prints is what it is for
from datetime import datetime, timedelta

from service.adapters.store import SqlStore, open_store
from service.core.rules import RuleIndex
from service.pipeline.digest import Digest
from tests.rules import rule
from tests.standins import BellEngine, PlainRenderer


def step(store: SqlStore) -> Digest:
    rules = RuleIndex([rule("any-strike", "kind:strike")])
    return Digest(store=store, renderer=PlainRenderer(), engine=BellEngine(), rules=lambda: rules, batch=3)


def go(url: str, start: datetime, days: int) -> None:
    """Make what is due at each hour of these days."""
    with open_store(url) as store:
        making = step(store)
        for hour in range(24 * days):
            while making.run(start + timedelta(hours=hour)):
                pass
            if hour % 24 == 0:
                print(hour // 24, flush=True)
    print("done", flush=True)
