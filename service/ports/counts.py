"""What the pipeline and the pages need to know of all there is at once, however much that is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from service.core.feed import Feed
from service.core.health import Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Numbers of rows. `polls` are those of the last five minutes by outcome; `events` the live ones by kind.

    `set_aside` is by reason, `outbox` by state. `fell_back` counts messages for which an operator's template could not
    be used. `feeds_due_at` and `outbox_due_at` are the longest due, and may lie ahead. `priority_ok_at` is the oldest
    of the last good polls of priority feeds; `priority_never` counts those that were polled and never answered.
    """

    polls: Mapping[str, int] = field(default_factory=dict)
    entries_waiting: int = 0
    events: Mapping[str, int] = field(default_factory=dict)
    reports: Mapping[str, int] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    outbox: Mapping[str, int] = field(default_factory=dict)
    fell_back: int = 0
    feeds_due_at: datetime | None = None
    outbox_due_at: datetime | None = None
    priority_ok_at: datetime | None = None
    priority_never: int = 0


class Counts(Protocol):
    """Looks over everything without reading everything.

    The feeds it gives are light: they hold what core.health's standing and coverage look at. `hosts` are keys of
    registrable domains that asked us to stay away.
    """

    def watched(self) -> Mapping[Watched, int]:
        """Return how many feeds are not muted, by country, language and topic as they have them."""
        ...

    def in_doubt(self, now: datetime, *, hosts: Collection[str] = ()) -> list[Feed]:
        """Return every feed that core.health may call anything but working, by id. It decides, this only leaves out."""
        ...

    def sound(
        self, now: datetime, *, hosts: Collection[str] = (), country: str | None = None, limit: int, offset: int = 0
    ) -> list[Feed]:
        """Return some of the others, by id. An empty `country` is that of feeds bound to none; None is any."""
        ...

    def figures(self, now: datetime) -> Figures: ...
