"""How often one address may guess at a token: a few times, then it waits."""

import time
from dataclasses import dataclass, field
from threading import Lock

BURST = 10
REFILL_S = 60.0
_REMEMBERED = 10_000


@dataclass(slots=True)
class Attempts:
    """Wrong tokens by the address they came from. Ten in a row, then one a minute; a right one clears the count."""

    spent: dict[str, tuple[float, float]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def wait_s(self, address: str) -> int:
        """Return for how many seconds nothing is looked at from there, 0 for a free way."""
        with self.lock:
            level = self._level(address)
        return 0 if level <= BURST - 1 else max(1, round((level - BURST + 1) * REFILL_S))

    def wrong(self, address: str) -> None:
        """Count a wrong token."""
        with self.lock:
            if len(self.spent) >= _REMEMBERED:
                self._forget()
            self.spent[address] = (self._level(address) + 1, time.monotonic())

    def right(self, address: str) -> None:
        """Forget what was wrong before."""
        with self.lock:
            self.spent.pop(address, None)

    def _level(self, address: str) -> float:
        level, at = self.spent.get(address, (0.0, 0.0))
        return max(0.0, level - (time.monotonic() - at) / REFILL_S)

    def _forget(self) -> None:
        """Make room: those that wait longest are remembered longest, so that nobody is let off by others' noise."""
        kept = sorted(self.spent, key=self._level)[_REMEMBERED // 2 :]
        self.spent = {address: self.spent[address] for address in kept}
