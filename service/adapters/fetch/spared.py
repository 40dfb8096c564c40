"""Hosts that asked to be left alone, as far as this process was told: no redirect leads there meanwhile.

Who asks a host directly is kept from it by the store. Where a redirect leads is known only on the way.
"""

from service.core.feed import FetchResult

_BUSY = {429, 503}
_LONGEST_S = 7 * 86_400.0
_REMEMBERED = 10_000


class Spared:
    """Times are seconds of one clock that never goes back. Hosts are registrable domains."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def note(self, host: str, answer: FetchResult, now_s: float) -> None:
        """Take in what a host answered."""
        if answer.status not in _BUSY or not answer.retry_after_s:
            return
        if len(self._until) >= _REMEMBERED:
            self._until = {key: until for key, until in self._until.items() if until > now_s}
        until = now_s + min(answer.retry_after_s, _LONGEST_S)
        self._until[host] = max(until, self._until.get(host, until))

    def left_s(self, host: str, now_s: float) -> float:
        """Return for how much longer this host is to be left alone, 0 if it is not."""
        return max(0.0, self._until.get(host, now_s) - now_s)
