"""What operators do to events, by whichever face: whose hand it is, and what they type."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from service.core.errors import BadInput, NotFound
from service.pipeline import curate
from service.pipeline.mend import Hand
from service.ports.store import Store

LONGEST_ID = 18
"""Digits. Ids are 64-bit numbers."""

_LINKED = re.compile(r"(?:^|/)(\d+)/?(?:[?#].*)?$")
_RANGE = re.compile(r"(\d{1,9})(?:([-\u2013])(\d{0,9}))?")


@contextmanager
def hand(store: Store, *, by: str, now: datetime, reason: str = "") -> Iterator[Hand]:
    """Open a writing transaction in which nobody else links."""
    with store.write() as tx:
        tx.events.lock_linking()
        yield Hand(tx=tx, by=by, now=now, reason=reason)


def event_id_of(text: str) -> int:
    """Read an event's id from an id or a link. Raises BadInput, and NotFound for a number no id can have."""
    found = _LINKED.search(text.strip())
    if not found:
        raise BadInput(f"{text!r} is no id or link of an event", hint="17 or https://…/events/17")
    if len(found[1]) > LONGEST_ID:
        raise NotFound(f"there is no event {found[1][:40]}", hint="`tocsin events list` shows them")
    return int(found[1])


def fact_of(text: str) -> tuple[str, object]:
    """Read `field=value`. Raises BadInput."""
    field, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise BadInput(f"{text!r} is no fact", hint="field=value, such as killed=8-12")
    if field in curate.COUNTS:
        return field, _count(value)
    if field in curate.LISTS:
        return field, [name.strip() for name in value.split(",") if name.strip()]
    if field == "place":
        try:
            return field, json.loads(value)
        except json.JSONDecodeError as error:
            raise BadInput("`place` is not JSON", hint='{"name", "country", "lat", "lon", "precision"}') from error
    return field, value.strip()


def _count(text: str) -> list[int | None]:
    """Read 8, 8-12 or 8- (at least eight)."""
    found = _RANGE.fullmatch(text.strip())
    if not found:
        raise BadInput(f"{text!r} is no number of people", hint="8, 8-12 or 8- for at least eight")
    low, is_range, high = int(found[1]), found[2], found[3]
    return [low, int(high) if high else None] if is_range else [low, low]
