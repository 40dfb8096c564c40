"""Feeds, their schedule and their history."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlmodel import col

from service.adapters.store.rows import chunks, free, insert_new, new_token, same_named, taken
from service.adapters.store.tables import FeedRow, PollRow
from service.core.errors import NotFound
from service.core.feed import UNDECLARED, Feed, Host, PollRecord

KEPT_POLLS = 30
CLAIM_LIMIT = 500  # above this, PostgreSQL reads the whole table rather than the index
COLUMNS = same_named(Feed, but=("feed_id", "lease_token"))
POLL_COLUMNS = same_named(PollRecord)


class Feeds:
    """Keeps ports.store.FeedStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, feed: Feed) -> int:
        """See the port."""
        given = insert_new(self._connection, FeedRow, [taken(feed, COLUMNS)], key=["url"], give=[col(FeedRow.id)])
        if given:
            return int(given[0].id)
        known = select(FeedRow).where(col(FeedRow.url) == feed.url)
        return int(self._connection.execute(known).one().id)

    def all(self) -> list[Feed]:
        """Return every feed, muted ones included, in the order they were added."""
        return [_feed(row) for row in self._connection.execute(select(FeedRow).order_by(col(FeedRow.id)))]

    def get(self, feed_id: int) -> Feed:
        """Return the feed, or raise NotFound."""
        row = self._connection.execute(select(FeedRow).where(col(FeedRow.id) == feed_id)).first()
        if row is None:
            raise NotFound(f"there is no feed {feed_id}", hint="`tocsin feeds list` shows them")
        return _feed(row)

    def claim_due(self, now: datetime, *, limit: int, lease: timedelta, per_host: int = 3) -> list[Feed]:  # noqa: ARG002
        """See the port."""
        is_due = (col(FeedRow.state) != "muted", col(FeedRow.due_at) <= now)
        return self._claim(is_due, now, limit=min(limit, CLAIM_LIMIT), lease=lease)

    def claim(self, feed_ids: Collection[int], now: datetime, *, lease: timedelta) -> list[Feed]:
        """See the port. Muted ones are leased too: somebody asks for them by name."""
        ids = sorted(feed_ids)
        parts = (self._claim((col(FeedRow.id).in_(part),), now, limit=len(part), lease=lease) for part in chunks(ids))
        return [feed for part in parts for feed in part]

    def _claim(
        self, which: tuple[ColumnElement[bool], ...], now: datetime, *, limit: int, lease: timedelta
    ) -> list[Feed]:
        chosen = (
            select(col(FeedRow.id))
            .where(*which, free(col(FeedRow.lease_until), now))
            .order_by(col(FeedRow.due_at), col(FeedRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("chosen")
        )
        take = (
            update(FeedRow)
            .where(col(FeedRow.id).in_(select(chosen.c.id)))
            .values(lease_until=now + lease, lease_token=new_token())
            .returning(FeedRow)
        )
        rows = self._connection.execute(take).all()
        return sorted((_feed(row) for row in rows), key=lambda feed: (feed.due_at, feed.feed_id))

    def finish(self, feed: Feed, record: PollRecord, *, free_at: datetime | None = None) -> bool:  # noqa: ARG002
        """See the port. What an operator did meanwhile stays: muting, what they said of the feed."""
        mine = (col(FeedRow.id) == feed.feed_id, col(FeedRow.lease_token) == feed.lease_token)
        held = self._connection.execute(select(FeedRow).where(*mine).with_for_update()).first()
        if held is None:
            return False
        values = taken(feed, COLUMNS) | {name: getattr(held, name) for name in ("priority", "source", "country")}
        values["lang"] = feed.lang if held.lang is None else held.lang
        values |= {"url": self._free_url(feed, held), "lease_until": None, "lease_token": None}
        if held.state == "muted":
            values |= {"state": "muted"} | ({"last_error": UNDECLARED} if held.last_error == UNDECLARED else {})
        self._connection.execute(update(FeedRow).where(col(FeedRow.id) == feed.feed_id).values(**values))
        self._note(feed.feed_id, record)
        return True

    def _free_url(self, feed: Feed, held: Any) -> str:
        """Return the feed's new address, or the one it has where another feed has the new one already."""
        other = select(col(FeedRow.id)).where(col(FeedRow.url) == feed.url, col(FeedRow.id) != feed.feed_id)
        if feed.url != held.url and self._connection.execute(other).first():
            return str(held.url)
        return feed.url

    def _note(self, feed_id: int, record: PollRecord) -> None:
        self._connection.execute(insert(PollRow).values(feed_id=feed_id, **taken(record, POLL_COLUMNS)))
        mine = col(PollRow.feed_id) == feed_id
        oldest = select(col(PollRow.id)).where(mine).order_by(col(PollRow.id).desc()).offset(KEPT_POLLS).limit(1)
        self._connection.execute(delete(PollRow).where(mine, col(PollRow.id) <= oldest.scalar_subquery()))

    def describe(self, feed_id: int, *, country: str | None, lang: str | None, priority: bool) -> None:
        """See the port. Raises NotFound."""
        this = update(FeedRow).where(col(FeedRow.id) == feed_id)
        if not self._connection.execute(this.values(country=country, lang=lang, priority=priority)).rowcount:
            self.get(feed_id)

    def set_muted(self, feed_id: int, *, muted: bool, now: datetime, reason: str = "") -> None:
        """See the port. Raises NotFound."""
        feed = self.get(feed_id)
        if muted == (feed.state == "muted"):
            return
        back = {"state": "active" if feed.baseline_done else "new", "due_at": now, "failures": 0, "last_error": ""}
        values = {"state": "muted"} | ({"last_error": reason} if reason else {}) if muted else back
        self._connection.execute(update(FeedRow).where(col(FeedRow.id) == feed_id).values(**values))

    def keep_away(self, url: str, *, until: datetime, reason: str) -> None:
        """See the port."""

    def kept_away(self, now: datetime) -> list[Host]:  # noqa: ARG002
        """See the port."""
        return []

    def heat(self, feed_ids: Collection[int], *, until: datetime) -> None:
        """See the port."""

    def addresses(self, feed_id: int) -> list[tuple[str, datetime]]:  # noqa: ARG002
        """See the port."""
        return []

    def polls(self, feed_id: int, limit: int = 30) -> list[PollRecord]:
        """Return the last polls, newest first."""
        query = select(PollRow).where(col(PollRow.feed_id) == feed_id).order_by(col(PollRow.id).desc()).limit(limit)
        return [PollRecord(**taken(row, POLL_COLUMNS)) for row in self._connection.execute(query)]


def _feed(row: Any) -> Feed:
    return Feed(feed_id=row.id, lease_token=row.lease_token or "", **taken(row, COLUMNS))
