"""What operators do to events: merge, split, remove a report, correct a fact, retract; and undo it.

Their word is kept as bonds between entries, so it survives the repair pass and whatever is linked later. Moving reports
sends nothing. A correction, a retraction and the undoing of one are told by the hand's `say`, in the same transaction,
to those who were told otherwise. Ids are never used again: what was merged redirects, what is split off gets a new one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from service.core.develop import develop, restated
from service.core.errors import BadInput
from service.core.event import REPAIR, Account, Act, Bond, Verb
from service.core.report import Kind
from service.pipeline import mend
from service.pipeline.facts import check
from service.pipeline.mend import Hand
from service.pipeline.said import hang, hang_anew, stated


def merge(hand: Hand, kept_id: int, gone_id: int) -> Act:
    """Make one event of two, for good; the first lives on. Raises BadInput, NotFound."""
    events = hand.tx.events
    kept, gone = (events.get(events.living(one)) for one in (kept_id, gone_id))
    if kept.event_id == gone.event_id:
        raise BadInput(f"events {kept_id} and {gone_id} are one already", hint="nothing to do")
    if kept.kind != gone.kind:
        raise BadInput(f"event {kept_id} is {kept.kind}, {gone_id} is {gone.kind}", hint="merge events of one kind")
    ours, theirs = events.accounts(kept.event_id), events.accounts(gone.event_id)
    act = mend.merge(hand, kept.event_id, gone.event_id)
    events.bind(list(_bonds(kept.kind, ours[:1], theirs, together=True)), act.act_id)
    return act


def split(hand: Hand, event_id: int, report_ids: Sequence[int]) -> Act:
    """Part these reports from the rest of their event, for good. Raises BadInput, NotFound."""
    events = hand.tx.events
    event_id = events.living(event_id)
    accounts = events.accounts(event_id)
    act = mend.split(hand, event_id, report_ids)
    gone = [account for account in accounts if account.report_id in act.report_ids]
    kept = [account for account in accounts if account.report_id not in act.report_ids]
    kind = accounts[0].report.kind
    events.bind(list(_bonds(kind, kept[:1], gone, together=False)), act.act_id)
    events.bind(list(_bonds(kind, kept, gone[:1], together=False)), act.act_id)
    events.bind(list(_bonds(kind, gone[:1], gone[1:], together=True)), act.act_id)  # they are one event, was said
    return act


def part(hand: Hand, event_id: int, other_id: int) -> Act:
    """Say that two events are two, for good: neither is possibly the other any more. Raises BadInput, NotFound."""
    events = hand.tx.events
    one, other = (events.get(events.living(known)) for known in (event_id, other_id))
    if one.event_id == other.event_id or one.kind != other.kind:
        raise BadInput(f"events {event_id} and {other_id} are not two of one kind", hint="split what is mixed")
    act = Act(at=hand.now, by=hand.by, verb="part", event_id=one.event_id, other_id=other.event_id)
    act = mend.noted(hand, act)
    ours, theirs = events.accounts(one.event_id), events.accounts(other.event_id)
    for left, right in ((ours[:1], theirs), (ours, theirs[:1])):
        events.bind(list(_bonds(one.kind, left, right, together=False)), act.act_id)
    for mine, its in ((one, other), (other, one)):
        if mine.possibly == its.event_id:
            events.update(replace(mine, possibly=None))
    return act


def remove(hand: Hand, event_id: int, report_id: int) -> Act:
    """Take one report out of its event for good. Raises BadInput for the only one, NotFound."""
    events = hand.tx.events
    event_id = events.living(event_id)
    accounts = {account.report_id: account for account in events.accounts(event_id)}
    if report_id not in accounts:
        raise BadInput(f"report {report_id} is not of event {event_id}", hint="`tocsin events show` lists its reports")
    if len(accounts) == 1:
        raise BadInput(f"report {report_id} is all there is of event {event_id}", hint="retract the event instead")
    events.drop(report_id)
    mend.redraw(hand, event_id, f"report {report_id} is not of it")
    act = mend.noted(hand, Act(at=hand.now, by=hand.by, verb="remove", event_id=event_id, report_ids=(report_id,)))
    gone = accounts[report_id]
    bond = Bond(kind=gone.report.kind, left=gone.entry_id, right=gone.entry_id, together=False)
    events.bind([bond], act.act_id)
    return act


def correct(hand: Hand, event_id: int, field: str, value: object) -> Act:
    """State a fact of the event over what every source says. Raises BadInput, NotFound.

    `value` is what a claim on the field holds: `[min, max]` for counts, a list of names, a name, a whole place, hours,
    or `{"from", "to"}` in UTC.
    """
    check(field, value)
    return _stated(hand, event_id, field, value, "correct")


def retract(hand: Hand, event_id: int) -> Act:
    """Say that the event did not happen, whatever the sources say. Raises BadInput where that was said, NotFound."""
    said = stated(hand.tx, event_id, "state")
    if said:
        words = f"event {event_id} is retracted already, by {said.by} on {said.at:%d %b %H:%M} UTC"
        raise BadInput(words, hint=f"nothing to do; `tocsin events undo {said.act_id}` takes it back")
    return withdraw(hand, event_id)


def withdraw(hand: Hand, event_id: int) -> Act:
    """Retract the event, be it that an operator said so before: what they say with it hangs on an act of its own."""
    return _stated(hand, event_id, "state", "retracted", "retract")


def undo(hand: Hand, act_id: int) -> Act:
    """Take back what was done. Raises BadInput where it was undone before or cannot be, NotFound."""
    act = hand.tx.events.act(act_id)
    if act.undone or act.verb == "undo":
        raise BadInput(f"{act_id} was undone already, or is an undo itself", hint="do it again instead")
    hand.tx.events.undone(act_id)
    hand.tx.examples.forget(act_id)
    told = _UNDONE[act.verb](hand, act)
    taken_back = replace(act, at=hand.now, by=hand.by, verb="undo", report_ids=(), value=act_id, reason="", told=told)
    return mend.noted(hand, taken_back)


def _unmerge(hand: Hand, act: Act) -> int:
    events = hand.tx.events
    gone_id = _other(act)
    back = _still_in(hand, act.event_id, act.report_ids)
    stay = [account for account in events.accounts(act.event_id) if account.report_id not in act.report_ids]
    if not back or not stay:
        raise BadInput("the reports have moved on since", hint="split them off by hand")
    events.move([account.report_id for account in back], gone_id)
    events.update(replace(events.get(gone_id), state="live", merged_into=None))
    hang_anew(hand.tx, [act.event_id, gone_id], hand.now)
    mend.redraw(hand, gone_id, f"event {act.event_id} is another after all")
    mend.redraw(hand, act.event_id, f"event {gone_id} is another after all")
    if act.by == REPAIR:  # or the next pass would do it again
        _bind_to(hand, act, stay, back, together=False)
    return 0


def _unsplit(hand: Hand, act: Act) -> int:
    events = hand.tx.events
    new_id = _other(act)
    back = events.accounts(new_id)
    stay = events.accounts(act.event_id)
    mend.merge(replace(hand, reason=f"undoes {act.act_id}"), act.event_id, new_id)
    if act.by == REPAIR:
        _bind_to(hand, act, stay, back, together=True)
    return 0


def _bind_to(hand: Hand, act: Act, one: Sequence[Account], other: Sequence[Account], *, together: bool) -> None:
    """Keep an operator's no to the repair pass, under the act that was undone."""
    kind = one[0].report.kind
    bonds = [*_bonds(kind, one[:1], other, together=together), *_bonds(kind, one, other[:1], together=together)]
    hand.tx.events.bind(bonds, act.act_id)


