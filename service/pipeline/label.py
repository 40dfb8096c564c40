"""What operators say of judgements: "not a strike". Kept as labelled examples: an edit of words is never blind then."""

from dataclasses import replace

from service.core.entry import Entry
from service.core.errors import BadInput
from service.core.event import Act
from service.core.example import Example, Label
from service.pipeline import curate
from service.pipeline.mend import Hand


def label(hand: Hand, event_id: int, kind: Label, *, new: bool) -> Act:
    """Say what the event's entries report, against the machine's judgement: "not a strike", "not new".

    Each is kept as a labelled example; the event is retracted, since it is none. Raises BadInput, NotFound.
    """
    events = hand.tx.events
    event_id = events.living(event_id)
    event = events.get(event_id)
    if kind in {event.kind, "both"} and new:
        raise BadInput(f"event {event_id} is judged to be new {event.kind} already", hint="nothing to correct")
    act = curate.withdraw(hand, event_id)
    for account in events.accounts(event_id):
        entry = hand.tx.entries.get(account.entry_id)
        hand.tx.examples.keep(_example(hand, entry, account.lang, kind, new=new, event_id=event_id, act_id=act.act_id))
    return act


def label_entry(hand: Hand, entry_id: int, kind: Label, *, new: bool, country: str | None = None) -> Example:
    """Say what one entry reports, whether or not there is an event of it. Raises NotFound."""
    entry = hand.tx.entries.get(entry_id)
    example = replace(_example(hand, entry, entry.lang or "", kind, new=new), country=country)
    hand.tx.examples.keep(example)
    return example


def _example(
    hand: Hand, entry: Entry, lang: str, kind: Label, *, new: bool, event_id: int | None = None, act_id: int = 0
) -> Example:
    return Example(
        entry_id=entry.entry_id,
        outlet=entry.outlet,
        lang=lang,
        published=entry.published,
        title=entry.title,
        summary=entry.summary,
        content=entry.content,
        kind=kind,
        new=new,
        event_id=event_id,
        at=hand.now,
        by=hand.by,
        reason=hand.reason,
        act_id=act_id,
    )
