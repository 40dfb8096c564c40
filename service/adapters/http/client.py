"""One HTTP exchange with a machine we do not trust.

Four dangers are met here, so that no caller has to think of them.
- A name may lead inside: see `guard`.
- An answer may never end: one deadline covers resolving, connecting, TLS and the last byte.
- An answer may be huge, or inflate to something huge: bytes are counted as they come, inflated 64 KB at a time, and the
  exchange stops at the cap. Only gzip and deflate are offered, one layer of them taken.
- An answer may send us elsewhere or tell us to remember: redirects are handed to the caller, cookies do not exist here,
  and no environment variable brings in a proxy.

Connections are made for one exchange and closed: see `transport`.
"""

import asyncio
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self
from urllib.parse import unquote_to_bytes

import httpcore
import httpx

from service.adapters.http.failure import HttpFailure, failure
from service.adapters.http.guard import Guard, Resolve, lookup
from service.adapters.http.inflate import Inflater
from service.adapters.http.transport import GuardedTransport
from service.adapters.http.trust import trusted
from service.core.addresses import networks

_ASIDE_BYTES = 65_536
_LIGHT = 1_000_000
"""What is larger is inflated a step at a time, and no two such answers in the same turn of the loop."""

_ASIDE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """An answer of any status. Header names are lower case, repeated ones joined by ", "; values are verbatim."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    elapsed_ms: int = 0


def user_agent(version: str, contact: str) -> str:
    """Return the User-Agent that tells a server's owner who we are and where to complain."""
    return f"Tocsin/{version} (+{contact})" if contact else f"Tocsin/{version}"


class HttpClient:
    """Makes guarded requests, at most `max_connections` at once. An async context manager.

    `allow_nets` are CIDRs let through the address guard. `ssl_context` replaces the shared one, which trusts the usual
    authorities (SSL_CERT_FILE names an operator's own). `timeout_s` is the total deadline where a request names none.
    `resolve` turns a host name and a port into addresses, as the system does it where left out. `stage` is called with
    `after_connect` and `after_send` as an exchange gets there.
    """

    def __init__(
        self,
        *,
        allow_nets: Sequence[str] = (),
        user_agent: str,
        timeout_s: float = 30.0,
        max_connections: int = 64,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve = lookup,
        stage: Callable[[str], None] | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._timeout_s = timeout_s
        self._heavy = asyncio.Lock()
        self._slots = asyncio.Semaphore(max_connections)
        # The loop's own executor has a handful of threads: slow resolvers of a few names would hold up all the others.
        self._resolvers = ThreadPoolExecutor(max_workers=min(max_connections, 32), thread_name_prefix="resolve")
        guard = Guard(allow=networks(allow_nets), resolve=resolve, resolvers=self._resolvers)
        self._transport = GuardedTransport(guard, ssl_context or trusted(), stage)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Let go of the resolver threads. Requests under way end with an error."""
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        max_bytes: int = 10_000_000,
        deadline_s: float | None = None,
        cut: bool = False,
    ) -> HttpResponse:
        """Make one exchange; redirects come back as they are. Raises HttpFailure, and nothing else, for the far side.

        `max_bytes` caps the body before and after inflating; more is `too_large`. When `cut` is true, as for an answer
        other than 2xx, the body is only for people to read: cut off there, or at 64 KB, empty if unreadable or slow.
        `deadline_s` is for the whole exchange. A user and password in the URL are sent as Basic credentials.
        """
        target = _target(url)
        async with self._slots:
            started = time.monotonic()
            limit = self._timeout_s if deadline_s is None else deadline_s
            deadline = asyncio.timeout(limit)
            try:
                async with deadline:
                    fields = self._fields(method, target, headers or {}, content)
                    answer = await self._transport.handle_async_request(
                        httpx.Request(method, target, headers=fields, content=content)
                    )
                    said = _joined(answer)
                    try:
                        body = await self._body(answer, said, max_bytes=max_bytes, cut=cut)
                    finally:
                        await answer.aclose()
            except Exception as exc:
                if deadline.expired():
                    raise HttpFailure("timeout", f"no complete answer within {limit:g} s") from None
                raise failure(exc) from exc
            elapsed_ms = round((time.monotonic() - started) * 1000)
            return HttpResponse(status=answer.status_code, headers=said, body=body, elapsed_ms=elapsed_ms)

    def _fields(
        self, method: str, target: httpx.URL, headers: Mapping[str, str], content: bytes
    ) -> list[tuple[bytes, bytes]]:
        given = {name.lower(): value for name, value in headers.items()}
        base = {
            "host": target.netloc.decode("ascii"),
            "user-agent": self._user_agent,
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
            "connection": "close",
        }
        if target.userinfo:
            base["authorization"] = f"Basic {b64encode(unquote_to_bytes(target.userinfo)).decode('ascii')}"
        if content or method in {"POST", "PUT", "PATCH"}:
            base["content-length"] = str(len(content))
        # Latin-1 both ways keeps a validator's bytes as the server wrote them.
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in (base | given).items()]

    async def _body(self, answer: httpx.Response, said: Mapping[str, str], *, max_bytes: int, cut: bool) -> bytes:
        encoding = said.get("content-encoding", "")
        if not cut and HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return await _read(answer.aiter_raw(), encoding, max_bytes=max_bytes, cut=False, heavy=self._heavy)
        most = min(max_bytes, _ASIDE_BYTES)
        return await _read_aside(answer.aiter_raw(), encoding, max_bytes=most, heavy=self._heavy)


def _joined(answer: httpx.Response) -> Mapping[str, str]:
    fields: dict[str, str] = {}
    for raw_name, raw_value in answer.headers.raw:
        # Latin-1 both ways keeps a validator's bytes as the server wrote them.
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _target(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as exc:
        raise HttpFailure("protocol", f"not a URL: {exc}") from None
    if target.scheme not in {"http", "https"}:
        raise HttpFailure("blocked", f"only http and https are spoken, not {target.scheme or 'a relative URL'}")
    if not target.host:
        raise HttpFailure("protocol", "the URL names no host")
    return target


async def _read(
    chunks: AsyncIterator[bytes], encoding: str, *, max_bytes: int, cut: bool, heavy: asyncio.Lock
) -> bytes:
    """Collect the body, inflating on the way, and never hold more than the cap and one step."""
    inflater = Inflater(encoding)
    body = bytearray()
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        for piece in inflater.feed(chunk):
            body += piece
            if len(body) > max_bytes:
                break
            if len(body) > _LIGHT:
                async with heavy:
                    await asyncio.sleep(0)
        if max(len(body), received) > max_bytes:
            if cut:
                return bytes(body[:max_bytes])
            raise HttpFailure("too_large", f"the answer is larger than {max_bytes / 1e6:g} MB")
    inflater.finish()
    return bytes(body)


async def _read_aside(chunks: AsyncIterator[bytes], encoding: str, *, max_bytes: int, heavy: asyncio.Lock) -> bytes:
    """Read what comes with a status. That must not be lost over how its page is packed, cut short or dripped."""
    try:
        async with asyncio.timeout(_ASIDE_S):
            return await _read(chunks, encoding, max_bytes=max_bytes, cut=True, heavy=heavy)
    except (HttpFailure, OSError, httpcore.ProtocolError):
        return b""
