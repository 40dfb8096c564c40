"""Whose turn it is where. A host, meaning a registrable domain, is leased together with those of its feeds being asked.

A host's `due_at` is never later than the time from which there is something to ask there: the due time of its first
feed, or `free_at` if that is later, or the end of its lease. So a claim reads a few hosts off an index and then a few
feeds of each, however many feeds wait behind a host that is busy or that told us to keep away. It may be too early;
then a claim finds nothing there and sets it right.

Who makes a feed due sooner says so with `expect`. While the host is leased that is only noted, by an `due_at` before
the lease's end; its holder, whose view of the feeds may be older, then leaves it to the next claim to look.

Locks are taken on feeds before hosts. Claims have it the other way round, so they pass over feeds that are locked.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Update, case, func, literal, null, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from service.adapters.store.rows import chunks, free, instant, later, new_token
from service.adapters.store.tables import FeedRow, HostRow
from service.adapters.store.types import EPOCH
from service.core.feed import Host

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
ROUNDS = 8
FEWEST = 16  # hosts to look at in one go: some may turn out to have nothing


class Hosts:
    """Leases hosts with their feeds, and remembers when each may be asked again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim_due(self, now: datetime, *, limit: int, until: datetime, per_host: int) -> list[Row[Any]]:
        """Lease due feeds on free hosts until then. Return their rows."""
        token, rows = new_token(), list[Row[Any]]()
        for _ in range(ROUNDS):
            room = limit - len(rows)
            keys = self._due(now, max(room, FEWEST)) if room > 0 else []
            if not keys:
                break
            taken = self._take(_first_due(keys, now, per_host).limit(room), _is_due(now), token, until)
            self._settle(set(keys) - {row.host for row in taken})
            rows += taken
        return rows

    def claim(self, feed_ids: Collection[int], now: datetime, *, until: datetime) -> list[Row[Any]]:
        """Lease these feeds, due or not, where nobody holds them or their hosts. Return their rows."""
        token, rows = new_token(), list[Row[Any]]()
        keys = self._free_among(feed_ids, now)
        for part in chunks(sorted(feed_ids)):
            there = (col(FeedRow.host).in_(keys), free(col(FeedRow.lease_until), now))
            rows += self._take(select(col(FeedRow.id)).where(col(FeedRow.id).in_(part)), there, token, until)
        return rows

    def _due(self, now: datetime, limit: int) -> list[str]:
        ready = (col(HostRow.due_at) <= now, col(HostRow.free_at) <= now, free(col(HostRow.lease_until), now))
        query = select(col(HostRow.key)).where(*ready).order_by(col(HostRow.due_at)).limit(limit)
        return list(self._connection.execute(query.with_for_update(skip_locked=True)).scalars())

    def _free_among(self, feed_ids: Collection[int], now: datetime) -> list[str]:
        """Return the hosts of these feeds that nobody holds, locked."""
        keys: list[str] = []
        for part in chunks(sorted(feed_ids)):
            theirs = col(HostRow.key).in_(select(col(FeedRow.host)).where(col(FeedRow.id).in_(part)))
            query = select(col(HostRow.key)).where(theirs, free(col(HostRow.lease_until), now))
            keys += self._connection.execute(query.order_by(col(HostRow.key)).with_for_update()).scalars()
        return keys

    def _take(
        self, which: Select[Any], still: Sequence[ColumnElement[bool]], token: str, until: datetime
    ) -> list[Row[Any]]:
        """Lease the feeds, and with them their hosts, which are locked."""
        mine = select(col(FeedRow.id)).where(col(FeedRow.id).in_(which), *still).with_for_update(skip_locked=True)
        take = update(FeedRow).where(col(FeedRow.id).in_(select(mine.cte("mine").c.id)))
        leased = take.values(lease_until=until, lease_token=token).returning(FeedRow)
        rows = list(self._connection.execute(leased))
        self._hold(Counter(row.host for row in rows), token, until)
        return rows

    def _hold(self, feeds: Mapping[str, int], token: str, until: datetime) -> None:
        """Lease the hosts, each with this many feeds more."""
        counts: dict[int, list[str]] = {}
        for key, count in feeds.items():
            counts.setdefault(count, []).append(key)
        for count, keys in counts.items():
            more = case((col(HostRow.lease_token) == token, col(HostRow.held) + count), else_=count)
            lease = {"held": more, "lease_token": token, "lease_until": until, "due_at": until}
            self._connection.execute(update(HostRow).where(col(HostRow.key).in_(keys)).values(**lease))

    def _settle(self, keys: Collection[str]) -> None:
        """Set right when there is something to ask at these, which are locked and nobody's."""
        if keys:
            self._connection.execute(_released().where(col(HostRow.key).in_(keys)))

    def leave(self, key: str, token: str, free_at: datetime | None) -> None:
        """Count one feed as finished by who holds the host. With the last one the host is released."""
        from_then: Any = later(col(HostRow.free_at), instant(free_at)) if free_at else col(HostRow.free_at)
        last, expected = col(HostRow.held) <= 1, col(HostRow.due_at) < col(HostRow.lease_until)
        after = {
            "held": col(HostRow.held) - 1,
            "free_at": from_then,
            "lease_until": case((last, null()), else_=col(HostRow.lease_until)),
            "lease_token": case((last, null()), else_=col(HostRow.lease_token)),
            "due_at": case(
                (~last, col(HostRow.due_at)), (expected, from_then), else_=later(from_then, first_due(literal(key)))
            ),
        }
        this = update(HostRow).where(col(HostRow.key) == key, col(HostRow.lease_token) == token)
        self._connection.execute(this.values(**after))

    def expect(self, due: Mapping[str, datetime]) -> None:
        """Make sure that these hosts are looked at from then on."""
        if not due:
            return
        make = self._insert(HostRow)
        leased, sooner = col(HostRow.lease_until).is_not(None), make.excluded.due_at < col(HostRow.due_at)
        noted = case((leased, instant(EPOCH)), (sooner, make.excluded.due_at), else_=col(HostRow.due_at))
        rows = [{"key": key, "free_at": EPOCH, "due_at": at} for key, at in sorted(due.items())]
        self._connection.execute(make.on_conflict_do_update(index_elements=["key"], set_={"due_at": noted}), rows)

    def keep_away(self, key: str, *, until: datetime, reason: str) -> None:
        """Let nobody ask there before then, if that is later than what was said before."""
        make = self._insert(HostRow).values(key=key, free_at=until, reason=reason, due_at=NEVER)
        leased = col(HostRow.lease_until).is_not(None)
        away = {
            "free_at": until,
            "reason": make.excluded.reason,
            "due_at": case((leased, col(HostRow.due_at)), else_=later(col(HostRow.due_at), instant(until))),
        }
        longer = col(HostRow.free_at) < until
        self._connection.execute(make.on_conflict_do_update(index_elements=["key"], set_=away, where=longer))

    def kept_away(self, now: datetime) -> list[Host]:
        """Return the hosts that told us to keep away, longest first."""
        told = (col(HostRow.free_at) > now, col(HostRow.reason) != "")
        query = select(HostRow).where(*told).order_by(col(HostRow.free_at).desc(), col(HostRow.key))
        return [Host(key=row.key, free_at=row.free_at, reason=row.reason) for row in self._connection.execute(query)]

    def _insert(self, table: Any) -> Any:
        return (sqlite if self._connection.dialect.name == "sqlite" else postgresql).insert(table)


