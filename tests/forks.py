"""Programs of ours as real processes that can be killed, started quickly: one has everything imported and forks."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerContext
from multiprocessing.reduction import DupFd
from types import TracebackType
from typing import Any, BinaryIO, Self


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.preloaded"])
    return context


class Program:
    """A function at work in a process of its own. `stdout` is what it prints, errors included.

    The function and what it is given are pickled, so they must be found by name. With an `environ`, that is all of it.
    """

    def __init__(self, run: Callable[..., object], *given: object, environ: Mapping[str, str] | None = None) -> None:
        reading, writing = os.pipe()
        try:
            self._process = _context().Process(target=_become, args=(DupFd(writing), run, given, environ))
            self._process.start()
        finally:
            os.close(writing)
        self.stdout: BinaryIO = os.fdopen(reading, "rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.kill()
        self._process.join()
        self.stdout.close()

    def lines(self) -> list[str]:
        """Return what it prints from now until it ends, whole lines only."""
        with self.stdout:
            return [line.decode().strip() for line in self.stdout if line.endswith(b"\n")]

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end, as a service manager does."""
        self._process.terminate()

    def interrupt(self) -> None:
        """Do as Ctrl-C does."""
        os.kill(self._process.pid or 0, signal.SIGINT)

    def wait(self, patience_s: float | None = None) -> int | None:
        """Return how it ended, None if it is still at work."""
        self._process.join(patience_s)
        return self._process.exitcode


def _become(
    pipe: Any, run: Callable[..., object], given: tuple[object, ...], environ: Mapping[str, str] | None
) -> None:
    written = pipe.detach()
    for number in (1, 2):
        os.dup2(written, number)
    os.close(written)
    if environ is not None:
        os.environ.clear()
        os.environ.update(environ)
    run(*given)
