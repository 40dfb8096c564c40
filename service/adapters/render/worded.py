"""Events put into words, remembered: a digest's events are the same ones for all its readers."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from service.adapters.render.view import EventView, event_view
from service.core.event import Claim, Event

REMEMBERED = 256


class Worded:
    """Remembers the latest views, by the very objects they were made from: to compare those would cost as much."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int, int], tuple[Event, Sequence[Claim], EventView]] = OrderedDict()
        self._lock = Lock()

    def view(self, event: Event, claims: Sequence[Claim], *, base_url: str, max_quotes: int) -> EventView:
        """Return what `event_view` returns."""
        key = (id(event), id(claims), max_quotes)
        with self._lock:
            known = self._known.get(key)
        # What is remembered is also held, so that no other object can have its id meanwhile.
        if known is not None and known[0] is event and known[1] is claims:
            return known[2]
        made = event_view(event, claims, base_url=base_url, max_quotes=max_quotes)
        with self._lock:
            self._known[key] = (event, claims, made)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return made
