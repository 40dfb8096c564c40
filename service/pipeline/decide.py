"""Where the rules' word and the subscription's meet: what one subscription hears of a development, by which rule.

Live telling and the preview of an edited rule ask the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.core.event import Development, Event
from service.core.notify import notify
from service.core.rules import Fired, Firing, FiringCode, Rule, may_send, severity
from service.core.subscription import Held, HeldCode, MessageKind, Notice, Subscription, Told
from service.pipeline.told import HEARD
from service.ports.rules import RuleHold

HOUR = timedelta(hours=1)
HELD_CODES: Mapping[FiringCode, HeldCode] = {
    "draft": "draft",
    "paused": "rule_paused",
    "snoozed": "snoozed",
    "not_refired": "not_refired",
    "cooldown": "cooldown",
    "max_per_hour": "max_per_hour",
}
FIRES: frozenset[MessageKind] = frozenset({"event.new", "event.updated"})
"""What counts as a message of the rule's. Corrections and retractions are owed, whatever the rules say."""

Holds = Mapping[str, Sequence[RuleHold]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a subscription hears of a development, by which rule, and what to add to the message.

    `rule` is the one that speaks, or the one that is held back; None where no rule has to do with it.
    """

    notice: Notice
    rule: Rule | None = None
    note: str = ""


def decide(
    subscription: Subscription,
    event: Event,
    development: Development,
    rules: Sequence[Rule],
    *,
    fired: Mapping[str, Sequence[Fired]],
    told: Sequence[Told],
    holds: Holds,
    backlog: bool,
    known: Collection[str] = (),
    now: datetime,
) -> Decided:
    """Decide for one subscription. `rules` are those of its rules that hold, or told it before, in their order.

    `fired` is by rule what it sent to this subscription, oldest first: all of this event, and of others as far back as
    the rule's cooldown and an hour reach. `known` are the rules that held already before an operator corrected the
    event: who has heard nothing of it does not hear of it by them.
    """
    unheard = not any(item.state in HEARD for item in told)
    may_speak = [rule for rule in rules if rule.rule_id not in known] if unheard else rules
    asked = [(rule, _ask(rule, event, fired.get(rule.rule_id, ()), holds, now)) for rule in may_speak]
    speaks = next((rule for rule, firing in asked if firing.sends), None)
    silent = None if speaks else _telling([(rule, firing) for rule, firing in asked if not firing.sends])
    notice = notify(
        subscription,
        event,
        development,
        matched=speaks.rule_id if speaks else None,
        told=told,
        backlog=backlog,
        held=_held(*silent, holds) if silent else None,
        stale=bool(rules) and not may_speak,
        severity=severity(event) if subscription.quiet else 1,  # nobody else asks, and history is long
        now=now,
    )
    rule = speaks or (silent[0] if silent else None)
    note = _note(rule, fired.get(rule.rule_id, ()), now) if rule and notice.kind in FIRES else ""
    return Decided(notice=notice, rule=rule, note=note)


def _ask(rule: Rule, event: Event, fired: Sequence[Fired], holds: Holds, now: datetime) -> Firing:
    mine = holds.get(rule.rule_id, ())
    snoozed_until = max((hold.until for hold in mine if hold.kind == "snooze" and hold.until), default=None)
    paused = any(hold.kind == "pause" for hold in mine)
    return may_send(rule, event, fired=fired, now=now, paused=paused, snoozed_until=snoozed_until)


def _telling(silent: Sequence[tuple[Rule, Firing]]) -> tuple[Rule, Firing] | None:
    """Return the rule whose silence says most: not a draft, which never speaks, if there is another."""
    return next((one for one in silent if one[1].code != "draft"), silent[0] if silent else None)


def _held(rule: Rule, firing: Firing, holds: Holds) -> Held:
    """Say why the rule is silent, by whose wish and until when."""
    code = HELD_CODES[firing.code]
    kind = {"paused": "pause", "snoozed": "snooze"}.get(firing.code)
    hold = next((hold for hold in holds.get(rule.rule_id, ()) if hold.kind == kind), None)
    by = f" by {hold.author}" if hold else ""
    until = f" until {firing.until:%Y-%m-%d %H:%M} UTC" if firing.until else ""
    comment = f": {hold.comment}" if hold and hold.comment else ""
    return Held(code=code, reason=f"{firing.reason}{by}{until}{comment}", until=firing.until)


def _note(rule: Rule, fired: Sequence[Fired], now: datetime) -> str:
    """Say so in the message that fills the rule's hour: silence after it is not peace."""
    lately = sorted(item.at for item in fired if item.counts and item.at > now - HOUR)
    if rule.max_per_hour is None or len(lately) + 1 < rule.max_per_hour:
        return ""
    until = ([*lately, now][-rule.max_per_hour]) + HOUR
    return (
        f"This fills the hour of {rule.rule_id}, which sends {rule.max_per_hour} at most. "
        f"What more it finds is held back until {until:%H:%M} UTC and comes in one message then."
    )