def first_due(key: Any) -> ColumnElement[Any]:
    """Return the due time of the first feed of the host that is not muted, or a day that never comes."""
    feeds = select(func.min(col(FeedRow.due_at))).where(col(FeedRow.host) == key, col(FeedRow.state) != "muted")
    return func.coalesce(feeds.scalar_subquery(), instant(NEVER))


def release_hosts(connection: Connection) -> None:
    """Let go of every host, and set right when there is something to ask at each."""
    connection.execute(_released())


def _released() -> Update:
    due_at = later(col(HostRow.free_at), first_due(col(HostRow.key)))
    return update(HostRow).values(held=0, lease_until=None, lease_token=None, due_at=due_at)


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (col(FeedRow.state) != "muted", col(FeedRow.due_at) <= now, free(col(FeedRow.lease_until), now))


def _first_due(keys: Sequence[str], now: datetime, per_host: int) -> Select[Any]:
    """Choose the longest due feeds of each host, longest due first."""
    order = (col(FeedRow.due_at), col(FeedRow.id))
    place = func.row_number().over(partition_by=col(FeedRow.host), order_by=order).label("place")
    due = select(*order, place).where(col(FeedRow.host).in_(keys), *_is_due(now)).subquery()
    return select(due.c.id).where(due.c.place <= per_host).order_by(due.c.due_at, due.c.id)
