"""Channels and subscriptions."""

import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, func, or_, select, update
from sqlmodel import col

from service.adapters.store.rows import free, insert_new, same_named, taken
from service.adapters.store.tables import ChannelRow, OutboxRow, SubscriptionRow
from service.adapters.store.types import Instant
from service.core.errors import BadInput, NotFound
from service.core.retry import Health
from service.core.subscription import OLD_SECRET, Channel, ChannelKind, Mode, Subscription, Wish, mailbox_of

CHANNEL_COLUMNS = same_named(Channel, but=("channel_id",))
HEALTHY: Mapping[str, Any] = {"failing_since": None, "failures": 0, "trips": 0, "paused_until": None}
HEALTH_COLUMNS = same_named(Health, but=("disable",))
COLUMNS = ("mode", "rules", "tz", "days", "empty_day", "quiet", "state", "key", "source", "created_at")
WHEN = ("tz", "at", "days", "empty_day", "quiet")
"""What of a subscription may change without making it another one."""
SUBSCRIPTION = select(
    SubscriptionRow, *(getattr(ChannelRow, name).label(f"channel_{name}") for name in CHANNEL_COLUMNS)
).join(ChannelRow, col(ChannelRow.id) == col(SubscriptionRow.channel_id))
"""A subscription with its channel, as subscription_of reads it."""
ALERTED = SUBSCRIPTION.where(
    col(SubscriptionRow.mode) != "digest", col(SubscriptionRow.state).in_(("active", "paused"))
).order_by(col(SubscriptionRow.id))
ACTIVE = SUBSCRIPTION.where(
    col(SubscriptionRow.mode).in_(bindparam("_modes", expanding=True)),
    col(SubscriptionRow.state) == "active",
    col(ChannelRow.state) == "active",
).order_by(col(SubscriptionRow.id))
_THESE = col(ChannelRow.id).in_(bindparam("_ids", expanding=True))
# Made once: it happens with each batch that is sent.
WELL_AGAIN = update(ChannelRow).where(_THESE, col(ChannelRow.failing_since).is_not(None))
WELL_AGAIN = WELL_AGAIN.values(failing_since=None, failures=0)
CLOSED_AGAIN = update(ChannelRow).where(
    _THESE, col(ChannelRow.trips) > 0, free(col(ChannelRow.paused_until), bindparam("_now", type_=Instant))
)
CLOSED_AGAIN = CLOSED_AGAIN.values(trips=0)


