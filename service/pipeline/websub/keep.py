"""An agreement, written together with what it means for its feed."""

from datetime import datetime

from service.core.feed import Push
from service.core.websub import ask_soon
from service.ports.store import Transaction


def keep(tx: Transaction, before: Push, after: Push | None, *, now: datetime) -> None:
    """Write it, or forget it. A feed that its hub does not look after any more is looked after by us, soon."""
    if after is None:
        tx.pushes.end(before.feed_id)
    else:
        tx.pushes.save(after)
    was, until = before.promised_until, after.promised_until if after else None
    if was != until:
        ask_at = None if until else ask_soon(tx.feeds.get(before.feed_id), now=now)
        tx.feeds.count_on(before.feed_id, until=until, ask_at=ask_at)
