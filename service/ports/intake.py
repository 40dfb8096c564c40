"""What the pipeline needs from the database about what comes in: feeds, and the entries they publish."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from service.core.entry import Entry
from service.core.feed import ArticleJob, Feed, Host, IdPolicy, ParsedEntry, PollRecord, Push
from service.core.report import Judgement


class FeedStore(Protocol):
    """Feeds and their schedule."""

    def add(self, feed: Feed) -> int:
        """Insert the feed (its `feed_id` is ignored), or return the id of the one that has its URL already."""
        ...

    def all(self) -> list[Feed]: ...
    def get(self, feed_id: int) -> Feed: ...
    def claim_due(self, now: datetime, *, limit: int, lease: timedelta, per_host: int = 3) -> list[Feed]:
        """Lease up to `limit` feeds that are due, longest due first, each with a fresh token, and their hosts.

        A host is a registrable domain. Only free ones are looked at: nobody's, and past their `free_at`. Of each at
        most `per_host` feeds are taken, so that a lease is long enough to ask them one after the other.
        """
        ...

    def claim(self, feed_ids: Collection[int], now: datetime, *, lease: timedelta) -> list[Feed]:
        """Lease these feeds, and hosts, whether or not they are due: all but those that another holder is at."""
        ...

    def finish(self, feed: Feed, record: PollRecord, *, free_at: datetime | None = None) -> bool:
        """Write the feed back, release its lease, add the record. False, and nothing written, if the lease was lost.

        With the last of a holder's feeds on a host the host is released too, free again from `free_at` or what
        `keep_away` said. A changed `url` is noted in the feed's addresses; where another feed has that URL already,
        this one is muted in its favour, or stays where it is if that one is muted or gone.
        """
        ...

    def set_back(self, now: datetime) -> int:
        """Take polls that lie ahead of `now`, because the clock was set back, as just made. Return how many feeds had.

        Their schedules keep their distance to them, so that nothing waits until the clock is there again.
        """
        ...

    def keep_away(self, url: str, *, until: datetime, reason: str) -> None:
        """Let nobody ask this URL's registrable domain before `until`, if that is later than what was said before."""
        ...

    def turn(self, url: str, now: datetime, *, gap: timedelta) -> datetime | None:
        """Take this URL's registrable domain for one request that is no poll: no feed there is claimed for the gap.

        Return None, or, where it is leased or not free yet, when to try again.
        """
        ...

    def kept_away(self, now: datetime) -> list[Host]:
        """Return the hosts we were told to keep away from, longest first."""
        ...

    def forgive(self, feeds: Sequence[Feed]) -> None:
        """Write state, failures and error back as these values have them: it was our network, not the feeds.

        Muted feeds stay so, and one that has had a good poll meanwhile is left alone.
        """
        ...

    def heat(self, feed_ids: Collection[int], *, until: datetime) -> None:
        """Have these feeds asked often until then: they brought something relevant. They become due sooner, if fit."""
        ...

    def addresses(self, feed_id: int) -> list[tuple[str, datetime]]:
        """Return (URL, until when) of the addresses it had before, newest first."""
        ...

    def describe(
        self, feed_id: int, *, country: str | None, lang: str | None, priority: bool, subject: str | None = None
    ) -> None:
        """Set what an operator says of the feed. A poll under way leaves it so."""
        ...

    def set_muted(self, feed_id: int, *, muted: bool, now: datetime, reason: str = "") -> None:
        """Stop polling it, noting why as its last error where `reason` says, or begin again now."""
        ...

    def polls(self, feed_id: int, limit: int = 30) -> list[PollRecord]: ...

    def count_on(self, feed_id: int, *, until: datetime | None, ask_at: datetime | None = None) -> None:
        """Note how long a hub has promised to tell us of its news, and ask it at `ask_at` if that is sooner than due.

        Nothing else writes `pushed_until`, a poll neither.
        """
        ...

    def told(self, feed_id: int, record: PollRecord) -> None:
        """Add what its hub told us to its history, and to when it brought news last. Its schedule stays."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What putting a document changed: ids of entries seen for the first time, and of entries materially edited."""

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()


