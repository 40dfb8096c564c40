"""Whose turn it is where. A host, meaning a registrable domain, is leased together with those of its feeds being asked.

A host's `due_at` is never later than the time from which there is something to ask there: the due time of its first
feed, or `free_at` if that is later, or the end of its lease. So a claim reads a few hosts off an index and then a few
feeds of each, however many feeds wait behind a host that is busy or that told us to keep away. It may be too early;
then a claim finds nothing there and sets it right.

Who makes a feed due sooner says so with `expect`. While the host is leased that is only noted, by a `due_at` before
the lease's end; its holder, whose view of the feeds may be older, then leaves it to the next claim to look.

Locks are taken on feeds before hosts. Claims have it the other way round, so they pass over feeds that are locked.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Update, and_, case, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from service.adapters.store import turns
from service.adapters.store.rows import chunks, free, instant, later, new_token
from service.adapters.store.tables import HostRow
from service.adapters.store.types import EPOCH, NEVER
from service.core.feed import Host

ROUNDS = 8
LEEWAY = timedelta(minutes=5)
"""So far clocks may be apart: what is later is of a clock that was set back."""

FEWEST = 16  # hosts to look at in one go: some may turn out to have nothing


class Hosts:
    """Leases hosts with their feeds, and remembers when each may be asked again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim_due(self, now: datetime, *, limit: int, until: datetime, per_host: int) -> list[Row[Any]]:
        """Lease due feeds on free hosts until then. Return their rows."""
        lease = {"_now": now, "_until": until, "_token": new_token()}
        rows: list[Row[Any]] = []
        for _ in range(ROUNDS):
            room = limit - len(rows)
            keys = self._keys(turns.DUE_HOSTS, _now=now, _room=max(room, FEWEST)) if room > 0 else []
            if not keys:
                break
            taken = self._take(turns.TAKE_DUE, lease, _keys=keys, _per_host=per_host, _room=room)
            self._settle(set(keys) - {row.host for row in taken})
            rows += taken
        return rows

    def claim(self, feed_ids: Collection[int], now: datetime, *, until: datetime) -> list[Row[Any]]:
        """Lease these feeds, due or not, where nobody holds them or their hosts. Return their rows."""
        lease = {"_now": now, "_until": until, "_token": new_token()}
        parts = list(chunks(sorted(feed_ids)))
        keys = sorted({key for ids in parts for key in self._keys(turns.FREE_HOSTS, _now=now, _ids=ids)})
        return [row for ids in parts for row in self._take(turns.TAKE, lease, _ids=ids, _keys=keys)]

    def _keys(self, query: Select[Any], **given: Any) -> list[str]:
        return list(self._connection.execute(query, given).scalars())

    def _take(self, take: Update, lease: Mapping[str, Any], **which: Any) -> list[Row[Any]]:
        """Lease the feeds, and with them their hosts, which are locked."""
        rows = list(self._connection.execute(take, {**lease, **which}))
        counts: dict[int, list[str]] = {}
        for key, count in Counter(row.host for row in rows).items():
            counts.setdefault(count, []).append(key)
        for count, keys in counts.items():
            given = {"_keys": keys, "_count": count, "_until": lease["_until"], "_token": lease["_token"]}
            self._connection.execute(turns.HOLD, given)
        return rows

    def _settle(self, keys: Collection[str]) -> None:
        """Set right when there is something to ask at these, which are locked and nobody's."""
        if keys:
            self._connection.execute(turns.RELEASE.where(turns.HOST.key.in_(keys)))

    def leave(self, key: str, token: str, free_at: datetime | None) -> None:
        """Count one feed as finished by who holds the host. With the last one the host is released."""
        self._connection.execute(turns.LEAVE, {"_key": key, "_token": token, "_free": free_at or EPOCH})

    def expect(self, due: Mapping[str, datetime]) -> None:
        """Make sure that these hosts are looked at from then on."""
        if not due:
            return
        rows = [{"key": key, "free_at": EPOCH, "due_at": at} for key, at in sorted(due.items())]
        self._connection.execute(_expecting(self._connection.dialect.name), rows)

    def keep_away(self, key: str, *, until: datetime, reason: str) -> None:
        """Let nobody ask there before then, if that is later than what was said before."""
        make = _insert(self._connection.dialect.name).values(key=key, free_at=until, reason=reason, due_at=NEVER)
        leased = col(HostRow.lease_until).is_not(None)
        away = {
            "free_at": until,
            "reason": make.excluded.reason,
            "due_at": case((leased, col(HostRow.due_at)), else_=later(col(HostRow.due_at), instant(until))),
        }
        longer = col(HostRow.free_at) < until
        self._connection.execute(make.on_conflict_do_update(index_elements=["key"], set_=away, where=longer))

    def turn(self, key: str, now: datetime, *, until: datetime) -> datetime | None:
        """Take a host that nobody holds and that may be asked, and free it then. Else return when to try again."""
        make = _insert(self._connection.dialect.name).values(key=key, free_at=until, due_at=NEVER)
        idle = (free(col(HostRow.lease_until), instant(now)), col(HostRow.free_at) <= now)
        taking = make.on_conflict_do_update(
            index_elements=["key"], set_={"free_at": until, "reason": ""}, where=and_(*idle)
        )
        if self._connection.execute(taking.returning(col(HostRow.key))).first():
            return None
        busy: datetime = self._connection.execute(
            select(col(HostRow.free_at)).where(col(HostRow.key) == key)
        ).scalar_one()
        return max(busy, until)

    def set_back(self, now: datetime) -> None:
        """Free the hosts that only a clock that was ahead still holds. What they asked for themselves stands."""
        ahead = (col(HostRow.free_at) > now + LEEWAY, col(HostRow.reason) == "")
        self._connection.execute(update(HostRow).where(*ahead).values(free_at=now, due_at=EPOCH))

    def kept_away(self, now: datetime) -> list[Host]:
        """Return the hosts that told us to keep away, longest first."""
        told = (col(HostRow.free_at) > now, col(HostRow.reason) != "")
        query = select(HostRow).where(*told).order_by(col(HostRow.free_at).desc(), col(HostRow.key))
        return [Host(key=row.key, free_at=row.free_at, reason=row.reason) for row in self._connection.execute(query)]


def _insert(dialect: str) -> Any:
    return sqlite.insert(HostRow) if dialect == "sqlite" else postgresql.insert(HostRow)


@lru_cache
def _expecting(dialect: str) -> Any:
    make = _insert(dialect)
    leased, sooner = col(HostRow.lease_until).is_not(None), make.excluded.due_at < col(HostRow.due_at)
    noted = case((leased, instant(EPOCH)), (sooner, make.excluded.due_at), else_=col(HostRow.due_at))
    return make.on_conflict_do_update(index_elements=["key"], set_={"due_at": noted})


def release_hosts(connection: Connection) -> None:
    """Let go of every host, and set right when there is something to ask at each."""
    connection.execute(turns.RELEASE)
