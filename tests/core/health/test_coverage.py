"""Where so many feeds bring nothing that events may be missing."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.core.feed import Feed
from service.core.health import Gap, coverage, gap_sentence

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def fine(number: int, country: str | None = "UA", lang: str | None = "uk") -> Feed:
    return Feed(
        feed_id=number,
        url=f"https://{number}.example/rss",
        title=f"Outlet {number}",
        country=country,
        lang=lang,
        state="active",
        due_at=NOW + timedelta(minutes=5),
        last_poll_at=NOW - timedelta(minutes=5),
        last_ok_at=NOW - timedelta(minutes=5),
        last_entry_at=NOW - timedelta(hours=6),
        gap_s=1800.0,
        baseline_done=True,
    )


def failing(feed: Feed, last: datetime | None = NIGHT) -> Feed:
    return replace(feed, state="failing", failures=5, error_code="http", last_error="HTTP 503", last_ok_at=last)


def silent(feed: Feed, last: datetime = NOW - 3 * DAY) -> Feed:
    return replace(feed, last_entry_at=last)


def said(feeds: list[Feed]) -> list[str]:
    return [gap_sentence(gap, gap.code or "none", NOW) for gap in coverage(feeds, NOW)]


def test_a_night_without_news_is_no_gap() -> None:
    assert coverage([fine(n) for n in range(4)], NOW) == []


def test_half_of_a_country_is_a_gap_and_less_is_not() -> None:
    four = [fine(n) for n in range(4)]
    assert coverage([failing(four[0]), *four[1:]], NOW) == []
    assert said([failing(four[0]), failing(four[1]), *four[2:]]) == [
        "2 of 4 feeds for UA have failed since 02:10 UTC (Outlet 0, Outlet 1); events there may be missing."
    ]


def test_the_only_feed_of_a_country_is_all_of_it() -> None:
    assert said([failing(fine(1)), *(fine(n, "SD", "ar") for n in (2, 3))]) == [
        "1 of 1 feed for UA has failed since 02:10 UTC (Outlet 1); events there may be missing."
    ]


@pytest.mark.parametrize(
    ("gap_h", "failed_h", "is_gap"),
    [
        (0.1, 1.9, False),
        (0.1, 2.1, True),
        (1, 3.9, False),
        (1, 4.1, True),
        (24, 23, False),
        (24, 25, True),  # a daily that cannot be read for a day has been missed, not four days later
    ],
)
def test_failing_counts_after_four_gaps_at_least_two_hours_at_most_a_day(
    gap_h: float,
    failed_h: float,
    is_gap: bool,  # noqa: FBT001
) -> None:
    feed = replace(failing(fine(1), NOW - timedelta(hours=failed_h)), gap_s=gap_h * 3600)
    assert bool(coverage([feed], NOW)) is is_gap


def test_a_feed_that_answers_is_not_missing_however_rarely_it_is_asked() -> None:
    asked = NOW - timedelta(hours=6)
    assert coverage([replace(fine(1), last_poll_at=asked, last_ok_at=asked, last_entry_at=asked)], NOW) == []


def test_silence_counts_as_much_as_failure_and_is_named_so() -> None:
    (sentence,) = said([silent(fine(n)) for n in (1, 2)])
    assert sentence.startswith("2 of 2 feeds for UA have been silent since 20 November 07:00 UTC (Outlet 1, Outlet 2)")
    both = coverage([silent(fine(1)), failing(fine(2))], NOW)[0]
    assert both.cause == "both"
    assert "have failed or fallen silent since" in gap_sentence(both, "Ukraine", NOW)


def test_one_bad_answer_does_not_hide_a_silence() -> None:
    assert coverage([replace(silent(fine(1)), failures=1)], NOW)[0].cause == "silent"


def test_a_gap_begins_when_half_were_missing() -> None:
    """What has been dead for a month does not date back what began in the night."""
    feeds = [
        failing(fine(1), NOW - 30 * DAY),
        failing(fine(2)),
        failing(fine(3), NIGHT + timedelta(minutes=9)),
        fine(4),
    ]
    (gap,) = coverage(feeds, NOW)
    assert (gap.missing, gap.of, gap.since) == (3, 4, NIGHT)


def test_what_never_answered_is_said() -> None:
    assert said([failing(fine(1), None)]) == [
        "1 of 1 feed for UA has failed, and never answered (Outlet 1); events there may be missing."
    ]


def test_what_was_just_added_is_no_gap() -> None:
    new = Feed(feed_id=1, url="https://a.example/", country="UA", due_at=NOW)
    assert coverage([new], NOW) == []
    assert len(coverage([replace(new, due_at=NOW - timedelta(hours=2))], NOW)) == 1


def test_gone_feeds_are_missing_and_muted_ones_are_nobodys() -> None:
    assert len(coverage([replace(fine(1), state="gone", gone_at=NIGHT, last_ok_at=None)], NOW)) == 1
    assert coverage([replace(failing(fine(1)), state="muted"), fine(2)], NOW) == []
    assert coverage([replace(failing(fine(1)), state="muted")], NOW) == []


def test_feeds_bound_to_no_country_are_a_group_of_their_own() -> None:
    (sentence,) = said([failing(fine(1, None, None)), fine(2)])
    assert sentence == ("1 of 1 feed bound to no country has failed since 02:10 UTC (Outlet 1); events may be missing.")


def test_a_language_lost_over_many_countries_is_a_gap_of_its_own() -> None:
    feeds = [fine(n, country, "en") for country in ("IR", "AF", "TJ") for n in range(3)]
    feeds = [replace(feed, feed_id=n) for n, feed in enumerate(feeds)]
    persian = [failing(fine(20 + n, country, "fa-IR")) for n, country in enumerate(("IR", "AF", "TJ"))]
    (gap,) = coverage([*feeds, *persian], NOW)
    assert (gap.axis, gap.code, gap.missing, gap.of) == ("language", "fa", 3, 3)
    assert gap_sentence(gap, "Persian", NOW).startswith("3 of 3 feeds in Persian have failed since 02:10 UTC")


def test_a_topic_lost_over_many_countries_is_a_gap_before_its_language_is() -> None:
    feeds = [fine(n, country, "en") for n, country in enumerate(("IR", "AF", "TJ") * 3)]
    ships = [
        replace(failing(fine(20 + n, code, "fa")), subject="shipping") for n, code in enumerate(("IR", "AF", "TJ"))
    ]
    (gap,) = coverage([*feeds, *ships], NOW)
    assert (gap.axis, gap.code, gap.missing, gap.of) == ("topic", "shipping", 3, 3)
    assert gap_sentence(gap, "shipping", NOW) == (
        "3 of 3 feeds on shipping have failed since 02:10 UTC (Outlet 20, Outlet 21, Outlet 22); events may be missing."
    )
    assert (
        coverage([*feeds, ships[0], *(replace(fine(n, "UA", "fa"), subject="shipping") for n in (30, 31))], NOW) == []
    )


def test_what_a_country_says_already_its_language_does_not_repeat() -> None:
    assert [gap.axis for gap in coverage([failing(fine(1)), failing(fine(2))], NOW)] == ["country"]


def test_when_our_own_network_is_down_that_is_one_sentence() -> None:
    """Only a few are asked then; those that wait for it count with them."""
    excused = [replace(fine(n, f"C{n}"), last_ok_at=NIGHT) for n in range(5)]
    waiting = [replace(fine(n), last_ok_at=NIGHT, last_poll_at=NIGHT, due_at=NIGHT) for n in range(5, 8)]
    assert said([*excused, *waiting, fine(8), fine(9)]) == [
        "Our own network seems to be down: 8 of 10 feeds bring nothing since 02:10 UTC."
    ]
    assert [gap.code for gap in coverage([*excused[:3], fine(8), fine(9)], NOW)] == ["C0", "C1", "C2"]


def test_when_nobody_asks_that_is_one_sentence() -> None:
    feeds = [replace(fine(n), due_at=NIGHT, last_poll_at=NIGHT, last_ok_at=NIGHT) for n in range(6)]
    assert said(feeds) == ["6 of 6 feeds have not been asked since 02:10 UTC: Tocsin is not polling."]


def test_the_gravest_comes_first() -> None:
    feeds = [
        *(failing(fine(n, "SD", "ar")) for n in (1, 2)),
        *(fine(n, "SD", "ar") for n in (3, 4)),
        *(failing(fine(n)) for n in (5, 6)),
        fine(7),
        replace(failing(fine(8, "IL", "he")), priority=True),
        *(fine(n, "IL", "he") for n in (9,)),
    ]
    assert [gap.code for gap in coverage(feeds, NOW)] == ["IL", "UA", "SD"]


def test_only_those_that_may_be_missing_need_be_given_where_all_are_counted() -> None:
    feeds = [failing(fine(1)), failing(fine(2)), *(fine(n) for n in range(3, 6)), failing(fine(6, "SD"))]
    watched = Counter((feed.country, feed.lang, feed.subject) for feed in feeds)
    few = [feed for feed in feeds if feed.failures]
    assert coverage(few, NOW, watched=watched) == coverage(feeds, NOW)


def test_many_names_are_cut_short() -> None:
    gap = Gap(axis="country", code="UA", missing=5, of=6, since=NIGHT, cause="failing", names=("A", "B", "C"))
    assert gap_sentence(gap, "Ukraine", NOW) == (
        "5 of 6 feeds for Ukraine have failed since 02:10 UTC (A, B, C, …); events there may be missing."
    )