def _readmit(hand: Hand, act: Act) -> int:
    (report_id,) = act.report_ids
    event_id = hand.tx.events.living(act.event_id)
    hand.tx.events.restore(report_id, event_id)
    mend.redraw(hand, event_id, f"report {report_id} is of it after all")
    return 0


def _unsay(hand: Hand, act: Act) -> int:
    """Let the sources speak again, or what an operator said before. Return how many are told."""
    events = hand.tx.events
    field = act.field
    event_id = events.living(act.event_id)
    earlier = stated(hand.tx, event_id, field)
    if earlier:
        hang(hand.tx, event_id, earlier, hand.now)
    else:
        events.unclaim(event_id, field)
    return _put_right(hand, event_id, field, "put back")


def _stated(hand: Hand, event_id: int, field: str, value: object, verb: Verb) -> Act:
    event_id = hand.tx.events.living(event_id)
    act = Act(at=hand.now, by=hand.by, verb=verb, event_id=event_id, field=field, value=value, reason=hand.reason)
    hang(hand.tx, event_id, act, hand.now)
    return mend.noted(hand, replace(act, told=_put_right(hand, event_id, field, "corrected")))


def _put_right(hand: Hand, event_id: int, field: str, how: str) -> int:
    """Draw the event anew and have what is different told, unless nothing is to be. Return how many are told."""
    events = hand.tx.events
    before, accounts = events.get(event_id), events.accounts(event_id)
    after, found = develop(before, event_id, accounts, events.claims(event_id), now=hand.now)
    made = restated(before, after, found, field, how=how, why=hand.reason, now=hand.now)
    if made is None:
        mend.redraw(hand, event_id, f"{field} by {hand.by}")
        return 0
    after = replace(after, revision=made.revision, possibly=before.possibly)
    events.update(after)
    events.add_development(event_id, replace(made, material=hand.say is not None), None)
    return hand.say(before, after, made) if hand.say else 0


def _unpart(hand: Hand, act: Act) -> int:
    """Let them be possibly the same again. The bonds go with what is undone."""
    event = hand.tx.events.get(act.event_id)
    if event.state == "live" and event.possibly is None:
        hand.tx.events.update(replace(event, possibly=_other(act)))
    return 0


_UNDONE: Mapping[Verb, Callable[[Hand, Act], int]] = {
    "merge": _unmerge,
    "split": _unsplit,
    "remove": _readmit,
    "part": _unpart,
    "correct": _unsay,
    "retract": _unsay,
}


def _bonds(kind: Kind, one: Sequence[Account], other: Sequence[Account], *, together: bool) -> Iterator[Bond]:
    for left, right in product(one, other):
        if left.entry_id != right.entry_id:
            yield Bond(kind=kind, left=left.entry_id, right=right.entry_id, together=together)


def _still_in(hand: Hand, event_id: int, report_ids: Sequence[int]) -> list[Account]:
    return [account for account in hand.tx.events.accounts(event_id) if account.report_id in report_ids]


def _other(act: Act) -> int:
    if act.other_id is None:
        raise BadInput(f"{act.act_id} names no second event", hint="it cannot be undone")
    return act.other_id
