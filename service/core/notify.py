"""Whether a subscription hears of a development.

What we hold to be true:
- one happening, one alert. Later reports of it are worth a word only when the picture changed materially;
- who was told something wrong is told that it was wrong, at once, whatever the rules say by now. Nobody else is;
- a message that has not left yet is not a promise: when the picture changes first, the newest state replaces it;
- what a feed already held when we first saw it is history. It never alerts;
- quiet hours put off and never drop: when they end, what leaves is the event as it stands then, several in one
  message. Who heard the claim in spite of them hears the correction in spite of them;
- who is paused hears nothing, and what they were told wrong is put right once they go on;
- who was not told before an operator corrected an event is not told because of it, unless a rule holds only since;
- what holds the rules back (a cooldown, a snooze, an hour that is full) holds back further messages, never a
  correction or a retraction, and never the newest state of a message that is about to leave anyway.

`told` counts a message as heard when it was sent or still waits to be. What gave up never arrived, and what was
superseded never left, so neither makes a later development an update; what was dropped after a failed try, since it was
wrong, may have arrived and counts as sent. A waiting message may be on the wire at this instant; the caller finds out
when it drops it, and then says "updated" where this decision says "new".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.core.event import Delta, Development, Event
from service.core.quiet import is_quiet, quiet_until
from service.core.subscription import Held, MessageKind, Notice, Subscription, Told

TAKES_BACK = frozenset({"correction", "retraction"})
"""Codes of what says that an earlier message was wrong: one that failed is not tried again then."""

FLOOR = timedelta(minutes=15)
"""The least time between two messages about one event to one subscription, corrections excepted."""


def notify(
    subscription: Subscription,
    event: Event,
    development: Development,
    *,
    matched: str | None,
    told: Sequence[Told],
    backlog: bool,
    held: Held | None = None,
    stale: bool = False,
    severity: int = 1,
    floor: timedelta = FLOOR,
    now: datetime,
) -> Notice:
    """Decide for one subscription. `matched` is the id of the rule by which it may be told, `told` oldest first.

    `held` says why rules are met and none of them may send now; there is no `matched` then. `severity` is the event's,
    1 to 5. `stale` says that every rule that is met was met before an operator corrected the event just now.
    Codes: new_event, update, update_floored, correction, retraction, quiet_hours; and, with kind None, paused,
    digest_mode, channel_disabled, already_told, retracted, not_told, no_match, not_material, backlog, and what `held`
    has. The caller adds changed_back.
    """
    heard = _Heard.of(told)
    notice = (
        _deaf(subscription)
        or _repeated(heard, development)
        or _taken_back(event, development, heard, now)
        or _history(backlog=backlog)
        or _unmoved(heard, stale=stale)
        or _first(event, development, heard, matched=matched, held=held, now=now)
        or _waiting(development, heard, now)
        or (None if heard.waiting else _held_back(held))
        or _update(development, heard, floor, now)
    )
    return _hushed(notice, subscription, heard, severity)


def taken_back_unheard(notice: Notice) -> Notice:
    """Return what is left of a retraction once the alert it takes back was dropped before it left."""
    reason = f"{notice.reason}: withdrawn before the alert had left, so nothing is sent"
    return Notice(kind=None, code="not_told", reason=reason)


def waited(event: Event, history: Sequence[Development], told: Sequence[Told]) -> MessageKind | None:
    """Return as what an event that had to wait is told now, all in all; None where there is nothing to say any more.

    Who heard nothing of it hears of it as new while it stands; who did hears what became of it since.
    """
    heard = _Heard.of(told)
    if not heard.anything:
        return "event.new" if event.state == "live" else None
    steps = [step for step in history if step.revision > heard.revision and step.material]
    if not steps:
        return None
    if event.state == "retracted":
        return "event.retracted"
    if changed_back(history, heard.revision, steps[-1]):
        return None
    taken_back = any(step.change in {"corrected", "retracted"} for step in steps)
    return "event.corrected" if taken_back else "event.updated"


def since(history: Sequence[Development], heard: int, latest: Development) -> Development:
    """Return the latest development with all that changed since the revision the reader heard of last.

    What an update that never left would have said is said by the one that takes its place: 8 → 12 and 12 → 15 make
    8 → 15, and what changed back did not change. So does what was not worth a message by itself, where it came first.
    """
    steps = [step for step in history if heard < step.revision < latest.revision and not _moved_reports(step)]
    telling = [*(step for step in steps if step.material), latest]
    fields = {delta.field for step in telling for delta in step.deltas}
    changed: dict[str, Delta] = {}
    for delta in (delta for step in (*steps, latest) for delta in step.deltas if delta.field in fields):
        first = changed.get(delta.field)
        changed[delta.field] = replace(delta, before=first.before) if first else delta
    newest = {delta.field for delta in latest.deltas}
    different = [delta for delta in changed.values() if delta.before != delta.after]
    deltas = tuple(sorted(different, key=lambda delta: delta.field not in newest))
    reasons = dict.fromkeys(step.reason for step in telling if step.reason)
    return replace(latest, deltas=deltas if steps else latest.deltas, reason="; ".join(reasons))


def changed_back(history: Sequence[Development], heard: int, latest: Development) -> bool:
    """Say whether all is again as it was at the revision the reader heard of last."""
    steps = [step for step in history if heard < step.revision < latest.revision and step.material]
    return all(step.deltas for step in (*steps, latest)) and not since(history, heard, latest).deltas


def told_after_all(notice: Notice, development: Development) -> Notice:
    """Return what goes out instead of the alert that waited, once it turns out that it may have arrived."""
    kind: MessageKind = "event.corrected" if notice.code == "correction" else "event.updated"
    reason = f"an alert was tried and may have arrived, so this follows it: {development.reason}"
    return replace(notice, kind=kind, reason=reason)


def put_back_unheard(notice: Notice) -> Notice:
    """Return what is left of a message once the one that said otherwise was dropped before it left."""
    reason = f"{notice.reason}: as it was told, and what said otherwise had not left, so nothing is sent"
    return Notice(kind=None, code="changed_back", reason=reason)


def _moved_reports(step: Development) -> bool:
    """Whether reports came or went by hand: what was known before is not what all who are told now know."""
    return not step.material and any(delta.field == "reports" for delta in step.deltas)


def _hushed(notice: Notice, subscription: Subscription, heard: "_Heard", severity: int) -> Notice:
    """Put off what falls into the reader's quiet hours, unless it is grave enough or owed."""
    quiet, tz = subscription.quiet, subscription.tz
    if notice.kind is None or notice.due_at is None or quiet is None:
        return notice
    owed = notice.kind in {"event.corrected", "event.retracted"} and any(
        is_quiet(quiet, tz, item.sent_at or item.created_at) for item in heard.sent
    )
    if owed or (quiet.unless is not None and severity >= quiet.unless):
        return replace(notice, loud=True)
    until = quiet_until(quiet, tz, notice.due_at)
    if until is None:
        return notice
    reason = f"{notice.reason}; quiet hours until {until:%Y-%m-%d %H:%M} UTC"
    return replace(notice, code="quiet_hours", reason=reason, due_at=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What got through, or is on its way, of what was ever queued about the event."""

    sent: tuple[Told, ...]
    waiting: tuple[Told, ...]

    @classmethod
    def of(cls, told: Sequence[Told]) -> "_Heard":
        return cls(
            sent=tuple(item for item in told if item.state == "sent"),
            waiting=tuple(item for item in told if item.state == "pending"),
        )

    @property
    def anything(self) -> bool:
        return bool(self.sent or self.waiting)

    @property
    def revision(self) -> int:
        return max((item.revision for item in self.sent + self.waiting), default=0)

    @property
    def last_sent(self) -> datetime | None:
        return max((item.sent_at or item.created_at for item in self.sent), default=None)


def _no(code: str, reason: str) -> Notice:
    return Notice(kind=None, code=code, reason=reason)


def _deaf(subscription: Subscription) -> Notice | None:
    if subscription.state != "active":
        return _no("paused", f"the subscription is {subscription.state}")
    if not subscription.wants_alerts:
        return _no("digest_mode", "the subscription wants a digest, not alerts")
    if subscription.channel.state != "active":
        return _no("channel_disabled", f"the channel is disabled: {subscription.channel.reason or 'no reason given'}")
    return None


def _repeated(heard: _Heard, development: Development) -> Notice | None:
    if heard.revision >= development.revision:
        return _no("already_told", f"told of revision {heard.revision} already")
    return None


def _taken_back(event: Event, development: Development, heard: _Heard, now: datetime) -> Notice | None:
    """Corrections and retractions: to exactly those who heard the claim, at once, floor or not."""
    if development.change == "retracted" or event.state == "retracted":
        return _retraction(development, heard, now)
    if development.change != "corrected" or not development.material or not heard.anything:
        return None
    if not heard.sent:
        # The wrong claim has not left yet: what leaves is the right one, as news.
        reason = f"the alert still waits, so it goes out corrected: {development.reason}"
        return Notice(kind="event.new", code="correction", reason=reason, due_at=now, supersede=True)
    return Notice(kind="event.corrected", code="correction", reason=development.reason, due_at=now, supersede=True)


def _retraction(development: Development, heard: _Heard, now: datetime) -> Notice:
    if not heard.anything:
        return _no("not_told", "retracted before this subscription was told")
    if development.change != "retracted":
        return _no("retracted", "the event is retracted")
    # Sent even where the alert still waits: that one may be on the wire at this instant.
    return Notice(kind="event.retracted", code="retraction", reason=development.reason, due_at=now, supersede=True)


def _history(*, backlog: bool) -> Notice | None:
    return _no("backlog", "the feed held this when it was first polled") if backlog else None


def _unmoved(heard: _Heard, *, stale: bool) -> Notice | None:
    if heard.anything or not stale:
        return None
    return _no("not_told", "corrected by hand, and not told of before: who is alerted of it does not change by that")


def _first(
    event: Event,
    development: Development,
    heard: _Heard,
    *,
    matched: str | None,
    held: Held | None,
    now: datetime,
) -> Notice | None:
    """Who has heard nothing yet is told once the event meets a rule, whichever development made it do so."""
    if heard.anything:
        return None
    if matched is None:
        return _held_back(held) or _no("no_match", "no rule of this subscription is met")
    how = "new" if development.change == "new" else f"now met, at revision {event.revision}"
    return Notice(kind="event.new", code="new_event", reason=f"rule {matched}: {how}", due_at=now)


def _held_back(held: Held | None) -> Notice | None:
    if held is None:
        return None
    return Notice(kind=None, code=held.code, reason=held.reason, due_at=held.until)


def _waiting(development: Development, heard: _Heard, now: datetime) -> Notice | None:
    """What changed is worth a word, or not; and where a message about the event waits, it takes the change along."""
    if not development.material:
        return _no("not_material", f"told already, and this is not material: {development.reason}")
    if not heard.sent:
        reason = f"the alert still waits, so it goes out as it stands now: {development.reason}"
        return Notice(kind="event.new", code="update", reason=reason, due_at=now, supersede=True)
    if any(item.kind == "event.corrected" for item in heard.waiting):
        reason = f"a correction still waits and takes this along: {development.reason}"
        return Notice(kind="event.corrected", code="correction", reason=reason, due_at=now, supersede=True)
    return None


def _update(development: Development, heard: _Heard, floor: timedelta, now: datetime) -> Notice:
    earliest = min(heard.last_sent or now, now) + floor  # it was sent in the future where a clock was set back
    waiting = bool(heard.waiting)
    if earliest > now:
        reason = f"{development.reason}; not before {floor.total_seconds() / 60:.0f} min after the last message"
        return Notice(kind="event.updated", code="update_floored", reason=reason, due_at=earliest, supersede=waiting)
    return Notice(kind="event.updated", code="update", reason=development.reason, due_at=now, supersede=waiting)
