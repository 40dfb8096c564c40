"""Events put into words, remembered: an alert's event and a digest's events are the same ones for all their readers."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from service.adapters.render.view import QUOTES, EventView, event_view
from service.core.event import Claim, Development, Event

REMEMBERED = 256
_Of = tuple[Event, Sequence[Claim], Development | None]


class Worded:
    """Remembers the latest views, by the very objects they were made from: to compare those would cost as much."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, ...], tuple[_Of, EventView]] = OrderedDict()
        self._lock = Lock()

    def view(
        self,
        event: Event,
        claims: Sequence[Claim],
        *,
        base_url: str,
        development: Development | None = None,
        max_quotes: int = QUOTES,
    ) -> EventView:
        """Return what `event_view` returns."""
        of = event, claims, development
        key = (id(event), id(claims), id(development), max_quotes)
        with self._lock:
            known = self._known.get(key)
        # What is remembered is also held, so that no other object can have its id meanwhile.
        if known is not None and all(one is other for one, other in zip(known[0], of, strict=True)):
            return known[1]
        made = event_view(event, claims, base_url=base_url, development=development, max_quotes=max_quotes)
        with self._lock:
            self._known[key] = (of, made)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return made
