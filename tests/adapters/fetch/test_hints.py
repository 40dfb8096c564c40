"""What a server wishes, read from its headers."""

from datetime import UTC, datetime

import pytest

from service.adapters.fetch.hints import http_date, max_age_s

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
NOON, ONE, TWO = (f"Thu, 20 Aug 2026 {hour}:00:00 GMT" for hour in (12, 13, 14))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": "max-age=300"}, 300),
        ({"cache-control": 'public, Max-Age = "300"'}, 300),
        ({"cache-control": "max-age=300", "age": "100"}, 200),
        ({"cache-control": "max-age=300", "age": "900"}, 0),
        ({"cache-control": "max-age=300", "age": "old"}, 300),
        ({"cache-control": "max-age=0"}, 0),
        ({"cache-control": "s-maxage=300"}, None),
        ({"cache-control": "no-cache, max-age=300"}, None),
        ({"cache-control": "no-store", "expires": ONE}, None),
        ({"cache-control": "max-age=300", "expires": TWO, "date": ONE}, 300),
        ({"expires": TWO, "date": ONE}, 3600),
        ({"expires": TWO}, 7200),
        ({"expires": NOON, "date": ONE}, 0),
        ({"expires": "0"}, None),
        ({"expires": "-1"}, None),
    ],
)
def test_freshness_is_max_age_less_age_else_expires_less_date(headers: dict[str, str], seconds: float | None) -> None:
    assert max_age_s(headers, NOW) == seconds


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_all_three_forms_of_an_http_date_are_one_moment(text: str) -> None:
    assert http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize("text", [None, "", "0", "never", "Thu, 99 Aug 2026 12:00:00 GMT"])
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert http_date(text) is None
