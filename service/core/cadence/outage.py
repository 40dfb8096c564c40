"""Whether it is our own network that fails, rather than the feeds.

When nearly all of the last polls, over several hosts, could not even connect, the fault is here. Where there are only
a few hosts to ask, all of the last polls have to fail so. Then failures count against no feed, those that led to the
finding included; a few are asked now and then, until something answers.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.core.feed import Feed

LAST = 20
HOSTS = 5
FEWEST = 3
"""So many hosts say enough where none of the last polls was answered. Two that fail may well be two that failed."""

SHARE = 0.8
LOST = frozenset({"dns", "connect", "timeout"})

WITNESS = timedelta(days=7)
"""A feed that has not answered for so long is no evidence: it may be dead, and a list of dead feeds is no outage."""

GENTLE = 5
PROBE_EVERY = timedelta(seconds=5)
"""While the network is down, no more than so many feeds are asked so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """How one poll went. `feed` is as it was before; `code` the fetcher's word for the error."""

    feed: Feed
    host: str
    at: datetime
    answered: bool
    code: str = ""

    @property
    def lost(self) -> bool:
        """Whether there was no connection, on a feed that is otherwise well."""
        well = self.feed.last_ok_at is not None and self.at - self.feed.last_ok_at <= WITNESS
        return not self.answered and self.code in LOST and well


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What the last polls say of our network, or the last before it went down. `since` is when, None while it is up."""

    recent: tuple[Sighting, ...] = ()
    since: datetime | None = None

    def after(self, sighting: Sighting) -> "Network":
        """Take in one more poll, in the order in which they end."""
        if sighting.answered and self.since is not None:
            return Network()
        if self.since is not None or not (sighting.answered or sighting.lost):
            return self
        seen = replace(self, recent=(*self.recent, sighting)[-LAST:])
        return replace(seen, since=seen.lost[0].at) if seen.is_down else seen

    def excuses(self, sighting: Sighting) -> bool:
        """Whether this failure, already taken in, is the network's."""
        return self.since is not None and not sighting.answered and sighting.code in LOST

    @property
    def lost(self) -> tuple[Sighting, ...]:
        """Those of the last polls that could not connect."""
        return tuple(sighting for sighting in self.recent if sighting.lost)

    @property
    def is_down(self) -> bool:
        """Whether nearly all of the last polls, over several hosts, could not connect."""
        lost = self.lost
        enough = len(self.recent) >= LAST and len(lost) > SHARE * LAST
        hosts = FEWEST if len(lost) == len(self.recent) else HOSTS
        return enough and len({sighting.host for sighting in lost}) >= hosts

    @property
    def pardoned(self) -> tuple[Feed, ...]:
        """The feeds whose failures led to the finding, each as it was before the first of them."""
        return tuple({sighting.feed.feed_id: sighting.feed for sighting in reversed(self.lost)}.values())

    def pardon(self, feed: Feed) -> Feed:
        """Return a feed whose failure is the network's, standing as it did before those that led to the finding."""
        before = next((known for known in self.pardoned if known.feed_id == feed.feed_id), feed)
        return replace(
            feed,
            failures=before.failures,
            state=before.state,
            state_since=before.state_since,
            gone_at=before.gone_at,
            last_error=before.last_error,
            error_code=before.error_code,
        )
