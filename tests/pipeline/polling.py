"""A world to poll in: a store, a clock that moves when told to, feeds that answer as scripted."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.core.feed import Feed, FetchRequest, FetchResult, IdPolicy, ParsedEntry, ParsedFeed, ParseError, PollRecord
from service.core.marks import Mark, fingerprint, pack, unpack
from service.core.report import Judgement
from service.pipeline.manage import add_feed
from service.pipeline.poll import Poll, PolledFeed
from service.ports.store import Store
from service.ports.world import Parser, nothing_more
from tests.standins import NOON, BellEngine, HandClock, LineParser, ScriptedFetcher

URL = "https://wire.example/feed"


def answer(
    body: str = "",
    *,
    status: int | None = 200,
    etag: str | None = None,
    error: str = "",
    code: str = "",
    to: str = "",
    moved: bool = False,
    max_age_s: float | None = None,
    retry_after_s: float | None = None,
    hub: str | None = None,
) -> FetchResult:
    return FetchResult(
        feed_id=0,
        url=URL,
        final_url=to,
        moved=moved,
        status=status,
        body=body.encode(),
        etag=etag,
        error=error,
        error_code=code,
        max_age_s=max_age_s,
        retry_after_s=retry_after_s,
        hub=hub,
    )


def no_answer(code: str = "timeout") -> FetchResult:
    return answer(status=None, error=f"no answer ({code})", code=code)


@dataclass
class MarkingParser:
    """Reads `uid|title|hours since NOON` lines that are not known by their marks; the rest is as in `wishes`."""

    wishes: ParsedFeed = field(default_factory=ParsedFeed)
    given: list[tuple[str | None, IdPolicy]] = field(default_factory=list)

    def parse(
        self,
        body: bytes,
        *,
        url: str,
        content_type: str,
        fetched_at: datetime,
        country: str | None = None,
        marks: bytes = b"",
        id_policy: IdPolicy = "guid",
    ) -> ParsedFeed:
        self.given.append((country, id_policy))
        if body.startswith(b"<html"):
            offered = "https://wire.example/real.xml"
            page = (ParseError(code="html", message=f"this is a page, not a feed; it offers {offered}"),)
            return ParsedFeed(errors=page, links=(offered,))
        known = {mark.raw for mark in unpack(marks)}
        read = [(self._mark(line), self._entry(line)) for line in body.decode().splitlines()]
        unseen = tuple(entry for mark, entry in read if mark.raw not in known)
        return replace(self.wishes, entries=unseen, marks=pack(mark for mark, _ in read))

    def _mark(self, line: str) -> Mark:
        entry = self._entry(line)
        return Mark(raw=fingerprint(line), uid=fingerprint(entry.uid), published=entry.published)

    def _entry(self, line: str) -> ParsedEntry:
        uid, title, *hours = line.split("|")
        at = NOON + timedelta(hours=float(hours[0])) if hours else None
        return ParsedEntry(uid=uid, title=title, published=at)


@dataclass
class TardyFetcher(ScriptedFetcher):
    """Answers some URLs only when there is nothing else left to answer: they hang, and keep their slots."""

    slow: Collection[str] = ()
    most_at_once: int = 0

    def fetch(
        self, requests: Iterable[FetchRequest], *, more: Callable[[int], Sequence[FetchRequest]] = nothing_more
    ) -> Iterator[FetchResult]:
        under_way = list(requests)
        while True:
            under_way += more(self.slots - len(under_way))
            self.most_at_once = max(self.most_at_once, len(under_way))
            if not under_way:
                return
            request = next((one for one in under_way if one.url not in self.slow), under_way[0])
            under_way.remove(request)
            self.asked.append(request)
            yield replace(self.answers[request.url].pop(0), feed_id=request.feed_id)


@dataclass
class World:
    """`feed` is the first one; there may be more."""

    store: Store
    clock: HandClock = field(default_factory=HandClock)
    fetcher: ScriptedFetcher = field(default_factory=ScriptedFetcher)
    engine: BellEngine = field(default_factory=BellEngine)
    parser: Parser = field(default_factory=LineParser)
    jitter: float = 0.0

    def __post_init__(self) -> None:
        self.feed_id = self.add(URL).feed_id
        self.restart()

    def restart(self) -> None:
        """Start anew: all that is left is what the store holds."""
        self.step = Poll(
            store=self.store,
            fetcher=self.fetcher,
            parser=self.parser,
            engine=self.engine,
            clock=self.clock,
            jitter=lambda: self.jitter,
            min_interval=timedelta(minutes=5),
            max_interval=timedelta(hours=6),
        )

    def add(self, url: str, country: str | None = None) -> Feed:
        with self.store.write() as tx:
            return add_feed(tx, url, now=self.clock.now(), country=country)

    def poll(self, *answers: FetchResult) -> Feed:
        """Poll the feed once per answer, each as soon as it is due, and return it as it stands then."""
        for result in answers:
            self.clock.at = max(self.clock.at, self.feed.due_at)
            self.fetcher.answers[self.feed.url] = [result]
            assert len(self.step.run(self.clock.now())) == 1
        return self.feed

    def poll_until(self, at: datetime, result: FetchResult) -> Feed:
        """Poll the feed whenever it is due, until then; it gives the same answer every time."""
        while self.feed.due_at <= at:
            self.poll(result)
        return self.feed

    def run(self) -> list[PolledFeed]:
        return self.step.run(self.clock.now())

    @property
    def feed(self) -> Feed:
        return self.stored(self.feed_id)

    def stored(self, feed_id: int) -> Feed:
        with self.store.read() as tx:
            return tx.feeds.get(feed_id)

    def records(self) -> list[PollRecord]:
        """Return the feed's history, newest first."""
        with self.store.read() as tx:
            return tx.feeds.polls(self.feed_id)

    def waiting(self) -> int:
        with self.store.read() as tx:
            return tx.entries.waiting()

    def backlog(self) -> dict[str, bool]:
        """Judge what waits. Return what it was, and whether it was old news."""
        with self.store.write() as tx:
            entries = tx.entries.claim(self.clock.now(), limit=99, lease=timedelta(1))
            for entry in entries:
                assert tx.entries.finish([(entry, Judgement(lang="en", set_aside="no_cue"))])
        return {entry.uid: entry.backlog for entry in entries}
