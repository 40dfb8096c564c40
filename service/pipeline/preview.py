"""What an edited watch rule would have done over stored history, against the saved one.

What we hold to be true:
- a preview that disagrees with live is worse than none. So the database only names candidates, by the keys that live
  matching looks rules up by; the one evaluator decides on each; and `tell.decide` replays what would have been sent,
  with cooldowns, groups and full hours, to somebody who wants this rule alone and gets each message at once;
- a rule is replayed as if it were active and nobody had snoozed it: the question is what it would do;
- no number stands alone. Nothing sent is no data, a term that is nowhere, or parts that never met: the verdict says
  which. What there was no time for is said too: the newest history is looked at first.

An alert is the first message about an event. Updates, corrections and summaries are counted beside.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from service.core.event import Event
from service.core.rules import Because, Query, Rule, because, clauses, format_query, match
from service.core.rules.rarity import guess
from service.core.rules.syntax import And, Box, FieldIs, Not, NumberIs, Or, Within
from service.pipeline.replay import Run, replay
from service.ports.archive import Archive, Left, Moment, OutOfTime
from service.ports.store import Store

Verdict = Literal["NO_DATA", "DEAD_TERM", "OK", "NOISY"]
BUDGET_S = 0.25
NOISY_A_DAY = 50
EXPLAINED = 10
DAY = timedelta(days=1)
_KEPT_S, _PER_MATCH_S = 0.04, 0.0001  # what is left for replaying: at least so much, and more for each match


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a rule of which all must hold, and how many moments could have it."""

    text: str
    moments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why the edited rule holds for an event or not, by the account that came nearest: its entry's id and outlet."""

    because: Because
    entry_id: int | None
    outlet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the edited rule would have done since `covered`, and the saved one where there is one.

    `since` is what was asked for; `covered` is later where the time ran out. `moments` are the developments in store
    since then. `dead` are parts of the rule that nothing in store has; `parts` are told where nothing matched.
    `both` are the events that both alert of, and `why` says it of the first of those gained and lost.
    """

    verdict: Verdict
    since: datetime
    covered: datetime
    now: datetime
    moments: int
    edited: Run
    saved: Run | None = None
    gained: tuple[Event, ...] = ()
    lost: tuple[Event, ...] = ()
    both: tuple[Event, ...] = ()
    why: Mapping[int, Why] = field(default_factory=dict)
    dead: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all that was asked for was checked."""
        return self.covered <= self.since

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        days = (self.now - self.covered) / DAY
        what = _many(len(self.edited.alerts), "alert") if self.edited.alerts else f"nothing ({self._why_nothing()})"
        text = f"would have sent {what} in {days:.3g} days"
        if self.saved is not None:
            text += f"; the saved rule {len(self.saved.alerts)}: +{len(self.gained)} −{len(self.lost)}"
        if not self.complete:
            asked = (self.now - self.since) / DAY
            text += f"; only the newest {days:.3g} of {asked:.3g} days were checked in the time there is"
        return text

    def _why_nothing(self) -> str:
        if self.verdict == "NO_DATA":
            return "there is nothing in store to hold it against"
        if self.dead:
            return f"nothing in store ever had {', '.join(self.dead)}"
        if self.edited.matched:
            why = ", ".join(f"{count} {code}" for code, count in self.edited.unsent.most_common())
            return f"it held for {_many(self.edited.matched, 'event')}: {why}"
        if not self.parts:
            return f"it held for none of {_many(self.moments, 'development')} that were checked"
        parts = ", ".join(f"{part.text} {part.moments}" for part in self.parts)
        return f"of {_many(self.moments, 'development')}, could have: {parts}; all at once none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewing:
    """Makes previews. `timer` counts seconds from anywhere; `budget_s` is how long one may take."""

    store: Store
    timer: Callable[[], float]
    budget_s: float = BUDGET_S

    def run(self, edited: Rule, saved: Rule | None, *, now: datetime, last: timedelta) -> Preview:
        """Hold both rules against what was stored in the last stretch of time."""
        stop = self.timer() + self.budget_s

        def left() -> float:
            return stop - self.timer()

        with self.store.read() as tx:
            return _Look(archive=tx.archive, left=left, now=now, since=now - last).preview(edited, saved)


