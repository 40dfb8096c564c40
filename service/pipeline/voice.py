"""What an operator put right, told in the transaction in which it was: to those who were told otherwise.

Who was not told hears of it only where a rule holds that did not hold before, like of a toll that rises: an event that
turns out to be graver is as much news as one that gets graver. Of what is history by now nobody is alerted any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.core.event import Account, Development, Event
from service.core.link import window
from service.core.rules import RuleIndex
from service.pipeline.tell import Telling
from service.ports.store import Engine, Transaction
from service.ports.world import Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Says it, within one transaction, and wakes the sender once that is kept."""

    tx: Transaction
    renderer: Renderer
    engine: Engine
    rules: RuleIndex
    now: datetime

    def say(self, before: Event, after: Event, development: Development) -> int:
        """Queue the messages. Return how many there are."""
        self.tx.events.lock_telling()
        readers = self.tx.subscriptions.alerted()
        telling = Telling(tx=self.tx, renderer=self.renderer, rules=self.rules, subscriptions=readers)
        past = _is_past(self.tx, after, self.tx.events.accounts(after.event_id), self.now)
        queued = telling.tell(after, development, backlog=past, now=self.now, was=before)
        self.engine.wake(self.tx, "deliver", [message.outbox_id for message in queued])
        return len(queued)


def _is_past(tx: Transaction, event: Event, accounts: Sequence[Account], now: datetime) -> bool:
    """Whether no report can join the event any more, or feeds held all of it before we first looked at them."""
    if event.last_seen < now - window(event.kind):
        return True
    return all(tx.entries.get(account.entry_id).backlog for account in accounts)
