"""Two workers that link at once, on each database: one happening is one event all the same."""

from collections import Counter
from dataclasses import replace

import pytest

from service.adapters.store import SqlStore, open_store
from service.core.link import WORLD, Neighbourhood, neighbourhoods
from service.core.report import Judgement, Report
from tests.adapters.store.making import NOW, a_feed, parsed, put
from tests.core.accounts import GENEVA, KYIV, SUMY, TRIPOLI_LB, UKRAINE, account, entry_of, strike, talks
from tests.pipeline import linkers

HAPPENINGS, OUTLETS = 12, 4
COPIES = 30


def test_processes_on_one_database_never_start_an_event_twice(store_url: str) -> None:
    with open_store(store_url) as store:
        linkers.tell(store, happenings=HAPPENINGS, outlets=OUTLETS)
        linkers.race(store_url, processes=2)
        with store.read() as tx:
            found = tx.events.recent(limit=1000)
            assert tx.entries.waiting() == 0
    assert [event.reports for event in found] == [OUTLETS] * HAPPENINGS


def test_a_flood_of_copies_is_one_event_of_one_source_and_nothing_is_lost(sqlite_store: SqlStore) -> None:
    """Each is counted, on its own row, and drawn anew is nothing: the second hundred costs what the first did."""
    with sqlite_store.write() as tx:
        for n in range(COPIES):
            source = a_feed(tx, url=f"https://{n}.example/feed", title=f"Outlet {n}")
            put(
                tx, source, parsed("1", title="Jets bomb a granary by the old river port number 7 in UA", published=NOW)
            )
    ingest = linkers.step(sqlite_store)
    done = [result for _ in range(COPIES) for result in ingest.run(NOW)]
    assert Counter(result.placed[0].link.decision for result in done) == {"new": 1, "copy": COPIES - 1}
    with sqlite_store.read() as tx:
        (event,) = tx.events.recent(limit=10)
        assert (event.reports, event.sources, event.revision) == (COPIES, 1, 1)
        assert len(tx.events.accounts(event.event_id)) == COPIES
        assert len(tx.events.developments(event.event_id)) == 1


@pytest.mark.parametrize(
    ("reports", "where"),
    [
        ([], []),
        ([strike(place=KYIV), strike(place=SUMY)], [Neighbourhood("strike", "UA")]),
        (
            [strike(place=TRIPOLI_LB), strike(place=KYIV)],
            [Neighbourhood("strike", "LB"), Neighbourhood("strike", "UA")],
        ),
        ([strike(place=KYIV), strike()], [Neighbourhood("strike")]),
        ([strike(place=UKRAINE)], [Neighbourhood("strike")]),
        ([talks(place=GENEVA)], [Neighbourhood("talks")]),
        ([replace(strike(), new=False)], []),
        ([replace(strike(place=KYIV), new=False, stance="denies")], [Neighbourhood("strike", "UA")]),
    ],
)
def test_a_town_has_its_country_and_what_may_be_anywhere_all_the_world(
    reports: list[Report], where: list[Neighbourhood]
) -> None:
    assert neighbourhoods([(entry_of(account(1, "Wire", one)), judged(one)) for one in reports]) == where


def judged(report: Report) -> Judgement:
    return Judgement(lang="en", reports=(report,))


def test_an_edit_may_be_of_any_event() -> None:
    edited = replace(entry_of(account(1, "Wire", strike(place=KYIV))), revision=2)
    assert neighbourhoods([(edited, judged(strike(place=KYIV)))]) == list(WORLD)