@dataclass(slots=True, kw_only=True)
class _Look:
    """One look at history. `known` are the moments read so far, `met` the ids of those each rule holds for."""

    archive: Archive
    left: Left
    now: datetime
    since: datetime
    known: dict[int, Moment] = field(default_factory=dict)

    def preview(self, edited: Rule, saved: Rule | None) -> Preview:
        moments = self.archive.count(self.since)
        rules = [replace(rule, state="active") for rule in (edited, saved) if rule is not None]
        covered, met = self._search(rules)
        runs = [self._run(rule, held, covered) for rule, held in zip(rules, met, strict=True)]
        mine, theirs = runs[0], runs[1] if saved is not None else None
        nothing = bool(moments) and not mine.matched
        gained, lost = (self._events(mine, theirs), self._events(theirs, mine)) if theirs else ((), ())
        dead = tuple(self._dead(edited.query)) if nothing else ()
        return Preview(
            verdict=self._verdict(mine, moments, dead, covered),
            since=self.since,
            covered=covered,
            now=self.now,
            moments=moments,
            edited=mine,
            saved=theirs,
            gained=gained,
            lost=lost,
            both=self._latest([event_id for event_id in mine.alerts if event_id in set(theirs.alerts)])
            if theirs
            else (),
            why=dict(self._why(rules[0], (*gained[:EXPLAINED], *lost[:EXPLAINED]))),
            dead=dead,
            parts=tuple(self._parts(edited.query)) if nothing and not dead else (),
        )

    def _search(self, rules: Sequence[Rule]) -> tuple[datetime, list[set[int]]]:
        """Return since when all was looked at, and for each rule the ids of moments it holds for."""
        groups = [clauses(rule.query, _cost) for rule in rules]
        met: list[set[int]] = [set() for _ in rules]
        covered = self.now
        try:
            for span in self.archive.spans(self.since):
                for moment in self.archive.candidates(groups, span, left=self._spare):
                    self._hold(rules, moment, met)
                    covered = min(covered, moment.at)
                covered = min(covered, span.since)
        except OutOfTime:
            return max(covered, self.since), met
        return self.since, met

    def _spare(self) -> float:
        """Return how many seconds the search may still take."""
        return self.left() - _KEPT_S - _PER_MATCH_S * len(self.known)

    def _hold(self, rules: Sequence[Rule], moment: Moment, met: Sequence[set[int]]) -> None:
        if self._spare() <= 0:
            raise OutOfTime
        for rule, held in zip(rules, met, strict=True):
            if match(rule, moment.subject).matched:
                held.add(moment.moment_id)
                self.known[moment.moment_id] = moment

    def _run(self, rule: Rule, held: AbstractSet[int], covered: datetime) -> Run:
        """Replay the whole story of every event that the rule held for."""
        events = {self.known[moment_id].event.event_id for moment_id in held}
        more = self.archive.story(events, but=self.known.keys())
        self.known |= {moment.moment_id: moment for moment in more}
        story = sorted(
            (moment for moment in self.known.values() if moment.event.event_id in events and moment.at <= self.now),
            key=lambda moment: (moment.at, moment.moment_id),
        )
        told = [(moment, self._holds(rule, moment, held, covered)) for moment in story]
        return replay(rule, told, since=covered, now=self.now)

    def _holds(self, rule: Rule, moment: Moment, held: AbstractSet[int], covered: datetime) -> bool:
        """Say whether the rule holds. What lies before the search decides who was told before, so it is looked at."""
        if moment.at >= covered or moment.moment_id in held:
            return moment.moment_id in held
        return self.left() > 0 and match(rule, moment.subject).matched

    def _events(self, these: Run, those: Run) -> tuple[Event, ...]:
        """Return the events that are alerted by these and not by those, as they stood last, oldest first."""
        theirs = set(those.alerts)
        return self._latest([event_id for event_id in these.alerts if event_id not in theirs])

    def _latest(self, event_ids: Sequence[int]) -> tuple[Event, ...]:
        latest = {moment.event.event_id: moment.event for moment in sorted(self.known.values(), key=_order)}
        return tuple(latest[event_id] for event_id in event_ids)

    def _why(self, rule: Rule, events: Sequence[Event]) -> Iterator[tuple[int, Why]]:
        """Say it as far as there is time: of the first moment the rule held at, or of the last where it never did."""
        wanted = {event.event_id for event in events}
        moments: dict[int, Moment] = {}
        for moment in sorted(self.known.values(), key=_order):
            event_id = moment.event.event_id
            if event_id in wanted and not (event_id in moments and _holds_once(rule, moments[event_id])):
                moments[event_id] = moment
        for event_id, moment in moments.items():
            if self.left() <= 0:
                return
            found = because(rule, moment.subject)
            entry_id = moment.entry_ids[found.text] if moment.entry_ids else None
            yield event_id, Why(because=found, entry_id=entry_id, outlet=moment.subject.texts[found.text].outlet)

    def _verdict(self, run: Run, moments: int, dead: Sequence[str], covered: datetime) -> Verdict:
        if not moments:
            return "NO_DATA"
        if dead:
            return "DEAD_TERM"
        days = max((self.now - covered) / DAY, 1.0)
        return "NOISY" if len(run.alerts) / days > NOISY_A_DAY else "OK"

    def _dead(self, query: Query) -> Iterator[str]:
        """Yield the parts that are asked for and that nothing in store ever had, as far as there is time to look."""
        with suppress(OutOfTime):
            for leaf in _wanted(query):
                if not self.archive.heard(clauses(leaf, _cost), moments=_is_fact(leaf), left=self.left):
                    yield format_query(leaf)

    def _parts(self, query: Query) -> Iterator[Part]:
        with suppress(OutOfTime):
            for part in query.parts if isinstance(query, And) else (query,):
                if needed := clauses(part, _cost):
                    many = self.archive.could(needed, since=self.since, left=self.left)
                    yield Part(text=format_query(part), moments=many)


def _holds_once(rule: Rule, moment: Moment) -> bool:
    return match(rule, moment.subject).matched


def _order(moment: Moment) -> tuple[datetime, int]:
    return moment.at, moment.moment_id


def _wanted(query: Query) -> Iterator[Query]:
    """Yield the leaves that are asked for, those under NOT left out."""
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from _wanted(part)
    elif not isinstance(query, Not):
        yield query


def _is_fact(leaf: Query) -> bool:
    return isinstance(leaf, FieldIs | NumberIs | Within | Box)


def _cost(keys: AbstractSet[str]) -> float:
    return sum(map(guess, keys))


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
