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

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from service.core.event import Event
from service.core.rules import Because, Query, Rule, because, clauses, format_query, match
from service.core.rules.rarity import cost
from service.core.rules.syntax import And, Box, FieldIs, Not, NumberIs, Or, Within
from service.pipeline.replay import Histories, Run, replay
from service.pipeline.search import Held, Search
from service.ports.archive import Archive, Left, Moment, OutOfTime
from service.ports.store import Store

Verdict = Literal["NO_DATA", "DEAD_TERM", "OK", "NOISY"]
BUDGET_S = 0.25
NOISY_A_DAY = 50
EXPLAINED = 10
TOGETHER = 10  # parts that are asked for in one question
DAY = timedelta(days=1)


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
    since then. `dead` are parts of the rule that nothing in store has; `parts` are told where nothing matched at all.
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
        if self.covered >= self.now:
            return f"there was no time to check any of the last {(self.now - self.since) / DAY:.3g} days"
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
    """Makes previews. `timer` counts seconds from anywhere; `budget_s` is how long one may take.

    All of the work is done within what `undisturbed` gives.
    """

    store: Store
    timer: Callable[[], float]
    budget_s: float = BUDGET_S
    undisturbed: Callable[[], AbstractContextManager[None]] = nullcontext

    def run(self, edited: Rule, saved: Rule | None, *, now: datetime, last: timedelta) -> Preview:
        """Hold both rules against what was stored in the last stretch of time."""
        stop = self.timer() + self.budget_s

        def left() -> float:
            return stop - self.timer()

        with self.undisturbed():
            return self._run(edited, saved, left=left, now=now, since=now - last)

    def _run(self, edited: Rule, saved: Rule | None, *, left: Left, now: datetime, since: datetime) -> Preview:
        rules = (edited, saved) if saved else (edited,)
        held = [Held(rule=replace(rule, state="active")) for rule in rules]
        with self.store.read() as tx:
            search = Search(archive=tx.archive, left=left, since=since, now=now, covered=now, held=held)
            histories = tx.events.histories
            look = _Look(archive=tx.archive, search=search, histories=histories, left=left, now=now, since=since)
            return look.preview()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a search found, put into a preview. The first rule is the edited one."""

    archive: Archive
    search: Search
    histories: Callable[[Sequence[int]], Histories]
    left: Left
    now: datetime
    since: datetime

    def preview(self) -> Preview:
        stored = self.archive.count(self.since)
        self.search.run()
        covered = self.search.covered
        moments = stored if covered == self.since else self.archive.count(covered)
        story = self.search.story()
        times = Counter(moment.event.event_id for moment in story)
        histories = self.histories([event_id for event_id, count in times.items() if count > 1])
        mine, *others = [self._run(held, story, histories) for held in self.search.held]
        theirs, query = (others[0] if others else None), self.search.held[0].rule.query
        latest = {moment.event.event_id: moment.event for moment in story}
        gained = tuple(latest[one] for one in mine.alerts if theirs and one not in theirs.alerts)
        lost = tuple(latest[one] for one in theirs.alerts if one not in mine.alerts) if theirs else ()
        nothing = bool(stored) and not mine.matched
        dead = tuple(self._dead(query)) if nothing else ()
        return Preview(
            verdict=self._verdict(mine, stored, dead),
            since=self.since,
            covered=covered,
            now=self.now,
            moments=moments,
            edited=mine,
            saved=theirs,
            gained=gained,
            lost=lost,
            both=tuple(latest[one] for one in mine.alerts if theirs and one in theirs.alerts),
            why=dict(self._why(story, (*gained[:EXPLAINED], *lost[:EXPLAINED]))),
            dead=dead,
            parts=tuple(self._parts(query)) if nothing and not dead and covered == self.since else (),
        )

    def _run(self, held: Held, story: Sequence[Moment], histories: Histories) -> Run:
        """Replay the whole story of every event that the rule held for."""
        told = [(moment, self._did_hold(held, moment)) for moment in story if moment.event.event_id in held.events]
        return replay(held.rule, told, histories=histories, since=self.search.covered, now=self.now)

    def _did_hold(self, held: Held, moment: Moment) -> bool:
        """Say whether the rule held. What lies before the search decides who was told before, so it is looked at."""
        if moment.at >= self.search.covered or moment.moment_id in held.moments:
            return moment.moment_id in held.moments
        return self.left() > 0 and match(held.rule, moment.subject).matched

    def _why(self, story: Sequence[Moment], events: Sequence[Event]) -> Iterator[tuple[int, Why]]:
        """Say it as far as there is time: of the first moment the rule held at, or of the last where it never did."""
        rule, held = self.search.held[0].rule, self.search.held[0].moments
        wanted = {event.event_id for event in events}
        moments: dict[int, Moment] = {}
        for moment in story:
            event_id = moment.event.event_id
            if event_id in wanted and not (event_id in moments and moments[event_id].moment_id in held):
                moments[event_id] = moment
        for event_id, moment in moments.items():
            if self.left() <= 0:
                return
            found = because(rule, moment.subject)
            entry_id = moment.entry_ids[found.text] if moment.entry_ids else None
            yield event_id, Why(because=found, entry_id=entry_id, outlet=moment.subject.texts[found.text].outlet)

    def _verdict(self, run: Run, moments: int, dead: Sequence[str]) -> Verdict:
        if not moments:
            return "NO_DATA"
        if dead:
            return "DEAD_TERM"
        days = max((self.now - self.search.covered) / DAY, 1.0)
        return "NOISY" if len(run.alerts) / days > NOISY_A_DAY else "OK"

    def _dead(self, query: Query) -> Iterator[str]:
        """Yield the parts that are asked for and that nothing in store ever had, as far as there is time to look."""
        leaves = list(_wanted(query))
        with suppress(OutOfTime):
            for at in range(0, len(leaves), TOGETHER):
                some = leaves[at : at + TOGETHER]
                heard = self.archive.heard([(clauses(leaf, cost), _is_fact(leaf)) for leaf in some], left=self.left)
                yield from (format_query(leaf) for leaf, ever in zip(some, heard, strict=True) if not ever)

    def _parts(self, query: Query) -> Iterator[Part]:
        with suppress(OutOfTime):
            for part in query.parts if isinstance(query, And) else (query,):
                if needed := clauses(part, cost):
                    many = self.archive.could(needed, since=self.since, left=self.left)
                    yield Part(text=format_query(part), moments=many)


def _wanted(query: Query) -> Iterator[Query]:
    """Yield the leaves that are asked for, those under NOT left out."""
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from _wanted(part)
    elif not isinstance(query, Not):
        yield query


def _is_fact(leaf: Query) -> bool:
    return isinstance(leaf, FieldIs | NumberIs | Within | Box)


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
