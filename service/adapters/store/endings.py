"""What many messages end with, kept once."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlmodel import col

from service.adapters.store.rows import upsert
from service.adapters.store.tables import EndingRow, OutboxRow

FRESH = timedelta(days=1)


def ending_id(connection: Connection, content: bytes, now: datetime) -> int:
    """Return the id of these bytes, kept from now on if they are new.

    That they are in use is written down once a day only: each time would write all of them again.
    """
    digest = hashlib.sha256(content).hexdigest()
    fresh = (col(EndingRow.digest) == digest, col(EndingRow.used_at) > now - FRESH)
    known = connection.execute(select(col(EndingRow.id)).where(*fresh)).scalar()
    if known is not None:
        return int(known)
    row = {"digest": digest, "used_at": now, "content": content}
    return int(upsert(connection, EndingRow, row, key=["digest"], give=[col(EndingRow.id)]).id)


def forget(connection: Connection, before: datetime, batch: int) -> int:
    """Drop what no message ends with any more, and none has asked for since. Return how many."""
    used = select(col(OutboxRow.id)).where(col(OutboxRow.ending_id) == col(EndingRow.id)).exists()
    unused = (col(EndingRow.used_at) < before - FRESH, ~used)
    which = select(col(EndingRow.id)).where(*unused).limit(batch).scalar_subquery()
    return connection.execute(delete(EndingRow).where(col(EndingRow.id).in_(which), *unused)).rowcount
