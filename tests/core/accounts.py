"""Fictional accounts for the tests of link and develop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from service.core.entry import Entry
from service.core.event import Account, Candidate, Decision, Event
from service.core.report import Count, Evidence, Interval, Place, Report

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

KYIV = Place(name="Kyiv", country="UA", lat=50.45, lon=30.52, precision="city", admin="12", capital=True)
KHARKIV = Place(name="Kharkiv", country="UA", lat=49.99, lon=36.23, precision="city", admin="07")
DERHACHI = Place(name="Derhachi", country="UA", lat=50.11, lon=36.12, precision="city", admin="07")
KHARKIV_REGION = Place(name="Kharkiv Oblast", country="UA", lat=49.6, lon=36.4, precision="region", admin="07")
UKRAINE = Place(name="Ukraine", country="UA", lat=49.0, lon=32.0, precision="country")
SUMY = Place(name="Sumy", country="UA", lat=50.91, lon=34.8, precision="city", admin="21")
TRIPOLI_LY = Place(name="Tripoli", country="LY", lat=32.88, lon=13.19, precision="city")
TRIPOLI_LB = Place(name="Tripoli", country="LB", lat=34.43, lon=35.84, precision="city")
GENEVA = Place(name="Geneva", country="CH", lat=46.2, lon=6.15, precision="city")
CAIRO = Place(name="Cairo", country="EG", lat=30.04, lon=31.24, precision="city")


def at(hours: float) -> datetime:
    """Return noon of the test's day and so many hours."""
    return NOON + timedelta(hours=hours)


def night(days: int = 0) -> Interval:
    """Return the night before the test's day, or so many days later: 18:00 to 06:00."""
    return Interval(NOON + timedelta(days=days, hours=-18), NOON + timedelta(days=days, hours=-6))


def count(low: int | None, high: int | None = -1) -> Count:
    """Return a Count; one number means exactly that."""
    return Count(low, low if high == -1 else high)


def strike(**slots: Any) -> Report:
    """Return a strike report; each number gets a quote."""
    report = Report(kind="strike", new=True, confidence=slots.pop("confidence", 0.9), **slots)
    quotes = [
        Evidence(field=field, quote=f"{field} {value}", start=0, end=1, where="summary")
        for field, value in slots.items()
        if value and field in {"killed", "injured", "children_killed"}
    ]
    return replace(report, evidence=tuple(quotes))


def talks(**slots: Any) -> Report:
    """Return a talks report."""
    return Report(kind="talks", new=True, confidence=0.9, **slots)


def account(
    report_id: int,
    outlet: str,
    report: Report,
    *,
    hours: float = 0,
    title: str = "",
    summary: str = "",
    lang: str = "en",
    decision: Decision = "joined",
) -> Account:
    """Return what an outlet told so many hours after noon."""
    return Account(
        report_id=report_id,
        entry_id=report_id,
        outlet=outlet,
        url=f"https://{outlet.split(maxsplit=1)[0].lower()}.example/{report_id}",
        canonical_url=f"{outlet.split(maxsplit=1)[0].lower()}.example/{report_id}",
        title=title,
        summary=summary,
        content="",
        lang=lang,
        told_at=at(hours),
        report=report,
        decision=decision,
    )


def entry_of(account: Account) -> Entry:
    """Return the entry an account came from."""
    return Entry(
        entry_id=account.entry_id,
        feed_id=1,
        outlet=account.outlet,
        uid=str(account.entry_id),
        url=account.url,
        canonical_url=account.canonical_url,
        title=account.title,
        summary=account.summary,
        content=account.content,
        lang=account.lang,
        published=account.told_at,
        first_seen=account.told_at,
    )


def candidate(event: Event, *accounts: Account) -> Candidate:
    """Return an event with its accounts, newest first, as the store hands it over."""
    return Candidate(event=event, accounts=sorted(accounts, key=lambda item: item.told_at, reverse=True)[:12])
