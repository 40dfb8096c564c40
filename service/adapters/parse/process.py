"""Keeps worker processes, and kills one that takes too long. Hostile bytes never meet the service's own memory."""

import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

import service
from service.adapters.parse.wire import PAGE, Packed, read_answer, unpack, write_frame
from service.core.feed import IdPolicy, PageText, ParsedFeed, ParseError

_ROOT = str(Path(service.__file__).parent.parent)
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


class ParseWorker:
    """The ports `Parser` and `PageReader`, for many threads at once. Close it when done, or use it in a `with`.

    `workers` processes are started when first needed; with two, a bad document holds up nobody else. `budget_s` is the
    most a document may take, starting a process included, and `memory_mb` the most it may hold.
    """

    def __init__(self, *, workers: int = 2, budget_s: float = 4.5, memory_mb: int = 512) -> None:
        self._budget_s = budget_s
        self._memory_mb = memory_mb
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._size = workers
        for _ in range(workers):
            self._idle.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

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
        """Return within the budget once a worker is free; what cannot be read is in `errors`."""
        head: dict[str, Any] = {"url": url, "content_type": content_type, "fetched_at": fetched_at.isoformat()}
        head |= {"country": country, "id_policy": id_policy, "marks": len(marks)}
        try:
            return unpack(self._ask(head, marks + body))
        except _RefusedError as refused:
            return ParsedFeed(errors=(ParseError(code=refused.code, message=refused.message),))

    def read_page(self, body: bytes, *, url: str, content_type: str) -> PageText:
        """Keep the port `PageReader`'s promise, within the budget once a worker is free."""
        try:
            answer, _, _ = self._ask({"op": PAGE, "url": url, "content_type": content_type}, body)
        except _RefusedError as refused:
            return PageText(error=refused.message)
        return PageText(text=answer["text"], error=answer["error"])

    def _ask(self, head: dict[str, Any], body: bytes) -> Packed:
        worker = self._idle.get()
        try:
            worker = worker if worker and worker.alive() else _Worker(self._memory_mb)
            return worker.ask(head, body, self._budget_s)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """Stop the processes, waiting for those at work."""
        for _ in range(self._size):
            worker = self._idle.get()
            if worker:
                worker.stop()
        for _ in range(self._size):
            self._idle.put(None)


class _RefusedError(Exception):
    """A document without an answer, and why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(slots=True)
class _Deadline:
    """Kills a process when its time is up, and remembers having done so."""

    process: subprocess.Popen[bytes]
    struck: bool = False

    def strike(self) -> None:
        self.struck = True
        self.process.kill()


class _Worker:
    """One process and its pipes."""

    def __init__(self, memory_mb: int) -> None:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= {"PYTHONPATH": _ROOT, "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [sys.executable, "-m", "service.adapters.parse.worker", str(memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # an interrupt at the terminal is ours to handle
        )

    def alive(self) -> bool:
        if self._process.poll() is None:
            return True
        self.stop()
        return False

    def ask(self, head: dict[str, Any], body: bytes, budget_s: float) -> Packed:
        """Send a document and return the answer. Raises _RefusedError; a worker that fails is not used again."""
        deadline = _Deadline(self._process)
        timer = threading.Timer(budget_s, deadline.strike)
        timer.start()
        try:
            write_frame(self._pipe(self._process.stdin), head, body)
            answer = read_answer(self._pipe(self._process.stdout))
        except OSError:
            answer = None
        finally:
            timer.cancel()
        if answer is None or answer[0]["last"]:
            self.stop()
        if answer:
            return answer
        if deadline.struck:
            raise _RefusedError("too_slow", f"not read within {budget_s:g} s")
        words = f"the parser died (exit {self._process.returncode}), most likely out of memory"
        raise _RefusedError("unreadable", words)

    def stop(self) -> None:
        """End the process and close its pipes."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                self._pipe(pipe).close()
            except OSError:
                continue  # what was buffered for a dead process has no reader
        self._process.wait()

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise OSError("no pipe")
        return pipe
