"""One conditional GET, from hop to hop, to the result that says what came of it.

Validators are the server's words and travel verbatim. A 304 that names no validators leaves the known ones standing,
one that names new ones replaces them; forgetting either is how feed readers end up fetching everything for ever.
Redirects are followed here, by hand: each hop waits for its host's turn and passes the address guard anew. A user and
password in a URL are told to its own origin alone, and what a redirect brings of them is dropped.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import SplitResult, urljoin, urlsplit

from service.adapters.fetch.hints import max_age_s, retry_after_s
from service.adapters.fetch.links import hub_and_topic
from service.adapters.fetch.spared import Spared
from service.adapters.fetch.turns import Turns
from service.adapters.http import HttpClient, HttpFailure, HttpResponse
from service.core.feed import FetchRequest, FetchResult
from service.core.urls import host_key

log = logging.getLogger(__name__)

_HOPS = 10
_PERMANENT = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
_REDIRECTS = _PERMANENT | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
_DOCUMENT = {HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION, HTTPStatus.IM_USED}
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
)
_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class _Trail:
    """Where one fetch has been. `left_s` is what remains of its deadline; waiting for a turn does not count."""

    url: str
    left_s: float
    seen: set[str]
    permanent: bool = True
    elapsed_ms: int = 0

    @property
    def moved(self) -> bool:
        return self.permanent and len(self.seen) > 1

    def follow(self, redirect: HttpResponse) -> None:
        onward = _onward(redirect, self)
        # On a stretch in the clear anybody may have sent us elsewhere: nothing of it is for good.
        leaves_tls = self.url.startswith("https:") and onward.startswith("http:")
        self.permanent = self.permanent and redirect.status in _PERMANENT and not leaves_tls
        self.url = onward
        self.seen.add(onward)


class _LeftAloneError(Exception):
    """A redirect leads to a host that told us to stay away for so long."""

    def __init__(self, left_s: float) -> None:
        super().__init__(f"{left_s:.0f} s")
        self.left_s = left_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Hops:
    """Follows requests. `deadline_s` is for all hops of one together; `now` reads the servers' dates."""

    client: HttpClient
    turns: Turns
    max_bytes: int
    deadline_s: float
    now: Callable[[], datetime]
    spared: Spared = field(default_factory=Spared)

    async def follow(self, request: FetchRequest) -> FetchResult:
        """Go from hop to hop until there is something to report, come what may."""
        trail = _Trail(url=request.url, left_s=self.deadline_s, seen={request.url})
        try:
            return self._answered(request, trail, await self._last(request, trail))
        except _LeftAloneError as away:
            words = f"it leads to {_shown(trail.url)}, where we were told to stay away"
            spared = _failed(request, trail, HttpFailure("protocol", words))
            return replace(spared, error=words, error_code="http", retry_after_s=away.left_s)
        except HttpFailure as failure:
            return _failed(request, trail, failure)
        except Exception as error:
            log.exception("the answer of %s cannot be handled", _shown(trail.url))
            words = f"this answer cannot be handled: {type(error).__name__}: {error}"
            return _failed(request, trail, HttpFailure("protocol", words[:500]))

    async def _last(self, request: FetchRequest, trail: _Trail) -> HttpResponse:
        """Return the first answer that is no redirect, the trail leading to it. Raises HttpFailure."""
        while True:
            response = await self._exchange(request, trail)
            if response.status not in _REDIRECTS:
                return response
            trail.follow(response)

    async def _exchange(self, request: FetchRequest, trail: _Trail) -> HttpResponse:
        headers = {"accept": request.accept or _ACCEPT}
        most = min(self.max_bytes, request.max_bytes or self.max_bytes)
        if request.etag:
            headers["if-none-match"] = request.etag
        if request.last_modified:
            headers["if-modified-since"] = request.last_modified
        clock = asyncio.get_running_loop().time
        host = host_key(trail.url)
        async with self.turns.turn(host):
            started = clock()
            # Looked at only now: who was before us may have been told.
            left_s = self.spared.left_s(host, started)
            if left_s and host != host_key(request.url):
                raise _LeftAloneError(left_s)
            try:
                return await self.client.request(
                    "GET", trail.url, headers=headers, max_bytes=most, deadline_s=trail.left_s
                )
            finally:
                trail.left_s -= clock() - started
                trail.elapsed_ms += round((clock() - started) * 1000)

    def _answered(self, request: FetchRequest, trail: _Trail, response: HttpResponse) -> FetchResult:
        headers, now = response.headers, self.now()
        hub, topic = hub_and_topic(headers.get("link", ""), trail.url)
        result = FetchResult(
            feed_id=request.feed_id,
            url=request.url,
            final_url=trail.url,
            moved=trail.moved,
            status=response.status,
            elapsed_ms=trail.elapsed_ms,
            content_type=headers.get("content-type", ""),
            etag=request.etag,
            last_modified=request.last_modified,
            max_age_s=max_age_s(headers, now),
            retry_after_s=retry_after_s(headers, now),
            hub=hub,
            topic=topic,
        )
        etag, last_modified = headers.get("etag"), headers.get("last-modified")
        if response.status in _DOCUMENT:
            return replace(result, body=response.body, etag=etag, last_modified=last_modified)
        if response.status == HTTPStatus.NOT_MODIFIED:
            kept = replace(result, etag=etag or request.etag, last_modified=last_modified or request.last_modified)
            return _unchanged(kept, request)
        self.spared.note(host_key(trail.url), result, asyncio.get_running_loop().time())
        return replace(result, error=_words(response), error_code="http", max_age_s=None)


def _onward(response: HttpResponse, trail: _Trail) -> str:
    """Return where a redirect leads. Raises HttpFailure for one that leads nowhere."""
    location = response.headers.get("location", "").strip()
    if not location:
        raise HttpFailure("protocol", f"a redirect ({response.status}) that does not say where to")
    onward = _joined(trail.url, location.encode("latin-1").decode("utf-8", "replace"))
    if onward in trail.seen:
        raise HttpFailure("protocol", f"redirects go in a circle by way of {_shown(onward)}")
    if len(trail.seen) > _HOPS:
        raise HttpFailure("protocol", f"more than {_HOPS} redirects")
    return onward


def _joined(base: str, location: str) -> str:
    """Return the absolute URL, without a fragment, with the user and password of `base` on its own origin alone."""
    try:
        here, there = urlsplit(base), urlsplit(urljoin(base, location))
        known = here.netloc.rpartition("@")[0] if _origin(here) == _origin(there) else ""
    except ValueError:
        raise HttpFailure("protocol", f"a redirect to what is no URL: {location[:200]}") from None
    place = there.netloc.rpartition("@")[2]
    return there._replace(netloc=f"{known}@{place}" if known else place, fragment="").geturl()


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _shown(url: str) -> str:
    """Return the URL for people to read, without a password."""
    head, at, rest = url.rpartition("@")
    return f"{head.partition('//')[0]}//{rest}" if at and "//" in head else url


def _unchanged(result: FetchResult, request: FetchRequest) -> FetchResult:
    if request.etag or request.last_modified:
        return result
    return replace(result, error="said 304 although we have nothing of it yet", error_code="protocol")


def _failed(request: FetchRequest, trail: _Trail, failure: HttpFailure) -> FetchResult:
    at = "" if trail.url == request.url else f" (at {_shown(trail.url)})"
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
