"""Short ways to make what the tests of the store need. All names are fictional."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service.adapters.store.store import SqlTransaction
from service.core.entry import Entry
from service.core.event import Claim, Delta, Development, Event, Link
from service.core.feed import Feed, ParsedEntry, PollRecord
from service.core.marks import Mark, fingerprint, pack
from service.core.report import Count, Evidence, Interval, Judgement, Place, Report
from service.core.subscription import Message, Subscription, Wish
from service.ports.intake import Stored
from service.ports.store import Transaction
from service.ports.world import Attempt, Rendered

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
LEASE = timedelta(minutes=2)
LATER = NOW + timedelta(hours=1)
NEW = Link(decision="new", reason="nothing like it is known")
KYIV = Place(
    name="Kyiv", country="UA", lat=50.45, lon=30.52, precision="city", admin="12", population=2797553, capital=True
)


def feed(**slots: Any) -> Feed:
    """A feed that is due."""
    defaults = {"feed_id": 0, "url": "https://northernwire.example/feed", "title": "Northern Wire", "due_at": NOW}
    return Feed(**_with(defaults, slots))


def parsed(uid: str, /, **slots: Any) -> ParsedEntry:
    """An item whose title and address follow from its uid."""
    defaults = {"uid": uid, "title": f"Title {uid}", "canonical_url": f"https://northernwire.example/{uid}"}
    return ParsedEntry(**_with(defaults, slots))


def polled(**slots: Any) -> PollRecord:
    """A poll that brought something."""
    return PollRecord(**_with({"at": NOW, "outcome": "new", "status": 200}, slots))


def a_feed(tx: Transaction, **slots: Any) -> Feed:
    """Add a feed."""
    return tx.feeds.get(tx.feeds.add(feed(**slots)))


def put(tx: Transaction, source: Feed, *items: ParsedEntry, now: datetime = NOW, **slots: Any) -> Stored:
    """Put a document whose latest item stands first, as feeds do."""
    return tx.entries.put(source, items, now=now, **({"backlog": False} | slots))


def marks_of(*items: ParsedEntry) -> bytes:
    """The marks of a document of these items."""
    return pack(
        Mark(
            raw=fingerprint(repr(item)),
            uid=fingerprint(item.uid),
            address=fingerprint(item.canonical_url),
            published=item.published,
        )
        for item in items
    )


def an_entry(tx: Transaction, uid: str = "1", **slots: Any) -> Entry:
    """Add a feed with an entry, and lease the entry."""
    [entry_id] = put(tx, a_feed(tx), parsed(uid, **slots)).new
    return next(entry for entry in tx.entries.claim(NOW, limit=100, lease=LEASE) if entry.entry_id == entry_id)


def event(**slots: Any) -> Event:
    """A strike on Kyiv."""
    defaults = {"event_id": 0, "kind": "strike", "headline": "Missiles hit Kyiv", "place": KYIV}
    return Event(**_with(defaults | {"first_seen": NOW, "last_seen": NOW}, slots))


def full_report(**slots: Any) -> Report:
    """A report with every slot of a strike filled."""
    defaults: dict[str, Any] = {
        "kind": "strike",
        "new": True,
        "confidence": 0.9312345,
        "place": KYIV,
        "occurred": Interval(NOW - timedelta(hours=9, seconds=7), NOW - timedelta(hours=2, microseconds=5)),
        "weapon": ("missile", "drone"),
        "actor": "Northland",
        "target": "Southland",
        "killed": Count(8, None),
        "injured": Count(38, 40),
        "children_killed": Count(None, 2),
        "evidence": (Evidence(field="killed", quote="at least eight", start=3, end=17, where="content"),),
        "rules": ("strike.killed", "strike.hit"),
        "reason": "a strike verb with a weapon",
    }
    return Report(**_with(defaults, slots))


def claim(report_id: int, entry_id: int, **slots: Any) -> Claim:
    """A claim of eight killed."""
    defaults = {"field": "killed", "value": [8, None], "outlet": "Northern Wire", "url": None, "quote": "eight"}
    return Claim(**_with(defaults | {"report_id": report_id, "entry_id": entry_id, "told_at": NOW}, slots))


def development(**slots: Any) -> Development:
    """The toll rises from 3 to 8."""
    delta = Delta(field="killed", before=[3, 3], after=[8, None], outlet="Northern Wire", quote="at least eight")
    return Development(**_with({"change": "toll_changed", "revision": 2, "at": NOW, "deltas": (delta,)}, slots))


def judged(**slots: Any) -> Judgement:
    """Nothing to report."""
    return Judgement(**({"lang": "en", "set_aside": "no_cue"} | slots))


def subscribe(tx: Transaction, **slots: Any) -> Subscription:
    """Add a subscription to alerts by email."""
    defaults: dict[str, Any] = {"kind": "email", "address": "ada@example.org", "mode": "alert", "now": NOW}
    slots = _with(defaults | {"tz": "Europe/Kyiv", "at": "07:30"}, slots)
    now, confirmed = slots.pop("now"), slots.pop("state", "active") == "active"
    return tx.subscriptions.add(Wish(confirmed=confirmed, **slots), now=now)


def queue(tx: Transaction, subscription: Subscription, key: str, **slots: Any) -> int | None:
    """Queue a message; its bytes and id follow from the key."""
    rendered = Rendered(subject=f"Subject {key}", body=f"body {key}".encode())
    defaults: dict[str, Any] = {"dedup_key": key, "message_id": f"msg_{key}", "kind": "event.new", "rendered": rendered}
    return tx.outbox.put(subscription=subscription, **_with(defaults | {"due_at": NOW, "now": NOW}, slots))


def tried(message: Message, **slots: Any) -> Attempt:
    """A try that the far side took."""
    return Attempt(**_with({"outbox_id": message.outbox_id, "at": NOW, "ok": True, "status": 200}, slots))


def connection_of(tx: Transaction) -> Connection:
    """What is under the transaction, for a look that no port offers."""
    assert isinstance(tx, SqlTransaction)
    return tx._connection


def _with(defaults: Mapping[str, Any], slots: Mapping[str, Any]) -> dict[str, Any]:
    return {**defaults, **slots}
