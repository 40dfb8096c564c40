"""Two workers that link at once, on each database: one happening is one event all the same."""

from dataclasses import replace

import pytest

from service.adapters.store import open_store
from service.core.link import WORLD, Neighbourhood, neighbourhoods
from service.core.report import Judgement, Report
from tests.core.accounts import GENEVA, KYIV, SUMY, TRIPOLI_LB, UKRAINE, account, entry_of, strike, talks
from tests.pipeline import linkers

HAPPENINGS, OUTLETS = 12, 4


def test_processes_on_one_database_never_start_an_event_twice(store_url: str) -> None:
    with open_store(store_url) as store:
        linkers.tell(store, happenings=HAPPENINGS, outlets=OUTLETS)
        linkers.race(store_url, processes=2)
        with store.read() as tx:
            found = tx.events.recent(limit=1000)
            assert tx.entries.waiting() == 0
    assert [event.reports for event in found] == [OUTLETS] * HAPPENINGS


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
