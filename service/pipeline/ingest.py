"""Entry in, rendered messages out: detect → extract → link → match → notify → render → outbox.

An entry too short to tell how much happened is told of as it is; that its article is wanted is noted beside it, and the
article's text comes back as a further revision (pipeline.articles).

A batch is claimed in one short transaction, judged outside any, and worked through in one more. An entry that fails is
set aside with its error; the others go on. Killed anywhere, the lease runs out and the batch is done again.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.core.article import wish
from service.core.cadence import HOT
from service.core.develop import claims_of, develop
from service.core.entry import Entry
from service.core.errors import StoreUnavailable
from service.core.event import Development, Event, Link
from service.core.link import KINDS, link, neighbourhoods, traces, window
from service.core.report import Judgement, Kind, Report
from service.core.rules import RuleIndex, Subject, keys_of
from service.pipeline.edited import edited, leave
from service.pipeline.relate import relate
from service.pipeline.tell import Queued, Telling
from service.ports.store import Engine, Store, Transaction
from service.ports.world import Judge, Renderer

log = logging.getLogger(__name__)

OVERTAKEN = "another worker took over, or a newer revision came in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where one report went. `again` where it was there before, and its entry was edited."""

    report: Report
    event_id: int | None
    link: Link
    again: bool = False


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
            batch = _Batch(tx=tx, telling=telling, articles=self.articles)
            done, owed = [], list[int]()
            at: datetime | None = None
            for entry in entries:
                before, at = at, clock(entry) if clock else now
                owed += self._owed(tx, at) if at != before else ()
                done.append(batch.entry(entry, judged[entry.entry_id], at))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    tx: Transaction
    telling: Telling
    articles: bool

    def entry(self, entry: Entry, judged: Judgement | Exception, now: datetime) -> Ingested:
        if isinstance(judged, Exception):
            return self._set_aside(entry, judged)
        try:
            with self.tx.savepoint():
                if not self.tx.entries.finish(entry, judged):
                    return Ingested(entry=entry, error=OVERTAKEN)
                read = replace(entry, lang=judged.lang)
                self.tx.archive.keep_text(read, keys_of(Subject(accounts=(read,))))
                return self._work(entry, judged, now)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  kept with the entry, and logged
            return self._set_aside(entry, error)

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
        for report in [*judged.reports, *self._withdrawn(entry, judged)]:
            where = self._place(entry, report, now)
            placed.append(where)
            grown += self._grow(entry, where, judged.lang, now)
        started = {where.report.kind: where.link for where in placed if _starts(where)}
        relate(self.tx.events, entry, judged.reports, started)  # before it is told: what is told says so
        if grown:
            self.tx.events.lock_telling()
        told = (self.telling.tell(event, change, backlog=entry.backlog, now=now) for event, change in grown)
        messages = [queued for one in told for queued in one]
        article = self.articles and self._article_wanted(entry, judged, placed, now)
        return Ingested(entry=entry, judgement=judged, placed=tuple(placed), messages=tuple(messages), article=article)

    def _article_wanted(self, entry: Entry, judged: Judgement, placed: Sequence[Placed], now: datetime) -> bool:
        elsewhere = any(self._seen_elsewhere(entry, where) for where in placed)
        wanted = wish(entry, judged, known_elsewhere=elsewhere).wanted and entry.url is not None
        return wanted and self.tx.articles.want(entry.entry_id, entry.url or "", due_at=now)

    def _seen_elsewhere(self, entry: Entry, where: Placed) -> bool:
        """Whether this is another account's text, or another entry of the event has the same article."""
        if where.event_id is None or not entry.canonical_url or where.link.decision == "copy":
            return where.link.decision == "copy"
        others = (told for told in self.tx.events.accounts(where.event_id) if told.entry_id != entry.entry_id)
        return any(told.canonical_url == entry.canonical_url for told in others)

    def _withdrawn(self, entry: Entry, judged: Judgement) -> list[Report]:
        """Return a retraction for each kind that an edit no longer reports: the outlet took it back without a word.

        Where only the article came to what the feed says, nobody took anything back.
        """
        if entry.revision in {1, entry.article_revision}:
            return []
        gone = [kind for kind in KINDS if all(report.kind != kind for report in judged.reports)]
        return [_withdrawal(said) for kind in gone if (said := self._said(entry, kind)) is not None]

    def _said(self, entry: Entry, kind: Kind) -> Report | None:
        """Return what the entry asserted of this kind before its edit, if that belongs to an event."""
        known = self.tx.events.report_of(entry.entry_id, kind)
        accounts = self.tx.events.accounts(known[1]) if known is not None else ()
        said = (account.report for account in accounts if known is not None and account.report_id == known[0])
        return next((report for report in said if report.stance == "asserts"), None)

    def _place(self, entry: Entry, report: Report, now: datetime) -> Placed:
        known = self.tx.events.report_of(entry.entry_id, report.kind)
        if known is not None:
            return self._again(entry, report, known, now)
        if not report.new and report.stance == "asserts":
            return Placed(report=report, event_id=None, link=Link(decision="new", reason=f"not new: {report.reason}"))
        since = entry.told_at - window(report.kind)
        candidates = self.tx.events.candidates(report.kind, since=since, near=traces(entry, report))
        ties = self.tx.events.ties(entry.entry_id, report.kind)
        found = link(entry, report, candidates, now=entry.told_at, ties=ties)
        if ties.removed:
            return Placed(report=report, event_id=None, link=found)
        if found.event_id is None and report.stance == "asserts":
            return Placed(report=report, event_id=self.tx.events.create(_seed(entry, report, found)), link=found)
        return Placed(report=report, event_id=found.event_id, link=found)

    def _again(self, entry: Entry, report: Report, known: tuple[int, int], now: datetime) -> Placed:
        report_id, event_id = known
        found = edited(self.tx, entry, report, report_id, event_id)
        if found.event_id == event_id:
            return Placed(report=report, event_id=event_id, link=found, again=True)
        elsewhere = found.event_id or self.tx.events.create(_seed(entry, report, found))
        leave(self.tx, entry, report_id, (event_id, elsewhere), now)
        return Placed(report=report, event_id=elsewhere, link=found)

    def _grow(self, entry: Entry, where: Placed, lang: str, now: datetime) -> list[tuple[Event, Development]]:
        events, copy = self.tx.events, where.link.decision == "copy"
        # A copy of what is known changes nothing else, and thousands may come.
        counted = copy and not where.again and events.count_copy(where.event_id or 0, entry.told_at)
        report_id = events.save_report(entry, where.report, where.event_id, where.link, lang, now=now)
        if where.event_id is None:
            return []
        events.replace_claims(where.event_id, report_id, claims_of(where.report, report_id, entry, copy=copy), now=now)
        if counted:
            return []
        accounts, claims = events.accounts(where.event_id), events.claims(where.event_id)
        before = events.get(where.event_id) if len(accounts) > 1 or where.link.decision == "joined" else None
        event, development = develop(before, where.event_id, accounts, claims, now=now)
        event = _with_possibly(event, where.link)
        events.update(event)
        if development is None:
            return []
        events.add_development(event.event_id, development, report_id)
        return [(event, development)]


def _hot(done: Sequence[Ingested]) -> set[int]:
    """Return the feeds that just had a new report: more of it may follow there."""
    return {result.entry.feed_id for result in done if not result.entry.backlog and any(map(_is_new, result.placed))}


def _is_new(placed: Placed) -> bool:
    return placed.report.new and placed.report.stance == "asserts"


def _starts(placed: Placed) -> bool:
    return placed.event_id is not None and placed.link.event_id is None and not placed.again


def _seed(entry: Entry, report: Report, found: Link) -> Event:
    """Return an event that holds the place in the store until develop has drawn its picture."""
    return Event(
        event_id=0,
        kind=report.kind,
        headline=entry.title,
        first_seen=entry.told_at,
        last_seen=entry.told_at,
        place=report.place,
        occurred=report.occurred,
        possibly=found.possibly,
    )


def _withdrawal(said: Report) -> Report:
    return Report(
        kind=said.kind,
        new=True,
        confidence=1.0,
        stance="retracts",
        place=said.place,
        reason="the outlet's edit no longer says so",
    )


def _with_possibly(event: Event, found: Link) -> Event:
    return replace(event, possibly=found.possibly) if found.possibly else event
