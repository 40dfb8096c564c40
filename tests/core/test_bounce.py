"""What the return of a mail means for its address."""

from datetime import UTC, datetime, timedelta

import pytest

from service.core.bounce import weight, worn_out

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "reply", "expected"),
    [
        ("5.1.1", None, "hard"),
        ("550 5.1.1 <x@y.example>: Recipient address rejected: User unknown", 550, "hard"),
        ("5.1.10", None, "hard"),
        ("5.2.1", None, "hard"),
        ("5.0.0", None, "hard"),
        ("5.4.1", None, "hard"),
        ("5.4.310", None, "hard"),
        ("no such user", 550, "hard"),
        ("5.0.0 550 no such mailbox", None, "hard"),
        ("5.0.0 550 listed by a blocklist", None, "soft"),
        ("5.1.7", None, "soft"),
        ("550 5.1.8 sender address rejected", 550, "soft"),
        ("relaying denied", 550, "soft"),
        ("account suspended", 550, "soft"),
        ("5.2.2", None, "soft"),
        ("552 5.2.2 mailbox full", 552, "soft"),
        ("5.2.3", None, "soft"),
        ("5.3.4", None, "soft"),
        ("5.4.4", None, "soft"),
        ("5.4.7", None, "soft"),
        ("5.5.4", None, "soft"),
        ("5.6.0", None, "soft"),
        ("5.7.1", None, "soft"),
        ("5.7.26", None, "soft"),
        ("mailbox full", 552, "soft"),
        ("syntax error", 500, "soft"),
        ("transaction failed", 554, "soft"),
        ("4.2.2", None, None),
        ("2.0.0", None, None),
        ("greylisted", 450, None),
        ("", None, None),
        ("our address is 5.1.1.9 hops away", 550, "hard"),
    ],
)
def test_a_status_says_whose_trouble_it_is(status: str, reply: int | None, expected: str | None) -> None:
    """Only what is about the address itself closes it at once."""
    assert weight(status, reply) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([0, 2, 4, 6, 7], True),
        ([0, 1, 2, 3, 4, 5, 6, 7], True),
        ([0, 1, 2, 3, 6], False),
        ([0, 3, 6, 9], False),
        ([-60, -50, -40, 0, 7], False),
        ([], False),
    ],
)
def test_five_soft_bounces_over_a_week_close_an_address(days: list[int], *, expected: bool) -> None:
    """Five in an hour are one bad day; what is long past does not count."""
    assert worn_out([NOW - timedelta(days=10) + timedelta(days=day) for day in days], NOW) is expected
