"""How events stand to earlier ones: a table of further rounds, and one of truces and their breaches."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.core.event import Candidate, Event
from service.core.link.series import broken, is_breach, next_of
from service.core.report import Place, Report
from tests.core.accounts import CAIRO, GENEVA, KHARKIV, UKRAINE, account, at, strike, talks

SUDAN = Place(name="Sudan", country="SD", lat=15.0, lon=30.0, precision="country")
SIDES = ("Northland", "Southmark")


def round_of(event_id: int, days: float, *said: Report, last: float | None = None) -> Candidate:
    """Return talks first told of so many days after the test's noon, and last told of `last` days after it."""
    told = [account(event_id * 10 + n, f"Wire {n}", one, hours=days * 24) for n, one in enumerate(said)]
    event = Event(
        event_id=event_id,
        kind="talks",
        headline="Talks",
        first_seen=at(days * 24),
        last_seen=at((days if last is None else last) * 24),
        status=said[0].status,
        parties=said[0].parties,
    )
    return Candidate(event=event, accounts=told)


def agreed(**slots: Any) -> Report:
    return talks(**({"status": "agreed", "parties": SIDES} | slots))


@pytest.mark.parametrize(
    ("said", "title", "before", "expected"),
    [
        pytest.param(talks(parties=SIDES), "Talks open", [round_of(1, -9, agreed())], 1, id="the same two, agreed"),
        pytest.param(talks(parties=SIDES), "Talks open", [round_of(1, -22, agreed())], None, id="too long ago"),
        pytest.param(
            talks(parties=SIDES), "Talks open", [round_of(1, -9, agreed()), round_of(2, -4, agreed())], 2, id="latest"
        ),
        pytest.param(
            talks(parties=SIDES), "Talks open", [round_of(1, -0.5, agreed())], None, id="told of within the day"
        ),
        pytest.param(
            talks(parties=SIDES),
            "Talks open",
            [round_of(1, -3, talks(status="under_way", parties=SIDES), last=-0.2)],
            None,
            id="still going on",
        ),
        pytest.param(
            talks(parties=SIDES),
            "Talks open",
            [round_of(1, -4, talks(status="under_way", parties=SIDES))],
            1,
            id="fell silent",
        ),
        pytest.param(
            talks(parties=("Northland", "Eastmere")),
            "Talks open",
            [round_of(1, -4, agreed())],
            None,
            id="one in common",
        ),
        pytest.param(
            talks(parties=("Northland",), venue=GENEVA, place=GENEVA),
            "Talks open",
            [round_of(1, -4, agreed(venue=GENEVA, place=GENEVA))],
            1,
            id="one in common, the same city",
        ),
        pytest.param(
            talks(parties=("Northland",), venue=SUDAN, place=SUDAN),
            "Talks open",
            [round_of(1, -4, agreed(venue=SUDAN, place=SUDAN))],
            None,
            id="one in common, somewhere in the same country",
        ),
        pytest.param(
            talks(parties=SIDES),
            "Talks open",
            [round_of(1, -4, talks(status="proposed", parties=SIDES)), round_of(2, -4, talks(parties=SIDES))],
            None,
            id="proposed, or only spoken of: no round",
        ),
        pytest.param(
            talks(parties=("Northland",)), "Second round of talks opens", [round_of(1, -4, agreed())], 1, id="says so"
        ),
        pytest.param(talks(), "Second round of talks opens", [round_of(1, -4, agreed())], None, id="nobody named"),
        pytest.param(
            talks(parties=SIDES),
            "Talks open",
            [round_of(1, -4, talks(status="violated", parties=SIDES))],
            None,
            id="a breach is no round",
        ),
    ],
)
def test_a_further_round_follows_the_latest_of_the_same_parties(
    said: Report, title: str, before: list[Candidate], expected: int | None
) -> None:
    found = next_of(title, said, before, at(0))
    assert (found.event_id if found else None) == expected
    assert found is None or found.how == "next_in_series"


BROKEN = strike(place=KHARKIV, subtype=("violation",))


