"""A webhook receiver in a process of its own that writes down every message before it says that it has it.

`python -m tests.sink FILE [--fast]` prints its port and takes POSTs on any path. Each becomes a line of FILE: the time,
the path, the webhook-id and a digest of the body. The line is on the disk before the answer leaves, unless `--fast`.
What is posted below /hang is never answered; below /slow, after a second; below /gone, with 410; below /bad, with 500.
"""

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ANSWERS = {"/gone": b"410 Gone", "/bad": b"500 Internal Server Error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One message as the sink took it; `at` is seconds since the epoch."""

    at: float
    path: str
    message_id: str
    digest: str


class Sink:
    """Notes and answers. Many requests that came together are made durable together."""

    def __init__(self, path: Path, *, fast: bool) -> None:
        self._file = path.open("ab", buffering=0)
        self._fast = fast
        self._waiting: list[asyncio.Future[None]] = []

    async def note(self, line: bytes) -> None:
        """Return once the line is on the disk."""
        self._file.write(line)
        if self._fast:
            return
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._flush)
        await done

    def _flush(self) -> None:
        os.fsync(self._file.fileno())
        waiting, self._waiting = self._waiting, []
        for done in waiting:
            done.set_result(None)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path = first.split(" ")[1]
        if path.startswith("/hang"):
            await asyncio.sleep(3600)
        if path.startswith("/slow"):
            await asyncio.sleep(1)
        digest = hashlib.sha256(body).hexdigest()[:16]
        line = f"{time.time():.6f} {path} {headers.get('webhook-id', '-')} {digest}\n"
        await self.note(line.encode())
        status = next((words for start, words in ANSWERS.items() if path.startswith(start)), b"204 No Content")
        close = headers.get("connection", "").lower() == "close"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n" + b"Connection: close\r\n" * close + b"\r\n")
        await writer.drain()
        return not close


@contextmanager
def sink(path: Path, *, fast: bool = False) -> Iterator[int]:
    """Run a sink that writes to this file and yield its port."""
    command = [sys.executable, "-m", "tests.sink", str(path), *(["--fast"] if fast else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def noted(path: Path) -> list[Noted]:
    """Return what a sink wrote down."""
    rows = (line.split(" ") for line in path.read_text().splitlines())
    return [Noted(at=float(at), path=where, message_id=name, digest=digest) for at, where, name, digest in rows]


async def main() -> None:
    server = await asyncio.start_server(
        Sink(Path(sys.argv[1]), fast="--fast" in sys.argv).talk, "127.0.0.1", 0, backlog=1024
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
