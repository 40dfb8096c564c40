"""Every way to write ten in the morning of 20 August 2026, and what is not a date."""

# ruff: noqa: RUF001 - the letters and digits of these languages are meant

from datetime import UTC, date, datetime

import pytest

from service.adapters.parse.dates import jalali, read_date

NOW = datetime(2026, 8, 20, 15, 0, tzinfo=UTC)

IN_FULL = {
    "Thu, 20 Aug 2026 10:00:00 GMT": "10:00",
    "Thu, 20 Aug 2026 10:00:00 Z": "10:00",
    "Thu, 20 Aug 2026 10:00:00 UT": "10:00",
    "Thu, 20 Aug 2026 10:00:00 -0000": "10:00",
    "Thu, 20 Aug 2026 10:00:00 +0300": "07:00",
    "Thu, 20 Aug 2026 10:00:00 +03:00": "07:00",
    "Thu, 20 Aug 2026 10:00:00 +03": "07:00",
    "Thu, 20 Aug 2026 10:00:00 -0400": "14:00",
    "Thu, 20 Aug 2026 10:00:00 +0530": "04:30",
    "Thu, 20 Aug 2026 10:00:00 +0300 (EEST)": "07:00",
    "Thu, 20 Aug 2026 10:00:00 GMT+3": "07:00",
    "Thu, 20 Aug 2026 10:00:00 GMT+03:00": "07:00",
    "Thu, 20 Aug 2026 10:00:00 UTC+3": "07:00",
    "Thu, 20 Aug 2026 10:00:00 EET": "08:00",
    "Thu, 20 Aug 2026 10:00:00 EEST": "07:00",
    "Thu, 20 Aug 2026 10:00:00 CET": "09:00",
    "Thu, 20 Aug 2026 10:00:00 CEST": "08:00",
    "Thu, 20 Aug 2026 10:00:00 MSK": "07:00",
    "Thu, 20 Aug 2026 10:00:00 IDT": "07:00",
    "Thu, 20 Aug 2026 10:00:00 GST": "06:00",
    "Thu, 20 Aug 2026 10:00:00 TRT": "07:00",
    "Thu, 20 Aug 2026 10:00:00 IRST": "06:30",
    "Thu, 20 Aug 2026 10:00:00 IRDT": "05:30",
    "Thu, 20 Aug 2026 10:00:00 AFT": "05:30",
    "Thu, 20 Aug 2026 10:00:00 PKT": "05:00",
    "Thu, 20 Aug 2026 10:00:00 EST": "15:00",
    "Thu, 20 Aug 2026 10:00:00 EDT": "14:00",
    "Thu, 20 Aug 2026 10:00:00 JST": "01:00",
    "Thu, 20 Aug 2026 10:00:00 Europe/Kyiv": "07:00",
    "Thu, 20 Aug 2026 10:00:00 Asia/Jerusalem": "07:00",
    "Thu Aug 20 10:00:00 EEST 2026": "07:00",
    "Thu, 20 Aug 26 10:00:00 GMT": "10:00",
    "20-Aug-2026 10:00:00 GMT": "10:00",
    "Thu,20 Aug 2026 10:00:00 GMT": "10:00",
    "Thursday, 20 August 2026 10:00 GMT": "10:00",
    "Aug 20, 2026 10:00 AM EDT": "14:00",
    "Thu, 20 Aug 2026 8am GMT": "08:00",
    "Thu, 20 Aug 2026 12:30 p.m. GMT": "12:30",
    "Thu, 20 Aug 2026 12:30 a.m. GMT": "00:30",
    "2026-08-20T10:00:00Z": "10:00",
    "2026-08-20t10:00:00z": "10:00",
    "2026-08-20T10:00:00.123456+03:00": "07:00",
    "2026-08-20T10:00:00+0300": "07:00",
    "2026-08-20T10:00:00+03": "07:00",
    "2026-08-20T10:00Z": "10:00",
    "2026-08-20 10:00:00 +0300": "07:00",
    "2026-08-20 10:00:00 MSK": "07:00",
    "2026-08-20T10:00:60Z": "10:00",
    "20260820T100000Z": "10:00",
    "1787220000": "10:00",
    "1787220000000": "10:00",
    "чт, 20 авг 2026 10:00:00 +0300": "07:00",
    "20 августа 2026 10:00 МСК": "07:00",
    "чт, 20 серпня 2026 10:00:00 +0300": "07:00",
    "jeu., 20 août 2026 10:00:00 +0200": "08:00",
    "jeudi 20 aout 2026 10:00 CEST": "08:00",
    "Do, 20 Aug 2026 10:00:00 MESZ": "08:00",
    "jue, 20 ago 2026 10:00:00 +0200": "08:00",
    "20 Ağustos 2026 10:00 TRT": "07:00",
    "20 sierpnia 2026 10:00 CEST": "08:00",
    "الخميس، 20 أغسطس 2026 10:00:00 +0300": "07:00",
    "٢٠ آب ٢٠٢٦ ١٠:٠٠ ص +0300": "07:00",
    "20 באוגוסט 2026 10:00 IDT": "07:00",
    "۲۹ مرداد ۱۴۰۵ ۱۰:۰۰ +0330": "06:30",
    "2026年8月20日 10:00 JST": "01:00",
    "2026年8月20日 午後7時05分 +0900": "10:05",
    "2026년 8월 20일 오후 7:05 +0900": "10:05",
    "2026年08月20日(木) 19:00 JST": "10:00",
    "2026年8月20日 上午10:00 +0800": "02:00",
    "Thu, 20 Aug 2026 15:30:00 NPT": "09:45",
    "20 серпня 2026 р. о 10:00 +0300": "07:00",
    "Чт, 20 Сер 2026 10:00:00 EEST": "07:00",
    "четверг, 20 августа 2026 г. 10:00 MSK": "07:00",
    "20 de agosto de 2026 a las 10:00 CEST": "08:00",
    "20. August 2026 10:00 Uhr MESZ": "08:00",
    "יום חמישי 20 אוגוסט 2026 10:00 +0300": "07:00",
    "20 اوت 2026 10:00 +0330": "06:30",
    "الخميس 20 آب 2026 10:00 +0300": "07:00",
    "20 août 2026 10:00 +02:00": "08:00",
    "Thu, 20 Aug 2026 10:00:00 Asia/Tehran": "06:30",
    "Thu, 20 Aug 2026 10:00:00 UTC+03:30": "06:30",
    "Thu, 20 Aug 2026 06:00:00 America/New_York": "10:00",
}

WITHOUT_A_ZONE = {
    "Thu, 20 Aug 2026 10:00": "10:00",
    "2026-08-20 10:00:00": "10:00",
    "2026-08-20": "00:00",
    "2026/08/20 10:00": "10:00",
    "20/08/2026 10:00": "10:00",
    "08/20/2026 10:00": "10:00",
    "20.08.2026 10:00": "10:00",
    "20.08.26, 10:00": "10:00",
    "10:00 20.08.2026": "10:00",
    "10:00, 20 августа 2026": "10:00",
    "20 августа, 10:00": "10:00",
    "Donnerstag, 20. August 2026, 10.30 Uhr": "10:30",
    "20 août 2026 à 10h30": "10:30",
    "20 de agosto de 2026 10:00": "10:00",
    "Thursday, August 20, 2026 - 10:00": "10:00",
    "1405/05/29 10:00": "10:00",
    "2026年8月20日": "00:00",
    "Thu, 20 Aug 2026 10:00:00 XYZT": "10:00",
}


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-08-20T{clock}+00:00")


@pytest.mark.parametrize(("text", "clock"), IN_FULL.items())
def test_a_date_said_in_full_is_that_moment(text: str, clock: str) -> None:
    moment, flag = read_date(text, fetched_at=NOW)
    assert moment is not None
    assert (moment.replace(second=0, microsecond=0), flag) == (at(clock), "ok")


@pytest.mark.parametrize(("text", "clock"), WITHOUT_A_ZONE.items())
def test_a_date_without_a_zone_is_taken_as_utc_and_says_so(text: str, clock: str) -> None:
    assert read_date(text, fetched_at=NOW) == (at(clock), "tz_guessed")


@pytest.mark.parametrize(
    ("text", "country", "clock"),
    [
        ("10:00 IST", None, "08:00"),
        ("10:00 IST", "IL", "08:00"),
        ("10:00 IST", "IN", "04:30"),
        ("10:00 IST", "IE", "09:00"),
        ("10:00 AST", "SA", "07:00"),
        ("10:00 AST", "CA", "14:00"),
        ("10:00 BST", "GB", "09:00"),
        ("10:00 BST", "BD", "04:00"),
        ("10:00 CST", "CN", "02:00"),
    ],
)
def test_an_ambiguous_zone_is_decided_by_the_country_and_says_so(text: str, country: str | None, clock: str) -> None:
    assert read_date(f"Thu, 20 Aug 2026 {text}", fetched_at=NOW, country=country) == (at(clock), "tz_guessed")


