"""What templates see: values already in words, cleaned and bounded, the same for text and for HTML.

Templates get these objects and nothing else, so what an operator's template can say is what is written down here.
Every string is one clean line; every list has an end.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib import parse

from service.adapters.render.clean import HEADLINE, NAME, clean, web_url
from service.adapters.render.evidence import Quote, outlets_words, quotes_for
from service.adapters.render.words import (
    KINDS,
    LABELS,
    PEOPLE,
    STATUSES,
    amount,
    as_count,
    confidence_words,
    hours_words,
    interval_words,
    place_words,
    planned_words,
    sources_words,
    tolls,
    value_words,
)
from service.core.develop import AHEAD, OPERATOR
from service.core.event import Before, Claim, Delta, Development, Event, Relates
from service.core.subscription import Subscription

MAX_DELTAS = 8
BEFORE: dict[Relates, str] = {"violates": "Breaks a truce", "next_in_series": "Goes on from"}
QUOTES = 4
DESK = "the desk of this service"
"""How readers know who corrects by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that stands out: `6 to 9`, `reported killed, was 6`."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A labelled fact: `When`, `about 11:20 UTC, 22 November 2026`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One field that changed and who said so."""

    label: str
    before: str
    after: str
    source: Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event in words. `kind` is `strike` or `talks`; `heading` is `Strike, Kharkiv, Ukraine`.

    `toll` is `6 killed, 31 injured` or empty; `summary` is the toll of a strike or how far talks are,
    `opening` the same with a capital. `before` are the earlier events it breaks or goes on from, in a digest.
    """

    event_id: int
    kind: str
    kind_word: str
    state: str
    heading: str
    town: str
    headline: str
    toll: str
    summary: str
    opening: str
    when: str
    figures: tuple[Figure, ...]
    facts: tuple[Fact, ...]
    confidence: str
    sources: str
    outlets: str
    quotes: tuple[Quote, ...]
    url: str
    before: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Links every message carries. `web` is a digest's copy for everybody, `method` says how all of it comes about.

    `contact` leads to who runs the service, where they gave an address.
    """

    event: str
    manage: str
    unsubscribe: str
    home: str
    method: str
    corrections: str
    web: str = ""
    contact: str = ""


def urls_for(base_url: str, subscription: Subscription, event_id: int | None = None) -> Urls:
    """Return the links of a message to this subscription; `event` is the home page where there is no event."""
    key = parse.quote(subscription.key, safe="")
    return Urls(
        event=event_url(base_url, event_id) if event_id is not None else base_url,
        manage=f"{base_url}/s/{key}",
        unsubscribe=f"{base_url}/s/{key}/unsubscribe",
        home=base_url,
        method=f"{base_url}/method",
        corrections=f"{base_url}/corrections",
    )


def event_url(base_url: str, event_id: int) -> str:
    """Return the public page of an event."""
    return f"{base_url}/e/{event_id}"


def event_view(
    event: Event,
    claims: Sequence[Claim],
    *,
    base_url: str,
    development: Development | None = None,
    max_quotes: int = QUOTES,
) -> EventView:
    """Put an event into words."""
    kind, place = KINDS.get(event.kind, event.kind), place_words(event.place)
    heading = f"{kind}, {place}" if place else kind
    toll, when = tolls(event), interval_words(event.occurred)
    summary = toll if event.kind == "strike" else talks_words(event)
    return EventView(
        event_id=event.event_id,
        kind=event.kind,
        kind_word=kind,
        state=event.state,
        heading=heading,
        town=clean(event.place.name, NAME) if event.place else "",
        headline=clean(event.headline, HEADLINE) or f"{kind} reported{f' in {place}' if place else ''}",
        toll=toll,
        summary=summary,
        opening=summary[:1].upper() + summary[1:],
        when=when,
        figures=tuple(_figures(event, development)),
        facts=tuple(_facts(event, claims)),
        confidence=confidence_words(event),
        sources=sources_words(event.sources),
        outlets=outlets_words(claims),
        quotes=tuple(_unrepeated(quotes_for(event, claims, development, max_quotes), event.headline)),
        url=event_url(base_url, event.event_id),
    )


