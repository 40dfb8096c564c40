"""Returned mail in: whose is it → what does it mean for the address → note it, and stop writing there if need be.

Nothing happens twice: a report that comes again, or is read again after a crash, is known.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from service.core.bounce import FORGOTTEN, Returned, worn_out
from service.ports.store import Store, Transaction

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a returned mail led to. `address` is empty where it was none of ours."""

    address: str = ""
    what: str = ""
    suppressed: bool = False


def take(store: Store, returned: Returned, *, now: datetime) -> Taken:
    """Note a returned mail, and suppress the address where that is called for."""
    with store.write() as tx:
        taken = _take(tx, returned, now)
    if taken.suppressed:
        log.warning("nothing more is mailed to %s: %s", taken.address, taken.what)
    elif taken.address:
        log.info("returned mail of %s: %s", taken.address, taken.what)
    else:
        log.info("returned mail that is not counted: %s", taken.what)
    return taken


def _take(tx: Transaction, returned: Returned, now: datetime) -> Taken:
    sent = tx.returns.sent(returned.message_ids)
    if sent is None:
        return Taken(what=f"it names no mail of ours ({returned.words})")
    channel = tx.subscriptions.channel(sent.channel_id)
    if returned.kind is None:
        return Taken(address=channel.address, what=f"says nothing against the address ({returned.words})")
    if returned.kind == "leave":
        if tx.subscriptions.get(sent.subscription_id).state != "ended":
            tx.subscriptions.set_state(sent.subscription_id, "ended")
        return Taken(address=channel.address, what=returned.words)
    if not tx.returns.note(sent, kind=returned.kind, words=returned.words, now=now):
        return Taken(address=channel.address, what="known already")
    reason = _reason(tx, returned, sent.channel_id, now)
    if returned.kind == "complaint":  # even where nothing is sent any more: that may be lifted
        for subscription in tx.subscriptions.at_address(channel.kind, channel.address):
            if subscription.state != "ended":
                tx.subscriptions.set_state(subscription.subscription_id, "ended")
    if not reason or channel.state != "active":
        return Taken(address=channel.address, what=f"noted ({returned.words})")
    tx.subscriptions.disable_channel(sent.channel_id, reason)
    return Taken(address=channel.address, what=reason, suppressed=True)


def _reason(tx: Transaction, returned: Returned, channel_id: int, now: datetime) -> str:
    """Return why nothing more is to be sent there, empty where that does not follow."""
    if returned.kind == "complaint":
        return f"its owner complained ({returned.words})"
    if returned.kind == "hard":
        return f"mail came back: {returned.words}"
    soft = tx.returns.soft(channel_id, since=now - FORGOTTEN)
    if worn_out(soft, now):
        return f"mail came back {len(soft)} times since {min(soft):%Y-%m-%d}: {returned.words}"
    return ""
