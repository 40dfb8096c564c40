"""When an article is worth a request, whether a text is that article, and what it may change."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.core.article import PAUSE, again_at, is_short, settled, unfit, wish
from service.core.entry import Entry
from service.core.feed import ArticleJob, FetchResult
from service.core.report import Count, Evidence, Judgement, Report

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TITLE = "Missile strike on Kharkiv market"
LEAD = "Rescuers are at work in the district after the strike, the mayor said on Wednesday."


def entry(**slots: Any) -> Entry:
    given = {"title": TITLE, "summary": LEAD, "url": "https://northernwire.example/1"} | slots
    return Entry(entry_id=1, feed_id=1, outlet="Northern Wire", uid="1", first_seen=NOW, **given)


def strike(**slots: Any) -> Report:
    return Report(**({"kind": "strike", "new": True, "confidence": 0.9} | slots))  # type: ignore[arg-type]


def says(*reports: Report, set_aside: str | None = None) -> Judgement:
    return Judgement(lang="en", reports=reports, set_aside=set_aside)


NEWS = says(strike())
WEAK = says(set_aside="weak_cue")


@pytest.mark.parametrize(
    ("given", "said", "elsewhere", "wanted"),
    [
        pytest.param(entry(), NEWS, False, True, id="short and new"),
        pytest.param(entry(summary="", content=LEAD), NEWS, False, True, id="its lead is its content"),
        pytest.param(entry(summary="word " * 80), NEWS, False, False, id="long enough"),
        pytest.param(entry(content="word " * 80), NEWS, False, False, id="its content is long enough"),
        pytest.param(entry(url=None), NEWS, False, False, id="no address"),
        pytest.param(entry(url="ftp://northernwire.example/1"), NEWS, False, False, id="no web address"),
        pytest.param(entry(backlog=True), NEWS, False, False, id="backlog"),
        pytest.param(entry(revision=2), NEWS, False, False, id="edited: its first revision had its chance"),
        pytest.param(entry(), NEWS, True, False, id="a copy"),
        pytest.param(entry(), says(strike(new=False, reason="opinion")), False, False, id="not new"),
        pytest.param(entry(), says(strike(new=False, reason="weak")), False, True, id="nearly new"),
        pytest.param(entry(), says(strike(stance="denies")), False, False, id="a denial"),
        pytest.param(entry(summary=""), WEAK, False, True, id="a headline alone with a weak cue"),
        pytest.param(entry(summary=TITLE), WEAK, False, True, id="a headline twice with a weak cue"),
        pytest.param(entry(summary="Read more"), WEAK, False, True, id="a headline and a button"),
        pytest.param(entry(), WEAK, False, False, id="the lead had its say"),
        pytest.param(entry(summary=""), says(set_aside="sport"), False, False, id="a headline about sport"),
        pytest.param(entry(summary=""), says(set_aside="no_cue"), False, False, id="a headline about nothing of ours"),
    ],
)
def test_only_short_and_relevant_entries_are_worth_a_request(
    given: Entry, said: Judgement, *, elsewhere: bool, wanted: bool
) -> None:
    decided = wish(given, said, known_elsewhere=elsewhere)
    assert decided.wanted is wanted
    assert decided.reason


def test_four_hundred_characters_are_not_short() -> None:
    assert (is_short("x" * 100, "x" * 100, "x" * 199), is_short("x" * 100, "x" * 100, "x" * 200)) == (True, False)


ARTICLE = "The missile hit the market of Kharkiv in the morning. " * 5
INFLECTED = "Ракетний удар завдали по ринку Харкова вранці. " * 8
WALL = "We value your privacy. Our partners and we store cookies to show you what suits you. Accept all or choose. " * 3


@pytest.mark.parametrize(
    ("title", "text", "fits"),
    [
        pytest.param(TITLE, ARTICLE, True, id="the article"),
        pytest.param(TITLE, WALL, False, id="a consent wall"),
        pytest.param(TITLE, "Missile strike on Kharkiv market. Subscribe to read on.", False, id="a pay wall"),
        pytest.param(TITLE, "", False, id="nothing"),
        pytest.param("По Харкову завдано ракетного удару", INFLECTED, True, id="inflected"),
        pytest.param("What we know", ARTICLE, False, id="a headline of other words"),
        pytest.param("Up to us", ARTICLE, True, id="a headline of small words says nothing against"),
        pytest.param("\u4ee5\u519b\u7a7a\u88ad", ARTICLE, False, id="a headline in another language"),
    ],
)
def test_a_text_that_does_not_read_like_its_headline_is_thrown_away(title: str, text: str, *, fits: bool) -> None:
    assert (unfit(title, text) == "") is fits


@pytest.mark.parametrize(
    ("tries", "status", "code", "retry_after_s", "again"),
    [
        (1, 503, "http", None, PAUSE),
        (1, 429, "http", 3600.0, timedelta(hours=1)),
        (1, 429, "http", 86400.0, None),
        (1, None, "timeout", None, PAUSE),
        (1, None, "blocked", None, None),
        (1, None, "too_large", None, None),
        (1, 404, "http", None, None),
        (1, 403, "http", None, None),
        (2, 503, "http", None, None),
    ],
)
def test_only_bad_luck_gets_a_second_try(
    tries: int, status: int | None, code: str, retry_after_s: float | None, again: timedelta | None
) -> None:
    job = ArticleJob(entry_id=1, url="https://northernwire.example/1", tries=tries)
    result = FetchResult(feed_id=1, url=job.url, status=status, error_code=code, retry_after_s=retry_after_s, error="x")
    assert again_at(job, result, now=NOW) == (NOW + again if again else None)


READ = entry(revision=2, article_revision=2, content=ARTICLE)
EDITED = entry(revision=3, article_revision=2, content=ARTICLE)


def toll(field: str, quote: str) -> Evidence:
    return Evidence(field=field, quote=quote, start=0, end=len(quote), where="content")


def test_what_the_article_adds_is_taken() -> None:
    more = strike(killed=Count(8, None), evidence=(toll("killed", "at least eight"),))
    assert settled(READ, NEWS, says(more)).reports == (more,)


@pytest.mark.parametrize(
    "full",
    [
        says(set_aside="historical"),
        says(strike(new=False, reason="opinion")),
        says(strike(stance="denies")),
        says(strike(kind="talks")),
    ],
)
def test_an_article_never_takes_back_what_the_feed_says(full: Judgement) -> None:
    said = settled(READ, NEWS, full)
    assert [report for report in said.reports if report.kind == "strike"] == list(NEWS.reports)
    assert said.set_aside is None


def test_an_article_may_show_that_a_headline_was_news() -> None:
    assert settled(READ, WEAK, NEWS).reports == NEWS.reports
    assert settled(READ, says(strike(new=False, reason="weak")), NEWS).reports == NEWS.reports
    assert settled(READ, WEAK, says(set_aside="crime")) == says(set_aside="crime")


def test_after_an_edit_the_feed_knows_better_and_the_article_fills_in() -> None:
    own = says(strike(killed=Count(30, 30), evidence=(toll("killed", "30 killed"),)))
    evidence = (toll("killed", "three were killed"), toll("injured", "ten"))
    full = says(strike(killed=Count(3, 3), injured=Count(10, 10), evidence=evidence))
    (report,) = settled(EDITED, own, full).reports
    assert (report.killed, report.injured) == (Count(30, 30), Count(10, 10))
    assert [item.quote for item in report.evidence] == ["30 killed", "ten"]
    assert settled(READ, own, full).reports == full.reports


def test_what_the_feed_edits_away_no_older_article_upholds() -> None:
    assert settled(EDITED, says(set_aside="no_cue"), NEWS) == says(set_aside="no_cue")


def test_a_headline_that_was_news_by_its_article_stays_so_after_a_small_edit() -> None:
    assert settled(EDITED, WEAK, NEWS).reports == NEWS.reports


def test_an_entry_knows_its_own_words() -> None:
    given = entry(content=ARTICLE, own_content="short", article_revision=2, revision=2)
    assert given.own.content == "short"
    assert entry().own == entry()
