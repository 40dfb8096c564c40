"""Feeds, their schedule and their history."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, case, insert, select, update
from sqlmodel import col

from service.adapters.store import turns
from service.adapters.store.hosts import LEEWAY, Hosts
from service.adapters.store.rows import chunks, insert_new, instant, same_named, taken
from service.adapters.store.tables import FeedAddressRow, FeedRow, PollRow
from service.core.errors import NotFound
from service.core.feed import Feed, Host, PollRecord
from service.core.urls import host_key

KEPT_POLLS = 30
TRIM_ONCE_IN = 16  # polls; until then a few more than those are there, and not shown
CLAIM_LIMIT = 500  # above this, PostgreSQL reads the whole table rather than the index
NAMES = same_named(Feed)
COLUMNS = same_named(Feed, but=("feed_id", "lease_token"))
WHOLE = select(*turns.WHOLE)
STANDING = ("state", "state_since", "failures", "last_error", "error_code", "gone_at")
PLANS = ("due_at", "soonest_at", "hot_until")
MEMORIES = ("state_since", "last_poll_at", "last_ok_at", "last_entry_at", "plain_at", "gone_at", "moved_since")
POLL_COLUMNS = same_named(PollRecord)


class Feeds:
    """Keeps ports.store.FeedStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._hosts = Hosts(connection)

    def add(self, feed: Feed) -> int:
        """See the port."""
        known = self._known(feed.url)
        return self._insert(feed) if known is None else known

    def _insert(self, feed: Feed) -> int:
        host = host_key(feed.url)
        row = taken(feed, COLUMNS) | {"host": host}
        given = insert_new(self._connection, FeedRow, [row], key=["url"], give=[col(FeedRow.id)])
        if not given:  # another process was quicker
            return int(self._connection.execute(_with_url(feed.url)).scalar_one())
        self._hosts.expect({host: feed.due_at})
        return int(given[0].id)

    def _known(self, url: str) -> int | None:
        """Return the feed that has this URL, or had it last."""
        before = select(col(FeedAddressRow.feed_id)).where(col(FeedAddressRow.url) == url)
        for query in (_with_url(url), before.order_by(col(FeedAddressRow.id).desc()).limit(1)):
            found = self._connection.execute(query).scalar()
            if found is not None:
                return int(found)
        return None

    def all(self) -> list[Feed]:
        """Return every feed, muted ones included, in the order they were added."""
        return [_feed(row) for row in self._connection.execute(WHOLE.order_by(col(FeedRow.id)))]

    def get(self, feed_id: int) -> Feed:
        """Return the feed, or raise NotFound."""
        row = self._connection.execute(WHOLE.where(col(FeedRow.id) == feed_id)).first()
        if row is None:
            raise NotFound(f"there is no feed {feed_id}", hint="`tocsin feeds list` shows them")
        return _feed(row)

    def claim_due(self, now: datetime, *, limit: int, lease: timedelta, per_host: int = 3) -> list[Feed]:
        """See the port. At most 500 at once."""
        limit = min(limit, CLAIM_LIMIT)
        return _feeds(self._hosts.claim_due(now, limit=limit, until=now + lease, per_host=per_host))

    def claim(self, feed_ids: Collection[int], now: datetime, *, lease: timedelta) -> list[Feed]:
        """See the port. Muted ones are leased too: somebody asks for them by name."""
        return _feeds(self._hosts.claim(feed_ids, now, until=now + lease))

    def finish(self, feed: Feed, record: PollRecord, *, free_at: datetime | None = None) -> bool:
        """See the port. What others did meanwhile stays: muting, what an operator said of the feed, that it is hot."""
        given = {f"_{name}": getattr(feed, name) for name in turns.WRITTEN}
        given |= {"_id": feed.feed_id, "_token": feed.lease_token, "_at": record.at}
        given["_sooner"] = min(feed.due_at, feed.soonest_at or feed.due_at)
        held = self._connection.execute(turns.FINISH, given).first()
        if held is None:
            return False
        if held.url != feed.url:
            self._move(feed, held, record.at)
        self._hosts.leave(held.host, feed.lease_token, free_at)
        self._note(feed, record)
        return True

    def _move(self, feed: Feed, was: Row[Any], now: datetime) -> None:
        """Give the feed its new address, or mute it where another feed has that. If nobody asks that one, it stays.

        The other one then stands for both: what was said of this one holds for it where nothing else was.
        """
        this = update(FeedRow).where(col(FeedRow.id) == feed.feed_id)
        there = select(col(FeedRow.id), col(FeedRow.state)).where(col(FeedRow.url) == feed.url)
        other = self._connection.execute(there).first()
        if other is not None:
            if other.state not in {"muted", "gone"}:
                reason = f"it moved to {feed.url}, which is feed {other.id}"
                self._connection.execute(this.values(state="muted", state_since=now, last_error=reason))
                self._inherit(other.id, feed)
            return
        host = host_key(feed.url)
        self._connection.execute(this.values(url=feed.url, host=host))
        self._connection.execute(insert(FeedAddressRow).values(feed_id=feed.feed_id, url=was.url, until=now))
        self._hosts.expect({host: was.due_at})

    def _inherit(self, feed_id: int, feed: Feed) -> None:
        heir = self.get(feed_id)
        said = {name: getattr(heir, name) or getattr(feed, name) for name in ("country", "lang", "subject")}
        self.describe(feed_id, **said, priority=heir.priority or feed.priority)

    def _note(self, feed: Feed, record: PollRecord) -> None:
        self._connection.execute(turns.NOTE, {"feed_id": feed.feed_id, **taken(record, POLL_COLUMNS)})
        if (feed.feed_id + int(feed.lease_token, 16)) % TRIM_ONCE_IN == 0:
            self._connection.execute(turns.TRIM, {"_feed_id": feed.feed_id, "_kept": KEPT_POLLS})

    def describe(
        self, feed_id: int, *, country: str | None, lang: str | None, priority: bool, subject: str | None = None
    ) -> None:
        """See the port. What has priority from now on becomes due sooner, if it may. Raises NotFound."""
        said: dict[str, Any] = {"country": country, "lang": lang, "subject": subject, "priority": priority}
        if priority:
            said["due_at"] = case((col(FeedRow.priority), col(FeedRow.due_at)), else_=turns.soonest())
        if not self._change([feed_id], **said):
            self.get(feed_id)

    def set_muted(self, feed_id: int, *, muted: bool, now: datetime, reason: str = "") -> None:
        """See the port. Raises NotFound."""
        feed = self.get(feed_id)
        if muted == (feed.state == "muted"):
            return
        back: dict[str, Any] = {
            "state": "active" if feed.baseline_done else "new",
            "due_at": now,
            "failures": 0,
            "last_error": "",
        }
        back |= {"error_code": "", "gone_at": None}
        values = {"state": "muted"} | ({"last_error": reason} if reason else {}) if muted else back
        self._change([feed_id], **values, state_since=now)

    def heat(self, feed_ids: Collection[int], *, until: datetime) -> None:
        """See the port. A failing feed keeps its pace, and so does one that was never polled."""
        for part in chunks(sorted(feed_ids)):
            self._lock(part)
            self._expect(self._connection.execute(turns.HEAT, {"_ids": part, "_until": until}).all())

    def _change(self, feed_ids: Sequence[int], **values: Any) -> int:
        """Change these feeds; where that made them due sooner, their hosts are to know. Return how many there are."""
        self._lock(feed_ids)
        these = update(FeedRow).where(col(FeedRow.id).in_(feed_ids)).values(**values)
        changed = these.returning(col(FeedRow.host), col(FeedRow.due_at))
        rows = self._connection.execute(changed).all()
        if "due_at" in values:
            self._expect(rows)
        return len(rows)

    def _lock(self, feed_ids: Sequence[int]) -> None:
        if self._connection.dialect.name == "postgresql":  # always in one order; SQLite has one writer
            self._connection.execute(turns.LOCK, {"_ids": feed_ids})

    def _expect(self, changed: Iterable[Any]) -> None:
        due: dict[str, datetime] = {}
        for row in changed:
            due[row.host] = min(row.due_at, due.get(row.host, row.due_at))
        self._hosts.expect(due)

    def forgive(self, feeds: Sequence[Feed]) -> None:
        """See the port."""
        for feed in sorted(feeds, key=lambda feed: feed.feed_id):
            as_bad = col(FeedRow.last_ok_at).is_not_distinct_from(instant(feed.last_ok_at))
            this = (col(FeedRow.id) == feed.feed_id, col(FeedRow.state) != "muted", as_bad)
            self._connection.execute(update(FeedRow).where(*this).values(**taken(feed, STANDING)))

    def set_back(self, now: datetime) -> int:
        """See the port."""
        ahead = col(FeedRow.last_poll_at) > now + LEEWAY
        feeds = _feeds(self._connection.execute(WHOLE.where(ahead).order_by(col(FeedRow.id))))
        for feed in feeds:
            back = (feed.last_poll_at or now) - now
            sooner = {name: at - back for name in PLANS if (at := getattr(feed, name)) is not None}
            past = {name: min(at, now) for name in MEMORIES if (at := getattr(feed, name)) is not None}
            self._change([feed.feed_id], **sooner, **past)
        self._hosts.set_back(now)
        return len(feeds)

    def keep_away(self, url: str, *, until: datetime, reason: str) -> None:
        """See the port."""
        self._hosts.keep_away(host_key(url), until=until, reason=reason)

    def turn(self, url: str, now: datetime, *, gap: timedelta) -> datetime | None:
        """See the port."""
        return self._hosts.turn(host_key(url), now, until=now + gap)

    def kept_away(self, now: datetime) -> list[Host]:
        """See the port."""
        return self._hosts.kept_away(now)

    def addresses(self, feed_id: int) -> list[tuple[str, datetime]]:
        """See the port."""
        mine = select(FeedAddressRow).where(col(FeedAddressRow.feed_id) == feed_id)
        rows = self._connection.execute(mine.order_by(col(FeedAddressRow.id).desc()))
        return [(row.url, row.until) for row in rows]

    def polls(self, feed_id: int, limit: int = 30) -> list[PollRecord]:
        """Return the last polls, newest first."""
        mine = select(PollRow).where(col(PollRow.feed_id) == feed_id)
        query = mine.order_by(col(PollRow.id).desc()).limit(min(limit, KEPT_POLLS))
        return [PollRecord(**taken(row, POLL_COLUMNS)) for row in self._connection.execute(query)]

    def count_on(self, feed_id: int, *, until: datetime | None, ask_at: datetime | None = None) -> None:
        """See the port."""
        values: dict[str, Any] = {"pushed_until": until}
        if ask_at is not None:
            values["due_at"] = case((col(FeedRow.due_at) > ask_at, instant(ask_at)), else_=col(FeedRow.due_at))
        self._change([feed_id], **values)

    def told(self, feed_id: int, record: PollRecord) -> None:
        """See the port."""
        if record.new:
            self._change([feed_id], last_entry_at=record.at)
        self._connection.execute(turns.NOTE, {"feed_id": feed_id, **taken(record, POLL_COLUMNS)})
        self._connection.execute(turns.TRIM, {"_feed_id": feed_id, "_kept": KEPT_POLLS})


def _with_url(url: str) -> Select[Any]:
    return select(col(FeedRow.id)).where(col(FeedRow.url) == url)


def _feed(row: Sequence[Any]) -> Feed:
    slots = dict(zip(NAMES, row, strict=False))
    slots["lease_token"] = slots["lease_token"] or ""
    return Feed(**slots)


def _feeds(rows: Iterable[Sequence[Any]]) -> list[Feed]:
    return sorted(map(_feed, rows), key=lambda feed: (feed.due_at, feed.feed_id))
