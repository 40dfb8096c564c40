"""The statements by which feeds and hosts are claimed and let go. What they are given has a leading underscore.

They are made once: SQLAlchemy takes longer to make such a statement than the database to run it.
"""

from dataclasses import fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Select,
    Update,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from service.adapters.store.among import among
from service.adapters.store.rows import free, instant, later
from service.adapters.store.tables import Base
from service.adapters.store.types import NEVER, Instant
from service.core.feed import UNDECLARED, Feed

FEEDS, HOSTS = Base.metadata.tables["feed"], Base.metadata.tables["host"]
POLLS = Base.metadata.tables["poll_record"]
FEED, HOST, POLL = FEEDS.c, HOSTS.c, POLLS.c


WHOLE = (FEED.id.label("feed_id"), *(FEED[field.name] for field in fields(Feed)[1:]))
"""The columns that make a Feed, in the order of its fields."""


def first_due(key: ColumnElement[str]) -> ColumnElement[Any]:
    """Return the due time of the first feed of the host that is not muted, or a day that never comes."""
    feeds = select(func.min(FEED.due_at)).where(FEED.host == key, FEED.state != "muted")
    return func.coalesce(feeds.scalar_subquery(), instant(NEVER))


def _at(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=Instant)


def _many(name: str) -> Any:
    return bindparam(name, expanding=True)


def _take(chosen: Select[Any], *still: ColumnElement[bool]) -> Update:
    """Lease these feeds, passing over those that are locked or, by now, not what they were when they were chosen."""
    locked = select(FEED.id).where(FEED.id.in_(chosen), *still, free(FEED.lease_until, _at("_now")))
    mine = locked.with_for_update(skip_locked=True).cte("mine")
    lease = {"lease_until": _at("_until"), "lease_token": bindparam("_token")}
    return update(FEEDS).where(FEED.id.in_(select(mine.c.id))).values(lease).returning(*WHOLE, FEED.host)


def _take_due() -> Update:
    """Of each host the feeds that are due for longest."""
    due = (FEED.state != "muted", FEED.due_at <= _at("_now"))
    order = (FEED.due_at, FEED.id)
    place = func.row_number().over(partition_by=FEED.host, order_by=order).label("place")
    there = (FEED.host.in_(_many("_keys")), *due, free(FEED.lease_until, _at("_now")))
    ranked = select(*order, place).where(*there).subquery()
    first = select(ranked.c.id).where(ranked.c.place <= bindparam("_per_host"))
    return _take(first.order_by(ranked.c.due_at, ranked.c.id).limit(bindparam("_room")), *due)


def _due_hosts() -> Select[Any]:
    ready = (HOST.due_at <= _at("_now"), HOST.free_at <= _at("_now"), free(HOST.lease_until, _at("_now")))
    query = select(HOST.key).where(*ready).order_by(HOST.due_at).limit(bindparam("_room"))
    return query.with_for_update(skip_locked=True)


def _free_hosts() -> Select[Any]:
    theirs = HOST.key.in_(select(FEED.host).where(FEED.id.in_(_many("_ids"))))
    free_ones = select(HOST.key).where(theirs, free(HOST.lease_until, _at("_now")))
    return free_ones.order_by(HOST.key).with_for_update()


def _hold() -> Update:
    token: Any = bindparam("_token")
    count: Any = bindparam("_count")
    more = case((HOST.lease_token == token, HOST.held + count), else_=count)
    lease = {"held": more, "lease_token": token, "lease_until": _at("_until"), "due_at": _at("_until")}
    return update(HOSTS).where(HOST.key.in_(_many("_keys"))).values(lease)


def _leave() -> Update:
    free_at = later(HOST.free_at, _at("_free"))
    key = bindparam("_key", type_=HOST.key.type)
    last, expected = HOST.held <= 1, HOST.due_at < HOST.lease_until
    after = {
        "held": HOST.held - 1,
        "free_at": free_at,
        "lease_until": case((last, null()), else_=HOST.lease_until),
        "lease_token": case((last, null()), else_=HOST.lease_token),
        "due_at": case((~last, HOST.due_at), (expected, free_at), else_=later(free_at, first_due(key))),
    }
    return update(HOSTS).where(HOST.key == key, HOST.lease_token == bindparam("_token")).values(after)


