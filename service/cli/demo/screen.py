"""The terminal: a line for each thing that happens, and a sum at the end.

It looks at the store again and again and says what is new since the last look. Which lines follow from what is a pure
matter of two looks, so it can be tested without a service.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TextIO

from service.core.codec import parse_instant
from service.core.event import Development, Event
from service.core.feed import Feed
from service.core.report import Count
from service.ports.outbox import Delivery
from service.ports.store import Store

COLOURS = {"strike": "31", "talks": "36", "trouble": "33", "quiet": "2", "digest": "34"}
DASH, ARROW = "\N{EN DASH}", "\N{RIGHTWARDS ARROW}"
FANCY = {"strike": "●", "talks": "◆", "digest": "▤", "trouble": "!", "quiet": " ", ARROW: ARROW, DASH: DASH}
PLAIN = {"strike": "*", "talks": "+", "digest": "#", "trouble": "!", "quiet": " ", ARROW: "->", DASH: "-"}
WORDS = {
    "event.new": "alert",
    "event.updated": "update",
    "event.corrected": "correction",
    "event.retracted": "retraction",
    "digest": "digest",
}
CHANNELS = {"email": "mail", "webhook": "webhook"}
CHANGES = {"toll_changed": "toll", "status_changed": "status", "place_refined": "place"}
ENOUGH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the store holds at one moment."""

    at: datetime
    events: Sequence[Event] = ()
    developments: Mapping[int, Sequence[Development]] = field(default_factory=dict)
    deliveries: Sequence[Delivery] = ()
    feeds: Sequence[Feed] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0

    @property
    def behind(self) -> str:
        """What is still to be done, in words: feeds due or being polled, entries to judge, messages due to be sent."""
        feeds = sum(feed.due_at <= self.at and feed.state != "muted" for feed in self.feeds)
        messages = sum(d.state == "pending" and d.due_at <= self.at for d in self.deliveries)
        waits = ((feeds, "feeds to poll"), (self.waiting, "entries to judge"), (messages, "messages to send"))
        return ", ".join(f"{count} {what}" for count, what in waits if count)

    @property
    def settled(self) -> bool:
        """Whether nothing waits. A feed stays due until what its poll brought is stored, so none can follow unseen."""
        return not self.behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line to be: `what` picks symbol and colour, `cells` are place, what happened, sources, messages."""

    at: datetime
    what: str
    label: str
    cells: tuple[str, str, str, str]


def look(store: Store, now: datetime) -> Look:
    """Take a look, in one reading transaction."""
    with store.read() as tx:
        events = tx.events.recent(limit=ENOUGH)
        return Look(
            at=now,
            events=events,
            developments={event.event_id: tx.events.developments(event.event_id) for event in events},
            deliveries=tx.outbox.list(limit=ENOUGH),
            feeds=tx.feeds.all(),
            set_aside=tx.entries.set_aside_counts(),
            waiting=tx.entries.waiting(),
        )


def news(before: Look, after: Look) -> list[Line]:
    """Return what happened between two looks, oldest first."""
    lines = [*_of_events(before, after), *_of_digests(before, after), *_of_feeds(before, after)]
    return sorted(lines, key=lambda line: line.at)


def _of_events(before: Look, after: Look) -> Iterator[Line]:
    for event in after.events:
        known = len(before.developments.get(event.event_id, ()))
        for development in after.developments[event.event_id][known:]:
            if development.material:
                yield _event_line(event, development, after.deliveries)


def _event_line(event: Event, development: Development, deliveries: Sequence[Delivery]) -> Line:
    mine = [
        d for d in deliveries if d.message.event_id == event.event_id and d.message.revision == development.revision
    ]
    new = development.change == "new"
    count = f"{event.sources} source{'s' if event.sources != 1 else ''}"
    return Line(
        at=development.at,
        what=event.kind,
        label=event.kind.capitalize() if new else "",
        cells=(
            event.place.name if event.place else "",
            state(event) if new else changed(development),
            count,
            sent(mine),
        ),
    )


def _of_digests(before: Look, after: Look) -> Iterator[Line]:
    seen = {d.message.outbox_id for d in before.deliveries}
    for d in after.deliveries:
        if d.message.kind == "digest" and d.message.outbox_id not in seen:
            yield Line(at=d.message.created_at, what="digest", label="Digest", cells=("", d.subject, "", sent([d])))


def _of_feeds(before: Look, after: Look) -> Iterator[Line]:
    failing = {feed.feed_id for feed in before.feeds if feed.failures}
    for feed in after.feeds:
        if bool(feed.failures) != (feed.feed_id in failing):
            what = feed.last_error or "does not answer" if feed.failures else "works again"
            yield Line(at=after.at, what="trouble", label="Feed", cells=(feed.title or feed.url, what, "", ""))


def state(event: Event) -> str:
    """Return what is known of an event in few words."""
    if event.kind == "talks":
        return (event.status or "talks").replace("_", " ")
    parts = [
        f"{people(count)} {word}"
        for count, word in ((event.killed, "killed"), (event.injured, "injured"))
        if count and people(count) not in {"", "0"}
    ]
    return ", ".join(parts) or "no casualties known"


def people(count: Count) -> str:
    """Return a number of people as a range."""
    low, high = count
    if low is None:
        return f"up to {high}" if high is not None else ""
    if high is None:
        return f"{low}+"
    return f"{low}" if low == high else f"{low}{DASH}{high}"


def changed(development: Development) -> str:
    """Return what a development changed: `killed 1 → 4`."""
    if development.change == "retracted":
        return "retracted"
    told = [delta for delta in development.deltas if delta.field != "sources"] or development.deltas
    parts = [f"{delta.field.replace('_', ' ')} {value(delta.before)} → {value(delta.after)}" for delta in told]
    return ", ".join(parts) or CHANGES.get(development.change, development.change)


def value(given: object) -> str:
    """Return one side of a delta, which comes as JSON types."""
    match given:
        case None | [None, None]:
            return "?"
        case {"min": int() | None as low, "max": int() | None as high}:
            return people(Count(low, high)) or "?"
        case [int() | None as low, int() | None as high]:
            return people(Count(low, high)) or "?"
        case str(name) | {"name": str(name)}:
            return name.replace("_", " ")
        case {"from": str(start), "to": str(end)}:
            return days(parse_instant(start), parse_instant(end))
    return json.dumps(given, ensure_ascii=False)


def days(start: datetime, end: datetime) -> str:
    """Return when talks are to be held: `4 Dec` or `30 Nov–6 Dec`. At its noon a whole day is its date in UTC too."""
    half = min((end - start) / 2, timedelta(hours=12))
    first, last = (f"{day.day} {day:%b}" for day in (start + half, end - half))
    return first if first == last else f"{first}{DASH}{last}"


def sent(deliveries: Sequence[Delivery]) -> str:
    """Return which messages went where: `alert → mail, webhook`."""
    by_kind: dict[str, list[str]] = {}
    for d in deliveries:
        if d.state != "superseded":
            by_kind.setdefault(WORDS[d.message.kind], []).append(CHANNELS[d.message.channel.kind])
    return "; ".join(f"{kind} → {', '.join(sorted(set(where)))}" for kind, where in by_kind.items())


def summary(last: Look, *, repeats: int) -> list[str]:
    """Return the sum of it all, in sentences."""
    kinds = Counter(event.kind for event in last.events)
    by_kind = Counter(d.message.kind for d in last.deliveries if d.state == "sent")
    told = Counter((d.message.channel.channel_id, d.message.event_id) for d in last.deliveries if _alerts(d))
    gone = sum(event.state == "retracted" for event in last.events)
    aside = sorted(last.set_aside.items(), key=lambda item: -item[1])
    failed = last.set_aside.get("failed", 0)
    corrections = by_kind["event.corrected"] + by_kind["event.retracted"]
    delivered = f"{by_kind['event.new']} alerts, {by_kind['event.updated']} updates, {corrections} corrections"
    return [
        f"{len(last.events)} events: {kinds['strike']} strikes, {kinds['talks']} talks; {gone} retracted.",
        f"Delivered: {delivered}, {by_kind['digest']} digests; {_most_alerts(told.values())}.",
        f"{sum(last.set_aside.values())} entries set aside: {', '.join(f'{name} {n}' for name, n in aside[:6])}.",
        f"{repeats} webhooks came twice under one id.",
        *([f"{failed} ENTRIES FAILED; --log-level warning says why."] if failed else []),
    ]


def _alerts(delivery: Delivery) -> bool:
    return delivery.message.kind == "event.new" and delivery.state == "sent"


def _most_alerts(counts: Iterable[int]) -> str:
    most = max(counts, default=0)
    return "no channel was alerted to an event twice" if most <= 1 else f"AN EVENT WAS ALERTED {most} TIMES"


class Screen:
    """Writes lines to a stream. Colour only where `colour` is true; symbols only where the stream can show them."""

    def __init__(self, stream: TextIO, start: datetime, *, colour: bool) -> None:
        self._stream = stream
        self._start = start
        self._colour = colour
        unicode = "utf" in (getattr(stream, "encoding", None) or "").lower()
        self._signs = FANCY if unicode else PLAIN

    def line(self, line: Line) -> None:
        """Write one line."""
        place, happened, sources, messages = line.cells
        row = (
            f"{self.stamp(line.at)}  {self._signs[line.what]} {line.label:<7} {place:<18.18} {happened:<42} "
            f"{sources:<10} {messages}"
        )
        self.say(row.rstrip(), line.what)

    def say(self, text: str, what: str = "") -> None:
        """Write a text in the colour of `what`."""
        for sign in (ARROW, DASH):
            text = text.replace(sign, self._signs[sign])
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        text = text.encode(encoding, errors="replace").decode(encoding)
        code = COLOURS.get(what) if self._colour else None
        self._stream.write(f"\x1b[{code}m{text}\x1b[0m\n" if code else f"{text}\n")
        self._stream.flush()

    def stamp(self, at: datetime) -> str:
        """Return the story's time: `d1 03:52`."""
        day, rest = divmod(at - self._start, timedelta(days=1))
        minutes = int(rest.total_seconds()) // 60
        return f"d{day + 1} {minutes // 60:02}:{minutes % 60:02}"
