"""History for tests: moments as live matching would have kept them, without living through them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from service.core.event import Account, Development
from service.core.feed import ParsedEntry
from service.core.report import Report
from service.core.rules import Subject, keys_of
from service.pipeline.manage import add_feed
from service.ports.store import Store, Transaction
from tests.standins import NOON


def keep(
    store: Store, subjects: Iterable[Subject], *, every: timedelta = timedelta(minutes=10), start: datetime = NOON
) -> dict[int, Subject]:
    """Keep each as an event of its own, one after the other. Return what live matching saw of each, by event."""
    with store.write() as tx:
        return dict(_keep(tx, subject, start + every * number, number) for number, subject in enumerate(subjects))


def _keep(tx: Transaction, subject: Subject, at: datetime, number: int) -> tuple[int, Subject]:
    assert subject.event is not None
    told = [_account(tx, text, at, f"{at}-{number}-{nth}") for nth, text in enumerate(subject.accounts)]
    event = replace(subject.event, event_id=tx.events.create(subject.event))
    tx.events.update(event)
    seen = Subject(event=event, accounts=tuple(told))
    development = Development(change="new", revision=1, at=at)
    tx.archive.keep(event, development, told, keys=keys_of(seen), backlog=False, now=at)
    return event.event_id, seen


def _account(tx: Transaction, text: object, at: datetime, uid: str) -> Account:
    title, content = (str(getattr(text, name)) for name in ("title", "content"))
    outlet, lang = str(getattr(text, "outlet", "")), str(getattr(text, "lang", "") or "")
    feed = add_feed(tx, f"https://{outlet.lower().replace(' ', '-')}.example/feed", now=NOON)
    parsed = ParsedEntry(uid=uid, title=title, content=content, published=at)
    (entry_id,) = tx.entries.put(replace(feed, title=outlet), [parsed], now=at, backlog=False).new
    entry = replace(tx.entries.get(entry_id), outlet=outlet, lang=lang)
    tx.archive.keep_texts([(entry.entry_id, keys_of(Subject(accounts=(entry,))))])
    return Account(
        report_id=0,
        entry_id=entry_id,
        outlet=outlet,
        url=None,
        canonical_url="",
        title=title,
        summary="",
        content=content,
        lang=lang,
        told_at=at,
        report=Report(kind="strike", new=True, confidence=0.9),
    )
