"""One person, by their email address: all that is held of them, and forgetting it.

Rows that others refer to stay, emptied: that a message went out, of what kind and when. SQLite writes zeros over what
is deleted (secure_delete), so that the file does not hold it either once it is checkpointed.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlmodel import col

from service.adapters.store.tables import (
    AttemptRow,
    BodyRow,
    ChannelRow,
    ConsentRow,
    DigestRow,
    OutboxRow,
    ReturnRow,
    SubscriptionRow,
)
from service.adapters.store.values import quiet_out, wish_out

ERASED = "erased.invalid"


class Persons:
    """Keeps ports.readers.People's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def export(self, address: str) -> Mapping[str, object]:
        """See the port."""
        channels, subs = self._channels(address), self._subscriptions(address)
        mine = col(OutboxRow.channel_id).in_(channels)
        return {
            "addresses": self._rows(ChannelRow, col(ChannelRow.id).in_(channels), "address state reason created_at"),
            "subscriptions": self._rows(
                SubscriptionRow,
                col(SubscriptionRow.id).in_(subs),
                "id mode rules tz at days empty_day quiet state source created_at",
            ),
            "consents": self._rows(
                ConsentRow,
                col(ConsentRow.subscription_id).in_(subs),
                "wish text_version asked_at asked_ip asked_agent confirmed_at confirmed_ip confirmed_agent",
            ),
            "messages": self._rows(OutboxRow, mine, "kind subject state created_at sent_at last_error"),
            "digests": self._rows(DigestRow, col(DigestRow.subscription_id).in_(subs), "local_date items"),
        }

    def erase(self, address: str) -> Mapping[str, int]:
        """See the port."""
        channels, subs = self._channels(address), self._subscriptions(address)
        mine = col(OutboxRow.channel_id).in_(channels)
        unsent = (mine, col(OutboxRow.state) == "pending")
        mails = select(col(OutboxRow.id)).where(mine)
        run = self._connection.execute
        counts = {
            "subscriptions": len(subs),
            "consents": run(delete(ConsentRow).where(col(ConsentRow.subscription_id).in_(subs))).rowcount,
            "messages": run(update(OutboxRow).where(mine).values(last_error="")).rowcount,
            "attempts": run(
                update(AttemptRow).where(col(AttemptRow.outbox_id).in_(mails)).values(error="", response="")
            ).rowcount,
            "returned": run(update(ReturnRow).where(col(ReturnRow.channel_id).in_(channels)).values(words="")).rowcount,
        }
        run(delete(BodyRow).where(col(BodyRow.outbox_id).in_(mails)))
        run(update(OutboxRow).where(*unsent).values(state="superseded", lease_token=None, lease_until=None))
        for sub_id in subs:
            empty: dict[str, Any] = {"state": "ended", "key": secrets.token_urlsafe(24), "tz": "UTC", "at": "07:00"}
            empty |= {"days": (), "quiet": None, "digest_due_at": None}
            run(update(SubscriptionRow).where(col(SubscriptionRow.id) == sub_id).values(**empty))
        for channel_id in channels:
            nobody = {"address": f"{secrets.token_hex(8)}@{ERASED}", "state": "disabled", "reason": "erased"}
            run(update(ChannelRow).where(col(ChannelRow.id) == channel_id).values(**nobody, secret=None))
        return counts

    def _channels(self, address: str) -> list[int]:
        """Return the channels of this address in whatever case it is written."""
        query = select(col(ChannelRow.id), col(ChannelRow.address)).where(col(ChannelRow.kind) == "email")
        wanted = address.casefold()
        return [row.id for row in self._connection.execute(query) if row.address.casefold() == wanted]

    def _subscriptions(self, address: str) -> list[int]:
        query = select(col(SubscriptionRow.id))
        where = col(SubscriptionRow.channel_id).in_(self._channels(address))
        return [int(row.id) for row in self._connection.execute(query.where(where))]

    def _rows(self, table: Any, where: Any, names: str) -> list[dict[str, object]]:
        rows = self._connection.execute(select(table).where(where).order_by(col(table.id)))
        return [{name: _plain(name, getattr(row, name)) for name in names.split()} for row in rows]


def _plain(name: str, value: Any) -> object:
    if name == "quiet":
        return quiet_out(value) if value else None
    if name == "wish":
        return wish_out(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
