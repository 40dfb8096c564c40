"""httpx's HTTP/1.1 over connections that the guard made: one exchange each, nothing kept.

Why not httpx's own pool: our requests go to thousands of hosts minutes apart, where an idle connection is no use, and
the pool's bookkeeping grows with every connection it watches (tests/bench/test_fetch_transport.py has the figures). And
its connections go where the resolver says at that moment, not to the address that was checked.
"""

import importlib.util
import ssl
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable

import httpcore
import httpx

from service.adapters.http.guard import Guard

Stage = Callable[[str], None]
_PORTS = {"http": 80, "https": 443}

# httpcore looks for this package at each exchange, and Python does not remember a search that failed: an eighth of the
# time an exchange takes. What is not there is not searched for again.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]


def _nothing(_stage: str) -> None:
    """Care for no stage."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Hands each request to a fresh guarded connection. The response's `aclose` leaves nothing of it."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext, stage: Stage | None = None) -> None:
        self._guard = guard
        self._tls = tls
        self._stage = stage or _nothing

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Connect and ask. Raises HttpFailure, OSError and httpcore's errors for what the far side does."""
        url = request.url
        port = url.port or _PORTS[url.scheme]
        tls = self._tls if url.scheme == "https" else None
        reader, writer = await self._guard.connect(url.raw_host.decode("ascii"), port, tls=tls)
        self._stage("after_connect")
        stream = _Stream(reader, writer, self._stage)
        origin = httpcore.Origin(url.raw_scheme, url.raw_host, port)
        try:
            answer = await httpcore.AsyncHTTP11Connection(origin=origin, stream=stream).handle_async_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=port, target=url.raw_path or b"/"),
                    headers=request.headers.raw,
                    content=request.stream,
                )
            )
        except BaseException:
            await stream.aclose()
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, stream), request=request)


class _Body(httpx.AsyncByteStream):
    """What is still to come of an answer, and the connection it comes on."""

    def __init__(self, answer: httpcore.Response, stream: "_Stream") -> None:
        self._answer = answer
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Stream(httpcore.AsyncNetworkStream):
    """asyncio's streams as httpcore wants them. Deadlines are the client's: one for the whole exchange."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, stage: Stage) -> None:
        self._reader = reader
        self._writer = writer
        self._stage: Stage | None = stage

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        if self._stage is not None:
            self._stage("after_send")  # who reads has written all there was to say
            self._stage = None
        return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        self._writer.write(buffer)
        await self._writer.drain()

    async def aclose(self) -> None:
        self._writer.transport.abort()  # nothing is left to say, and a far side that dawdles need not be waited for
