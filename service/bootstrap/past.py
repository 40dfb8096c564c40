"""Events of any time: an interval as people give it, and one page of what it holds, latest activity first.

A page is found by an index and looks at a bounded number of events, however much is stored: where few of them are
wanted, it may hold few or none, and says where to look on.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import get_args

from service.core.codec import parse_instant
from service.core.errors import BadInput
from service.core.event import Event
from service.core.report import Kind
from service.ports.store import Mark, Transaction

AT_ONCE = 500
MOST_LOOKED_AT = 2000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = re.compile(r"(\d{1,15})-(\d{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `since` up to `until`, which is not in it; None is open. It counts when something was last heard."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPage:
    """Events of one page. `older` is where the next begins, None where the interval ends."""

    events: tuple[Event, ...]
    older: Mark | None


def span_of(since: str, until: str) -> Span | None:
    """Read `2026-03-01`, or `2026-03-01T12:00Z`. A last day is in it whole. None where neither is given.

    Raises BadInput. Days, and times without an offset, are UTC's.
    """
    start, end = _instant(since.strip(), "from"), _instant(until.strip(), "to", whole_day=True)
    if start and end and start >= end:
        raise BadInput(f"the interval ends ({until.strip()}) before it begins ({since.strip()})", hint="swap the two")
    return Span(since=start and max(start, EPOCH), until=end and max(end, EPOCH)) if start or end else None


def _instant(text: str, name: str, *, whole_day: bool = False) -> datetime | None:
    if not text:
        return None
    try:
        at = parse_instant(text) + timedelta(days=1 if whole_day and _is_day(text) else 0)
    except (ValueError, OverflowError) as error:
        hint = "write it as 2026-03-01, or 2026-03-01T12:00Z"
        raise BadInput(f"`{name}` is no day: {text[:40]!r}", hint=hint) from error
    return at


def _is_day(text: str) -> bool:
    """Whether no hour is given, however the day is written: 2026-03-01, 20260301, 2026-W09-7."""
    with suppress(ValueError):
        date.fromisoformat(text)
        return True
    return False


def kind_of(text: str) -> Kind | None:
    """Read a kind; nothing is any. Raises BadInput."""
    found = next((kind for kind in get_args(Kind) if kind == text), None)
    if text and found is None:
        raise BadInput(f"there is no kind {text!r}", hint="use strike, talks, or leave it out")
    return found


def page_of(
    tx: Transaction,
    span: Span,
    *,
    kind: Kind | None = None,
    country: str = "",
    wanted: Callable[[Event], bool] = lambda _: True,
    before: Mark | None = None,
    size: int,
) -> PastPage:
    """Return the next `size` of these events."""
    found: list[Event] = []
    looked = 0
    while looked < MOST_LOOKED_AT:
        most = min(AT_ONCE, MOST_LOOKED_AT - looked, max(size + 1, 100))
        part = tx.events.recent(
            limit=most, kind=kind, country=country or None, since=span.since, until=span.until, before=before
        )
        for event in filter(wanted, part):
            if len(found) == size:
                return PastPage(events=tuple(found), older=_mark(found[-1]))
            found.append(event)
        if len(part) < most:
            return PastPage(events=tuple(found), older=None)
        looked, before = looked + most, _mark(part[-1])
    return PastPage(events=tuple(found), older=before)


def _mark(event: Event) -> Mark:
    return event.last_seen, event.event_id


def mark_text(mark: Mark | None) -> str:
    """Write a mark for an address."""
    return f"{(mark[0] - EPOCH) // timedelta(milliseconds=1)}-{mark[1]}" if mark else ""


def mark_in(text: str) -> Mark | None:
    """Read a mark. Raises BadInput."""
    if not text:
        return None
    found = _MARK.fullmatch(text)
    try:
        if found:
            return EPOCH + timedelta(milliseconds=int(found[1])), int(found[2])
    except OverflowError:
        pass
    raise BadInput(f"`before` is no place in the list: {text[:40]!r}", hint="take it from the page before")
