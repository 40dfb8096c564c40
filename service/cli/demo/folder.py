"""The demo's folder: whose it is, how far the demo came, and when it may be emptied.

A marker file says that the folder is a demo's. Without it nothing in a folder is ever touched, so a TOCSIN_DATA_DIR
that points at real data is refused, not emptied.
"""

import contextlib
import fcntl
import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TextIO

from service.cli.demo.clock import Course
from service.core.errors import BadConfig, Unavailable

MARKER = ".tocsin-demo"
STATE = "demo.json"
LOCK = "demo.lock"
STILL_FRESH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoState:
    """How far a demo came. `position` is virtual and always a little ahead; `saved_at` is the real time of writing.

    `begun` says whether the feeds had been read once and the story was let go.
    """

    start: datetime
    end: datetime
    speed: float
    position: datetime
    saved_at: datetime
    port: int
    web_port: int
    secret: str
    begun: bool = False
    stopped: bool = False

    @property
    def course(self) -> Course:
        """The course of the fast clock."""
        return Course(start=self.start, end=self.end, speed=self.speed)


def fresh_course(now: datetime, *, play_s: float, days: int) -> Course:
    """Return a course over the last `days` whole days and today so far, ending at the present `play_s` from now.

    Whole days, because the news says "overnight" and "at noon": its times of day have to be the real ones.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = midnight - timedelta(days=days), now + timedelta(seconds=play_s)
    return Course(start=start, end=end, speed=(end - start).total_seconds() / play_s)


def resumes(state: DemoState | None, now: datetime) -> tuple[bool, str]:
    """Decide whether a demo goes on where it was, and say why. `now` is real.

    One that was killed goes on. One that was stopped, or had ended more than ten minutes before, starts afresh; so does
    one that was killed before the story began: a feed first read late in the story would pass its news off as old.
    """
    if state is None:
        return False, "there is no demo here yet"
    if state.stopped:
        return False, "the last demo was stopped"
    if not state.begun:
        return False, "the last demo was cut off before its story began"
    if state.position >= state.end and now - state.saved_at > STILL_FRESH:
        return False, "the last demo had ended"
    return True, "the last demo was cut off"


class DemoFolder:
    """A folder that one demo at a time holds. Use as a context manager; raises BadConfig, Unavailable, OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: TextIO | None = None

    def __enter__(self) -> Self:
        """Make the folder if need be, make sure it is a demo's, and hold it until the end of this process."""
        refuse_foreign(self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = (self.path / LOCK).open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise Unavailable(
                f"another demo is running in {self.path}", hint="stop it, or set TOCSIN_DATA_DIR to another folder"
            ) from None
        (self.path / MARKER).touch()
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock:
            self._lock.close()

    def load(self) -> DemoState | None:
        """Return how far the demo here came, or None where there is none or it cannot be read."""
        try:
            return state_from(json.loads((self.path / STATE).read_text()))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def save(self, state: DemoState) -> None:
        """Replace the state in one step. Not synced to disk: it has to outlive the process, not the machine."""
        new = self.path / f"{STATE}.new"
        new.write_text(json.dumps(asdict(state), default=datetime.isoformat))
        new.replace(self.path / STATE)

    def clear(self) -> None:
        """Remove all that an earlier demo left. The folder itself stays, it may be a mount."""
        for child in self.path.iterdir():
            if child.name in {MARKER, LOCK}:
                continue
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()


def refuse_foreign(path: Path) -> None:
    """Raise BadConfig if the folder holds something and is not a demo's."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        names = {child.name for child in path.iterdir()}
        if names and MARKER not in names:
            raise BadConfig(
                f"{path} is not a demo's folder: it holds {min(names)} and no {MARKER}",
                hint="set TOCSIN_DATA_DIR to a new folder, or leave it unset to use .demo",
            )
    if path.exists() and not path.is_dir():
        raise BadConfig(f"{path} is a file", hint="set TOCSIN_DATA_DIR to a folder")


def state_from(data: dict[str, Any]) -> DemoState:
    """Read what `DemoFolder.save` wrote. Raises ValueError, KeyError or TypeError."""
    times = {name: datetime.fromisoformat(data[name]) for name in ("start", "end", "position", "saved_at")}
    return DemoState(**(data | times))
