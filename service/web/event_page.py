"""One event: its facts, the words each was taken from, who reported it, and how the picture changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from service.adapters.render.clean import HEADLINE, NAME, clean, web_url
from service.adapters.render.places import WebMap, web_map
from service.adapters.render.view import ChangeView, EventView, changes_for, event_view
from service.adapters.render.words import LABELS, PEOPLE, amount
from service.core.develop import OPERATOR
from service.core.event import Account, Change, Development, Relates
from service.ports.store import Transaction
from service.web import session
from service.web.coverage import Banner, about, banner, gaps
from service.web.event_acts import FACTS, Acts, Filled, acts_of
from service.web.event_list import Row, row
from service.web.evidence import Evidence, evidence
from service.web.pages import page, site_of
from service.web.rules import off
from service.web.site import Site

MAX_QUOTES = 12
MOST_DONE = max(map(len, FACTS.values()))
CHANGES: dict[Change, str] = {
    "new": "First report",
    "toll_changed": "Toll changed",
    "status_changed": "Status changed",
    "place_refined": "Place known more exactly",
    "attributed": "Attributed",
    "corrected": "Corrected",
    "denied": "Denied by a source",
    "retracted": "Retracted",
    "corroborated": "Reported by another source",
}
HOW: dict[tuple[Relates, bool], str] = {
    ("violates", True): "Breaks the truce",
    ("violates", False): "Reported broken by",
    ("next_in_series", True): "Next round after",
    ("next_in_series", False): "Next round",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One report. `copies` are those that repeat its text."""

    report_id: int
    outlet: str
    url: str
    title: str
    lang: str
    told_at: datetime
    killed: str
    injured: str
    reason: str
    stance: str
    copies: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One development. `key` marks what was worth telling."""

    at: datetime
    what: str
    changes: Sequence[ChangeView]
    reason: str
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another event that this one breaks, follows, or the other way round. `how` says which, `reason` why."""

    how: str
    event_id: int
    headline: str
    first_seen: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """All the page says."""

    row: Row
    banner: Banner | None
    event: EventView
    map: WebMap | None
    tolls: Sequence[tuple[str, str]]
    evidence: Sequence[Evidence]
    sources: Sequence[Source]
    moments: Sequence[Moment]
    related: Sequence[Related]
    reports: int
    independent: int
    acts: Acts | None
    off: str


@router.get("/e/{event_id}")
@router.get("/events/{event_id}")
def event(
    request: Request,
    event_id: int,
    site: Annotated[Site, Depends(site_of)],
    done: Annotated[list[int] | None, Query(max_length=MOST_DONE)] = None,
    told: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Show one event; one that was merged sends the visitor on to where its reports are now."""
    return show(request, site, event_id, done=done or (), told=told)


def show(
    request: Request,
    site: Site,
    event_id: int,
    *,
    done: Sequence[int] = (),
    told: int = 0,
    status: HTTPStatus = HTTPStatus.OK,
    wrong: str = "",
    filled: Filled | None = None,
) -> Response:
    """Return the page.

    `done` are the numbers of what an operator just did, `told` how many were told of it, `wrong` why something could
    not be done, and `filled` what stood in the form then.
    """
    now = site.clock.now()
    public = request.url.path.startswith("/e/")
    who = None if public else session.signed_in(request)
    with site.store.read() as tx:
        found = tx.events.get(event_id)
        if found.merged_into is not None:
            return RedirectResponse(f"/{'e' if public else 'events'}/{tx.events.living(event_id)}", 303)
        claims, accounts = tx.events.claims(event_id), tx.events.accounts(event_id)
        developments = tx.events.developments(event_id)
        related = _related(tx, event_id)
        acts = acts_of(tx, found, done=done, told=told, wrong=wrong, filled=filled) if who else None
        missing = about(gaps(tx, now), found.place.country) if found.place else []
    view = EventPage(
        row=row(found),
        banner=banner(missing, now),
        event=event_view(found, claims, base_url=site.settings.base_url),
        map=web_map([found], site.maps),
        tolls=[(LABELS[field], words) for field in PEOPLE if (words := amount(getattr(found, field)))],
        evidence=list(islice(evidence(claims, accounts), MAX_QUOTES)),
        sources=list(_sources(accounts)),
        moments=[moment_of(item) for item in reversed(developments)],
        related=related,
        reports=found.reports,
        independent=found.sources,
        acts=acts,
        off="" if public else off(site),
    )
    return page(request, "event", view, section="" if public else "Events", status=status)


def _related(tx: Transaction, event_id: int) -> list[Related]:
    """Return the events that this one stands to, and that stand to it, oldest first."""
    relations = tx.events.relations(event_id)
    others = tx.events.some([one.other_id if one.event_id == event_id else one.event_id for one in relations])
    found = []
    for one in relations:
        of_ours = one.event_id == event_id
        other = others[one.other_id if of_ours else one.event_id]
        found.append(
            Related(
                how=HOW[one.how, of_ours],
                event_id=other.event_id,
                headline=clean(other.headline, HEADLINE),
                first_seen=other.first_seen,
                reason=clean(one.reason),
            )
        )
    return sorted(found, key=lambda one: (one.first_seen, one.event_id))


def _sources(accounts: Sequence[Account]) -> Iterator[Source]:
    """Yield originals, oldest first; a copy stands under the report before it, which is the text it repeats."""
    ordered = sorted(accounts, key=lambda account: (account.told_at, account.report_id))
    originals = [account for account in ordered if account.decision != "copy"] or ordered[:1]
    copies: dict[int, list[str]] = {}
    for account in ordered:
        if account.decision == "copy" and account is not originals[0]:
            copies.setdefault(_original(account, originals).report_id, []).append(clean(account.outlet, NAME))
    for account in originals:
        yield _source(account, copies.get(account.report_id, ()))


def _original(copy: Account, originals: Sequence[Account]) -> Account:
    """Return the report with most words in common: the row of a copy does not say which one it repeats."""
    words = set(copy.title.split() + copy.summary.split())
    return max(originals, key=lambda original: len(words & set(original.title.split() + original.summary.split())))


def _source(account: Account, copies: Sequence[str]) -> Source:
    return Source(
        report_id=account.report_id,
        outlet=clean(account.outlet, NAME) or "An unnamed outlet",
        url=web_url(account.url),
        title=clean(account.title, HEADLINE),
        lang=account.lang,
        told_at=account.told_at,
        killed=amount(account.report.killed),
        injured=amount(account.report.injured),
        reason=clean(account.reason),
        stance={"denies": "Denies it", "retracts": "Withdrawn"}.get(account.report.stance, ""),
        copies=copies,
    )


def moment_of(development: Development) -> Moment:
    """Put a development into words."""
    gone = development.change == "retracted"
    return Moment(
        at=development.at,
        what=CHANGES.get(development.change, development.change),
        changes=() if gone or development.change == "new" else changes_for(development, ()),
        reason=_by_whom(development) if gone else clean(development.reason),
        key=development.material,
    )


def _by_whom(development: Development) -> str:
    """Return who withdrew it, where that is known, and why, where an operator did."""
    outlets = dict.fromkeys(clean(delta.outlet, NAME) for delta in development.deltas if delta.outlet)
    named = ["whoever runs this service" if outlet == OPERATOR else outlet for outlet in outlets]
    why = next((clean(delta.quote) for delta in development.deltas if delta.outlet == OPERATOR and delta.quote), "")
    return f"by {', '.join(named)}{f': {why}' if why else ''}" if named else clean(development.reason)
