"""What one transaction knows of events by having read or written them itself, so that it need not ask again.

It may only be believed of rows that are ours until the end: an event is held from the first write of its row on, which
every other writer of the event, its reports or its claims begins with as well. Where a savepoint is undone all of it is
forgotten, and likewise where reports move.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.adapters.store.memory import Memory
from service.adapters.store.rows import same_named, taken
from service.core.event import Account, Candidate, Claim, Event
from service.core.report import Kind

ACCOUNTS_PER_CANDIDATE = 12
COLUMNS = same_named(Event, but=("event_id",))


@dataclass(kw_only=True)
class Known:
    """See above. `joined` is what report_of said; `fresh` are reports that had no event before.

    `unbound` are entries of which no operator said anything: who binds them waits until we are done (lock_linking).

    `stamps` are those drawn since candidates were asked for last: one is enough, for nobody saw the row since. `read`
    are held events as they were read, `written` as they were written.
    """

    memory: Memory
    joined: dict[tuple[int, Kind], tuple[int, int] | None] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)
    unbound: set[int] = field(default_factory=set)
    stamps: dict[int, str] = field(default_factory=dict)
    read: dict[int, Event] = field(default_factory=dict)
    written: dict[int, Event] = field(default_factory=dict)
    seen: dict[int, tuple[str, Candidate]] = field(default_factory=dict)
    latest: dict[int, Sequence[Account]] = field(default_factory=dict)
    accounts: dict[int, Sequence[Account]] = field(default_factory=dict)
    claims: dict[int, Sequence[Claim]] = field(default_factory=dict)

    def forget(self) -> None:
        """Believe nothing any more."""
        for one in (self.joined, self.stamps, self.read, self.written, self.seen, self.latest):
            one.clear()
        self.fresh.clear()
        self.unbound.clear()
        self.changed(list(self.accounts), list(self.claims))

    def changed(self, accounts: Iterable[int] = (), claims: Iterable[int] = ()) -> None:
        """Ask again for the accounts and the claims of these events."""
        for event_id in accounts:
            self.accounts.pop(event_id, None)
            self.latest.pop(event_id, None)
        for event_id in claims:
            self.claims.pop(event_id, None)

    def wrote(self, event: Event, stamp: str) -> None:
        """Note that the event's row is this now."""
        self.stamps[event.event_id] = stamp
        self.written[event.event_id] = event
        self.read.pop(event.event_id, None)

    def heard(self, event_id: int, account: Account) -> None:
        """Note one more account of an event of which the latest are known."""
        newest = sorted((account, *self.latest[event_id]), key=_told, reverse=True)
        self.latest[event_id] = newest[:ACCOUNTS_PER_CANDIDATE]

    def settle(self) -> None:
        """Keep what was written as a candidate for whoever links next: they would read just this."""
        for event_id, event in self.written.items():
            accounts = self.latest.get(event_id)
            if accounts is None and event_id in self.accounts:
                accounts = self.accounts[event_id][: -ACCOUNTS_PER_CANDIDATE - 1 : -1]
            if accounts:
                candidate = Candidate(event=event, accounts=accounts)
                self.memory.put((event_id, self.stamps[event_id]), candidate)
        self.written.clear()
        self.stamps.clear()
        self.latest.clear()


def event_of(row: Any) -> Event:
    """Return the event of a row of its table."""
    return Event(event_id=row.id, **taken(row, COLUMNS))


def _told(account: Account) -> tuple[Any, int]:
    return account.told_at, account.report_id
