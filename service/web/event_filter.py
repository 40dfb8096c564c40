"""What of the events is listed, and where the pages beside it are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from service.adapters.render.words import place_words
from service.bootstrap.past import Span, kind_of, mark_text, page_of
from service.core.event import Event
from service.ports.store import Mark, Transaction

LIMIT = 100
Asked = dict[str, str]
"""What the list is filtered by, as the address says it."""
STATES: Mapping[str, Callable[[Event], bool]] = {
    "": lambda _: True,
    "review": lambda event: event.state == "live" and event.possibly is not None,
    "live": lambda event: event.state == "live",
    "retracted": lambda event: event.state == "retracted",
}
"""What the list may be cut down to; `review` is what may be the same as another event, for an operator to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one page shows, from number `first` of those `found` on, and where the pages beside it are."""

    events: Sequence[Event]
    first: int
    found: int
    newer: str
    older: str


def of_window(recent: Sequence[Event], asked: Asked, number: int) -> Part:
    """Return one page of the last days' events, which are all here."""
    matching = [event for event in recent if _wanted(event, asked)]
    start = (number - 1) * LIMIT
    return Part(
        events=matching[start : start + LIMIT],
        first=start + 1,
        found=len(matching),
        newer=_address(asked, page=str(number - 1)) if number > 1 else "",
        older=_address(asked, page=str(number + 1)) if start + LIMIT < len(matching) else "",
    )


def of_span(tx: Transaction, span: Span, asked: Asked, before: Mark | None) -> Part:
    """Return the page of an interval that begins at this mark."""
    found = page_of(
        tx,
        span,
        kind=kind_of(asked["kind"]),
        country=asked["country"],
        wanted=lambda event: _wanted(event, asked),
        before=before,
        size=LIMIT,
    )
    return Part(
        events=found.events,
        first=1,
        found=len(found.events),
        newer=_address(asked) if before else "",
        older=_address(asked, before=mark_text(found.older)) if found.older else "",
    )


def _address(asked: Asked, **place: str) -> str:
    """Return where another page of the same list is."""
    return f"/events?{urlencode({name: value for name, value in (asked | place).items() if value})}"


def _wanted(event: Event, asked: Asked) -> bool:
    if asked["kind"] not in {"", event.kind} or not STATES[asked["state"]](event):
        return False
    if asked["country"] and (event.place is None or event.place.country != asked["country"]):
        return False
    words = asked["q"].casefold().split()
    text = " ".join(_searchable(event)).casefold() if words else ""
    return all(word in text for word in words)


def _searchable(event: Event) -> Iterator[str]:
    yield event.headline
    yield place_words(event.place)
    yield from filter(None, (event.actor, event.target, event.status))
    yield from (*event.weapon, *event.parties, *event.mediators)