def _release() -> Update:
    due_at = later(HOST.free_at, first_due(HOST.key))
    return update(HOSTS).values(held=0, lease_until=None, lease_token=None, due_at=due_at)


def _finish() -> Update:
    """What a poll leaves in the row, in terms of what others may have written there meanwhile."""
    new: dict[str, Any] = {name: bindparam(f"_{name}", type_=FEED[name].type) for name in WRITTEN}
    muted = FEED.state == "muted"
    undeclared = muted & (FEED.last_error == UNDECLARED)
    heated = FEED.hot_until > func.coalesce(new["hot_until"], 0)
    told = FEED.last_entry_at > func.coalesce(new["last_entry_at"], 0)
    new |= {
        "lang": func.coalesce(FEED.lang, new["lang"]),
        "state": case((muted, FEED.state), else_=new["state"]),
        "state_since": case((muted | (FEED.state == new["state"]), FEED.state_since), else_=_at("_at")),
        "last_error": case((undeclared, FEED.last_error), else_=new["last_error"]),
        "hot_until": case((heated, FEED.hot_until), else_=new["hot_until"]),
        "last_entry_at": case((told, FEED.last_entry_at), else_=new["last_entry_at"]),
        "due_at": case((heated, _at("_sooner")), else_=new["due_at"]),
        # The same document has the same marks. Not to write them spares PostgreSQL a copy out of line.
        "marks": case((FEED.body_hash == new["body_hash"], FEED.marks), else_=new["marks"]),
        "lease_until": None,
        "lease_token": None,
    }
    mine = (FEED.id == bindparam("_id"), FEED.lease_token == bindparam("_token"))
    return update(FEEDS).where(*mine).values(new).returning(FEED.url, FEED.host, FEED.due_at)


def _trim() -> Delete:
    mine = POLL.feed_id == bindparam("_feed_id")
    oldest = select(POLL.id).where(mine).order_by(POLL.id.desc()).offset(bindparam("_kept")).limit(1)
    return delete(POLLS).where(mine, POLL.id <= oldest.scalar_subquery())


OTHERS = ("feed_id", "lease_token", "url", "country", "subject", "priority", "source", "state_since", "pushed_until")
WRITTEN = tuple(field.name for field in fields(Feed) if field.name not in OTHERS)

DUE_HOSTS = _due_hosts()
"""Lock free hosts where something may be due. Takes now, room."""
FREE_HOSTS = _free_hosts()
"""Lock the free ones of these feeds' hosts. Takes ids, now."""
TAKE_DUE = _take_due()
"""Lease due feeds of these hosts. Takes keys, per_host, room, now, until, token."""
TAKE = _take(select(FEED.id).where(FEED.id.in_(_many("_ids"))), FEED.host.in_(_many("_keys")))
"""Lease these feeds, if they are on these hosts. Takes ids, keys, now, until, token."""
HOLD = _hold()
"""Lease these hosts with so many feeds each. Takes keys, count, until, token."""
RELEASE = _release()
"""Let go of every host, and set right when there is something to ask there."""
LEAVE = _leave()
"""Count one feed as finished, and with the last one let go of the host. Takes key, token, free."""
FINISH = _finish()
"""Write a feed back and let go of it. Takes id, token, at, sooner and a value for each of WRITTEN."""
NOTE = insert(POLLS).inline()  # its id is of no interest
"""Note a poll. Takes its columns."""
TRIM = _trim()
"""Forget the oldest polls of a feed. Takes feed_id, kept."""


def soonest() -> ColumnElement[Any]:
    """Return when the feed is due if it is urgent. Where that is not known, and after failures, it stays as it was."""
    return case((and_(FEED.failures == 0, FEED.soonest_at < FEED.due_at), FEED.soonest_at), else_=FEED.due_at)


def _heat() -> Update:
    longer = case((FEED.hot_until > _at("_until"), FEED.hot_until), else_=_at("_until"))
    these = update(FEEDS).where(among(FEED.id, "_ids")).values(hot_until=longer, due_at=soonest())
    return these.returning(FEED.host, FEED.due_at)


LOCK, HEAT = select(FEED.id).where(among(FEED.id, "_ids")).order_by(FEED.id).with_for_update(), _heat()
