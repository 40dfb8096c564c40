"""What the pipeline needs from the database about watch rules at run time: what they sent, what holds them back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from service.core.rules import Fired

HoldKind = Literal["snooze", "pause"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHold:
    """That somebody wants a rule quiet: for a while (a snooze, with its end) or until it is resumed (a pause)."""

    rule_id: str
    kind: HoldKind
    author: str
    at: datetime
    until: datetime | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """Over a stretch of time: events a rule held for, messages it sent, developments that were held back."""

    matched: int = 0
    sent: int = 0
    held_back: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """An event of which a subscription is told later: in its quiet hours, or because the rule's hour was full.

    `due_at` is when. `rule_id` is empty where no rule speaks of it, such as for a correction.
    """

    subscription_id: int
    event_id: int
    rule_id: str
    at: datetime
    due_at: datetime


class RuleStore(Protocol):
    """Runtime state of watch rules, shared by all workers. What a rule's file says is not here."""

    def matched(self, event_id: int, rule_ids: Collection[str], now: datetime) -> None:
        """Note that these rules hold for the event, whether or not they send."""
        ...

    def fired(
        self, event_id: int, rule_ids: Collection[str], *, since: datetime
    ) -> Mapping[tuple[str, int], Sequence[Fired]]:
        """Return by (rule, subscription) what any rule ever sent about this event, and what these and those sent since.

        Oldest first. What was superseded or given up was never heard, and is left out.
        """
        ...

    def sent(self, rule_id: str, subscription_id: int, outbox_id: int, fired: Fired) -> None:
        """Note that the rule put this message into the outbox. Nothing of the event is held back then any more."""
        ...

    def sent_all(self, event_id: int, sent: Sequence[tuple[str, int, int, Fired]]) -> None:
        """Do the same for many messages about one event: rule, subscription, outbox id and what to remember of each."""
        ...

    def retold(self, subscription_id: int, event_id: int, facts: Mapping[str, int | str]) -> None:
        """Note what the subscription now believes of the event: a correction that is no message of the rule's.

        Nothing of the event is held back then any more.
        """
        ...

    def hold_back(self, held: HeldBack) -> None:
        """Keep the event until it is due."""
        ...

    def held_back_due(self, now: datetime) -> bool:
        """Say whether anything held back is due."""
        ...

    def take_held_back(self, now: datetime, *, readers: int) -> Sequence[HeldBack]:
        """Take all that is held back for so many subscriptions of which something is due; it is the caller's then."""
        ...

    def mention(self, outbox_id: int, event_id: int, subscription_id: int, revision: int) -> None:
        """Note that a message about many events tells of this one: who got it was told."""
        ...

    def hold(self, hold: RuleHold) -> None:
        """Add a snooze or a pause; it takes the place of what there is of its kind."""
        ...

    def resume(self, rule_id: str, *, author: str, now: datetime) -> int:
        """End what holds the rule. Return how many snoozes and pauses that were."""
        ...

    def holds(self, now: datetime) -> Mapping[str, Sequence[RuleHold]]:
        """Return what holds each rule now: a pause before a snooze."""
        ...

    def figures(self, since: datetime) -> Mapping[str, RuleFigures]:
        """Return each rule's figures since then. Rules of which there is nothing to say are left out."""
        ...
