"""Processes that link reports on one database at once.

Every happening is told by several outlets whose entries wait side by side, so that processes that take one entry at a
time are at the same happening in the same moment. Half of the happenings have a town, a neighbourhood of its own; the
others are known by sides and toll alone, and may be anywhere.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from service.adapters.store import SqlStore, open_store
from service.core.entry import Entry
from service.core.report import Count, Judgement, Place, Report
from service.core.rules import RuleIndex
from service.pipeline.ingest import Ingest
from tests.adapters.store.making import NOW, a_feed, parsed, put
from tests.forks import Program
from tests.standins import BellEngine, PlainRenderer

COUNTRIES = ("UA", "SD", "LB", "MM")


@dataclass(frozen=True, slots=True)
class TitleJudge:
    """Reads `some words number 7 in UA`, or `… in nowhere`. No two titles have words in common."""

    def judge(self, entries: Sequence[Entry]) -> list[Judgement]:
        return [Judgement(lang="en", reports=(_report(entry.title),)) for entry in entries]


def _report(title: str) -> Report:
    *_, number, _, where = title.split()
    toll = Count(10 + int(number), 10 + int(number))
    town = Place(name=f"Town {number}", country=where, lat=int(number), lon=0.0, precision="city")
    return Report(
        kind="strike",
        new=True,
        confidence=0.9,
        place=None if where == "nowhere" else town,
        actor=f"Army {number}",
        killed=toll,
    )


def tell(store: SqlStore, *, happenings: int, outlets: int) -> None:
    """Let the outlets tell of them, all within a few minutes, one happening after the other."""
    with store.write() as tx:
        feeds = [a_feed(tx, url=f"https://{n}.example/feed", title=f"Outlet {n}") for n in range(outlets)]
        for number in range(happenings):
            where = COUNTRIES[number % len(COUNTRIES)] if number % 2 else "nowhere"
            for n, source in enumerate(feeds):
                words = hashlib.sha256(f"{number} {n}".encode()).hexdigest()
                title = f"{words[:16]} {words[16:32]} {words[32:48]} {words[48:]} number {number} in {where}"
                put(tx, source, parsed(f"{number}", title=title, published=NOW + timedelta(seconds=number)))


def race(url: str, *, processes: int) -> None:
    """Let so many processes link all that waits."""
    started = [Program(_work, url) for _ in range(processes)]
    said = [program.lines() for program in started]
    assert [program.wait() for program in started] == [0] * processes, said


def step(store: SqlStore) -> Ingest:
    """Return the step, one entry a transaction."""
    rules = RuleIndex([])
    return Ingest(
        store=store,
        judge=TitleJudge(),
        renderer=PlainRenderer(),
        engine=BellEngine(),
        rules=lambda: rules,
        batch=1,
    )


def _work(url: str) -> None:
    with open_store(url) as store:
        ingest = step(store)
        while ingest.run(NOW + timedelta(minutes=10)):
            pass
