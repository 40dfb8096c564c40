"""May a rule that holds for an event send now? Live sending and the replay of history ask the same.

What we hold to be true:
- a draft counts and never sends; what is paused or snoozed says so instead of falling silent;
- `cooldown` keeps a rule quiet about other events of the same group for a while. Without `group_by` all it fires for
  is one group. It never keeps it quiet about an event growing worse in the way `refire_when` names;
- `refire_when` says what makes a rule fire again for an event it fired for. Without it, every material development may;
- `max_per_hour` is a promise to whoever is woken by the rule. Nothing but a correction breaks it, and that is not
  decided here: who was told something wrong hears of it whatever the rules say.

What is held back is not lost: the verdict names when the rule may speak again, and the caller keeps it with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from service.core.event import Event
from service.core.rules.look import FACTS_OF
from service.core.rules.rule import Rule, Trigger
from service.core.rules.severity import severity

Fact = int | str
HOUR = timedelta(hours=1)
AHEAD = timedelta(minutes=5)
"""What was sent later than this from now was sent by a clock that was wrong: it holds nothing back."""
FiringCode = Literal[
    "fires", "refires", "develops", "draft", "paused", "snoozed", "not_refired", "cooldown", "max_per_hour"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """That a rule sent something to somebody. `facts` is what `marks` said of the event then, `group` its group.

    Of several events that one message told of, only one `counts` as a message.
    """

    event_id: int
    at: datetime
    counts: bool = True
    group: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """Whether a rule may send, and why or why not. `until` is when what holds it back ends, where that is known."""

    sends: bool
    code: FiringCode
    reason: str
    until: datetime | None = None


def may_send(
    rule: Rule,
    event: Event,
    *,
    fired: Sequence[Fired],
    now: datetime,
    paused: bool = False,
    snoozed_until: datetime | None = None,
) -> Firing:
    """Decide for a rule that holds. `fired` is what it sent to this subscription, oldest first.

    `paused` and `snoozed_until` are what somebody set at run time, beside what the rule's file says.
    """
    before = [item for item in fired if item.event_id == event.event_id]
    fired = [item for item in fired if item.at <= now + AHEAD]
    again = _again(rule, event, before[-1]) if before else None
    return (
        _off(rule, paused=paused, snoozed_until=snoozed_until, now=now)
        or (again if again and not again.sends else None)
        or (_too_many(rule, fired, now))
        or again
        or _cooling(rule, event, fired, now)
        or Firing(sends=True, code="fires", reason=f"rule {rule.rule_id} holds")
    )


def group_of(rule: Rule, event: Event) -> tuple[str, ...]:
    """Return what of the event the rule's alerts are grouped by."""
    return tuple(", ".join(FACTS_OF[name](event)).casefold() for name in rule.group_by)


def marks(event: Event) -> dict[str, Fact]:
    """Return what triggers look at, to be kept with what was sent. Only what is known; JSON types."""
    counts = {"killed": event.killed, "injured": event.injured, "children_killed": event.children_killed}
    counts |= {"missing": event.missing}
    known: dict[str, Fact] = {name: count.min or 0 for name, count in counts.items() if count}
    facts = {"status": event.status, "actor": event.actor, "place": event.place.name if event.place else None}
    known |= {name: value for name, value in facts.items() if value}
    return known | {"sources": event.sources, "severity": severity(event), "retracted": int(event.state == "retracted")}


def _no(code: FiringCode, reason: str, until: datetime | None = None) -> Firing:
    return Firing(sends=False, code=code, reason=reason, until=until)


def _off(rule: Rule, *, paused: bool, snoozed_until: datetime | None, now: datetime) -> Firing | None:
    if rule.state == "draft":
        return _no("draft", f"rule {rule.rule_id} is a draft: it counts and does not send")
    if rule.state == "paused" or paused:
        return _no("paused", f"rule {rule.rule_id} is paused")
    if snoozed_until is not None and snoozed_until > now:
        return _no("snoozed", f"rule {rule.rule_id} is snoozed", snoozed_until)
    return None


def _again(rule: Rule, event: Event, last: Fired) -> Firing:
    if not rule.refire_when:
        return Firing(sends=True, code="develops", reason=f"rule {rule.rule_id} fired for this event before")
    now = marks(event)
    for trigger in rule.refire_when:
        change = _change(trigger, last.facts, now)
        if change:
            return Firing(sends=True, code="refires", reason=f"rule {rule.rule_id}: {change}")
    wanted = ", ".join(f"{trigger.field}+{trigger.by}" if trigger.by else trigger.field for trigger in rule.refire_when)
    return _no("not_refired", f"rule {rule.rule_id} fired for this event before; again only for {wanted}")


def _change(trigger: Trigger, before: Mapping[str, Fact], now: Mapping[str, Fact]) -> str:
    """Return in words what changed enough since, or nothing. A number that was not known counts from 0."""
    old, new = before.get(trigger.field, 0 if trigger.by else ""), now.get(trigger.field)
    if new is None or new == old:
        return ""
    if trigger.by is None:
        return f"{trigger.field} is now {new}" if new else ""
    grown = isinstance(old, int) and isinstance(new, int) and new - old >= trigger.by
    return f"{trigger.field} rose from {old} to {new}" if grown else ""


def _too_many(rule: Rule, fired: Sequence[Fired], now: datetime) -> Firing | None:
    lately = [item.at for item in fired if item.counts and item.at > now - HOUR]
    if rule.max_per_hour is None or len(lately) < rule.max_per_hour:
        return None
    reason = f"rule {rule.rule_id} sent {len(lately)} in the last hour, and may send {rule.max_per_hour}"
    return _no("max_per_hour", reason, sorted(lately)[-rule.max_per_hour] + HOUR)


def _cooling(rule: Rule, event: Event, fired: Sequence[Fired], now: datetime) -> Firing | None:
    if rule.cooldown is None:
        return None
    group = group_of(rule, event)
    ends = max((item.at + rule.cooldown for item in fired if item.group == group), default=now)
    if ends <= now:
        return None
    about = f" about {', '.join(filter(None, group))}" if any(group) else ""
    return _no("cooldown", f"rule {rule.rule_id} sent something{about} less than {rule.cooldown} ago", ends)
