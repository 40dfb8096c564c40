"""Values in words: tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.adapters.render.clean import clean, shorten, web_url
from service.adapters.render.evidence import quotes_for
from service.adapters.render.samples import GENEVA, KHARKIV, sample_claims, sample_strike, sample_talks
from service.adapters.render.view import talks_words
from service.adapters.render.words import (
    amount,
    as_count,
    confidence_words,
    interval_words,
    place_words,
    planned_words,
    toll,
    value_words,
    zone_words,
)
from service.core.report import Count, Interval

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
THIRD = Interval(datetime(2026, 12, 2, 23, tzinfo=UTC), datetime(2026, 12, 3, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (Count(6, 9), "6\N{EN DASH}9 killed"),
        (Count(9, 6), "6\N{EN DASH}9 killed"),
        (Count(8, None), "at least 8 killed"),
        (Count(8, 8), "8 killed"),
        (Count(None, 8), "up to 8 killed"),
        (Count(0, 0), "0 killed"),
        (Count(0, None), ""),
        (Count(None, None), ""),
        (None, ""),
    ],
)
def test_a_toll_is_a_range_and_never_more_exact_than_what_is_known(count: Count | None, words: str) -> None:
    assert toll("killed", count) == words


def test_one_child_is_a_child() -> None:
    assert toll("children_killed", Count(1, 1)) == "1 child killed"
    assert toll("children_killed", Count(1, None)) == "at least 1 child killed"
    assert toll("children_killed", Count(1, 2)) == "1\N{EN DASH}2 children killed"


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ([6, 9], Count(6, 9)),
        ((6, None), Count(6, None)),
        ({"min": 6, "max": None}, Count(6, None)),
        (6, Count(6, 6)),
        (None, None),
        ("69", None),
        ([1, 2, 3], None),
        (True, None),
        ([True, "9"], Count(None, None)),
    ],
)
def test_counts_are_read_from_any_json_shape_and_never_raise(value: object, count: Count | None) -> None:
    assert as_count(value) == count


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("killed", None, "not reported"),
        ("status", "under_way", "under way"),
        ("weapon", ["drone", "unknown", "air"], "drone, air strike"),
        ("parties", ["Army", "Front"], "Army, Front"),
        ("place", {"name": "Kharkiv", "country": "UA"}, "Kharkiv, Ukraine"),
        (
            "occurred",
            {"from": "2026-11-22T11:00Z", "to": "2026-11-22T12:00Z"},
            "About 11:00 UTC, 22 November 2026",
        ),
        ("occurred", {"from": "soon", "to": None}, "soon to None"),
        ("place", [], "not reported"),
        ("missing", [12, None], "at least 12 missing"),
        ("venue", {"name": "Geneva", "country": "CH"}, "Geneva, Switzerland"),
        ("planned", {"from": "2026-12-02T21:00Z", "to": "2026-12-03T21:00Z"}, "3 December 2026"),
        ("planned", {"from": "soon"}, "not reported"),
        ("duration_h", 72, "72 hours"),
        ("duration_h", 1440, "60 days"),
        ("duration_h", None, "not reported"),
    ],
)
def test_what_a_claim_holds_is_put_into_words(field: str, value: object, words: str) -> None:
    assert value_words(field, value) == words


@pytest.mark.parametrize(
    ("start", "length", "words"),
    [
        (NOON, timedelta(hours=1), "About 12:00 UTC, 22 November 2026"),
        (NOON, timedelta(hours=5), "22 November 2026, between 12:00 and 17:00 UTC"),
        (NOON - timedelta(hours=12), timedelta(days=1), "22 November 2026 (UTC)"),
        (NOON, timedelta(hours=18), "Between 22 November 2026, 12:00 and 23 November 2026, 06:00 UTC"),
    ],
)
def test_a_time_is_said_no_more_exactly_than_it_is_known(start: datetime, length: timedelta, words: str) -> None:
    assert interval_words(Interval(start, start + length)) == words


@pytest.mark.parametrize(
    ("start", "length", "words"),
    [
        (datetime(2026, 12, 2, 21, tzinfo=UTC), timedelta(days=1), "3 December 2026"),
        (datetime(2026, 12, 3, 8, tzinfo=UTC), timedelta(days=1), "3 December 2026"),
        (datetime(2026, 12, 2, 21, tzinfo=UTC), timedelta(days=7), "3 to 9 December 2026"),
        (datetime(2026, 12, 29, 21, tzinfo=UTC), timedelta(days=4), "30 December 2026 to 2 January 2027"),
        (NOON, timedelta(hours=1), "About 12:00 UTC, 22 November 2026"),
    ],
)
def test_talks_are_planned_for_a_day_of_where_they_are_held(start: datetime, length: timedelta, words: str) -> None:
    assert planned_words(Interval(start, start + length)) == words


@pytest.mark.parametrize(
    ("slots", "words"),
    [
        ({}, "scheduled"),
        ({"planned": THIRD}, "scheduled, planned for 3 December 2026"),
        ({"planned": THIRD, "venue": GENEVA}, "scheduled, planned for 3 December 2026 in Geneva"),
        ({"planned": THIRD, "venue": GENEVA, "status": "collapsed"}, "collapsed"),
        ({"duration_h": 72, "status": "agreed"}, "agreed, a truce of 72 hours"),
        ({"duration_h": 1, "status": None}, "a truce of 1 hour"),
    ],
)
def test_talks_say_what_is_still_to_come(slots: dict[str, Any], words: str) -> None:
    bare = replace(sample_talks(), venue=None, planned=None, duration_h=None)
    assert talks_words(replace(bare, **slots)) == words


def test_a_country_alone_is_not_said_twice() -> None:
    assert place_words(replace(KHARKIV, name="Ukraine", precision="country")) == "Ukraine"


@pytest.mark.parametrize(
    ("sources", "confidence", "words"),
    [(7, 0.9, "high"), (3, 0.4, "medium"), (2, 0.9, "medium"), (2, 0.2, "low"), (1, 0.99, "low"), (1, 0.1, "low")],
)
def test_confidence_counts_independent_sources_first(sources: int, confidence: float, words: str) -> None:
    assert confidence_words(replace(sample_strike(), sources=sources, confidence=confidence)) == words


def test_an_unknown_time_zone_is_utc() -> None:
    assert zone_words("Europe/Kyiv") == "Kyiv time"
    assert zone_words("Atlantis/Old_Town") == "UTC"
    assert zone_words("../etc/passwd") == "UTC"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("two\r\nBcc: spy@example.org", "two Bcc: spy@example.org"),
        ("line\u2028break\u2029here\x85now\x0b\x0c", "line break here now"),
        ("a\ud800b", "a\ufffdb"),
        ("\u202eevil\u202c \u2066x\u2069\u200f", "evil x"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("\ufeff", ""),
        (None, ""),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    ],
)
def test_strangers_words_become_one_printable_line(text: str | None, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_long_words_are_cut_between_words_and_never_grow() -> None:
    assert shorten("one two three four", 10) == "one two…"
    assert len(clean("x" * 10_000, 150)) == 150
    assert len(clean("word " * 10_000, 150)) <= 150


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://a\u202e.example", "http://x/\r\nA: b", "ftp://x", "https://x/" + "a" * 3000, ""],
)
def test_only_plain_web_addresses_become_links(url: str) -> None:
    assert not web_url(url)
    assert web_url("https://northern.example/a?b=1&c=ü#d") == "https://northern.example/a?b=1&c=ü#d"


def test_both_ends_of_a_range_have_their_quote() -> None:
    shown = quotes_for(sample_strike(), sample_claims(), None, 4)
    assert [quote.outlet for quote in shown] == ["Northern Wire", "Relief Desk"]
    assert shown[0].says == "9 killed, 40 injured, 12 missing"
    assert shown[1].says == "6 killed, 31 injured, 2 children killed"


def test_a_copy_is_quoted_only_where_no_original_speaks() -> None:
    copies = [replace(claim, copy=True) for claim in sample_claims()]
    assert quotes_for(sample_strike(), copies, None, 4)[0].outlet == "Meridian Daily"
    assert amount(Count(6, 9)) == "6\N{EN DASH}9"
