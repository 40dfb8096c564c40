"""What operators and the repair pass do alike: move reports between events, draw both anew, write it down.

Moving sends nothing by itself; who has not got the alert of the emptied event yet hears of the other, if they have not
already. What it changes in the picture is kept as a development that is not material, so that
the next report that does change it is compared with what is known by then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.core.develop import develop
from service.core.errors import BadInput
from service.core.event import Act, Delta, Development, Event
from service.ports.store import Transaction

Say = Callable[[Event, Event, Development], int]
"""Tells of an event, as it was and as it is now, what changed. Returns how many messages left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who does it, when and why, within one transaction. `say` tells those who were told wrong; None tells nobody."""

    tx: Transaction
    by: str
    now: datetime
    reason: str = ""
    say: Say | None = None


def merge(hand: Hand, kept_id: int, gone_id: int) -> Act:
    """Join everything of the one event to the other; the emptied one redirects. Return what was done."""
    events = hand.tx.events
    reports = tuple(account.report_id for account in events.accounts(gone_id))
    events.move(reports, kept_id)
    hand.tx.outbox.put_off(gone_id)
    gone = events.get(gone_id)
    events.update(replace(gone, state="merged", merged_into=kept_id, possibly=None))
    kept = events.get(kept_id)
    if kept.possibly == gone_id:
        events.update(replace(kept, possibly=None))
    redraw(hand, kept_id, f"event {gone_id} is the same")
    return noted(
        hand, Act(at=hand.now, by=hand.by, verb="merge", event_id=kept_id, other_id=gone_id, report_ids=reports)
    )


def split(hand: Hand, event_id: int, report_ids: Sequence[int]) -> Act:
    """Give these reports of the event an event of their own, under a new id. Return what was done.

    Raises BadInput where nothing would be left, or a report is of another event.
    """
    events = hand.tx.events
    accounts = events.accounts(event_id)
    going = [account for account in accounts if account.report_id in set(report_ids)]
    if len(going) != len(set(report_ids)) or len(going) == len(accounts):
        raise BadInput(
            "not every report is of this event, or none would be left", hint="`tocsin events show` lists them"
        )
    first = min(going, key=lambda account: (account.told_at, account.report_id))
    seed = Event(
        event_id=0,
        kind=first.report.kind,
        headline=first.title,
        first_seen=first.told_at,
        last_seen=first.told_at,
        possibly=event_id,
    )
    new_id = events.create(seed)
    moved = tuple(account.report_id for account in going)
    events.move(moved, new_id)
    redraw(hand, new_id, f"split off event {event_id}")
    redraw(hand, event_id, f"event {new_id} is another")
    return noted(hand, Act(at=hand.now, by=hand.by, verb="split", event_id=event_id, other_id=new_id, report_ids=moved))


def redraw(hand: Hand, event_id: int, words: str) -> Event:
    """Draw the event from all it holds now, and note what changed as not worth telling."""
    events = hand.tx.events
    before, accounts = events.get(event_id), events.accounts(event_id)
    known = events.developments(event_id)
    after, found = develop(before, event_id, accounts, events.claims(event_id), now=hand.now)
    count = Delta(field="reports", before=before.reports, after=len(accounts), outlet=hand.by)
    deltas = (*([count] if count.before != count.after else []), *(found.deltas if found else ()))
    if known and not deltas:
        after = replace(after, possibly=before.possibly)
        events.update(after)
        return after
    made = Development(
        change="corroborated" if known else "new",
        revision=after.revision if found or not known else before.revision + 1,
        at=hand.now,
        deltas=deltas,
        material=False,
        reason=words + (f"; {found.reason}" if found else ""),
    )
    after = replace(after, revision=made.revision, possibly=before.possibly)
    events.update(after)
    events.add_development(event_id, made, None)
    return after


def noted(hand: Hand, act: Act) -> Act:
    """Write it into the journal."""
    act = replace(act, reason=act.reason or hand.reason)
    return replace(act, act_id=hand.tx.events.note(act))
