"""What operators said of an event: the journal has it, and a claim on one of its reports tells it to `develop`.

Claims go where their report goes. What was said of an event stays with that event, so whoever moves reports hangs it up
anew: else what was withdrawn is live again as soon as its first report is split off, and no undo finds the claim.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import product

from service.core.develop import OPERATOR
from service.core.event import Act, Claim
from service.ports.store import Transaction

MOST_ACTS = 1000


def stated(tx: Transaction, event_id: int, field: str) -> Act | None:
    """Return the latest act that still says something of this field, of the event or one merged into it."""
    living = tx.events.living(event_id)
    acts = (act for one in (living, *tx.events.merged_into(living)) for act in tx.events.acts(one, limit=MOST_ACTS))
    said = (act for act in acts if act.field == field and not act.undone and act.verb != "undo")
    return max(said, key=lambda act: act.act_id, default=None)


def hang(tx: Transaction, event_id: int, act: Act, now: datetime) -> None:
    """Have the event's first report claim what the act says, over what every source says."""
    first = min(tx.events.accounts(event_id), key=lambda account: account.report_id)
    claim = Claim(
        field=act.field,
        value=act.value,
        report_id=first.report_id,
        entry_id=first.entry_id,
        outlet=OPERATOR,
        url=None,
        quote=act.reason,
        told_at=act.at,
    )
    tx.events.claim(event_id, claim, now=now)


def hang_anew(tx: Transaction, event_ids: Sequence[int], now: datetime) -> None:
    """Give each of these living events, between which reports were moved, what was said of it, and no more."""
    by_hand = (one.field for known in event_ids for one in tx.events.claims(known) if one.outlet == OPERATOR)
    for field, event_id in product(sorted(set(by_hand)), event_ids):
        act = stated(tx, event_id, field)
        if act:
            hang(tx, event_id, act, now)
        else:
            tx.events.unclaim(event_id, field)
