"""What operators and the repair pass do alike: move reports between events, draw both anew, write it down.

Moving sends nothing by itself; who has not got the alert of the emptied event yet hears of the other, if they have not
already. What it changes in the picture is kept as a development that is not material, so that
the next report that does change it is compared with what is known by then.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from service.core.develop import develop
from service.core.errors import BadInput
from service.core.event import Act, Delta, Development, Event
from service.pipeline.said import hang_anew
from service.ports.store import Transaction

MOST_NAMED = 10

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
    hang_anew(hand.tx, [kept_id], hand.now)
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
    _can_go(event_id, set(report_ids), {account.report_id for account in accounts})
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
    hang_anew(hand.tx, [event_id, new_id], hand.now)
    redraw(hand, new_id, f"split off event {event_id}")
    redraw(hand, event_id, f"event {new_id} is another")
    return noted(hand, Act(at=hand.now, by=hand.by, verb="split", event_id=event_id, other_id=new_id, report_ids=moved))


def _can_go(event_id: int, going: AbstractSet[int], held: AbstractSet[int]) -> None:
    """Raise BadInput where these reports cannot leave the event that holds those."""
    theirs = f"`tocsin events show {event_id}` lists them: {_some(held)}"
    if strays := going - held:
        raise BadInput(f"{_some(strays)}: no such report in event {event_id}", hint=theirs)
    if not going:
        raise BadInput("no report is named", hint=theirs)
    if len(held) == 1:
        raise BadInput(f"event {event_id} has one report only", hint="there is nothing to split")
    if going == held:
        raise BadInput(f"event {event_id} would be left without a report", hint=f"leave one behind; {theirs}")


def _some(report_ids: AbstractSet[int]) -> str:
    shown = ", ".join(map(str, sorted(report_ids)[:MOST_NAMED]))
    return f"{shown} and {len(report_ids) - MOST_NAMED} more" if len(report_ids) > MOST_NAMED else shown


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
