"""What linking costs, and whether that grows with what is stored. `make bench` prints the figures.

Processor time throughout, so that they can be compared on a busy machine.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles

import pytest
from sqlalchemy import Engine, event

from service.adapters.store import SqlStore, open_store, upgrade
from service.core.link import link, traces, window
from tests.adapters.store.making import NOW, a_feed, parsed, put
from tests.bench.archive import TOWNS, fill, title
from tests.bench.centroids import Centroids
from tests.conftest import fresh_database
from tests.core.test_link_hard import items, placed, told, truth
from tests.linkdesk import Desk, bcubed
from tests.pipeline.linkers import TitleJudge, step
from tests.pipeline.test_bad_input import BATCH, flood
from tests.pipeline.test_ingest import World

pytestmark = pytest.mark.bench

ROUNDS = 5
SMALL, LARGE = 10_000, 1_000_000
HAPPENINGS, OUTLETS = 50, 4
REPORTS = HAPPENINGS * OUTLETS
COPIES = 1000


def say(words: str) -> None:
    print(f"\n{words}")  # noqa: T201  the result


def figures(took: list[float]) -> str:
    p95 = 1000 * quantiles(took, n=20)[-1]
    return f"{len(took) / sum(took):,.0f} reports/s, median {1000 * median(took):.1f} ms, p95 {p95:.1f} ms"


def test_reports_a_second_and_the_peer() -> None:
    """The stories are told over and over, each round a fortnight later: live events stay as many as news brings."""
    desk, peer = Desk(), Centroids()
    took: list[float] = []
    theirs: list[float] = []
    for tour in range(ROUNDS):
        later = timedelta(days=14 * tour)
        for one in items():
            at = one.entry.told_at + later
            entry = replace(one.entry, entry_id=one.entry.entry_id + 1000 * tour, published=at, first_seen=at)
            report = replace(one.report, occurred=None) if one.report.occurred else one.report
            started = time.process_time()
            desk.tell(entry, report, one.lang)
            took.append(time.process_time() - started)
            started = time.process_time()
            peer.tell(entry)
            theirs.append(time.process_time() - started)
    say(f"link and develop: {figures(took)}, {len(desk.events)} events")
    say(f"TF-IDF centroids: {figures(theirs)}")


def test_what_is_found_and_what_the_peer_finds() -> None:
    ours = bcubed(truth(items()), placed(told(Desk(), items())))
    peer = Centroids()
    theirs = bcubed(truth(items()), {one.entry.entry_id: peer.tell(one.entry) for one in items()})
    say(f"BCubed F1 on {len(items())} hard items: {ours.f1:.3f}, TF-IDF centroids {theirs.f1:.3f}")
    assert ours.f1 > theirs.f1


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Give the URL of an empty database of this name, on each kind in turn."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield lambda name: f"sqlite:///{tmp_path / name}.db"
        else:
            server = request.getfixturevalue("postgres_server")
            yield lambda _: stack.enter_context(fresh_database(server, "template1"))


def test_a_million_stored_events_cost_what_ten_thousand_do(new_url: Callable[[str], str]) -> None:
    costs = {}
    for size in (SMALL, LARGE):
        url = new_url(f"archive{size}")
        started = time.monotonic()
        builder = get_context("spawn").Process(target=built_archive, args=(url, size))
        builder.start()
        builder.join()
        assert builder.exitcode == 0
        built = time.monotonic() - started
        with open_store(url, durable=False) as store:
            tell_some(store)
            with counted() as in_ingest:
                whole = link_some(store)
            with counted() as in_linking:
                linking = look_up_and_link(store)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(f"{size:,} stored on {url.split(':')[0]} (built in {built:.0f} s), {memory:.0f} MB at most so far")
        say(f"  candidates and link: {figures(linking)}, {in_linking() / REPORTS:.1f} statements a report")
        say(f"  the whole of ingest: {figures(whole)}, {in_ingest() / REPORTS:.1f} statements a report")
        costs[size] = median(linking), median(whole)
    ratios = [large / small for small, large in zip(costs[SMALL], costs[LARGE], strict=True)]
    say(f"{LARGE:,} against {SMALL:,}: candidates and link {ratios[0]:.2f} times, ingest {ratios[1]:.2f} times")
    assert max(ratios) <= 2


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """Give the number of statements since, savepoints included."""
    number = count()

    def on(*_: object) -> None:
        next(number)

    event.listen(Engine, "before_cursor_execute", on)
    try:
        yield lambda: next(number)
    finally:
        event.remove(Engine, "before_cursor_execute", on)


def built_archive(url: str, size: int) -> None:
    """Build it, in a process of its own: what sorting a million keys takes is not what the service takes."""
    upgrade(url)
    with open_store(url, durable=False) as store:
        fill(store, size)


def tell_some(store: SqlStore) -> None:
    """Let outlets tell of happenings in the towns."""
    with store.write() as tx:
        for outlet in range(OUTLETS):
            source = a_feed(tx, url=f"https://{outlet}.example/feed", title=f"Outlet {outlet}")
            for number in range(HAPPENINGS):
                at = NOW + timedelta(minutes=number)
                put(tx, source, parsed(f"{number}", title=title(7 * number % TOWNS, outlet), published=at), now=at)


def link_some(store: SqlStore) -> list[float]:
    """Work through all that waits, one entry a transaction. Return what each cost, in seconds."""
    ingest, now = step(store), NOW + timedelta(hours=2)
    took: list[float] = []
    while True:
        started = time.process_time()
        if not ingest.run(now):
            return took[10:]  # what is read once is warm by then
        took.append(time.process_time() - started)


def look_up_and_link(store: SqlStore) -> list[float]:
    """Ask once more of each happening where it belongs. Return what each answer cost, in seconds."""
    took: list[float] = []
    with store.read() as tx:
        entry = tx.entries.get(1)
        for number in range(REPORTS):
            asked = replace(entry, title=title(7 * number % TOWNS, 9), published=NOW, canonical_url="")
            (report,) = TitleJudge().judge([asked])[0].reports
            started = time.process_time()
            near = traces(asked, report)
            known = tx.events.candidates("strike", since=NOW - window("strike"), near=near)
            link(asked, report, known, now=NOW)
            took.append(time.process_time() - started)
    return took[10:]


def test_a_flood_of_copies_costs_the_same_for_the_first_and_the_last(tmp_path: Path) -> None:
    """A thousand outlets repeat one text. What is told to the readers of the first is not counted."""
    url = f"sqlite:///{tmp_path / 'flood.db'}"
    upgrade(url)
    with open_store(url, durable=False) as store:
        took = list(flood(World(store), COPIES))
    early, late = (1000 * median(part) / BATCH for part in (took[1:3], took[-2:]))
    say(f"a copy among the first hundred {early:.2f} ms, among the last hundred of {COPIES:,} {late:.2f} ms of CPU")
    assert late < 2 * early
