"""Articles of short entries in, their texts stored as further revisions: claim → fetch → read → store.

The alert has left by then, with what the feed said. What the article adds becomes an update like any edit's would.
Whatever goes wrong, the feed's words stand.

robots.txt is not asked for: it speaks to crawlers, and this follows a link that a feed gives its readers, once, for the
few entries that seem to be news. A site that minds says so by 401, 403, 429 or 503, and is heeded.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from service.core.article import ACCEPT, MAX_TRIES, PAGE_BYTES, PAUSE, STALE, again_at, is_short, unfit
from service.core.errors import StoreUnavailable
from service.core.feed import ArticleJob, FetchRequest, FetchResult
from service.core.urls import host_key
from service.ports.store import Engine, Store, Transaction
from service.ports.world import Clock, Fetcher, PageReader

log = logging.getLogger(__name__)

EDITED = "the entry is being edited just now"
TOO_OLD = "too late: the entry is old news"
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of one article. `error` says why the entry has none; `put_off` that it is to be tried later."""

    entry_id: int
    url: str
    characters: int = 0
    error: str = ""
    put_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A claimed article, and the headline it is to be known by."""

    job: ArticleJob
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Articles:
    """The step. `per_host` keeps a busy outlet's articles from holding up the poll of its feed.

    The lease outlasts a batch of slow pages; `reader` refuses what takes it too long.
    """

    store: Store
    fetcher: Fetcher
    reader: PageReader
    engine: Engine
    clock: Clock
    batch: int = 8
    per_host: int = 2
    lease: timedelta = timedelta(minutes=10)

    def run(self, now: datetime) -> list[Fetched]:
        """Fetch one batch of what is due; empty when nothing is."""
        with self.store.write() as tx:
            wanted, settled = self._claim(tx, now)
        by_id: Mapping[int, _Wanted] = {item.job.entry_id: item for item in wanted}
        results = self.fetcher.fetch([_request(item.job) for item in wanted]) if wanted else ()
        return settled + [self._settled(by_id[result.feed_id], result) for result in results]

    def _claim(self, tx: Transaction, now: datetime) -> tuple[list[_Wanted], list[Fetched]]:
        """Lease what is due. Return what to fetch now, and what became of the rest: put off, or not wanted any more."""
        away = {host.key: host.free_at for host in tx.feeds.kept_away(now)}
        hosts: Counter[str] = Counter()
        wanted: list[_Wanted] = []
        settled: list[Fetched] = []
        for job in tx.articles.claim(now, limit=self.batch, lease=self.lease):
            entry, host = tx.entries.get(job.entry_id), host_key(job.url)
            hosts[host] += 1
            free_at = away.get(host, now)
            if max(free_at, now) - entry.first_seen > STALE:
                settled.append(_failed(tx, job, TOO_OLD))
            elif not is_short(entry.title, entry.summary, entry.content):
                settled.append(_failed(tx, job, "the feed gives enough by now"))
            elif free_at > now or hosts[host] > self.per_host:
                tx.articles.postpone(job, due_at=max(free_at, now))
                settled.append(Fetched(entry_id=job.entry_id, url=job.url, put_off=True))
            else:
                wanted.append(_Wanted(job=job, title=entry.title))
        return wanted, settled

    def _settled(self, item: _Wanted, result: FetchResult) -> Fetched:
        """Settle one article, come what may: what one page does to us must not cost the others theirs."""
        try:
            return self._settle(item, result)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("article %s cannot be taken in", item.job.url)
            return self._no_text(item.job, result, f"cannot be taken in: {type(error).__name__}: {error}"[:500])

    def _settle(self, item: _Wanted, result: FetchResult) -> Fetched:
        if result.error or result.status is None:
            return self._no_page(item.job, result)
        page = self.reader.read_page(result.body, url=result.final_url, content_type=result.content_type)
        error = page.error or unfit(item.title, page.text)
        return self._no_text(item.job, result, error) if error else self._put(item.job, result, page.text)

    def _put(self, job: ArticleJob, result: FetchResult, text: str) -> Fetched:
        now = self.clock.now()
        with self.store.write() as tx:
            if tx.articles.put(job, text, status=result.status, now=now):
                self.engine.wake(tx, "ingest", [job.entry_id])
                return Fetched(entry_id=job.entry_id, url=job.url, characters=len(text))
            again = now + PAUSE if job.tries < MAX_TRIES else None
            tx.articles.fail(job, EDITED, status=result.status, retry_at=again)
        return Fetched(entry_id=job.entry_id, url=job.url, error=EDITED, put_off=again is not None)

    def _no_text(self, job: ArticleJob, result: FetchResult, error: str) -> Fetched:
        """Throw the page away. Another request would bring the same."""
        with self.store.write() as tx:
            return _failed(tx, job, error, status=result.status)

    def _no_page(self, job: ArticleJob, result: FetchResult) -> Fetched:
        now = self.clock.now()
        again = again_at(job, result, now=now)
        with self.store.write() as tx:
            if result.status in _BUSY:
                wait = min(timedelta(seconds=result.retry_after_s or PAUSE.total_seconds()), _LONGEST)
                tx.feeds.keep_away(result.final_url or job.url, until=now + wait, reason=result.error)
            tx.articles.fail(job, result.error, status=result.status, retry_at=again)
        log.info("article %s: %s", job.url, result.error)
        return Fetched(entry_id=job.entry_id, url=job.url, error=result.error, put_off=again is not None)


def _request(job: ArticleJob) -> FetchRequest:
    return FetchRequest(feed_id=job.entry_id, url=job.url, accept=ACCEPT, max_bytes=PAGE_BYTES)


def _failed(tx: Transaction, job: ArticleJob, error: str, *, status: int | None = None) -> Fetched:
    tx.articles.fail(job, error, status=status)
    log.info("article %s: %s", job.url, error)
    return Fetched(entry_id=job.entry_id, url=job.url, error=error)