class Subscriptions:
    """Keeps ports.store.SubscriptionStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, wish: Wish, *, now: datetime) -> Subscription:
        """See the port. Adding what is there already sets its time, confirms it, and by hand or page begins it again.

        A file never begins again what its reader ended, nor a channel that is gone.
        """
        channel_id = self._channel(wish, now)
        key = {"channel_id": channel_id, "mode": wish.mode, "rules_key": _rules_key(wish)}
        row = key | _wished(wish) | {"state": "active" if wish.confirmed else "pending", "source": wish.source}
        row |= {"created_at": now, "key": secrets.token_urlsafe(24)}
        insert_new(self._connection, SubscriptionRow, [row], key=list(key), give=[col(SubscriptionRow.id)])
        this = [getattr(SubscriptionRow, name) == value for name, value in key.items()]
        found = self._connection.execute(SUBSCRIPTION.where(*this)).one()
        if found.key != row["key"]:
            self._again(found, row, wish)
        return self.get(found.id)

    def change(self, subscription_id: int, wish: Wish) -> Subscription:
        """See the port. Raises BadInput where the address has just this already."""
        this = col(SubscriptionRow.id) == subscription_id
        held = self._connection.execute(select(SubscriptionRow).where(this).with_for_update()).one()
        same = (col(SubscriptionRow.channel_id) == held.channel_id, col(SubscriptionRow.rules_key) == _rules_key(wish))
        twin = select(col(SubscriptionRow.id)).where(*same, col(SubscriptionRow.mode) == wish.mode, ~this)
        if self._connection.execute(twin).first():
            raise BadInput("this address has a subscription just like that already", hint="change that one instead")
        values = _wished(wish) | {"mode": wish.mode, "rules_key": _rules_key(wish)}
        if any(getattr(held, name) != values[name] for name in ("tz", "at", "days", "mode")):
            values["digest_due_at"] = None
        self._connection.execute(update(SubscriptionRow).where(this).values(**values))
        return self.get(subscription_id)

    def rules_wanted(self) -> Mapping[str, int]:
        """See the port."""
        key, state = col(SubscriptionRow.rules_key), col(SubscriptionRow.state)
        rows = self._connection.execute(select(key, func.count()).where(state != "ended", key != "").group_by(key))
        wanted: Counter[str] = Counter()
        for names, count in rows:
            wanted.update(dict.fromkeys(names.split("\n"), count))
        return wanted

    def at_address(self, kind: ChannelKind, address: str) -> list[Subscription]:
        """Return all that go to this address, the ended ones too. Upper and lower case are one in email."""
        here = col(ChannelRow.address) == address
        same = or_(here, col(ChannelRow.mailbox) == mailbox_of(address)) if kind == "email" else here
        where = (col(ChannelRow.kind) == kind, same)
        rows = self._connection.execute(SUBSCRIPTION.where(*where).order_by(col(SubscriptionRow.id)))
        return [subscription_of(row) for row in rows]

    def _channel(self, wish: Wish, now: datetime) -> int:
        kind, address, secret, source = wish.kind, wish.address, wish.secret, wish.source
        row = {"kind": kind, "address": address, "secret": secret, "created_at": now}
        row |= {"format": wish.format, "owner": wish.owner, "mailbox": mailbox_of(address) if kind == "email" else ""}
        insert_new(self._connection, ChannelRow, [row], key=["kind", "address"], give=[col(ChannelRow.id)])
        this = (col(ChannelRow.kind) == kind, col(ChannelRow.address) == address)
        found = self._connection.execute(select(ChannelRow).where(*this)).one()
        changes: dict[str, Any] = {}
        if secret and found.secret is None:
            changes["secret"] = secret
        elif secret and source == "file" and found.secret != secret:
            self.rotate(found.id, secret, until=now + OLD_SECRET, now=now)
        said = {"format": wish.format, "owner": wish.owner}
        changes |= {name: value for name, value in said.items() if value not in {"", getattr(found, name)}}
        if source == "cli" and found.state == "disabled":
            changes |= {"state": "active", "reason": "", **HEALTHY}
        if changes:
            self._connection.execute(update(ChannelRow).where(*this).values(**changes))
        return int(found.id)

    def _again(self, found: Row[Any], row: Mapping[str, Any], wish: Wish) -> None:
        whole = found.source == wish.source == "file"  # a file says all there is to say of what is its own
        named = [name for name in WHEN if whole or wish.names(name)]
        changes: dict[str, Any] = {name: row[name] for name in named if getattr(found, name) != row[name]}
        if changes.keys() & {"tz", "at", "days"}:
            changes["digest_due_at"] = None
        if found.state == "pending" and row["state"] == "active":
            changes["state"] = "active"
        if row["source"] != "file" and row["state"] == "active":
            changes["source"] = row["source"]  # somebody asked for it: a file that drops it later must not end it
        if found.state == "ended" and row["source"] != "file":
            # From now on, not from when it first began: nobody wants what happened while they were away.
            changes |= {"state": row["state"], "created_at": row["created_at"], "digest_due_at": None}
        if changes:
            self._connection.execute(
                update(SubscriptionRow).where(col(SubscriptionRow.id) == found.id).values(**changes)
            )

    def all(self) -> list[Subscription]:
        """Return every subscription in the order they were added, ended ones included."""
        return [
            subscription_of(row) for row in self._connection.execute(SUBSCRIPTION.order_by(col(SubscriptionRow.id)))
        ]

    def active(self, mode: Mode) -> list[Subscription]:
        """Return those that get messages of this mode: active, on an active channel."""
        return [subscription_of(row) for row in self._connection.execute(ACTIVE, {"_modes": (mode, "both")})]

    def alerted(self) -> list[Subscription]:
        """See the port."""
        return [subscription_of(row) for row in self._connection.execute(ALERTED)]

    def get(self, subscription_id: int) -> Subscription:
        """Return the subscription, or raise NotFound."""
        row = self._connection.execute(SUBSCRIPTION.where(col(SubscriptionRow.id) == subscription_id)).first()
        if row is None:
            raise NotFound(f"there is no subscription {subscription_id}", hint="`tocsin subscriptions list` shows them")
        return subscription_of(row)

    def some(self, subscription_ids: Sequence[int]) -> Mapping[int, Subscription]:
        """See the port."""
        query = SUBSCRIPTION.where(col(SubscriptionRow.id).in_(subscription_ids))
        return {int(row.id): subscription_of(row) for row in self._connection.execute(query)}

    def by_key(self, key: str) -> Subscription:
        """Return the subscription whose links carry this key, or raise NotFound."""
        row = self._connection.execute(SUBSCRIPTION.where(col(SubscriptionRow.key) == key)).first()
        if row is None:
            raise NotFound("this link belongs to no subscription", hint="it may have been cut off in copying")
        return subscription_of(row)

    def begin(self, subscription_id: int, now: datetime | None) -> None:
        """See the port."""
        values: dict[str, Any] = {"state": "active", "digest_due_at": None} | ({"created_at": now} if now else {})
        this = col(SubscriptionRow.id) == subscription_id
        self._connection.execute(update(SubscriptionRow).where(this).values(**values))

    def set_state(self, subscription_id: int, state: Literal["active", "paused", "ended"]) -> None:
        """See the port. Raises NotFound."""
        this = update(SubscriptionRow).where(col(SubscriptionRow.id) == subscription_id)
        if not self._connection.execute(this.values(state=state)).rowcount:
            self.get(subscription_id)
        if state != "active":
            self._drop(
                col(OutboxRow.subscription_id) == subscription_id,
                state="superseded",
                last_error=f"subscription {state}",
            )

    def closed(self) -> list[Subscription]:
        """See the port."""
        ours = col(SubscriptionRow.source) != "web"
        wanted = (col(SubscriptionRow.state) == "active", or_(col(ChannelRow.kind) == "webhook", ours))
        query = SUBSCRIPTION.where(col(ChannelRow.state) == "disabled", *wanted).order_by(col(SubscriptionRow.id))
        return [subscription_of(row) for row in self._connection.execute(query)]

    def enable_channel(self, channel_id: int) -> None:
        """See the port."""
        this = update(ChannelRow).where(col(ChannelRow.id) == channel_id)
        self._connection.execute(this.values(state="active", reason="", **HEALTHY))

    def disable_channel(self, channel_id: int, reason: str) -> None:
        """Send nothing there any more, and give up what is unsent. Raises NotFound."""
        this = update(ChannelRow).where(col(ChannelRow.id) == channel_id).values(state="disabled", reason=reason)
        if not self._connection.execute(this).rowcount:
            self.channel(channel_id)
        self._drop(col(OutboxRow.channel_id) == channel_id, state="gave_up", last_error=f"channel disabled: {reason}")

    def on_channel(self, channel_id: int) -> list[Subscription]:
        """Return all that go there."""
        query = SUBSCRIPTION.where(col(SubscriptionRow.channel_id) == channel_id).order_by(col(SubscriptionRow.id))
        return [subscription_of(row) for row in self._connection.execute(query)]

    def mailbox(self, address: str, *, now: datetime) -> Channel:
        """See the port."""
        row = {"kind": "email", "address": address, "mailbox": mailbox_of(address), "created_at": now}
        insert_new(self._connection, ChannelRow, [row], key=["kind", "address"], give=[col(ChannelRow.id)])
        this = (col(ChannelRow.kind) == "email", col(ChannelRow.address) == address)
        return self.channel(int(self._connection.execute(select(col(ChannelRow.id)).where(*this)).one().id))

    def rotate(self, channel_id: int, secret: str, *, until: datetime, now: datetime) -> None:
        """See the port."""
        channel = self.channel(channel_id)
        values = {"secret": secret, "old_secret": channel.secret, "old_secret_until": until if channel.secret else None}
        if channel.old_secret_until is not None and channel.old_secret_until > now:
            values |= {"older_secret": channel.old_secret, "older_secret_until": channel.old_secret_until}
        else:
            values |= {"older_secret": None, "older_secret_until": None}
        self._connection.execute(update(ChannelRow).where(col(ChannelRow.id) == channel_id).values(**values))

    def recovered(self, channel_ids: Collection[int], now: datetime) -> None:
        """See the port."""
        if channel_ids:
            self._connection.execute(WELL_AGAIN, {"_ids": list(channel_ids)})
            self._connection.execute(CLOSED_AGAIN, {"_ids": list(channel_ids), "_now": now})

    def failing(self, channel_id: int, health: Health) -> None:
        """See the port."""
        this = update(ChannelRow).where(col(ChannelRow.id) == channel_id)
        self._connection.execute(this.values(**taken(health, HEALTH_COLUMNS)))

    def _drop(self, whose: Any, **values: str) -> None:
        unsent = (col(OutboxRow.state) == "pending", col(OutboxRow.lease_token).is_(None))
        self._connection.execute(update(OutboxRow).where(whose, *unsent).values(**values))

    def channel(self, channel_id: int) -> Channel:
        """Return the channel, or raise NotFound."""
        row = self._connection.execute(select(ChannelRow).where(col(ChannelRow.id) == channel_id)).first()
        if row is None:
            raise NotFound(f"there is no channel {channel_id}")
        return Channel(channel_id=row.id, **taken(row, CHANNEL_COLUMNS))


def _rules_key(wish: Wish) -> str:
    return "\n".join(sorted(set(wish.rules)))


def _wished(wish: Wish) -> dict[str, Any]:
    """Return the columns that hold when and how it is told."""
    return {"rules": tuple(wish.rules), "days": tuple(wish.days)} | {
        "tz": wish.tz,
        "at": wish.at,
        "empty_day": wish.empty_day,
        "quiet": wish.quiet,
    }


def channel_of(row: Any) -> Channel:
    """Read a channel from columns named `channel_…`."""
    return Channel(channel_id=row.channel_id, **{name: getattr(row, f"channel_{name}") for name in CHANNEL_COLUMNS})


def subscription_of(row: Any) -> Subscription:
    """Read a row of SUBSCRIPTION."""
    at = time.fromisoformat(row.at)
    return Subscription(subscription_id=row.id, channel=channel_of(row), at=at, **taken(row, COLUMNS))
