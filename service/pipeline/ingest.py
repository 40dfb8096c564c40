"""Entry in, rendered messages out: detect → extract → link → match → notify → render → outbox.

An entry too short to tell how much happened is told of as it is; that its article is wanted is noted beside it, and the
article's text comes back as a further revision (pipeline.articles).

A batch is claimed in one short transaction, judged outside any, and worked through in one more. An entry that fails is
set aside with its error; the others go on. Killed anywhere, the lease runs out and the batch is done again.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.core.article import wish
from service.core.cadence import HOT
from service.core.entry import Entry
from service.core.errors import StoreUnavailable
from service.core.event import Development, Event
from service.core.link import neighbourhoods
from service.core.report import Judgement
from service.core.rules import RuleIndex, Subject, keys_of
from service.pipeline.place import Placed, Placing, starts
from service.pipeline.relate import relate
from service.pipeline.tell import Queued, Telling
from service.ports.store import Engine, Store, Transaction
from service.ports.world import Judge, Renderer

log = logging.getLogger(__name__)

OVERTAKEN = "another worker took over, or a newer revision came in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of one entry. `messages` are what it put into the outbox; `error` says why it was set aside.

    `article` says whether its article is to be fetched.
    """

    entry: Entry
    judgement: Judgement | None = None
    placed: tuple[Placed, ...] = ()
    messages: tuple[Queued, ...] = ()
    error: str = ""
    article: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """The step. `rules` is asked once a batch, so that no entry is matched by half a set.

    `owed` queues the summaries of full hours that are over, before anything else is decided. `articles` says whether
    somebody fetches the articles of short entries.
    """

    store: Store
    judge: Judge
    renderer: Renderer
    engine: Engine
    rules: Callable[[], RuleIndex]
    owed: Callable[[Transaction, datetime], Sequence[int]] = lambda _tx, _now: ()
    articles: bool = False
    batch: int = 50
    lease: timedelta = timedelta(minutes=2)

    def run(self, now: datetime, *, clock: Callable[[Entry], datetime] | None = None) -> list[Ingested]:
        """Work through one batch of waiting entries; empty when none waits. `clock` gives each entry its own now."""
        with self.store.write() as tx:
            entries = tx.entries.claim(now, limit=self.batch, lease=self.lease)
        if not entries:
            return []
        judged = self._judged(entries)
        self._prepare(judged.values())
        with self.store.write() as tx:
            read = ((entry, said) for entry in entries if isinstance(said := judged[entry.entry_id], Judgement))
            tx.events.lock_linking(neighbourhoods(read))
            subscriptions = tx.subscriptions.alerted()
            telling = Telling(tx=tx, renderer=self.renderer, rules=self.rules(), subscriptions=subscriptions)
            batch = _Batch(tx=tx, telling=telling, judged=judged, owed=self._owed, articles=self.articles)
            done, owed = batch.work_off([(entry, clock(entry) if clock else now) for entry in entries])
            tx.feeds.heat(sorted(_hot(done)), until=now + HOT)
            messages = [message.outbox_id for result in done for message in result.messages]
            self.engine.wake(tx, "deliver", [*owed, *messages])
            self.engine.wake(tx, "articles", [result.entry.entry_id for result in done if result.article])
        return done

    def _owed(self, tx: Transaction, now: datetime) -> Sequence[int]:
        try:
            with tx.savepoint():
                return self.owed(tx, now)
        except Exception:
            log.exception("the summaries of full hours that are over could not be made; they wait for the next tick")
            return ()

    def _prepare(self, judged: Iterable[Judgement | Exception]) -> None:
        """Let maps be drawn while no transaction is open, where there may be mails to put them in."""
        reports = [report for item in judged if isinstance(item, Judgement) for report in item.reports if report.new]
        places = {(report.kind, report.place) for report in reports if report.place is not None}
        if not places:
            return
        with self.store.read() as tx:
            readers = tx.subscriptions.active("alert")
        if any(reader.channel.kind == "email" for reader in readers):
            self.renderer.prepare((kind, place) for kind, place in places if place is not None)

    def _judged(self, entries: Sequence[Entry]) -> Mapping[int, Judgement | Exception]:
        try:
            return {entry.entry_id: said for entry, said in zip(entries, self.judge.judge(entries), strict=True)}
        except Exception:  # noqa: BLE001  one bad entry must not take its neighbours down: judge them one by one
            return {entry.entry_id: self._judged_alone(entry) for entry in entries}

    def _judged_alone(self, entry: Entry) -> Judgement | Exception:
        try:
            return self.judge.judge([entry])[0]
        except Exception as error:  # noqa: BLE001  the entry is set aside with it
            return error


