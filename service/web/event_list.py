"""The list of events: what happened, latest activity first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from service.adapters.render.clean import HEADLINE, clean
from service.adapters.render.view import status_words
from service.adapters.render.words import (
    amount,
    confidence_words,
    country,
    place_words,
    toll,
    weekday_words,
)
from service.bootstrap.past import kind_of, mark_in, span_of
from service.core.errors import BadInput
from service.core.event import Event
from service.core.health import PROBLEMS, coverage, standing
from service.core.report import Count
from service.web.coverage import Banner, banner
from service.web.event_filter import STATES, of_span, of_window
from service.web.pages import page, site_of
from service.web.site import Site

WINDOW = timedelta(days=14)
MOST = 20_000
"""Of the window's events so many are looked at: ten times what the busiest weeks had."""
LONGEST_SEARCH = 200

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One event in one row. `level` is 1 to 3; `tag` says what is special about it, `tag_class` how it looks."""

    event_id: int
    kind: str
    headline: str
    place: str
    sources: str
    confidence: str
    level: int
    last_seen: datetime
    first_seen: datetime
    figure: str
    figure_small: str
    tag: str
    tag_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A date (UTC), its name, and its events."""

    name: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Today's figures (UTC)."""

    events: int
    more: int
    killed: str
    strikes: int
    talks: int
    unwell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventList:
    """All the page says. `shown` of those `found` stand here, from number `first` on; `newer`, `older` lead on.

    Of an interval that was asked for (`since`, `until`, as they were written) nobody counts what was `found`.
    """

    days: Sequence[Day]
    stats: Stats
    banner: Banner | None
    kind: str
    state: str
    to_review: int
    q: str
    country: str
    countries: Sequence[tuple[str, str, int]]
    first: int
    shown: int
    found: int
    newer: str
    older: str
    today: str
    since: str = ""
    until: str = ""


@router.get("/")
def home() -> Response:
    """Send visitors to the events."""
    return RedirectResponse("/events", 307)


@router.get("/events")
def events(
    request: Request,
    site: Annotated[Site, Depends(site_of)],
    *,
    kind: str = "",
    state: str = "",
    country: Annotated[str, Query(max_length=2)] = "",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(alias="to", max_length=40)] = "",
    before: Annotated[str, Query(max_length=40)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=MOST)] = 1,
) -> Response:
    """Show events of the last days, or of an interval, filtered as the address says, so many on a page."""
    kind_of(kind)
    span, mark = span_of(since, until), mark_in(before)
    if state not in STATES:
        raise BadInput(f"there is no state {state!r}", hint=f"use {', '.join(filter(None, STATES))}, or leave it out")
    now = site.clock.now()
    asked = {"kind": kind, "state": state, "country": country.upper(), "q": q, "from": since, "to": until}
    with site.store.read() as tx:
        recent = tx.events.recent(limit=MOST, since=now - WINDOW)
        doubtful, watched = tx.counts.in_doubt(now), tx.counts.watched()
        part = of_span(tx, span, asked, mark) if span else of_window(recent, asked, number)
    view = EventList(
        days=list(_days(part.events, now.date())),
        stats=_stats(recent, now, sum(standing(feed, None, now) in PROBLEMS for feed in doubtful)),
        banner=banner(coverage(doubtful, now, watched=watched), now, country=country.upper()),
        kind=kind,
        state=state,
        to_review=sum(map(STATES["review"], recent)),
        q=q,
        country=country.upper(),
        countries=_countries(recent, country.upper()),
        first=part.first,
        shown=len(part.events),
        found=part.found,
        newer=part.newer,
        older=part.older,
        today=weekday_words(now),
        since=since,
        until=until,
    )
    return page(request, "events", view, section="Events")


def row(event: Event) -> Row:
    """Put an event into one row."""
    confidence = confidence_words(event)
    figure, small = _figures(event)
    tag, tag_class = _tag(event)
    reports = "1 report" if event.reports == 1 else f"{event.reports} reports, {event.sources} independent"
    return Row(
        event_id=event.event_id,
        kind=event.kind,
        headline=clean(event.headline, HEADLINE),
        place=place_words(event.place),
        sources=reports,
        confidence=confidence.capitalize(),
        level=("low", "medium", "high").index(confidence) + 1,
        last_seen=event.last_seen,
        first_seen=event.first_seen,
        figure=figure,
        figure_small=small,
        tag=tag,
        tag_class=tag_class,
    )


def _figures(event: Event) -> tuple[str, str]:
    if event.kind == "talks":
        return "", status_words(event).capitalize()
    figures = [words for field in ("killed", "injured") if (words := toll(field, getattr(event, field)))]
    if not figures:
        return "", "No casualties reported"
    return figures[0], ", ".join(figures[1:])


def _tag(event: Event) -> tuple[str, str]:
    if event.state == "retracted":
        return "Retracted", "out"
    if event.possibly is not None:
        return f"Possibly the same as {event.possibly}", "hold"
    return "", ""


def _days(events: Sequence[Event], today: date) -> Iterator[Day]:
    names = {today: "Today", today - timedelta(days=1): "Yesterday"}
    for day, group in groupby(events, key=lambda event: event.last_seen.date()):
        rows = [row(event) for event in group]
        name = names.get(day) or weekday_words(rows[0].last_seen)
        yield Day(name=name, rows=rows)


def _stats(events: Sequence[Event], now: datetime, unwell: int) -> Stats:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    live = [event for event in events if event.state == "live"]
    today = [event for event in live if event.first_seen >= midnight]
    yesterday = [event for event in live if midnight - timedelta(days=1) <= event.first_seen < midnight]
    strikes = [event for event in today if event.kind == "strike" and event.killed]
    lows = sum(event.killed.min or 0 for event in strikes if event.killed)
    highs = [event.killed.max for event in strikes if event.killed]
    known = [high for high in highs if high is not None]
    return Stats(
        events=len(today),
        more=len(today) - len(yesterday),
        killed=amount(Count(lows, sum(known) if len(known) == len(highs) else None)) or "0",
        strikes=len(strikes),
        talks=sum(event.kind == "talks" for event in today),
        unwell=unwell,
    )


def _countries(events: Sequence[Event], chosen: str) -> list[tuple[str, str, int]]:
    """Return code, name and number of events, most first; the chosen one too, whether or not it has any."""
    counts = {chosen: 0} if chosen else dict[str, int]()
    for event in events:
        if event.place and event.place.country:
            counts[event.place.country] = counts.get(event.place.country, 0) + 1
    return sorted(((code, country(code), n) for code, n in counts.items()), key=lambda item: (-item[2], item[1]))
