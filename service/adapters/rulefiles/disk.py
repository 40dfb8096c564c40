"""Rule files on disk: read as bytes, written whole or not at all, by one at a time.

A new text goes into a file beside, is made safe, and takes the old one's name in one step: whoever is killed, and
whenever, leaves the old file or the new one. The folder itself is the lock, so nothing is left lying about and a folder
that is kept in git stays clean; a killed process lets go of it.
"""

import codecs
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from service.core.errors import BadRule

_NEW_MODE = 0o644
_MODE_BITS = 0o7777
_ANY_WRITE = 0o222


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """A file as it was read. `text` is without the byte order mark; `data` is None where there is no such file."""

    path: Path
    text: str = ""
    data: bytes | None = None

    def bytes_of(self, text: str) -> bytes:
        """Return another text as this file would hold it: with its byte order mark, if it has one."""
        mark = codecs.BOM_UTF8 if (self.data or b"").startswith(codecs.BOM_UTF8) else b""
        return mark + text.encode()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder of rule files for oneself, across threads and processes; waits for whoever holds it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def read_file(path: Path) -> OnDisk:
    """Read a file, line ends untouched. One that is not there reads as empty. Raises BadRule E150."""
    try:
        data = path.read_bytes()
        return OnDisk(path=path, text=data.decode("utf-8-sig"), data=data)
    except FileNotFoundError:
        return OnDisk(path=path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadRule(f"cannot read: {error}", hint="mend the file by hand", code="E150", file=str(path)) from error


def can_write(path: Path) -> bool:
    """Say whether we may put a file here. What was made read-only is meant to stay as it is, even for root."""
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    found = [folder, path] if path.exists() else [folder]
    return os.access(folder, os.W_OK | os.X_OK) and all(known.stat().st_mode & _ANY_WRITE for known in found)


def put_file(old: OnDisk, text: str) -> bool:
    """Give the file another text, keeping its mode. False if it is not any more as it was read. Raises OSError."""
    target = old.path.resolve()
    _sweep(target)
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp", delete=False) as beside:
        made = Path(beside.name)
        try:
            beside.write(old.bytes_of(text))
            beside.flush()
            os.fchmod(beside.fileno(), target.stat().st_mode & _MODE_BITS if old.data is not None else _NEW_MODE)
            os.fsync(beside.fileno())
            is_same = read_file(old.path).data == old.data
            if is_same:
                made.replace(target)
        finally:
            made.unlink(missing_ok=True)
    _sync(target.parent)
    return is_same


@contextmanager
def or_as_before(old: OnDisk, text: str) -> Iterator[None]:
    """Give the file back what it had, however full the disk is, where the block fails after it got this text.

    What somebody else wrote meanwhile stays. Only for the holder of the lock.
    """
    target = old.path.resolve()
    kept = target.with_name(f".{target.name}.before")
    kept.unlink(missing_ok=True)
    if old.data is not None:
        _name_too(target, kept)
    try:
        yield
    except BaseException:
        if read_file(target).data == old.bytes_of(text):
            if old.data is None:
                target.unlink()
            else:
                kept.replace(target)
            _sync(target.parent)
        raise
    finally:
        kept.unlink(missing_ok=True)


def _name_too(target: Path, other: Path) -> None:
    """Give the file a second name, or where the disk knows no such thing make a copy of it."""
    try:
        other.hardlink_to(target)
    except OSError:
        shutil.copy2(target, other)


def _sweep(target: Path) -> None:
    """Remove what somebody who was killed left beside the file. Only the holder of the lock may."""
    for left in target.parent.glob(f".{target.name}.*.tmp"):
        with suppress(OSError):
            left.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
