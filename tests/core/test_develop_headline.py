"""Whose title stands over an event: the first, as long as no figure and no status in it has been overtaken."""

from dataclasses import replace

import pytest

from service.core.develop.headline import headline_of
from service.core.event import Account
from service.core.report import Count, Report
from tests.core.accounts import account, count, strike, talks


def titled(number: int, title: str, report: Report, *, copy: bool = False) -> Account:
    """Return an account whose figures stand in its title."""
    evidence = tuple(replace(item, where="title") for item in report.evidence)
    decision = "copy" if copy else "joined"
    return account(number, f"Outlet {number}", replace(report, evidence=evidence), title=title, decision=decision)  # type: ignore[arg-type]


ONE = titled(1, "One killed in Kharkiv", strike(killed=count(1)))
SIX = titled(2, "At least six killed in Kharkiv", strike(killed=count(6, None)))
NINE = titled(3, "Nine killed in Kharkiv", strike(killed=count(9)))
BARE = account(4, "Outlet 4", strike(killed=count(1)), title="Drone hits apartment block in Kharkiv")

SILENT = account(5, "Outlet 5", strike(), title="Drone hits apartment block in Kharkiv")


@pytest.mark.parametrize(
    ("accounts", "killed", "expected"),
    [
        ([ONE], Count(1, 1), "One killed in Kharkiv"),
        ([ONE, SIX], Count(6, None), "At least six killed in Kharkiv"),
        ([ONE, SIX, NINE], Count(9, 9), "Nine killed in Kharkiv"),
        ([ONE, SIX, NINE], Count(6, 9), "At least six killed in Kharkiv"),
        ([BARE, ONE, NINE], Count(9, 9), "Nine killed in Kharkiv"),
        ([SILENT, ONE, NINE], Count(9, 9), "Drone hits apartment block in Kharkiv"),
        ([ONE, SIX], Count(12, 12), "At least six killed in Kharkiv"),
    ],
)
def test_a_title_with_an_overtaken_figure_makes_room(accounts: list[Account], killed: Count, expected: str) -> None:
    assert headline_of(accounts, killed=killed, injured=None, status=None) == expected


def test_a_copy_does_not_give_the_headline_where_an_own_account_can() -> None:
    copied = titled(1, "Nine killed, agencies say", strike(killed=count(9)), copy=True)
    assert headline_of([copied, NINE], killed=Count(9, 9), injured=None, status=None) == "Nine killed in Kharkiv"
    assert headline_of([copied], killed=Count(9, 9), injured=None, status=None) == "Nine killed, agencies say"


def test_talks_that_collapsed_are_not_headed_by_their_invitation() -> None:
    invited = account(1, "Outlet 1", talks(status="proposed"), title="Switzerland offers to host talks")
    broken = account(2, "Outlet 2", talks(status="collapsed"), title="Geneva talks collapse")
    assert headline_of([invited, broken], killed=None, injured=None, status="collapsed") == "Geneva talks collapse"


def test_the_language_of_most_accounts_comes_first() -> None:
    first = account(1, "Outlet 1", strike(), title="Удар по Харкову", lang="uk")
    others = [account(n, f"Outlet {n}", strike(), title=f"Strike on Kharkiv {n}") for n in (2, 3)]
    assert headline_of([first, *others], killed=None, injured=None, status=None) == "Strike on Kharkiv 2"
