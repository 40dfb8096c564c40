"""What is told once more, evaded, threatened or only named, beside what is news, in whatever language it is put."""

from datetime import UTC, datetime, timedelta

import pytest

from service.adapters.gazetteer import SqliteGazetteer
from service.adapters.language import TextLanguage
from service.adapters.lexicons import load_lexicons
from service.core.entry import Entry
from service.core.report import Count, Interval, Judgement
from service.pipeline.judge import Judging
from service.resources import shipped

TOLD = datetime(2026, 1, 15, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def judging() -> Judging:
    return Judging(load_lexicons([shipped("config") / "lexicon"]), SqliteGazetteer(), TextLanguage())


def judge(judging: Judging, lang: str, title: str, summary: str = "", *, at: datetime = TOLD) -> Judgement:
    entry = Entry(
        entry_id=1,
        feed_id=1,
        outlet="Northern Wire",
        uid="1",
        title=title,
        summary=summary,
        lang=lang,
        published=at,
        first_seen=at,
    )
    return judging.judge([entry])[0]


@pytest.mark.parametrize(
    ("lang", "title", "summary", "news"),
    [
        ("en", "Russia hits Kharkiv and Odesa", "Eight killed.", {"strike"}),
        ("en", "Israel hits Gaza", "", {"strike"}),
        ("en", "Ukraine hits back at critics of its budget", "", set()),
        ("en", "Official asked if drones could kill migrants at border", "", set()),
        ("en", "Minister warns drones could hit Kyiv after strike kills two", "", {"strike"}),
        ("en", "Mourners gather at bombed-out home of October 7 victims of Hamas attack", "", set()),
        (
            "en",
            "Hamas attack was meant to stop a treaty",
            "The December 20 attack on Israel killed ten, he said.",
            set(),
        ),
        ("en", "Israeli strike kills commander behind October 7 attack", "", {"strike"}),
        ("en", "Drone attack on Kyiv kills two on January 14", "", {"strike"}),
        ("en", "Children fall ill in Gaza as fragile truce holds", "", set()),
        ("en", "Aid groups sound alarm as Sudan fighting eclipses shaky truce", "", {"talks"}),
        ("en", "President hints at possible military operations", "Cuba denounced US airstrikes on Venezuela.", set()),
        ("en", "Ethiopia says negotiations with OLA set to begin this week", "", {"talks"}),
        ("en", "Hamas refuses to disarm", "", set()),
        ("en", "Hamas refuses to disarm, mediators in Cairo say", "", {"talks"}),
        ("he", "שר החוץ מסרב להגיב על התקיפה באיראן", "", set()),
        ("ar", "وزير الخارجية يرفض التعليق على الغارة الإسرائيلية على لبنان", "", set()),
        ("de", "Gespräche in Genf: Russland und Ukraine wollen Spannungen abbauen", "", {"talks"}),
        ("uk", "Бої на півдні: двоє загинули від удару дрона по Херсону", "", {"strike"}),
        ("fr", "L'attaque du 7 octobre contre Israël racontée par un rescapé", "", set()),
    ],
)
def test_what_is_news_and_what_is_not(judging: Judging, *, lang: str, title: str, summary: str, news: set[str]) -> None:
    assert {report.kind for report in judge(judging, lang, title, summary).reports if report.new} == news


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("President names new head of staff", "He is to see to security, defence and peace talks."),
        ("Secret service warns of plot to derail peace talks", "A church may be the target, it says."),
    ],
)
def test_talks_that_are_only_named_are_no_report(judging: Judging, title: str, summary: str) -> None:
    assert not judge(judging, "en", title, summary).reports


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("Zelensky says he will only sign a strong peace deal", None),
        ("Israel and Hamas sign ceasefire deal", "agreed"),
        ("Sudan's army agrees to truce", "agreed"),
        ("Sudan's army could accept truce, envoy says", None),
        ("Russia and Ukraine will sign peace deal on Monday", "scheduled"),
    ],
)
def test_what_somebody_would_sign_is_not_agreed(judging: Judging, title: str, status: str | None) -> None:
    assert [report.status for report in judge(judging, "en", title).reports] == [status]


@pytest.mark.parametrize(
    ("lang", "title", "killed", "injured"),
    [
        ("uk", "Зросла кількість жертв удару по Харкову до шести", Count(6, 6), None),
        ("uk", "Зросла кількість поранених внаслідок удару по Харкову до 16", None, Count(16, 16)),
        ("uk", "Щонайменше шестеро людей загинули в Харкові внаслідок удару", Count(6, None), None),
        ("ru", "Выросло число погибших при ударе по Харькову до шести", Count(6, 6), None),
        ("pl", "Wzrosła liczba ofiar ataku na Charków do sześciu", Count(6, 6), None),
        ("pl", "Co najmniej ośmiu cywilów zginęło w rosyjskim ataku rakietowym na Charków", Count(8, None), None),
        ("he", "ששה בני אדם נהרגו בתקיפה ישראלית בלבנון", Count(6, 6), None),
        ("he", "20 פצועים, נהרגו ארבעה בתקיפה בעזה", Count(4, 4), Count(20, 20)),
    ],
)
def test_numbers_stand_before_or_behind_their_verbs(
    judging: Judging, *, lang: str, title: str, killed: Count | None, injured: Count | None
) -> None:
    (report,) = judge(judging, lang, title).reports
    assert (report.killed, report.injured) == (killed, injured)


@pytest.mark.parametrize(
    ("told", "evening"),
    [("2026-01-15T19:00", "2026-01-15"), ("2026-01-15T23:30", "2026-01-15"), ("2026-01-16T02:00", "2026-01-15")],
)
def test_tonight_is_the_night_that_goes_on(judging: Judging, told: str, evening: str) -> None:
    at = datetime.fromisoformat(told).replace(tzinfo=UTC)
    (report,) = judge(judging, "en", "Missiles hit Kyiv tonight", at=at).reports
    began = datetime.fromisoformat(evening).replace(tzinfo=UTC) + timedelta(hours=15)  # 17:00 in Kyiv
    assert report.occurred == Interval(began, began + timedelta(hours=13))
