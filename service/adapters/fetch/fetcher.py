"""Polite conditional GETs, many at once, on an event loop in a thread of its own.

Validators are the server's words and travel verbatim. A 304 that names no validators leaves the known ones standing,
one that names new ones replaces them; forgetting either is how feed readers end up fetching everything for ever.
Redirects are followed here, by hand: each hop waits for its host's turn and passes the address guard anew.
"""

import asyncio
import queue
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Self
from urllib.parse import urljoin

from service.adapters.fetch.hints import max_age_s, retry_after_s
from service.adapters.fetch.turns import Turns
from service.adapters.http import HttpClient, HttpFailure, HttpResponse, Resolve, lookup
from service.core.feed import FetchRequest, FetchResult
from service.core.urls import host_key
from service.ports.world import nothing_more

MAX_BYTES = 10_000_000
_HOPS = 10
_PERMANENT = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
_REDIRECTS = _PERMANENT | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
_DOCUMENT = {HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION, HTTPStatus.IM_USED}
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
)


@dataclass(slots=True)
class _Trail:
    """Where one fetch has been. `left_s` is what remains of its deadline; waiting for a turn does not count."""

    url: str
    left_s: float
    seen: set[str]
    permanent: bool = False
    elapsed_ms: int = 0


class HttpFetcher:
    """The port `Fetcher`. Close it when done, or use it as a context manager.

    `host_gap_s` is the least time between two starts on one host, `deadline_s` the most one fetch may take on the wire,
    `max_bytes` the most a document may measure inflated, `allow_nets` the CIDRs let through the address guard.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_nets: Sequence[str] = (),
        host_gap_s: float = 2.0,
        concurrency: int = 64,
        max_bytes: int = MAX_BYTES,
        deadline_s: float = 30.0,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve = lookup,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._max_bytes = max_bytes
        self._deadline_s = deadline_s
        self._now = now
        self._turns = Turns(gap_s=host_gap_s, concurrency=concurrency)
        self._client = HttpClient(
            allow_nets=allow_nets,
            user_agent=user_agent,
            max_connections=concurrency,
            ssl_context=ssl_context,
            resolve=resolve,
        )
        self._running: set[Future[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fetch", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def fetch(
        self,
        requests: Iterable[FetchRequest],
        *,
        more: Callable[[int], Sequence[FetchRequest]] = nothing_more,  # noqa: ARG002
    ) -> Iterator[FetchResult]:
        """Yield one result per request, as they come in; the rest never comes if the fetcher is closed meanwhile.

        A result without an answer carries the validators that were sent, so that writing them back loses nothing.
        """
        wanted = list(requests)
        results: queue.SimpleQueue[FetchResult | None] = queue.SimpleQueue()
        future = self._submit(self._fetch_all(wanted, results.put))
        try:
            for _ in wanted:
                result = results.get()
                if result is None:
                    return
                yield result
        finally:
            future.cancel()

    def close(self) -> None:
        """Stop what is under way, then the loop and its thread. Safe to call twice."""
        if self._loop.is_closed():
            return
        for future in tuple(self._running):
            future.cancel()
        asyncio.run_coroutine_threadsafe(self._wind_down(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _submit(self, work: Coroutine[None, None, None]) -> Future[None]:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return future

    async def _wind_down(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()

    async def _fetch_all(self, requests: Sequence[FetchRequest], put: Callable[[FetchResult | None], None]) -> None:
        async def one(request: FetchRequest) -> None:
            put(await self._follow(request))

        try:
            async with asyncio.TaskGroup() as group:
                for request in requests:
                    group.create_task(one(request))
        finally:
            put(None)

    async def _follow(self, request: FetchRequest) -> FetchResult:
        """Go from hop to hop until there is something to report."""
        trail = _Trail(url=request.url, left_s=self._deadline_s, seen={request.url})
        while True:
            try:
                response = await self._exchange(request, trail)
                onward = _onward(response, trail)
            except HttpFailure as failure:
                return _failed(request, trail, failure)
            if onward is None:
                return self._answered(request, trail, response)
            trail.permanent = response.status in _PERMANENT and (trail.permanent or len(trail.seen) == 1)
            trail.url = onward
            trail.seen.add(onward)

    async def _exchange(self, request: FetchRequest, trail: _Trail) -> HttpResponse:
        headers = {"accept": _ACCEPT}
        if request.etag:
            headers["if-none-match"] = request.etag
        if request.last_modified:
            headers["if-modified-since"] = request.last_modified
        clock = asyncio.get_running_loop().time
        async with self._turns.turn(host_key(trail.url)):
            started = clock()
            try:
                return await self._client.request(
                    "GET", trail.url, headers=headers, max_bytes=self._max_bytes, deadline_s=trail.left_s
                )
            finally:
                trail.left_s -= clock() - started
                trail.elapsed_ms += round((clock() - started) * 1000)

    def _answered(self, request: FetchRequest, trail: _Trail, response: HttpResponse) -> FetchResult:
        result = FetchResult(
            feed_id=request.feed_id,
            url=request.url,
            final_url=trail.url,
            moved=trail.permanent,
            status=response.status,
            elapsed_ms=trail.elapsed_ms,
            content_type=response.headers.get("content-type", ""),
            etag=request.etag,
            last_modified=request.last_modified,
            max_age_s=max_age_s(response.headers, self._now()),
            retry_after_s=retry_after_s(response.headers, self._now()),
        )
        etag, last_modified = response.headers.get("etag"), response.headers.get("last-modified")
        if response.status in _DOCUMENT:
            return replace(result, body=response.body, etag=etag, last_modified=last_modified)
        if response.status == HTTPStatus.NOT_MODIFIED:
            return _unchanged(
                replace(result, etag=etag or request.etag, last_modified=last_modified or request.last_modified),
                request,
            )
        return replace(result, error=_words(response), error_code="http", max_age_s=None)


def _onward(response: HttpResponse, trail: _Trail) -> str | None:
    """Return where a redirect leads, None when the answer is final. Raises HttpFailure for one that leads nowhere."""
    if response.status not in _REDIRECTS:
        return None
    location = response.headers.get("location", "").strip()
    if not location:
        raise HttpFailure("protocol", f"a redirect ({response.status}) that does not say where to")
    onward = urljoin(trail.url, location.encode("latin-1").decode("utf-8", "replace")).partition("#")[0]
    if onward in trail.seen:
        raise HttpFailure("protocol", f"redirects go in a circle by way of {onward}")
    if len(trail.seen) > _HOPS:
        raise HttpFailure("protocol", f"more than {_HOPS} redirects")
    return onward


def _unchanged(result: FetchResult, request: FetchRequest) -> FetchResult:
    if request.etag or request.last_modified:
        return result
    return replace(result, error="said 304 although we have nothing of it yet", error_code="protocol")


def _failed(request: FetchRequest, trail: _Trail, failure: HttpFailure) -> FetchResult:
    at = "" if trail.url == request.url else f" (at {trail.url})"
    return FetchResult(
        feed_id=request.feed_id,
        url=request.url,
        final_url=trail.url,
        etag=request.etag,
        last_modified=request.last_modified,
        elapsed_ms=trail.elapsed_ms,
        error=failure.message + at,
        error_code=failure.code,
    )


def _words(response: HttpResponse) -> str:
    """Say what an error status means to us."""
    if response.headers.get("cf-mitigated", "").lower() == "challenge":
        return f"{response.status}: a bot wall wants to see a browser; ask the site to let feed readers through"
    try:
        phrase = HTTPStatus(response.status).phrase.lower()
    except ValueError:
        phrase = "unknown status"
    return f"{response.status} {phrase}"
