"""Two days in a database: strikes with a rising toll, talks, a retraction, feeds that fail, messages that wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service.core.entry import Entry
from service.core.event import Claim, Decision, Delta, Development, Event, Link
from service.core.feed import Feed, ParsedEntry, PollRecord
from service.core.report import Count, Interval, Kind, Place, Report
from service.core.subscription import Wish
from service.ports.store import Store, Transaction
from service.ports.world import Rendered

NOW = datetime(2026, 11, 22, 18, 42, tzinfo=UTC)
KHARKIV = Place(name="Kharkiv", country="UA", lat=49.98, lon=36.25, precision="city")
GENEVA = Place(name="Geneva", country="CH", lat=46.2, lon=6.15, precision="city")
EL_FASHER = Place(name="El Fasher", country="SD", lat=13.63, lon=25.35, precision="city")
NASTY = "<script>alert(1)</script>"


def at(hour: int, minute: int = 0, *, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """The ids of what was told, and the key of the one reader."""

    strike: int
    talks: int
    retracted: int
    merged: int
    failing: int
    key: str


def tell(store: Store) -> Told:
    with store.write() as tx:
        entries = _feeds(tx)
        strike = _strike(tx, entries)
        talks = tx.events.create(
            _event(
                "talks",
                "Delegations agree to meet in Geneva",
                GENEVA,
                at(18, 4),
                status="scheduled",
                venue=GENEVA,
                planned=Interval(at(23, day=25), at(23, day=26)),
                sources=2,
                reports=2,
            )
        )
        retracted = tx.events.create(
            _event("strike", f"Blast reported near the market {NASTY}", EL_FASHER, at(20, day=21), state="retracted")
        )
        merged = tx.events.create(_event("strike", "Block hit", KHARKIV, at(12), state="merged", merged_into=strike))
        key = _reader(tx, strike)
        (failing,) = (feed.feed_id for feed in tx.feeds.all() if feed.failures)
    return Told(strike, talks, retracted, merged, failing, key)


def _feeds(tx: Transaction) -> dict[str, Entry]:
    for name, country, error in (
        ("Northern Wire", "UA", ""),
        ("Kharkiv Ledger", "UA", ""),
        ("Harbour Post", "UA", ""),
        ("Khartoum Post", "SD", "HTTP 403"),
        ("Darfur Monitor", "SD", ""),
    ):
        _feed(tx, name, country, error)
    feeds = {feed.title: feed for feed in tx.feeds.all()}
    texts = {
        "Northern Wire": "Rescuers have recovered nine bodies from the block in Saltivka, the regional governor said.",
        "Kharkiv Ledger": "Унаслідок удару по Салтівці постраждали щонайменше 40 людей.",
        "Harbour Post": "Rescuers have recovered nine bodies from the block in Saltivka, the regional governor said.",
    }
    for number, (name, text) in enumerate(texts.items()):
        entry = ParsedEntry(
            uid=name,
            url=f"https://{name.split()[0].lower()}.example/story",
            title=f"{name}: apartment block hit in Kharkiv",
            summary=text,
            published=at(11, 31 + number),
        )
        tx.entries.put(feeds[name], [entry], now=at(11, 40), backlog=False)
    claimed = tx.entries.claim(at(11, 41), limit=10, lease=timedelta(minutes=2))
    return {entry.outlet: entry for entry in claimed}


def _feed(tx: Transaction, name: str, country: str, error: str) -> None:
    url = f"https://{name.replace(' ', '').lower()}.example/rss"
    feed_id = tx.feeds.add(Feed(feed_id=0, url=url, title=name, country=country, due_at=at(8)))
    for hour in range(8, 12):
        (feed,) = tx.feeds.claim([feed_id], at(hour), lease=timedelta(minutes=2))
        failed = bool(error) and hour >= 10
        changed = _polled(feed, at(hour), error if failed else "")
        record = PollRecord(at=at(hour), outcome="new", new=3)
        if hour % 2 == 0:
            record = PollRecord(at=at(hour), outcome="unchanged")
        if failed:
            record = PollRecord(at=at(hour), outcome="failed", error=error)
        assert tx.feeds.finish(changed, record)


def _polled(feed: Feed, now: datetime, error: str) -> Feed:
    values = {name: getattr(feed, name) for name in Feed.__slots__}
    values |= {"due_at": NOW + timedelta(minutes=10), "last_poll_at": now, "last_error": error}
    values |= {"state": "failing", "failures": feed.failures + 1} if error else {"state": "active", "last_ok_at": now}
    return Feed(**values)


def _strike(tx: Transaction, entries: dict[str, Entry]) -> int:
    event_id = tx.events.create(
        _event(
            "strike",
            "Apartment block hit in Kharkiv’s Saltivka district",
            KHARKIV,
            at(18, 31),
            first_seen=at(11, 31),
            revision=2,
            killed=Count(6, 9),
            injured=Count(31, 40),
            missing=Count(12, None),
            weapon=("bomb",),
            actor="Russian forces",
            occurred=Interval(at(11), at(12)),
            sources=2,
            reports=3,
            confidence=0.9,
        )
    )
    _report(
        tx,
        event_id,
        entries["Northern Wire"],
        lang="en",
        decision="new",
        said=[("killed", [9, 9], "recovered nine bodies")],
    )
    _report(
        tx,
        event_id,
        entries["Harbour Post"],
        lang="en",
        decision="copy",
        said=[("killed", [9, 9], "recovered nine bodies")],
    )
    _report(
        tx,
        event_id,
        entries["Kharkiv Ledger"],
        lang="uk",
        decision="joined",
        said=[("injured", [40, None], "щонайменше 40 людей")],
    )
    tx.events.add_development(
        event_id, Development(change="new", revision=1, at=at(11, 31), reason="first report"), None
    )
    rise = Delta(field="killed", before=[6, 7], after=[6, 9], outlet="Northern Wire", quote="recovered nine bodies")
    risen = Development(change="toll_changed", revision=2, at=at(18, 31), deltas=(rise,), reason="the toll rose")
    tx.events.add_development(event_id, risen, None)
    return event_id


def _report(
    tx: Transaction,
    event_id: int,
    entry: Entry,
    *,
    lang: str,
    decision: Decision,
    said: Sequence[tuple[str, list[int | None], str]],
) -> None:
    counts = {name: Count(*value) for name, value, _ in said}
    report = Report(kind="strike", new=True, confidence=0.9, place=KHARKIV, **counts)  # type: ignore[arg-type]
    link = Link(decision=decision, event_id=event_id, reason="same town within 40 minutes")
    report_id = tx.events.save_report(entry, report, event_id, link, lang, now=at(11, 45))
    claims = [
        Claim(
            field=name,
            value=value,
            report_id=report_id,
            entry_id=entry.entry_id,
            outlet=entry.outlet,
            url=entry.url,
            quote=quote,
            told_at=entry.told_at,
            copy=decision == "copy",
        )
        for name, value, quote in said
    ]
    tx.events.replace_claims(event_id, report_id, claims, now=at(11, 45))


def _event(kind: Kind, headline: str, place: Place, last_seen: datetime, **more: object) -> Event:
    values = {"first_seen": last_seen, "confidence": 0.8} | more
    return Event(event_id=0, kind=kind, headline=headline, place=place, last_seen=last_seen, **values)  # type: ignore[arg-type]


def _reader(tx: Transaction, event_id: int) -> str:
    address = "ada.reader@example.org"
    wish = Wish(kind="email", address=address, mode="alert", tz="Europe/Kyiv", at="07:30", source="web")
    subscription = tx.subscriptions.add(wish, now=at(6))
    tx.outbox.put(
        dedup_key="one",
        message_id="msg_one",
        kind="event.new",
        subscription=subscription,
        rendered=Rendered(subject="Strike, Kharkiv: 6–9 killed", body=b"bytes"),
        due_at=at(11, 55),
        now=at(11, 50),
        event_id=event_id,
        revision=1,
    )
    return subscription.key