@pytest.mark.parametrize(
    ("said", "beside", "truces", "expected"),
    [
        pytest.param(replace(BROKEN, actor="Northland"), [], [round_of(1, -5, agreed())], 1, id="who struck agreed"),
        pytest.param(replace(BROKEN, target="Southmark"), [], [round_of(1, -5, agreed())], 1, id="who was struck did"),
        pytest.param(replace(BROKEN, actor="Northland"), [], [round_of(1, -31, agreed())], None, id="too long ago"),
        pytest.param(replace(BROKEN, actor="Eastmere"), [], [round_of(1, -5, agreed())], None, id="others' truce"),
        pytest.param(
            replace(BROKEN, actor="Northland"),
            [],
            [round_of(1, -9, agreed()), round_of(2, -5, agreed(status="extended"))],
            2,
            id="the latest word on it",
        ),
        pytest.param(
            replace(BROKEN, actor="Northland"),
            [],
            [round_of(1, -9, agreed()), round_of(2, -5, agreed(parties=("Northland", "Eastmere")))],
            None,
            id="two truces of one side",
        ),
        pytest.param(
            replace(BROKEN, actor="Northland", target="Southmark"),
            [],
            [round_of(1, -9, agreed()), round_of(2, -5, agreed(parties=("Northland", "Eastmere")))],
            1,
            id="both sides tell which",
        ),
        pytest.param(
            replace(BROKEN, actor="Northland"),
            [talks(status="violated", parties=SIDES)],
            [round_of(1, -9, agreed()), round_of(2, -5, agreed(parties=("Northland", "Eastmere")))],
            1,
            id="the entry's own words on the talks tell which",
        ),
        pytest.param(
            BROKEN, [], [round_of(1, -5, agreed(parties=(), place=UKRAINE))], 1, id="the country whose war it is"
        ),
        pytest.param(BROKEN, [], [round_of(1, -5, agreed(parties=(), place=SUDAN))], None, id="another country's war"),
        pytest.param(
            replace(BROKEN, place=CAIRO),
            [],
            [round_of(1, -5, agreed(parties=(), venue=CAIRO, place=CAIRO))],
            None,
            id="where it was signed is not where it holds",
        ),
        pytest.param(
            replace(BROKEN, actor="Northland"),
            [],
            [round_of(1, -5, agreed(status="collapsed"))],
            None,
            id="it had collapsed",
        ),
        pytest.param(
            replace(BROKEN, actor="Northland"),
            [],
            [round_of(1, -5, talks(status="under_way", parties=SIDES))],
            None,
            id="nothing was agreed",
        ),
        pytest.param(
            replace(BROKEN, actor="Northland"),
            [],
            [round_of(1, -5, talks(status="violated", parties=SIDES), agreed())],
            1,
            id="broken before, and in force",
        ),
    ],
)
def test_a_breach_is_of_the_truce_that_its_sides_and_country_are_under(
    said: Report, beside: list[Report], truces: list[Candidate], expected: int | None
) -> None:
    found = broken(said, [said, *beside], truces, at(0))
    assert (found.event_id if found else None) == expected
    assert found is None or found.how == "violates"


@pytest.mark.parametrize(
    ("said", "beside", "expected"),
    [
        (BROKEN, [], True),
        (strike(place=KHARKIV), [], False),
        (strike(place=KHARKIV), [talks(status="violated")], True),
        (strike(place=KHARKIV), [talks(status="agreed")], False),
        (replace(BROKEN, stance="denies"), [], False),
        (talks(status="violated"), [], True),
        (agreed(), [], False),
    ],
)
def test_only_what_is_told_as_a_breach_is_one(said: Report, beside: list[Report], expected: object) -> None:
    assert is_breach(said, [said, *beside]) is expected


def test_a_truce_agreed_after_the_strike_was_not_broken_by_it() -> None:
    truce = round_of(1, 0.5, agreed())
    assert broken(replace(BROKEN, actor="Northland"), [], [truce], at(0) + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("said", "truce", "names"),
    [
        (strike(actor="RSF", place=SUDAN), agreed(parties=("Sudan", "RSF"), place=SUDAN), "RSF"),
        (strike(actor="RSF", target="Sudan"), agreed(parties=("Sudan", "RSF")), "RSF and Sudan"),
        (BROKEN, agreed(parties=(), place=UKRAINE), "UA"),
    ],
)
def test_sides_are_called_as_they_are_written(said: Report, truce: Report, names: str) -> None:
    found = broken(replace(said, subtype=("violation",)), [], [round_of(1, -5, truce)], at(0))
    assert found
    assert found.reason == f"it breaks the truce of {names}"