def test_numbers_in_doubtful_order_are_read_as_the_nearest_day_gone_by() -> None:
    assert read_date("08/07/2026", fetched_at=NOW)[0] == datetime(2026, 8, 7, tzinfo=UTC)
    assert read_date("07/08/2026", fetched_at=NOW)[0] == datetime(2026, 8, 7, tzinfo=UTC)
    assert read_date("07.08.2026", fetched_at=NOW)[0] == datetime(2026, 8, 7, tzinfo=UTC)


def test_hours_beyond_midnight_belong_to_the_next_day() -> None:
    assert read_date("Wed, 19 Aug 2026 24:00:00 GMT", fetched_at=NOW) == (at("00:00"), "ok")
    assert read_date("Wed, 19 Aug 2026 25:30:00 GMT", fetched_at=NOW) == (at("01:30"), "ok")


@pytest.mark.parametrize("text", ["Thu, 20 Aug 2026 15:11:00 GMT", "2027-01-01", "1900000000", "9999-12-31T23:59:59Z"])
def test_a_date_ahead_of_the_fetch_is_clamped_to_it(text: str) -> None:
    assert read_date(text, fetched_at=NOW) == (NOW, "clamped")


@pytest.mark.parametrize(
    ("text", "clock"),
    [("2026-08-20 18:00", "15:00"), ("2026-08-20 15:11", "14:41"), ("Fri, 21 Aug 2026 05:00:00", "15:00")],
)
def test_where_the_zone_is_a_guess_a_date_of_the_future_is_of_a_zone_further_east(text: str, clock: str) -> None:
    assert read_date(text, fetched_at=NOW) == (at(clock), "tz_guessed")


def test_an_ambiguous_zone_that_would_be_of_the_future_is_repaired_too() -> None:
    assert read_date("Thu, 20 Aug 2026 16:00:00 IST", fetched_at=NOW, country="IE") == (at("15:00"), "tz_guessed")


@pytest.mark.parametrize(
    ("text", "utc", "flag"),
    [
        ("Sun, 25 Oct 2026 02:59:00 Europe/Kyiv", "2026-10-24T23:59", "ok"),
        ("Sun, 25 Oct 2026 03:30:00 Europe/Kyiv", "2026-10-25T00:30", "tz_guessed"),
        ("Sun, 25 Oct 2026 04:00:00 Europe/Kyiv", "2026-10-25T02:00", "ok"),
        ("Sun, 29 Mar 2026 02:59:00 Europe/Kyiv", "2026-03-29T00:59", "ok"),
        ("Sun, 29 Mar 2026 03:30:00 Europe/Kyiv", "2026-03-29T01:30", "ok"),
        ("Sun, 29 Mar 2026 04:00:00 Europe/Kyiv", "2026-03-29T01:00", "ok"),
    ],
)
def test_clocks_that_are_set_forward_and_back(text: str, utc: str, flag: str) -> None:
    later = datetime(2026, 12, 1, tzinfo=UTC)
    assert read_date(text, fetched_at=later) == (datetime.fromisoformat(utc + "+00:00"), flag)


def test_ten_minutes_ahead_is_a_clock_that_is_a_little_fast() -> None:
    assert read_date("Thu, 20 Aug 2026 15:10:00 GMT", fetched_at=NOW) == (at("15:10"), "ok")


@pytest.mark.parametrize("text", ["", "  ", "\u200f"])
def test_no_date_is_missing(text: str) -> None:
    assert read_date(text, fetched_at=NOW) == (None, "missing")


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "n/a", "0", "-", "Thu, 31 Feb 2026 10:00:00 GMT", "Thu, 20 Aug 2026 99:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "August", "2026-13-45", "²²:²²",
        "9" * 500, "20 20 20 20", "10:00",
    ],
)  # fmt: skip
def test_what_is_no_date_is_unparsed(text: str) -> None:
    assert read_date(text, fetched_at=NOW) == (None, "unparsed")


@pytest.mark.parametrize(
    ("day", "gregorian"),
    [((1405, 1, 1), "2026-03-21"), ((1403, 12, 30), "2025-03-20"), ((1399, 7, 1), "2020-09-22")],
)
def test_the_solar_hijri_calendar_meets_the_gregorian(day: tuple[int, int, int], gregorian: str) -> None:
    assert jalali(*day) == date.fromisoformat(gregorian)
