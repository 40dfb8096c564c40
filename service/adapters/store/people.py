"""One person, by their email address: all that is held of them, and forgetting it.

It lies in their mailbox's rows; with endpoints whose owner they are; in endpoints' addresses that name them; and where
operators wrote it (see writings). Rows that others refer to stay, emptied: that a message went out, of what kind and
when. SQLite writes zeros over what is deleted (secure_delete), so that the file does not hold it either once it is
checkpointed.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, delete, insert, select, update
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
from service.adapters.store.writings import NOBODY, standing, unwrite, whole, written
from service.core.subscription import mailbox_of

ERASED = "erased.invalid"


class Persons:
    """Keeps ports.readers.People's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def export(self, address: str) -> Mapping[str, object]:
        """See the port."""
        channels, subs = self._mailboxes(address), self._subscriptions(self._mailboxes(address))
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
            "attempts": self._rows(AttemptRow, col(AttemptRow.channel_id).in_(channels), "at ok status error response"),
            "returned": self._rows(ReturnRow, col(ReturnRow.channel_id).in_(channels), "at kind words"),
            "digests": self._rows(DigestRow, col(DigestRow.subscription_id).in_(subs), "local_date items"),
            "endpoints": [
                {"host": urlsplit(row.address).hostname, "owner": row.owner, "state": row.state}
                for row in self._endpoints(address)
            ],
            "written": written(self._connection, address),
        }

    def standing(self, address: str) -> Sequence[str]:
        """See the port."""
        declared = col(SubscriptionRow.source) == "file"
        ids = [*self._mailboxes(address), *(row.id for row in self._endpoints(address))]
        where = (col(SubscriptionRow.channel_id).in_(ids), declared, col(SubscriptionRow.state) != "ended")
        found = self._connection.execute(select(col(SubscriptionRow.id)).where(*where)).first()
        return [*(["subscriptions.yaml"] if found else []), *standing(self._connection, address)]

    def is_erased(self, mark: str) -> bool:
        """See the port."""
        query = select(col(ChannelRow.id)).where(col(ChannelRow.mailbox) == mark).limit(1)
        return self._connection.execute(query).first() is not None

    def erase(self, address: str, *, mark: str, now: datetime) -> Mapping[str, int]:
        """See the port. The mark stands in the emptied row of the mailbox."""
        endpoints = self._endpoints(address)
        owned = [row.id for row in endpoints if same_mailbox(row.owner, address)]
        named = [row.id for row in endpoints if _names(row.address, address)]
        mailboxes = self._mailboxes(address)
        channels = [*mailboxes, *named]
        subs = self._subscriptions(channels)
        counts = self._empty(channels, subs)
        run = self._connection.execute
        for sub_id in subs:
            empty: dict[str, Any] = {"state": "ended", "key": secrets.token_urlsafe(24), "tz": "UTC", "at": "07:00"}
            empty |= {"days": (), "quiet": None, "digest_due_at": None}
            run(update(SubscriptionRow).where(col(SubscriptionRow.id) == sub_id).values(**empty))
        for channel_id in channels:
            nobody: dict[str, Any] = {
                "address": f"{secrets.token_hex(8)}@{ERASED}",
                "state": "disabled",
                "reason": "erased",
            }
            nobody |= {"secret": None, "old_secret": None, "older_secret": None, "owner": ""}
            nobody |= {"mailbox": mark if channel_id in mailboxes else ""}
            run(update(ChannelRow).where(col(ChannelRow.id) == channel_id).values(**nobody))
        run(update(ChannelRow).where(col(ChannelRow.id).in_(owned)).values(owner=""))
        if owned and not mailboxes:
            empty = {"address": f"{secrets.token_hex(8)}@{ERASED}", "state": "disabled", "reason": "erased"}
            run(insert(ChannelRow).values(kind="email", mailbox=mark, created_at=now, **empty))
        return counts | {"endpoints": len(endpoints), "writings": unwrite(self._connection, address)}

    def _empty(self, channels: Sequence[int], subs: Sequence[int]) -> dict[str, int]:
        """Empty what was sent to these channels, and drop what was not sent yet."""
        mine = col(OutboxRow.channel_id).in_(channels)
        mails = select(col(OutboxRow.id)).where(mine)
        silent = {"last_error": NOBODY, "fell_back": "", "subject": NOBODY}
        run = self._connection.execute
        counts = {
            "subscriptions": len(subs),
            "consents": run(delete(ConsentRow).where(col(ConsentRow.subscription_id).in_(subs))).rowcount,
            "messages": run(update(OutboxRow).where(mine).values(**silent)).rowcount,
            "attempts": run(
                update(AttemptRow).where(col(AttemptRow.outbox_id).in_(mails)).values(error="", response="")
            ).rowcount,
            "returned": run(update(ReturnRow).where(col(ReturnRow.channel_id).in_(channels)).values(words="")).rowcount,
        }
        run(delete(BodyRow).where(col(BodyRow.outbox_id).in_(mails)))
        unsent = (mine, col(OutboxRow.state) == "pending")
        run(update(OutboxRow).where(*unsent).values(state="superseded", lease_token=None, lease_until=None))
        return counts

    def _mailboxes(self, address: str) -> list[int]:
        """Return the channels of this mailbox in whatever way it is written."""
        query = select(col(ChannelRow.id)).where(col(ChannelRow.mailbox) == mailbox_of(address))
        return [int(row.id) for row in self._connection.execute(query)]

    def _endpoints(self, address: str) -> Sequence[Any]:
        """Return the webhooks that belong to this address, or hold it in their own."""
        columns = (col(ChannelRow.id), col(ChannelRow.address), col(ChannelRow.owner), col(ChannelRow.state))
        rows = self._connection.execute(select(*columns).where(col(ChannelRow.kind) == "webhook"))
        return [row for row in rows if same_mailbox(row.owner, address) or _names(row.address, address)]

    def _subscriptions(self, channels: Sequence[int]) -> list[int]:
        query = select(col(SubscriptionRow.id)).where(col(SubscriptionRow.channel_id).in_(channels))
        return [int(row.id) for row in self._connection.execute(query)]

    def _rows(self, table: Any, where: Any, names: str) -> list[dict[str, object]]:
        rows = self._connection.execute(select(table).where(where).order_by(col(table.id)))
        return [{name: _plain(name, getattr(row, name)) for name in names.split()} for row in rows]


def same_mailbox(one: str, other: str) -> bool:
    """Whether two addresses are one."""
    return mailbox_of(one) == mailbox_of(other)


def _names(url: str, address: str) -> bool:
    return whole(address).search(unquote(url)) is not None


def _plain(name: str, value: Any) -> object:
    if name == "quiet":
        return quiet_out(value) if value else None
    if name == "wish":
        return wish_out(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
