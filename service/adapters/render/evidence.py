"""Which quotes to show: for every number said, the words of the outlet that gave it.

A range has two ends, so it may need two quotes: the one behind the lowest figure and the one behind the highest. Where
two outlets gave the same figure the latest wins, and a copy only speaks where no original does. One sentence that
carries several values is shown once, with all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.adapters.render.clean import NAME, QUOTE, clean, web_url
from service.adapters.render.words import PEOPLE, as_count, day_words, value_words
from service.core.develop import OPERATOR
from service.core.event import Claim, Development, Event
from service.core.report import Count

OTHER_FIELDS = ("status", "planned", "duration_h", "place", "actor", "parties", "weapon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words somebody else wrote. `says` is what we read from them; `url` is empty where there is no safe link."""

    says: str
    quote: str
    outlet: str
    url: str
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    field: str
    value: object
    outlet: str
    url: str | None
    quote: str
    told_at: datetime | None


def quotes_for(event: Event, claims: Sequence[Claim], development: Development | None, limit: int) -> tuple[Quote, ...]:
    """Return at most `limit` quotes, those behind numbers first; none of what an operator said otherwise of."""
    by_hand = {claim.field for claim in claims if claim.outlet == OPERATOR}
    claims = [claim for claim in claims if claim.field not in by_hand]
    chosen: dict[tuple[str, str], list[_Said]] = {}
    for said in _chosen(event, claims, development):
        chosen.setdefault((said.outlet, said.quote), []).append(said)
    return tuple(_quote(group) for group in list(chosen.values())[:limit])


def outlets_words(claims: Sequence[Claim], limit: int = 4) -> str:
    """Return `Northern Wire, Meridian Daily and 3 more`, originals first; empty without claims."""
    ordered = sorted(claims, key=lambda claim: claim.copy)
    sources = (claim.outlet for claim in ordered if claim.outlet != OPERATOR)
    names = [name for name in dict.fromkeys(clean(outlet, NAME) for outlet in sources) if name]
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def _quote(group: Sequence[_Said]) -> Quote:
    first = group[0]
    says = dict.fromkeys(value_words(said.field, said.value) for said in group)
    return Quote(
        says=", ".join(says),
        quote=clean(first.quote, QUOTE),
        outlet=clean(first.outlet, NAME) or "An unnamed outlet",
        url=web_url(first.url),
        told=f"{day_words(first.told_at)}, {first.told_at:%H:%M} UTC" if first.told_at else "",
    )


def _chosen(event: Event, claims: Sequence[Claim], development: Development | None) -> Iterator[_Said]:
    for field in PEOPLE:
        count: Count | None = getattr(event, field)
        if count:
            yield from _behind_number(count, [*_said(field, claims)] or [*_changed(field, development)])
    for field in OTHER_FIELDS:
        if getattr(event, field):
            yield from ([*_said(field, claims)] or [*_changed(field, development)])[-1:]


def _said(field: str, claims: Iterable[Claim]) -> Iterator[_Said]:
    """Yield what was claimed for the field, oldest first; copies only where nobody else said anything."""
    matching = [claim for claim in claims if claim.field == field]
    for claim in [claim for claim in matching if not claim.copy] or matching:
        yield _Said(
            field=field,
            value=claim.value,
            outlet=claim.outlet,
            url=claim.url,
            quote=claim.quote,
            told_at=claim.told_at,
        )


def _changed(field: str, development: Development | None) -> Iterator[_Said]:
    for delta in development.deltas if development else ():
        if delta.field == field and delta.outlet != OPERATOR:
            at = development.at if development else None
            yield _Said(
                field=field, value=delta.after, outlet=delta.outlet, url=delta.url, quote=delta.quote, told_at=at
            )


def _behind_number(count: Count, said: Sequence[_Said]) -> Iterator[_Said]:
    """Yield who gave the highest and who gave the lowest figure of the range, the latest of those who did."""
    counted = [(own, item) for item in reversed(said) if (own := as_count(item.value)) and own != Count()]
    if not counted:
        yield from said[-1:]
        return
    high, low = (min(counted, key=lambda pair: abs(_end(pair[0], end) - _end(count, end))) for end in (1, 0))
    yield high[1]
    if _end(low[0], 0) != _end(high[0], 0):
        yield low[1]


def _end(count: Count, which: int) -> int:
    value = count[which] if count[which] is not None else count[1 - which]
    return value or 0
