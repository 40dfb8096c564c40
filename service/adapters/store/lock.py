"""One writer at a time to a SQLite file: among the threads of this process, and among all processes of this machine.

SQLite's own lock is not enough. Until 3.51.3, two connections that write and checkpoint at the same time can corrupt a
WAL file (the "WAL-reset bug"), and the SQLite that comes with Python is nearly always older. So whoever writes holds
the file `<database>.lock` from before BEGIN until after COMMIT and the checkpoint it may bring.
The kernel lets go of it when its holder dies, however it dies.
"""

import fcntl
import os
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.core.errors import StoreUnavailable

PAUSE_S = 0.005
OWNER_ONLY = 0o600


class WriteLock:
    """Hold it while writing. `timeout_s` is how long to wait for whoever holds it."""

    def __init__(self, path: Path, *, timeout_s: float = 30.0) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._threads = threading.Lock()
        self._holder: int | None = None
        self._fd: int | None = None
        _LOCKS.add(self)

    @contextmanager
    def held(self, *, timeout_s: float | None = None) -> Iterator[None]:
        """Hold it. Raises StoreUnavailable when the time is up, naming the holder."""
        wait_s = self._timeout_s if timeout_s is None else timeout_s
        if self._holder == threading.get_ident():
            raise RuntimeError("a writing transaction is open in this thread already")
        until = time.monotonic() + wait_s
        if not self._threads.acquire(timeout=wait_s):
            raise self._busy("another thread of this process")
        try:
            self._holder = threading.get_ident()
            self._take(until)
            try:
                yield
            finally:
                fcntl.flock(self._open(), fcntl.LOCK_UN)
        finally:
            self._holder = None
            self._threads.release()

    def close(self) -> None:
        """Let go of the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _open(self) -> int:
        if self._fd is None:
            try:
                self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
            except OSError as error:
                message = f"the lock file {self._path} cannot be opened: {error.strerror}"
                raise StoreUnavailable(message, hint="check that its folder exists and may be written to") from error
        return self._fd

    def _take(self, until: float) -> None:
        fd = self._open()
        while not _taken(fd):
            if time.monotonic() >= until:
                raise self._busy(_read(fd))
            time.sleep(PAUSE_S)
        os.pwrite(fd, _ME, 0)

    def _busy(self, holder: str) -> StoreUnavailable:
        return StoreUnavailable(
            f"the database is locked: {self._path.with_suffix('')}: waited {self._timeout_s:g} s",
            hint=f"{holder or 'another process'} is writing; wait for it, or stop it, and try again",
        )


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(fd: int) -> str:
    return os.pread(fd, len(_ME), 0).decode(errors="replace").strip()


def _me() -> bytes:
    """Say who we are, in a fixed width so that one holder's name covers the last one's."""
    name = " ".join([Path(sys.argv[0] or "python").name, *sys.argv[1:2]])
    return f"process {os.getpid()} ({name[:40]})".encode()[:80].ljust(80)


_LOCKS: "weakref.WeakSet[WriteLock]" = weakref.WeakSet()
_ME = _me()


def _forget() -> None:
    """Close the child's copies: one that outlives its killed parent would hold the lock for ever."""
    global _ME  # noqa: PLW0603  a process has one name
    _ME = _me()
    for lock in list(_LOCKS):
        lock.close()


os.register_at_fork(after_in_child=_forget)
