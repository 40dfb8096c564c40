"""What a digest's template sees: what changed, some events in full, the rest in a line each, what is missing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from urllib.parse import urlencode

from service.adapters.render.clean import HEADLINE, clean, shorten
from service.adapters.render.coverage import gap_words
from service.adapters.render.places import MapView
from service.adapters.render.view import EventView, Figure, Urls, before_facts, event_url, status_words, urls_for
from service.adapters.render.worded import Worded
from service.adapters.render.words import (
    UNKNOWN,
    amount,
    as_count,
    day_words,
    rule_words,
    span_words,
    time_words,
    toll,
    value_words,
    weekday_words,
    zone,
    zone_words,
)
from service.core.event import Change, Delta, Development, Event
from service.core.report import Count
from service.ports.world import DigestItem, DigestMessage

MAX_CHANGES = 12
MAX_GAPS = 10
TITLE_PART = 110
MAX_PARTS = 4
WORDS_A_MINUTE = 200
WITHDRAWN = "reported before, since withdrawn."
CHANGE_LABELS: dict[Change, str] = {
    "new": "New",
    "toll_changed": "Toll",
    "status_changed": "Talks",
    "place_refined": "Place",
    "attributed": "Attributed",
    "corrected": "Corrected",
    "denied": "Denied",
    "retracted": "Withdrawn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedView:
    """One line on an event that was known before: `Toll up`, its headline, and what is different."""

    label: str
    headline: str
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """A digest. `hidden` counts events that fit nowhere; `empty` is true on a day without events or changes.

    `fresh` says how many events are new where others changed; `web` in `urls` is the copy for everybody.
    """

    subject: str
    date: str
    title: str
    period: str
    empty: bool
    figures: tuple[Figure, ...]
    changed: tuple[ChangedView, ...]
    fresh: str
    cards: tuple[EventView, ...]
    more: tuple[EventView, ...]
    hidden: int
    gaps: tuple[str, ...]
    coverage: str
    at: str
    since: str
    rules: str
    map: MapView | None
    urls: Urls


def digest_view(
    message: DigestMessage,
    *,
    base_url: str,
    cards: int = 12,
    lines: int = 40,
    shown: MapView | None = None,
    worded: Worded | None = None,
    titles: Callable[[str], str] = str,
) -> DigestView:
    """Put the digest into words with at most so many cards and single lines. `worded` remembers for the next one.

    `titles` turns a rule's id into what readers know it by.
    """
    live = [item for item in message.items if item.event.state == "live"]
    changed = (*_changed(message.items, base_url), *_unheard(message.quiet, base_url))[:MAX_CHANGES]
    word = (worded or Worded()).view
    views = [
        replace(word(item.event, item.claims, base_url=base_url, max_quotes=3), before=tuple(before_facts(item.before)))
        for item in live[: cards + lines]
    ]
    empty = not live and not any(item.told is not None for item in message.items)
    web = web_url(message, base_url) if not message.note else base_url
    return DigestView(
        subject=clean(message.note, HEADLINE) or _subject(message, live),
        date=weekday_words(message.local_date),
        title=f"{clean(message.note, HEADLINE)}." if message.note else _title(live, empty=empty),
        period=f"{_period(message)} {_reading_time(views[:cards], len(views) - cards)}".strip(),
        empty=empty,
        figures=tuple(_figures(live, message.before)),
        changed=changed,
        fresh=_fresh(message.items) if changed else "",
        cards=tuple(views[:cards]),
        more=tuple(views[cards:]),
        hidden=max(len(live) - cards - lines, 0),
        gaps=tuple(gap_words(gap, message.now) for gap in message.gaps[:MAX_GAPS]),
        coverage="" if message.note else f"{feeds_words(message)} answered in this period.",
        at=time_words(message.now),
        since=day_words(message.subscription.created_at),
        rules=rule_words(message.subscription.rules, titles),
        map=shown,
        urls=replace(urls_for(base_url, message.subscription), event=web, web=web),
    )


def feeds_words(message: DigestMessage) -> str:
    """Return `41 of 43 feeds`."""
    return f"{message.feeds_ok:,} of {message.feeds_all:,} feeds"


def web_url(message: DigestMessage, base_url: str) -> str:
    """Return the address of the copy for everybody: the same stretch and rules, and nobody's name."""
    stretch = {"since": message.window_start, "until": message.window_end}
    asked = {name: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for name, at in stretch.items()}
    rules = {"rules": ",".join(message.subscription.rules)} if message.subscription.rules else {}
    return f"{base_url}/digest/{message.local_date}?{urlencode(asked | rules)}"


def _subject(message: DigestMessage, live: Sequence[DigestItem]) -> str:
    if not live:
        changes = sum(item.told is not None for item in message.items)
        silence = f"no new reports, {feeds_words(message)} answered"
        what = f"{_many(changes, 'change')} to earlier events" if changes else silence
        return f"Digest: {what}, {day_words(message.local_date)}"
    talks = sum(item.event.kind == "talks" for item in live)
    killed = toll("killed", total(item.event for item in live))
    parts = [_many(len(live), "event"), killed, _many(talks, "move") + " in talks" if talks else ""]
    return "Digest: " + ", ".join(part for part in parts if part)


