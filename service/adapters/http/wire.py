"""HTTP/1.1 on a connection: h11 says what the bytes mean, here they come and go. One exchange, nothing kept.

Why not a client library: our requests go to thousands of hosts minutes apart, where an idle connection is no use and a
pool's bookkeeping is all cost, growing with every connection it watches. See tests/bench/test_fetch_transport.py.
"""

from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Mapping

import h11

_HEAD_BYTES = 100_000
_STEP = 65_536


class Exchange:
    """One request and its answer. Raises h11.ProtocolError and OSError for what the far side does."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)

    async def ask(
        self, method: str, target: bytes, fields: list[tuple[bytes, bytes]], content: bytes
    ) -> tuple[int, Mapping[str, str]]:
        """Send the request; return the answer's status and its headers, joined and in lower case."""
        told = self._send(h11.Request(method=method.encode("ascii"), target=target, headers=fields))
        told += self._send(h11.Data(data=content)) if content else b""
        self._writer.write(told + self._send(h11.EndOfMessage()))
        await self._writer.drain()
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event.status_code, _joined(event)
            if not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("the connection was closed without an answer")

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the answer's bytes as they come."""
        while isinstance(event := await self._next(), h11.Data):
            yield bytes(event.data)

    def _send(self, event: h11.Event) -> bytes:
        return self._state.send(event) or b""

    async def _next(self) -> object:
        while (event := self._state.next_event()) is h11.NEED_DATA:
            self._state.receive_data(await self._reader.read(_STEP))
        return event


def _joined(answer: h11.Response) -> Mapping[str, str]:
    fields: dict[str, str] = {}
    for raw_name, raw_value in answer.headers:
        # Latin-1 both ways keeps a validator's bytes as the server wrote them.
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields
