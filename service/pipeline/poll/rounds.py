"""Which requests one run has under way: slots refill as answers come in, one request at a time on each host."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.core.cadence import ask_plainly
from service.core.feed import Feed, FetchRequest, FetchResult
from service.core.urls import host_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A feed as it was claimed. `plain`: it was asked without validators; `overdue` is why, if we had some."""

    feed: Feed
    plain: bool
    overdue: str


@dataclass(slots=True, kw_only=True)
class Round:
    """One run. `claim` leases further feeds, at least as many as the slots that are free; empty when there are none.

    What is claimed waits here while its host is busy. What waits on a host that wants to be left alone is let go: its
    lease runs out, and by then somebody asks whether its host is free.
    """

    claim: Callable[[int], Sequence[Feed]]
    now: Callable[[], datetime]
    waiting: deque[Feed] = field(default_factory=deque)
    under_way: dict[int, Asked] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)

    def more(self, room: int) -> list[FetchRequest]:
        """Return up to so many requests that can go out now."""
        ready = self.ready(room)
        if len(ready) < room:
            self.waiting.extend(self.claim(room - len(ready)))
            ready += self.ready(room - len(ready))
        return ready

    def ready(self, room: int) -> list[FetchRequest]:
        """Return up to so many of those that wait for no busy host."""
        ready: list[FetchRequest] = []
        for _ in range(len(self.waiting)):
            feed = self.waiting.popleft()
            if len(ready) < room and host_key(feed.url) not in self.busy:
                ready.append(self._ask(feed))
            else:
                self.waiting.append(feed)
        return ready

    def _ask(self, feed: Feed) -> FetchRequest:
        overdue = ask_plainly(feed, self.now())
        etag, last_modified = (None, None) if overdue else (feed.etag, feed.last_modified)
        self.under_way[feed.feed_id] = Asked(feed=feed, plain=not (etag or last_modified), overdue=overdue)
        self.busy.add(host_key(feed.url))
        return FetchRequest(feed_id=feed.feed_id, url=feed.url, etag=etag, last_modified=last_modified)

    def answered(self, result: FetchResult) -> Asked:
        """Return what was asked; its host is free again."""
        asked = self.under_way.pop(result.feed_id)
        self.busy.discard(host_key(asked.feed.url))
        return asked

    def leave(self, url: str) -> None:
        """Ask nothing more of this URL's host."""
        host = host_key(url)
        self.waiting = deque(feed for feed in self.waiting if host_key(feed.url) != host)
