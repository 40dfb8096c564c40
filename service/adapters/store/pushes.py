"""What hubs and we agreed on.

A push is locked before its feed's entries, and those before the feed: whoever takes in what a hub tells, and whoever
takes in a poll of the same feed, wait for one another.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, false, not_, or_, select, update
from sqlmodel import col

from service.adapters.store import turns
from service.adapters.store.rows import insert_new, same_named, taken
from service.adapters.store.tables import FeedRow, PushRow
from service.core.errors import NotFound
from service.core.feed import Feed, Push
from service.core.websub import callback

COLUMNS = same_named(Push)
FEED_COLUMNS = same_named(Feed, but=("lease_token",))
NOT_ASKED = ("muted", "gone")


class Pushes:
    """Keeps ports.intake.PushStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, push: Push) -> bool:
        """See the port."""
        row = taken(push, COLUMNS)
        return bool(insert_new(self._connection, PushRow, [row], key=["feed_id"], give=[col(PushRow.feed_id)]))

    def due(self, now: datetime, *, limit: int) -> list[Push]:
        """See the port."""
        order = (col(PushRow.due_at), col(PushRow.feed_id))
        return self._locked(select(PushRow).where(col(PushRow.due_at) <= now).order_by(*order).limit(limit))

    def _locked(self, query: Select[Any]) -> list[Push]:
        """Return these, passing over those that somebody else is writing."""
        rows = self._connection.execute(query.with_for_update(skip_locked=True, of=PushRow))
        return [_push(row) for row in rows]

    def by_key(self, key: str) -> Push:
        """See the port."""
        row = self._connection.execute(select(PushRow).where(col(PushRow.key) == key)).first()
        if row is None:
            raise NotFound("there is no such subscription to a hub")  # without the key: it may be nearly right
        return _push(row)

    def get(self, feed_id: int) -> Push | None:
        """See the port."""
        row = self._connection.execute(_of(feed_id)).first()
        return None if row is None else _push(row)

    def hold(self, feed_id: int) -> Push | None:
        """See the port."""
        row = self._connection.execute(_of(feed_id).with_for_update()).first()
        return None if row is None else _push(row)

    def save(self, push: Push) -> None:
        """See the port."""
        this = update(PushRow).where(col(PushRow.feed_id) == push.feed_id)
        self._connection.execute(this.values(**taken(push, COLUMNS)))

    def end(self, feed_id: int) -> None:
        """See the port."""
        self._connection.execute(delete(PushRow).where(col(PushRow.feed_id) == feed_id))

    def unasked(self, *, limit: int) -> list[Feed]:
        """See the port."""
        asked = select(col(PushRow.feed_id)).where(col(PushRow.feed_id) == col(FeedRow.id)).exists()
        fit = (col(FeedRow.hub).is_not(None), col(FeedRow.baseline_done), col(FeedRow.state).not_in(NOT_ASKED))
        query = select(*turns.WHOLE).where(*fit, ~asked).order_by(col(FeedRow.id)).limit(limit)
        return [_feed(row) for row in self._connection.execute(query)]

    def unwanted(self, base_url: str, *, limit: int) -> list[Push]:
        """See the port."""
        as_agreed = and_(
            col(FeedRow.state).not_in(NOT_ASKED),
            col(FeedRow.hub) == col(PushRow.hub),
            col(FeedRow.topic) == col(PushRow.topic),
            col(PushRow.callback) == callback(base_url, "") + col(PushRow.key) if base_url else false(),
        )
        broken = or_(col(FeedRow.hub).is_(None), col(FeedRow.topic).is_(None), not_(as_agreed))
        joined = select(PushRow).join(FeedRow, col(FeedRow.id) == col(PushRow.feed_id))
        return self._locked(joined.where(col(PushRow.state) != "leaving", broken).limit(limit))


def _of(feed_id: int) -> Select[Any]:
    return select(PushRow).where(col(PushRow.feed_id) == feed_id)


def _push(row: Any) -> Push:
    return Push(**taken(row, COLUMNS))


def _feed(row: Any) -> Feed:
    return Feed(**taken(row, FEED_COLUMNS))
