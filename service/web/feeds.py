"""How the feeds are, problems first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from service.adapters.render.words import country as country_name
from service.core.errors import BadInput
from service.core.feed import Feed, Host
from service.core.health import PROBLEMS, HealthState, Watched, coverage, health, standing, urgency
from service.ports.store import Transaction
from service.web.coverage import Banner, banner
from service.web.feed_words import POLLS, STATES, FeedWords, feed_words, host_of, kept_away
from service.web.pages import page, site_of
from service.web.site import Site

ROWS = 50
NOWHERE = "-"
"""Stands in addresses for feeds bound to no country."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """All the page says. `shown` counts the feeds that meet the filter; `before` and `after` are addresses of pages."""

    rows: Sequence[FeedWords]
    total: int
    counts: str
    shown: int
    first: int
    state: str
    states: Sequence[tuple[str, str, int]]
    country: str
    countries: Sequence[tuple[str, str]]
    before: str
    after: str
    banner: Banner | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """What the filter lets through, in order: those in doubt, so many sound ones, muted ones."""

    before: Sequence[Feed]
    sound: int
    after: Sequence[Feed]
    country: str | None

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.before) + self.sound + len(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Overview:
    """Feeds in doubt with their states, most urgent first, and how many there are of the others."""

    doubtful: Sequence[tuple[Feed, HealthState]]
    hosts: Mapping[str, Host]
    watched: Mapping[Watched, int]

    def states(self) -> Counter[str]:
        """Count all feeds by state."""
        counted = Counter[str](state for _, state in self.doubtful)
        counted["working"] += self.sound(None)
        return counted

    def filtered(self, state: str, country: str | None) -> _Chosen:
        """Return those in this state (empty for any) and of this country."""
        found = [item for item in self.doubtful if state in {"", item[1]} and _is_of(item[0], country)]
        return _Chosen(
            before=[feed for feed, its in found if its != "muted"],
            sound=self.sound(country) if state in {"", "working"} else 0,
            after=[feed for feed, its in found if its == "muted"],
            country=country,
        )

    def sound(self, country: str | None) -> int:
        """Count the feeds that are not in doubt, of this country (empty for none) or of all."""
        awake = sum(n for (code, *_), n in self.watched.items() if country is None or (code or "") == country)
        return awake - sum(state != "muted" for feed, state in self.doubtful if _is_of(feed, country))


@router.get("/feeds")
def feeds(
    request: Request,
    site: Annotated[Site, Depends(site_of)],
    state: str = "",
    country: Annotated[str, Query(max_length=2)] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """Show how the feeds are: all of them, or those in one state or of one country."""
    if state and state not in STATES:
        raise BadInput(f"there is no state {state!r}", hint=f"use one of {', '.join(STATES)}")
    now, code = site.clock.now(), country.upper()
    with site.store.read() as tx:
        seen = _overview(tx, now)
        which = seen.filtered(state, _wanted(code))
        rows = _rows(tx, seen, which, start=(page_number - 1) * ROWS, now=now)
    shown, counted = which.count, seen.states()
    gaps = coverage([feed for feed, _ in seen.doubtful], now, watched=seen.watched)
    view = FeedPage(
        rows=rows,
        total=sum(counted.values()),
        counts=", ".join(f"{counted[name]} {STATES[name][0].lower()}" for name in PROBLEMS if counted[name]),
        shown=shown,
        first=(page_number - 1) * ROWS + 1,
        state=state,
        states=[(name, words, counted[name]) for name, (words, _) in STATES.items() if counted[name]],
        country=code,
        countries=_countries(seen),
        before=_address(state, code, page_number - 1) if page_number > 1 else "",
        after=_address(state, code, page_number + 1) if shown > page_number * ROWS else "",
        banner=banner(gaps, now, country=code),
    )
    return page(request, "feeds", view, section="Feeds")


def _overview(tx: Transaction, now: datetime) -> _Overview:
    hosts = kept_away(tx, now)
    found = [(feed, standing(feed, host_of(feed, hosts), now)) for feed in tx.counts.in_doubt(now, hosts=hosts)]
    found.sort(key=lambda item: urgency(*item))
    return _Overview(doubtful=found, hosts=hosts, watched=tx.counts.watched())


def _rows(tx: Transaction, seen: _Overview, which: _Chosen, *, start: int, now: datetime) -> list[FeedWords]:
    """Return one page of them. Only their polls are read."""
    end = start + ROWS
    sound_from = len(which.before)
    sound_to = sound_from + which.sound
    shown = list(which.before[start:end])
    if start < sound_to and end > sound_from and which.sound:
        first, last = max(start, sound_from), min(end, sound_to)
        shown += tx.counts.sound(
            now, hosts=seen.hosts, country=which.country, limit=last - first, offset=first - sound_from
        )
    shown += which.after[max(start - sound_to, 0) : max(end - sound_to, 0)]
    return [
        feed_words(feed, health(feed, tx.feeds.polls(feed.feed_id, POLLS), host_of(feed, seen.hosts), now))
        for feed in (tx.feeds.get(light.feed_id) for light in shown)
    ]


def _wanted(code: str) -> str | None:
    return None if not code else "" if code == NOWHERE else code


def _is_of(feed: Feed, country: str | None) -> bool:
    return country is None or (feed.country or "") == country


def _countries(seen: _Overview) -> list[tuple[str, str]]:
    codes = {code or "" for code, *_ in seen.watched} | {feed.country or "" for feed, _ in seen.doubtful}
    named = sorted(((code, country_name(code)) for code in codes if code), key=lambda item: item[1])
    return [*named, (NOWHERE, "No country")] if "" in codes else named


def _address(state: str, country: str, number: int) -> str:
    asked = {"state": state, "country": country, "page": number if number > 1 else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/feeds?{query}" if query else "/feeds"
