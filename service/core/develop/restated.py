"""What an operator's word, or the taking back of it, changes in the picture of an event, as those are told who know it.

By hand everything that is shown counts: a weapon that was named wrongly is put right like a toll. What stood so already
is no change, and of an event that is withdrawn nothing is worth putting right any more.
"""

from datetime import datetime

from service.core.codec import count_text, interval_json
from service.core.develop.changes import place_names
from service.core.develop.standing import OPERATOR
from service.core.event import Change, Delta, Development, Event
from service.core.report import COUNTS, Count, Interval, Place

STATE = "state"
_NOTHING: tuple[object, ...] = (None, [])


def restated(
    before: Event, after: Event, found: Development | None, field: str, *, how: str, why: str, now: datetime
) -> Development | None:
    """Return the change as worth telling; None where the field shows what it showed.

    `found` is what `develop` made of the same two pictures, `field` the claim's, `how` is `corrected` or `put back`,
    and `why` the operator's reason.
    """
    delta = _delta(before, after, field, why)
    if delta.before == delta.after or (before.state, after.state) == ("retracted", "retracted"):
        return None
    others = [item for item in (found.deltas if found else ()) if item.field != field]
    return Development(
        change=_change(delta, found),
        revision=before.revision + 1,
        at=now,
        deltas=(delta, *others),
        reason=f"{_words(delta, how)}{f': {why}' if why else ''}",
    )


def _delta(before: Event, after: Event, field: str, why: str) -> Delta:
    one, other = getattr(before, field), getattr(after, field)
    if isinstance(one, Place) and isinstance(other, Place):
        one, other = place_names(one, other)
    return Delta(field=field, before=_json(one), after=_json(other), outlet=OPERATOR, quote=why)


def _change(delta: Delta, found: Development | None) -> Change:
    """Say what it is. Where nothing was said before nobody was told anything wrong: it is news like a source's."""
    if delta.field == STATE:
        return "retracted" if delta.after == "retracted" else "corrected"
    if delta.before in _NOTHING and found is not None and found.material:
        return found.change
    return "corrected"


def _json(value: object) -> object:
    """Return what a delta holds: JSON types, of a place its name."""
    if isinstance(value, Place):
        return value.name
    if isinstance(value, Interval):
        return interval_json(value)
    return list(value) if isinstance(value, tuple) else value


def _words(delta: Delta, how: str) -> str:
    if delta.field == STATE:
        return "withdrawn by the desk" if delta.after == "retracted" else "not withdrawn after all, says the desk"
    name = delta.field.replace("_", " ")
    return f"{how} by the desk: {name} {_value(delta, delta.before)} → {_value(delta, delta.after)}"


def _value(delta: Delta, value: object) -> str:
    if value in _NOTHING:
        return "unknown"
    if delta.field in COUNTS and isinstance(value, list):
        return count_text(Count(*value)) or "unknown"
    if isinstance(value, dict):
        return f"{value['from']} to {value['to']}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value).replace("_", " ")