class EntryStore(Protocol):
    """Entries, their revisions, and how far each has come."""

    def put(
        self,
        feed: Feed,
        entries: Sequence[ParsedEntry],
        *,
        now: datetime,
        backlog: bool,
        marks: bytes = b"",
        id_policy: IdPolicy | None = None,
    ) -> Stored:
        """Insert unseen entries as waiting; give materially edited ones a new revision and make them wait again.

        `marks` are those of all the document's items (core.marks), for those that are not among `entries` because they
        were read before: they are in the document all the same when it comes to telling entries apart.
        `id_policy` is what named these. Where that is not what named the feed's entries so far, those we have are known
        by their addresses and words, so that a document is not new again only because it is named anew.
        """
        ...

    def claim(self, now: datetime, *, limit: int, lease: timedelta) -> list[Entry]:
        """Lease waiting entries, oldest first, counting the try. One that was tried too often is failed instead."""
        ...

    def finish(self, judged: Sequence[tuple[Entry, Judgement]]) -> Collection[int]:
        """Mark done, with their languages and, where there is nothing to report, why they were set aside.

        Return the ids of those that are done now. The lease of others was lost (somebody else claimed them, or a newer
        revision came in): nothing is written then, and nothing should be made of them.
        """
        ...

    def fail(self, entry: Entry, error: str) -> bool:
        """Set aside with the error. Nothing else of the batch is touched. False if the lease was lost."""
        ...

    def get(self, entry_id: int) -> Entry: ...
    def waiting(self) -> int: ...
    def set_aside_counts(self) -> Mapping[str, int]: ...


class PushStore(Protocol):
    """What hubs and we agreed on, at most one for each feed. See core.websub."""

    def add(self, push: Push) -> bool:
        """Insert it. False, and nothing changed, if its feed has one already."""
        ...

    def due(self, now: datetime, *, limit: int) -> list[Push]:
        """Return those due, longest due first, that nobody else is writing; until the commit they are the caller's.

        Saved with a `due_at` that lies ahead they are the caller's alone until then.
        """
        ...

    def by_key(self, key: str) -> Push:
        """Return the one with this key, or raise NotFound."""
        ...

    def get(self, feed_id: int) -> Push | None: ...

    def hold(self, feed_id: int) -> Push | None:
        """Return it; until the commit nobody else writes it. Held before anything of its feed is written."""
        ...

    def save(self, push: Push) -> None:
        """Write it back. Only for what `due` or `hold` gave in this transaction."""
        ...

    def end(self, feed_id: int) -> None:
        """Forget it."""
        ...

    def unasked(self, *, limit: int) -> list[Feed]:
        """Return feeds that name a hub which was not asked yet: polled before, neither muted nor gone."""
        ...

    def unwanted(self, base_url: str, *, limit: int) -> list[Push]:
        """Return those that we are not leaving yet, though something is not as agreed; like `due`, the caller's.

        The feed is muted, gone, or names another hub or topic; or we are reached under another URL, "" for none.
        """
        ...


class ArticleStore(Protocol):
    """Articles wanted for entries too short to judge well: each once in its entry's life."""

    def want(self, entry_id: int, url: str, *, due_at: datetime) -> bool:
        """Note that this entry's article is to be fetched. False, and nothing changed, if it was wanted before."""
        ...

    def claim(self, now: datetime, *, limit: int, lease: timedelta) -> list[ArticleJob]:
        """Lease due articles of entries that are judged, longest due first, counting the try.

        One whose tries are used up, because its holders were killed or too slow, is failed instead.
        """
        ...

    def postpone(self, job: ArticleJob, *, due_at: datetime) -> bool:
        """Give it back untried. False if the lease was lost."""
        ...

    def put(self, job: ArticleJob, text: str, *, status: int | None, now: datetime) -> bool:
        """Make the text the entry's content, as a new revision that waits to be judged, and mark the article done.

        What the feed says stays what later polls are compared with. False, and nothing written, if the lease was lost
        or the entry waits to be judged because its words are just changing.
        """
        ...

    def fail(self, job: ArticleJob, error: str, *, status: int | None, retry_at: datetime | None = None) -> bool:
        """Mark it failed with the error, or due again at `retry_at`. False if the lease was lost."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Return how many articles are in each state: waiting, done, failed."""
        ...
