"""What operators do to events, by whichever face: whose hand it is, and what they type."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta

from service import resources
from service.adapters.gazetteer import SqliteGazetteer
from service.core.codec import interval_json, parse_instant
from service.core.errors import BadInput, NotFound
from service.core.report import Interval
from service.core.rules import RuleIndex
from service.pipeline import facts
from service.pipeline.mend import Hand
from service.pipeline.voice import Voice
from service.ports.store import Engine, Store
from service.ports.world import Clock, Renderer

LONGEST_ID = 18
"""Digits. Ids are 64-bit numbers."""

_LINKED = re.compile(r"(?:^|/)(\d+)/?(?:[?#].*)?$")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LASTS = re.compile(r"(\d{1,5})\s*(h|hours?|d|days?)?")
_RANGE = re.compile(r"(\d{1,9})(?:([-\u2013])(\d{0,9}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDesk:
    """Gives operators a hand. What it corrects is told by the rules as they stand then."""

    store: Callable[[], Store]
    clock: Clock
    renderer: Callable[[], Renderer]
    engine: Engine
    rules: Callable[[], RuleIndex]

    @contextmanager
    def hand(self, by: str, *, reason: str = "", quiet: bool = False) -> Iterator[Hand]:
        """Open a writing transaction in which nobody else links. A `quiet` hand tells nobody of what it corrects."""
        renderer, rules = self.renderer(), self.rules()
        with self.store().write() as tx:
            tx.events.lock_linking()
            now = self.clock.now()
            voice = Voice(tx=tx, renderer=renderer, engine=self.engine, rules=rules, now=now)
            yield Hand(tx=tx, by=by, now=now, reason=reason, say=None if quiet else voice.say)


def event_id_of(text: str) -> int:
    """Read an event's id from an id or a link. Raises BadInput, and NotFound for a number no id can have."""
    found = _LINKED.search(text.strip())
    if not found:
        raise BadInput(f"{text!r} is no id or link of an event", hint="17 or https://…/events/17")
    if len(found[1]) > LONGEST_ID:
        raise NotFound(f"there is no event {found[1][:40]}", hint="`tocsin events list` shows them")
    return int(found[1])


def fact_about(hand: Hand, event_id: int, text: str) -> tuple[str, object]:
    """Read `field=value` as said of this event. Raises BadInput, NotFound.

    Where a strike was is looked for in the event's own country, elsewhere only if the country is named: a namesake
    abroad would be told to everybody at once.
    """
    events = hand.tx.events
    event = events.get(events.living(event_id))
    return fact_of(text, at_home=event.place.country if event.kind == "strike" and event.place else "")


def fact_of(text: str, *, at_home: str = "") -> tuple[str, object]:
    """Read `field=value`. Raises BadInput. `at_home` is the country a place without one is in."""
    field, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise BadInput(f"{text!r} is no fact", hint="field=value, such as killed=8-12")
    if field in facts.COUNTS:
        return field, _count(value)
    if field in facts.LISTS:
        return field, [name.strip() for name in value.split(",") if name.strip()]
    if field in facts.PLACES:
        return field, _place(value.strip(), at_home if field == "place" else "")
    if field == "planned":
        return field, _planned(value.strip())
    if field == "duration_h":
        return field, _hours(value.strip())
    return field, value.strip()


def _place(text: str, at_home: str) -> object:
    """Read a name the gazetteer knows, `Kharkiv, UA` where others have it too, or a place's JSON. Raises BadInput."""
    if text.startswith("{"):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise BadInput("`place` is not JSON", hint='{"name", "country", "lat", "lon", "precision"}') from error
    name, _, country = (part.strip() for part in text.partition(","))
    with closing(SqliteGazetteer(resources.gazetteer())) as gazetteer:
        found = gazetteer.find([name]).get(name, ())
    fits = [place for place in found if country.upper() in {"", place.country}]
    if not fits:
        raise BadInput(f"no place is known as {text!r}", hint="a name and a country's code: Kharkiv, UA")
    fits = [place for place in fits if place.country == at_home and not country] or fits
    them = dict.fromkeys(f"{name}, {place.country}" for place in fits)
    if len(them) > 1:
        raise BadInput(f"there are several called {name!r}", hint="; ".join(them))
    if at_home and not country and fits[0].country not in {"", at_home}:
        raise BadInput(
            f"no {name!r} is known in {at_home}, where the event is", hint=f"{next(iter(them))} if you mean that"
        )
    return asdict(fits[0])


def _planned(text: str) -> dict[str, str]:
    """Read a day, `2026-12-03`, or a minute, `2026-12-03T10:00Z`. Days are UTC's. Raises BadInput."""
    try:
        start = parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{text!r} is no day", hint="2026-12-03, or 2026-12-03T10:00Z") from error
    lasts = timedelta(days=1) if _DAY.fullmatch(text) else timedelta(minutes=1)
    return interval_json(Interval(start, start + lasts)) or {}


def _hours(text: str) -> int:
    """Read `72`, `72 hours` or `3 days`. Raises BadInput."""
    found = _LASTS.fullmatch(text)
    if not found:
        raise BadInput(f"{text!r} is no number of hours", hint="72, or 3 days")
    return int(found[1]) * (24 if (found[2] or "").startswith("d") else 1)


def _count(text: str) -> list[int | None]:
    """Read 8, 8-12 or 8- (at least eight)."""
    found = _RANGE.fullmatch(text.strip())
    if not found:
        raise BadInput(f"{text!r} is no number of people", hint="8, 8-12 or 8- for at least eight")
    low, is_range, high = int(found[1]), found[2], found[3]
    return [low, int(high) if high else None] if is_range else [low, low]
