"""What the pipeline needs from the database about what comes in: feeds, and the entries they publish."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from service.core.entry import Entry
from service.core.feed import Feed, ParsedEntry, PollRecord
from service.core.report import Judgement


class FeedStore(Protocol):
    """Feeds and their schedule."""

    def add(self, feed: Feed) -> int:
        """Insert the feed (its `feed_id` is ignored), or return the id of the one that has its URL already."""
        ...

    def all(self) -> list[Feed]: ...
    def get(self, feed_id: int) -> Feed: ...
    def claim_due(self, now: datetime, *, limit: int, lease: timedelta) -> list[Feed]:
        """Lease up to `limit` feeds that are due and not leased, longest due first, each with a fresh token."""
        ...

    def claim(self, feed_ids: Collection[int], now: datetime, *, lease: timedelta) -> list[Feed]:
        """Lease these feeds whether or not they are due, except those that another holder is polling."""
        ...

    def finish(self, feed: Feed, record: PollRecord) -> bool:
        """Write the feed back, release its lease, add the record. False, and nothing written, if the lease was lost."""
        ...

    def describe(self, feed_id: int, *, country: str | None, lang: str | None, priority: bool) -> None:
        """Set what an operator says of the feed. A poll under way leaves it so."""
        ...

    def set_muted(self, feed_id: int, *, muted: bool, now: datetime, reason: str = "") -> None:
        """Stop polling it, noting why as its last error where `reason` says, or begin again now."""
        ...

    def polls(self, feed_id: int, limit: int = 30) -> list[PollRecord]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What putting a document changed: ids of entries seen for the first time, and of entries materially edited."""

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()


class EntryStore(Protocol):
    """Entries, their revisions, and how far each has come."""

    def put(self, feed: Feed, entries: Sequence[ParsedEntry], *, now: datetime, backlog: bool) -> Stored:
        """Insert unseen entries as waiting; give materially edited ones a new revision and make them wait again."""
        ...

    def claim(self, now: datetime, *, limit: int, lease: timedelta) -> list[Entry]:
        """Lease waiting entries, oldest first, counting the try. One that was tried too often is failed instead."""
        ...

    def finish(self, entry: Entry, judgement: Judgement) -> bool:
        """Mark done, with its language and, where there is nothing to report, why it was set aside.

        False if the lease was lost (somebody else claimed it, or a newer revision came in): nothing is written then,
        and nothing should be made of this entry.
        """
        ...

    def fail(self, entry: Entry, error: str) -> bool:
        """Set aside with the error. Nothing else of the batch is touched. False if the lease was lost."""
        ...

    def get(self, entry_id: int) -> Entry: ...
    def waiting(self) -> int: ...
    def set_aside_counts(self) -> Mapping[str, int]: ...