def _unrepeated(quotes: Iterable[Quote], headline: str) -> Iterator[Quote]:
    """Yield them; of one that is the headline, which stands above it, only who says so."""
    for quote in quotes:
        same = quote.quote.rstrip(".").casefold() == clean(headline, HEADLINE).rstrip(".").casefold()
        yield replace(quote, quote="") if same else quote


def status_words(event: Event) -> str:
    """Return the status of talks in words; empty where unknown."""
    return clean(STATUSES.get(event.status or "", event.status or ""), NAME)


def talks_words(event: Event) -> str:
    """Return `scheduled, planned for 3 December 2026 in Doha` or `agreed, a truce of 72 hours`, as far as known."""
    when, where = _planned_for(event), clean(event.venue.name, NAME) if event.venue else ""
    ahead = f"planned for {when}{f' in {where}' if where else ''}" if when else ""
    lasts = f"a truce of {hours_words(event.duration_h)}" if event.duration_h else ""
    return ", ".join(part for part in (status_words(event), ahead, lasts) if part)


def _planned_for(event: Event) -> str:
    """Return when talks are to be held, as long as that is still to come."""
    return planned_words(event.planned) if event.status in AHEAD else ""


def changes_for(development: Development, shown: Sequence[Quote]) -> tuple[ChangeView, ...]:
    """Put the typed deltas of a development into words, without repeating a quote that is `shown` anyway."""
    quoted = {quote.quote for quote in shown}
    return tuple(
        ChangeView(
            label=LABELS.get(delta.field, clean(delta.field, NAME).replace("_", " ").capitalize()),
            before=value_words(delta.field, delta.before),
            after=value_words(delta.field, delta.after),
            source=_source(delta, quoted),
        )
        for delta in development.deltas[:MAX_DELTAS]
    )


def _source(delta: Delta, quoted: Collection[str]) -> Quote:
    words, outlet = clean(delta.quote), DESK if delta.outlet == OPERATOR else clean(delta.outlet, NAME)
    return Quote(says="", quote="" if words in quoted else words, outlet=outlet, url=web_url(delta.url))


def _figures(event: Event, development: Development | None) -> Iterator[Figure]:
    deltas = development.deltas if development and development.change != "new" else ()
    before = {delta.field: as_count(delta.before) for delta in deltas}
    for field, words in PEOPLE.items():
        if value := amount(getattr(event, field)):
            was = amount(before.get(field))
            child = words.replace("children", "child") if value.rsplit(" ", 1)[-1] == "1" else words
            yield Figure(value=value, label=f"{_reported(child)}, was {was}" if was else _reported(child))
    if event.kind == "talks" and event.status:
        yield Figure(value=status_words(event).capitalize(), label="talks")
    yield Figure(value=f"{event.sources:,}", label=sources_words(event.sources).split(" ", 1)[1])


def _reported(words: str) -> str:
    """Return `reported killed`, but `children reported killed`."""
    who, _, what = words.rpartition(" ")
    return f"{who} reported {what}".strip()


def before_facts(before: Sequence[Before]) -> Iterator[Fact]:
    """Yield `Breaks a truce` with the headline and the day of it, or `Goes on from`."""
    for one in before:
        when = one.event.first_seen
        yield Fact(label=BEFORE[one.how], value=f"{clean(one.event.headline, HEADLINE)} ({when:%-d %B %Y})")


def _facts(event: Event, claims: Sequence[Claim]) -> Iterator[Fact]:
    values = {
        "When": interval_words(event.occurred),
        "Where": "" if event.venue and event.venue == event.place else place_words(event.place) + _precision(event),
        "Held in": place_words(event.venue),
        "Planned for": _planned_for(event),
        "Weapon": value_words("weapon", event.weapon) if set(event.weapon) - {"unknown"} else "",
        "Attributed to": clean(event.actor, NAME),
        "Against": clean(event.target, NAME),
        "Status": status_words(event) if event.kind == "talks" else "",
        "Lasts": hours_words(event.duration_h),
        "Parties": value_words("parties", event.parties[:6]) if event.parties else "",
        "Mediators": value_words("mediators", event.mediators[:6]) if event.mediators else "",
        "Sources": outlets_words(claims),
    }
    yield from (Fact(label=label, value=value) for label, value in values.items() if value)


def _precision(event: Event) -> str:
    exact = event.place is None or event.place.precision == "city"
    return "" if exact or event.place is None else f" (only the {event.place.precision} is known)"
