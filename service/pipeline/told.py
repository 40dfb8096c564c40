"""What everybody was told of an event already, and what is owed to who could not be told."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from service.core.event import Development
from service.core.subscription import Told
from service.ports.rules import HeldBack
from service.ports.store import Transaction

HEARD = ("pending", "sent")
OWED = timedelta(days=30)
"""So far back what somebody was told is put right once they can be told again."""


def told_of(
    tx: Transaction, event_id: int, history: Sequence[Development], *, readers: Collection[int] | None = None
) -> Mapping[int, Sequence[Told]]:
    """Return what everybody was told of the event, and of those that were found to be the same, by subscription.

    Or these `readers` only. What was told of the others counts by the revisions in `history`.
    """
    found: dict[int, list[Told]] = defaultdict(list)
    for known in tx.events.merged_into(event_id)[::-1]:
        for reader, told in tx.outbox.told_all(known, readers).items():
            found[reader] += [_counted_here(item, history) for item in told]
    for reader, told in tx.outbox.told_all(event_id, readers).items():
        found[reader] += told
    return found


def heard_by(tx: Transaction, event_id: int) -> list[int]:
    """Return the subscriptions that were told of the event, or are about to be, and can be told of more."""
    told = told_of(tx, event_id, ())
    heard = {reader for reader, items in told.items() if any(item.state in HEARD for item in items)}
    able = (one for one in tx.subscriptions.alerted() if one.state == "active" and one.channel.state == "active")
    return [one.subscription_id for one in able if one.subscription_id in heard]


def _counted_here(told: Told, history: Sequence[Development]) -> Told:
    """Return what was told of a merged event at the revision that this one had then: each counts its own."""
    return replace(told, revision=max((step.revision for step in history if step.at < told.created_at), default=1))


def put_right(tx: Transaction, subscription_id: int, now: datetime) -> Sequence[int]:
    """Let what was corrected or withdrawn while this subscription could not be told wait for its turn now.

    Return the events. What had been news meanwhile is not told late: a digest, or the pages, have it.
    """
    owed = tx.outbox.owed(subscription_id, since=now - OWED)
    for event_id in owed:
        tx.rule_states.hold_back(
            HeldBack(subscription_id=subscription_id, event_id=event_id, rule_id="", at=now, due_at=now)
        )
    return owed
