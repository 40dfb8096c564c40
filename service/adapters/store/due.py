"""The statements by which messages are claimed and their ends written down. What they are given has an underscore.

They are made once: SQLAlchemy takes longer to make such a statement than the database to run it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, bindparam, case, func, or_, select, update

from service.adapters.store.rows import free
from service.adapters.store.tables import Base
from service.adapters.store.types import Instant, Words

TABLES = Base.metadata.tables
ROWS, CHANNELS, READERS = TABLES["outbox"], TABLES["channel"], TABLES["subscription"]
ROW, CHANNEL, READER = ROWS.c, CHANNELS.c, READERS.c
LOOKED_AT = 2000
"""Of what is due for longest so many are looked at: a hung endpoint's stand among them until its breaker opens."""
PER_CHANNEL = 4


def _at(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=Instant)


def _due() -> tuple[ColumnElement[bool], ...]:
    return (ROW.state == "pending", ROW.due_at <= _at("_now"), free(ROW.lease_until, _at("_now")))


def left(state: ColumnElement[str]) -> ColumnElement[bool]:
    """Whose subscription is not active; a mail that asks to confirm goes to who is not yet, or not any more."""
    return and_(state != "active", ROW.kind != "confirm")


def _ready() -> Select[Any]:
    """Due, wanted, on an open channel of this kind, and nothing older about the event waits for the channel.

    What another subscription on the channel put off, for its own quiet hours, keeps nobody else waiting.
    """
    older = ROWS.alias("older").c
    before = (older.channel_id == ROW.channel_id, older.event_id == ROW.event_id)
    own = or_(older.subscription_id == ROW.subscription_id, older.due_at <= _at("_now"), older.tries > 0)
    waits = select(older.id).where(*before, older.state == "pending", older.id < ROW.id, own).exists()
    is_open = (CHANNEL.state == "active", free(CHANNEL.paused_until, _at("_now")))
    kinds: Any = bindparam("_kinds", expanding=True)
    return (
        select(ROW.id, ROW.due_at, ROW.channel_id, CHANNEL.trips)
        .select_from(ROWS.join(CHANNELS, CHANNEL.id == ROW.channel_id).join(READERS, READER.id == ROW.subscription_id))
        .where(*_due(), ~left(READER.state), *is_open, CHANNEL.kind.in_(kinds), ~waits)
        .order_by(ROW.due_at, ROW.id)
        .limit(LOOKED_AT)
    )


def _claim() -> Update:
    ready = _ready().subquery("ready")
    place = func.row_number().over(partition_by=ready.c.channel_id, order_by=(ready.c.due_at, ready.c.id))
    ranked = select(ready.c.id, ready.c.channel_id, ready.c.due_at, ready.c.trips, place.label("place")).subquery()
    beside = ROWS.alias("beside").c
    under_way = (beside.lease_until.is_not(None), beside.lease_until > _at("_now"), beside.state == "pending")
    held = (
        select(beside.channel_id, func.count().label("held")).where(*under_way).group_by(beside.channel_id).subquery()
    )
    room = case((ranked.c.trips > 0, 1), else_=PER_CHANNEL)
    first = (
        select(ranked.c.id)
        .select_from(ranked.outerjoin(held, held.c.channel_id == ranked.c.channel_id))
        .where(ranked.c.place + func.coalesce(held.c.held, 0) <= room)
        .order_by(ranked.c.due_at, ranked.c.id)
        .limit(bindparam("_some"))  # more than are taken: those another worker is taking are passed over
    )
    chosen = (
        select(ROW.id)
        .where(ROW.id.in_(first), *_due())
        .order_by(ROW.due_at, ROW.id)
        .limit(bindparam("_limit"))
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    # A token that is still there is that of a sender whose end nobody saw: they may have sent it.
    tries = ROW.tries + case((ROW.lease_token.is_not(None), 1), else_=0)
    lease = {"lease_until": _at("_until"), "lease_token": bindparam("_token"), "tries": tries}
    return update(ROWS).where(ROW.id.in_(select(chosen.c.id))).values(lease).returning(ROW.id)


def _drop() -> Update:
    state = select(READER.state).where(READER.id == ROW.subscription_id).correlate(ROWS).scalar_subquery()
    its = CHANNEL.id == ROW.channel_id
    channel = select(CHANNEL.state).where(its).correlate(ROWS).scalar_subquery()
    reason = select(CHANNEL.reason).where(its).correlate(ROWS).scalar_subquery()
    first = select(ROW.id).where(*_due()).order_by(ROW.due_at, ROW.id).limit(bindparam("_limit"))
    unwanted = ~and_(~left(state), channel == "active")
    gone = select(ROW.id).where(ROW.id.in_(first), *_due(), unwanted).with_for_update(skip_locked=True).cte("gone")
    values: dict[str, Any] = {
        "state": case((left(state), "superseded"), else_="gave_up"),
        "last_error": case((left(state), "subscription " + state), else_="channel disabled: " + reason),
        "lease_until": None,
        "lease_token": None,
    }
    return update(ROWS).where(ROW.id.in_(select(gone.c.id))).values(values)


def _record() -> Update:
    values: dict[str, Any] = {
        "state": bindparam("_state"),
        "due_at": _at("_due_at"),
        "sent_at": _at("_sent_at"),
        "tries": bindparam("_tries"),
        "last_error": bindparam("_last_error", type_=Words),
        "lease_until": None,
        "lease_token": None,
    }
    return update(ROWS).where(ROW.id == bindparam("_id")).values(values)


CLAIM = _claim()
"""Lease due messages and return their ids. Takes now, until, token, kinds, limit, some."""
DROP = _drop()
"""Let go of due messages whose reader left, or whose channel closed, while a sender since killed held them.

Looks at the `limit` longest due only: to look at all would cost more with each that waits. Takes now, limit.
"""
RECORD = _record()
"""Write down how a message ended. Takes id and all it sets."""