def _title(live: Sequence[DigestItem], *, empty: bool) -> str:
    """Return the first strike's and the first talks' headline as two sentences."""
    if empty:
        return "No new reports."
    first: dict[str, str] = {}
    for item in live:
        first.setdefault(item.event.kind, shorten(clean(item.event.headline, HEADLINE), TITLE_PART).rstrip("."))
    return " ".join(f"{headline}." for headline in first.values() if headline) or "What changed."


def _period(message: DigestMessage) -> str:
    at = message.window_end.astimezone(zone(message.subscription.tz))
    stretch = span_words(message.window_start, message.window_end)
    return f"The {stretch} to {at:%H:%M} on {day_words(at)}, {zone_words(message.subscription.tz)}."


def _reading_time(cards: Sequence[EventView], lines: int) -> str:
    """Return how long it takes at 200 words a minute; nothing where that is less than one."""
    words = sum(len(f"{card.headline} {card.summary} {card.when}".split()) for card in cards)
    words += sum(len(quote.quote.split()) for card in cards for quote in card.quotes) + 15 * max(lines, 0)
    minutes = round(words / WORDS_A_MINUTE)
    return f"{_many(minutes, 'minute')} to read." if minutes else ""


def _fresh(items: Sequence[DigestItem]) -> str:
    new = sum(item.told is None and item.event.state == "live" for item in items)
    return f"{_many(new, 'event')}, below." if new else ""


def _unheard(quiet: Sequence[Event], base_url: str) -> Iterator[ChangedView]:
    """Yield a line for each event of the last digest that nothing has been heard of since."""
    for event in quiet:
        headline = clean(event.headline, TITLE_PART)
        url = event_url(base_url, event.event_id)
        yield ChangedView(label="No news", headline=headline, text="nothing further since.", url=url)


def _figures(live: Sequence[DigestItem], before: int | None) -> Iterator[Figure]:
    if not live:
        return
    strikes = [item for item in live if item.event.kind == "strike"]
    many = "event" if len(live) == 1 else "events"
    yield Figure(value=f"{len(live):,}", label=many if before is None else f"{many}, {before:,} in the last digest")
    if killed := amount(total(item.event for item in strikes)):
        yield Figure(value=killed, label="people reported killed")
    talks = len(live) - len(strikes)
    yield Figure(value=f"{talks:,}", label="move in talks" if talks == 1 else "moves in talks")


def total(events: Iterable[Event]) -> Count | None:
    """Add up the killed of strikes: the sum of the lowest to the sum of the highest, open where one is open."""
    counts = [event.killed for event in events if event.killed and event.killed != Count()]
    if not counts:
        return None
    low = sum(count.min or 0 for count in counts)
    if any(count.max is None for count in counts):
        return Count(low, None)
    return Count(low, sum(count.max or 0 for count in counts))


def _changed(items: Sequence[DigestItem], base_url: str) -> Iterator[ChangedView]:
    """Yield a line for each event that this reader was told of before."""
    for item in items:
        withdrawn = item.event.state == "retracted"
        steps = [step for step in item.developments if step.material and step.change != "new"]
        if steps and item.told is not None and item.event.state != "merged":
            change = "retracted" if withdrawn else steps[-1].change
            spans = _spans(steps)
            yield ChangedView(
                label=_label(change, spans),
                headline=clean(item.event.headline, TITLE_PART),
                text=WITHDRAWN if withdrawn else _what_changed(spans, item.event),
                url=event_url(base_url, item.event.event_id),
            )


def _spans(steps: Sequence[Development]) -> dict[str, tuple[Delta, Delta]]:
    """Return, by field, the first and the last delta: where it stood before the steps, and where after."""
    spans: dict[str, tuple[Delta, Delta]] = {}
    for delta in (delta for step in steps for delta in step.deltas):
        spans[delta.field] = (spans.get(delta.field, (delta,))[0], delta)
    return spans


def _label(change: Change, spans: Mapping[str, tuple[Delta, Delta]]) -> str:
    if change != "toll_changed" or "killed" not in spans:
        return CHANGE_LABELS[change]
    first, last = spans["killed"]
    before, after = (_highest(value) for value in (first.before, last.after))
    return "Toll up" if after > before else "Toll down" if after < before else "Toll"


def _highest(value: object) -> int:
    low, high = as_count(value) or Count()
    return high or low or 0


def _what_changed(spans: Mapping[str, tuple[Delta, Delta]], event: Event) -> str:
    """Return `9 killed, was 6 killed.`, for each field that moved."""
    parts = [_moved(field, first.before, last.after) for field, (first, last) in spans.items()]
    return "; ".join(parts[:MAX_PARTS] or [status_words(event)]) + "."


def _moved(field: str, before: object, after: object) -> str:
    """Return `9 killed, was 6 killed`, `attributed to Russia` or, of what nobody had said, `12 injured`."""
    now, then = value_words(field, after), value_words(field, before)
    if field == "actor" and now != UNKNOWN:
        now = f"attributed to {now}"
    return now if then == UNKNOWN else f"{now}, was {then}"


def _many(n: int, word: str) -> str:
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"