Timed = Sequence[tuple[Entry, datetime]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    tx: Transaction
    telling: Telling
    judged: Mapping[int, Judgement | Exception]
    owed: Callable[[Transaction, datetime], Sequence[int]]
    articles: bool

    @property
    def placing(self) -> Placing:
        """Where their reports go."""
        return Placing(tx=self.tx)

    def work_off(self, entries: Timed) -> tuple[list[Ingested], list[int]]:
        """Return what became of each, and the summaries queued. Where one fails, all is undone and gone through again.

        Then each is undone by itself, so that only those that fail are set aside. It takes longer, and is rare.
        """
        try:
            with self.tx.savepoint():
                return self._in_turn(entries, self._worked(entries))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  which entry it was, and what it said, is to be seen
            if len(entries) == 1:
                return [self._set_aside(entries[0][0], error)], []
            log.warning("one of %d entries failed; they are gone through one by one", len(entries))
            return self._in_turn(entries, map(self._alone, entries))

    def _in_turn(self, entries: Timed, results: Iterator[Ingested]) -> tuple[list[Ingested], list[int]]:
        """Take the results one after the other, each after what was owed at its time."""
        done, owed = [], list[int]()
        before: datetime | None = None
        for _, now in entries:
            owed += self.owed(self.tx, now) if now != before else ()
            done.append(next(results))
            before = now
        return done, owed

    def _alone(self, timed: tuple[Entry, datetime]) -> Ingested:
        try:
            with self.tx.savepoint():
                (result,) = self._worked([timed])
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  kept with the entry, and logged
            return self._set_aside(timed[0], error)
        return result

    def _worked(self, entries: Timed) -> Iterator[Ingested]:
        """Yield what becomes of each. What is asked or written of all of them is so once, before the first."""
        said = [(entry, one) for entry, _ in entries if isinstance(one := self.judged[entry.entry_id], Judgement)]
        ours = self.tx.entries.finish(said)
        read = [replace(entry, lang=judged.lang) for entry, judged in said if entry.entry_id in ours]
        self.tx.archive.keep_texts([(entry.entry_id, keys_of(Subject(accounts=(entry,)))) for entry in read])
        self.tx.events.expect([entry.entry_id for entry, judged in said if judged.reports or entry.revision > 1])
        for entry, now in entries:
            judged = self.judged[entry.entry_id]
            if isinstance(judged, Exception):
                yield self._set_aside(entry, judged)
            elif entry.entry_id in ours:
                yield self._work(entry, judged, now)
            else:
                yield Ingested(entry=entry, error=OVERTAKEN)

    def _set_aside(self, entry: Entry, error: Exception) -> Ingested:
        reason = f"{type(error).__name__}: {error}"
        if not self.tx.entries.fail(entry, reason):
            log.warning("entry %d: %s; what failed here does not count: %s", entry.entry_id, OVERTAKEN, reason)
            return Ingested(entry=entry, error=OVERTAKEN)
        log.error("entry %d (%s) set aside", entry.entry_id, entry.url or entry.uid, exc_info=error)
        return Ingested(entry=entry, error=reason)

    def _work(self, entry: Entry, judged: Judgement, now: datetime) -> Ingested:
        placed: list[Placed] = []
        grown: list[tuple[Event, Development]] = []
        for report in [*judged.reports, *self.placing.withdrawn(entry, judged)]:
            where = self.placing.place(entry, report, now)
            placed.append(where)
            grown += self.placing.grow(entry, where, judged.lang, now)
        started = {where.report.kind: where.link for where in placed if starts(where)}
        relate(self.tx.events, entry, judged.reports, started)  # before it is told: what is told says so
        if grown:
            self.tx.events.lock_telling()
        told = (self.telling.tell(event, change, backlog=entry.backlog, now=now) for event, change in grown)
        messages = [queued for one in told for queued in one]
        article = self.articles and self._article_wanted(entry, judged, placed, now)
        return Ingested(entry=entry, judgement=judged, placed=tuple(placed), messages=tuple(messages), article=article)

    def _article_wanted(self, entry: Entry, judged: Judgement, placed: Sequence[Placed], now: datetime) -> bool:
        elsewhere = any(self.placing.seen_elsewhere(entry, where) for where in placed)
        wanted = wish(entry, judged, known_elsewhere=elsewhere).wanted and entry.url is not None
        return wanted and self.tx.articles.want(entry.entry_id, entry.url or "", due_at=now)


def _hot(done: Sequence[Ingested]) -> set[int]:
    """Return the feeds that just had a new report: more of it may follow there."""
    return {result.entry.feed_id for result in done if not result.entry.backlog and any(map(_is_new, result.placed))}


def _is_new(placed: Placed) -> bool:
    return placed.report.new and placed.report.stance == "asserts"
