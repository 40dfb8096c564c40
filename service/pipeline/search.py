"""Which stored moments rules hold for, the latest first, as far back as there is time.

The database names candidates, the one evaluator decides on each. Of every event that a rule holds for the whole story
is read: what was told of it before decides what is told next. Some of the time is left for replaying what was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.core.rules import Rule, clauses
from service.core.rules.evaluate import is_met, truth
from service.core.rules.rarity import cost
from service.ports.archive import Archive, Left, Moment, OutOfTime

INSTANT = timedelta(milliseconds=1)
"""As fine as times are kept."""
KEPT_S = 0.04
REPLAYED = 0.4
"""What is left for all that comes after: so many seconds, and so much of the time that to look at each moment took."""


@dataclass(slots=True, kw_only=True)
class Held:
    """A rule, the ids of the moments it holds for, and of their events."""

    rule: Rule
    moments: set[int] = field(default_factory=set)
    events: set[int] = field(default_factory=set)

    def by_facts(self, moment: Moment) -> bool | None:
        """Say whether the rule holds by what is known of the event; None where that does not decide yet."""
        return truth(self.rule.query, moment.event, None)

    def look_at(self, moment: Moment, *, by_facts: bool | None) -> bool:
        """Say whether the rule holds for a moment, and remember it where it does."""
        if not (is_met(self.rule.query, moment.subject) if by_facts is None else by_facts):
            return False
        self.moments.add(moment.moment_id)
        self.events.add(moment.event.event_id)
        return True


@dataclass(slots=True, kw_only=True)
class Search:
    """One search. `known` are the moments a rule holds for, and all others of their `events`.

    `covered` is since when all was looked at, `looked` how many moments that were; `left` says how much time there is
    still.
    """

    archive: Archive
    left: Left
    since: datetime
    now: datetime
    covered: datetime
    held: Sequence[Held]
    looked: int = 0
    known: dict[int, Moment] = field(default_factory=dict)
    events: set[int] = field(default_factory=set)
    _unread: set[int] = field(default_factory=set)
    _spent: float = 0.0

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
        return self.left() - self._kept()

    def _kept(self, more: int = 0) -> float:
        """Return how many seconds to leave for what comes after, if so many more moments are found."""
        each = self._spent / max(self.looked, len(self.known), 1)
        events = sum(len(held.events) for held in self.held)
        times = events / max(len(self.events), 1)  # each is told by one rule or by both
        return KEPT_S + REPLAYED * each * (len(self.known) + more) * times

    def _found(self, event_id: int) -> None:
        if event_id not in self.events:
            self.events.add(event_id)
            self._unread.add(event_id)

    def _look_at(self, moments: Sequence[Moment]) -> None:
        """Hold the rules against some moments, then read the whole story of what they hold for.

        Texts are what takes longest to read: only those are that facts alone do not decide for.
        """
        kept, before = self._kept(len(moments)), self.left()
        known = [(moment, [held.by_facts(moment) for held in self.held]) for moment in moments]
        self.archive.read_texts([moment for moment, by_facts in known if None in by_facts])
        try:
            for moment, by_facts in known:
                if self.left() <= kept:
                    raise OutOfTime
                holding = [
                    held for held, one in zip(self.held, by_facts, strict=True) if held.look_at(moment, by_facts=one)
                ]
                if holding:
                    self.known[moment.moment_id] = moment.unread()
                    self._found(moment.event.event_id)
                self.looked, self.covered = self.looked + 1, moment.at
        finally:
            fresh, self._unread = self._unread, set()
            self.known |= {moment.moment_id: moment for moment in self.archive.story(fresh, but=self.known.keys())}
            self._spent += before - self.left()
