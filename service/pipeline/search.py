"""Which stored moments rules hold for, the latest first, as far back as there is time.

The database names candidates, the one evaluator decides on each. Of every event that a rule holds for the whole story
is read: what was told of it before decides what is told next. Some of the time is left for replaying what was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.core.rules import Rule, clauses, match
from service.core.rules.evaluate import truth
from service.core.rules.rarity import cost
from service.ports.archive import Archive, Left, Moment, OutOfTime

INSTANT = timedelta(milliseconds=1)
"""As fine as times are kept."""
KEPT_S = 0.04
REPLAYED = 0.25
"""What is left for all that comes after: so many seconds, and so much of the time that each moment took."""


@dataclass(slots=True, kw_only=True)
class Held:
    """A rule, the ids of the moments it holds for, and of their events."""

    rule: Rule
    moments: set[int] = field(default_factory=set)
    events: set[int] = field(default_factory=set)

    def asks_words_of(self, moment: Moment) -> bool:
        """Say whether what is known of the event does not decide yet."""
        return truth(self.rule.query, moment.event, None) is None

    def look_at(self, moment: Moment) -> bool:
        """Say whether the rule holds for a moment, and remember it where it does."""
        if not match(self.rule, moment.subject).matched:
            return False
        self.moments.add(moment.moment_id)
        self.events.add(moment.event.event_id)
        return True


@dataclass(slots=True, kw_only=True)
class Search:
    """One search. `known` are the moments a rule holds for, and all others of their `events`.

    `covered` is since when all was looked at, `looked` how many moments that were; `left` says how much of the
    `budget_s` there is still.
    """

    archive: Archive
    left: Left
    budget_s: float
    since: datetime
    now: datetime
    covered: datetime
    held: Sequence[Held]
    looked: int = 0
    known: dict[int, Moment] = field(default_factory=dict)
    events: set[int] = field(default_factory=set)

    def run(self) -> None:
        """Search until the beginning, or until the time is up."""
        groups = [clauses(held.rule.query, cost) for held in self.held]
        try:
            for span in self.archive.spans(self.since):
                for moments in self.archive.candidates(groups, span, left=self._spare):
                    self._look_at(moments)
                self.covered = span.since
            self.covered = self.since
        except OutOfTime:
            # Of that very instant there may be more.
            self.covered = min(max(self.covered + INSTANT, self.since), self.now)

    def story(self) -> list[Moment]:
        """Return all that is known until now, oldest first."""
        past = (moment for moment in self.known.values() if moment.at <= self.now)
        return sorted(past, key=lambda moment: (moment.at, moment.moment_id))

    def _spare(self) -> float:
        """Return how many seconds the search may still take."""
        left = self.left()
        each = (self.budget_s - left) / max(self.looked, len(self.known), 1)
        events = [len(held.events) for held in self.held]
        times = sum(events) / max(len(self.events), *events, 1)  # each is told by one rule or by both
        return left - KEPT_S - REPLAYED * each * len(self.known) * times

    def _look_at(self, moments: Sequence[Moment]) -> None:
        """Hold the rules against some moments, then read the whole story of what they hold for.

        Texts are what takes longest to read: only those are that facts alone do not decide for.
        """
        self.archive.read_texts([moment for moment in moments if any(held.asks_words_of(moment) for held in self.held)])
        try:
            for moment in moments:
                if self._spare() <= 0:
                    raise OutOfTime
                holding = [held for held in self.held if held.look_at(moment)]
                if holding:
                    self.known[moment.moment_id] = moment.unread()
                self.looked, self.covered = self.looked + 1, moment.at
        finally:
            fresh = set[int]().union(*(held.events for held in self.held)) - self.events
            self.events |= fresh
            self.known |= {moment.moment_id: moment for moment in self.archive.story(fresh, but=self.known.keys())}
