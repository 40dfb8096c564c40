"""A clock that plays three days in a minute and a half, and never goes back, not even over a kill -9.

Before `release` it runs at normal speed, so that the service can start and read what the feeds already hold. Then it
runs at the course's speed to the course's end, which is the real present, and from there at normal speed again.

A killed process cannot say how far it came. So the clock never passes a position that was not written down before: the
keeper writes a ceiling a little ahead, then lets the clock run up to it. Starting again at the ceiling is then always
later than anything the dead process has seen.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

AHEAD_S = 0.5
KEEP_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """From when to when the fast clock runs, and how many virtual seconds a real one makes."""

    start: datetime
    end: datetime
    speed: float

    def position(self, base: datetime, elapsed_s: float) -> datetime:
        """Return where the clock stands `elapsed_s` real seconds after it stood at `base`."""
        fast_s = max(0.0, (self.end - base).total_seconds() / self.speed)
        if elapsed_s <= fast_s:
            return base + timedelta(seconds=elapsed_s * self.speed)
        return max(base, self.end) + timedelta(seconds=elapsed_s - fast_s)


class FastClock:
    """A `ports.world.Clock` on a course. Safe to ask from many threads; what it says never decreases."""

    def __init__(self, course: Course, at: datetime, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.course = course
        self._monotonic = monotonic
        self._base, self._since = at, monotonic()
        self._released = False
        self._ceiling = at
        self._last = at
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the virtual present as aware UTC, never later than what `allow` granted."""
        with self._lock:
            self._last = max(self._last, min(self._reckon(0.0), self._ceiling))
            return self._last

    def release(self) -> None:
        """Start the course from where the clock stands."""
        with self._lock:
            self._base, self._since, self._released = max(self._last, self._reckon(0.0)), self._monotonic(), True

    def ahead(self, seconds: float = AHEAD_S) -> datetime:
        """Return where the clock will stand this many real seconds from now."""
        with self._lock:
            return max(self._ceiling, self._reckon(seconds))

    def allow(self, ceiling: datetime) -> None:
        """Let the clock run up to here. Call it after the ceiling is safely written."""
        with self._lock:
            self._ceiling = max(self._ceiling, ceiling)

    def at_end(self) -> bool:
        """Say whether the course is run."""
        return self.now() >= self.course.end

    def _reckon(self, ahead_s: float) -> datetime:
        elapsed = self._monotonic() - self._since + ahead_s
        if self._released:
            return self.course.position(self._base, elapsed)
        return self._base + timedelta(seconds=elapsed)


class Keeper:
    """Keeps writing down how far the clock may run, every 0.2 s. `save` gets the ceiling and must have it on disk."""

    def __init__(self, clock: FastClock, save: Callable[[datetime], None]) -> None:
        self._clock = clock
        self._save = save
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-clock", daemon=True)
        self.error: OSError | None = None

    def start(self) -> None:
        """Write the first ceiling, then keep on in a thread."""
        self.keep()
        self._thread.start()

    def keep(self) -> None:
        """Write one ceiling and let the clock run up to it."""
        ceiling = self._clock.ahead()
        self._save(ceiling)
        self._clock.allow(ceiling)

    def stop(self) -> None:
        """End the thread. The clock stands still at its last ceiling."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(KEEP_EVERY_S):
            try:
                self.keep()
                self.error = None
            except OSError as error:  # a full disk holds the clock still until there is room again
                self.error = error
