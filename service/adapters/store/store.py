"""The store: transactions with a repository for each kind of thing in it."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Self

from sqlalchemy import Connection

from service.adapters.store.archive import Archives
from service.adapters.store.articles import Articles
from service.adapters.store.consents import Consents
from service.adapters.store.counts import Counts
from service.adapters.store.databases import Database
from service.adapters.store.digests import Digests
from service.adapters.store.entries import Entries
from service.adapters.store.events import Events
from service.adapters.store.examples import Examples
from service.adapters.store.feeds import Feeds
from service.adapters.store.hosts import release_hosts
from service.adapters.store.memory import Memory
from service.adapters.store.outbox import OutboxTable
from service.adapters.store.people import Persons
from service.adapters.store.prune import prune
from service.adapters.store.pushes import Pushes
from service.adapters.store.records import Decisions, Heartbeats
from service.adapters.store.returns import ReturnTable
from service.adapters.store.rows import release_all
from service.adapters.store.rules import RuleStates
from service.adapters.store.subscriptions import Subscriptions
from service.adapters.store.users import Users
from service.adapters.store.versions import Versions
from service.core.errors import StoreUnavailable
from service.ports.archive import Archive
from service.ports.counts import Counts as CountStore
from service.ports.digests import DigestStore
from service.ports.examples import ExampleStore
from service.ports.intake import ArticleStore, EntryStore, FeedStore, PushStore
from service.ports.outbox import Outbox
from service.ports.readers import ConsentStore, People
from service.ports.returns import Returns
from service.ports.rules import RuleStore
from service.ports.store import DecisionLog, EventStore, SubscriptionStore, Transaction
from service.ports.store import Heartbeats as HeartbeatStore
from service.ports.users import UserStore
from service.ports.versions import RuleVersions

log = logging.getLogger(__name__)


class SqlTransaction:
    """Keeps ports.store.Transaction's promises. Of no use once its `with` has ended."""

    def __init__(self, connection: Connection, memory: Memory) -> None:
        self._connection = connection
        self._calls: list[Callable[[], None]] = []
        self._decisions = Decisions(connection)
        self.feeds: FeedStore = Feeds(connection)
        self.entries: EntryStore = Entries(connection)
        self.articles: ArticleStore = Articles(connection)
        self.pushes: PushStore = Pushes(connection)
        self._events = Events(connection, memory)
        self.events: EventStore = self._events
        self.examples: ExampleStore = Examples(connection)
        self.subscriptions: SubscriptionStore = Subscriptions(connection)
        self.outbox: Outbox = OutboxTable(connection)
        self.returns: Returns = ReturnTable(connection)
        self.digests: DigestStore = Digests(connection)
        self.consents: ConsentStore = Consents(connection)
        self.people: People = Persons(connection)
        self.decisions: DecisionLog = self._decisions
        self.rules: RuleVersions = Versions(connection)
        self.rule_states: RuleStore = RuleStates(connection)
        self.archive: Archive = Archives(connection)
        self.heartbeats: HeartbeatStore = Heartbeats(connection)
        self.users: UserStore = Users(connection)
        self.counts: CountStore = Counts(connection)

    def after_commit(self, call: Callable[[], None]) -> None:
        """See the port. What is asked for inside a savepoint that is undone is not called."""
        self._calls.append(call)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """See the port."""
        self._decisions.write()
        self._events.settle()
        calls = len(self._calls)
        try:
            with self._connection.begin_nested():
                yield
                self._decisions.write()
        except BaseException:
            self._decisions.forget()
            self._events.forget()
            del self._calls[calls:]
            raise

    def finish(self) -> list[Callable[[], None]]:
        """Write what is held back. Return what to call after the commit."""
        self._decisions.write()
        self._events.settle()
        return self._calls


class SqlStore:
    """Keeps ports.store.Store's promises on SQLite or PostgreSQL. Close it when done, or use it in a `with`."""

    def __init__(self, database: Database, *, read_only: bool = False) -> None:
        self._database = database
        self._read_only = read_only
        self._memory = Memory()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """See the port. A second one within the first, in the same thread, is a RuntimeError on SQLite."""
        if self._read_only:
            raise StoreUnavailable(f"the database was opened for reading only: {self._database.where}")
        with self._database.writing() as connection:
            tx = SqlTransaction(connection, self._memory)
            yield tx
            calls = tx.finish()
        for call in calls:
            _call(call)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """See the port. Writing inside it raises StoreUnavailable."""
        with self._database.reading() as connection:
            yield SqlTransaction(connection, self._memory)

    def release_leases(self) -> None:
        """Let go of everything somebody was at work on. Only for a start with nobody else at work: it saves a wait."""
        with self._database.writing() as connection:
            release_all(connection)
            release_hosts(connection)

    def prune(self, *, before: datetime, batch: int = 500) -> Mapping[str, int]:
        """Forget what is old and of no use any more. Return how many rows of each kind lost something."""
        return prune(self._database, before=before, batch=batch)

    def scrub(self) -> None:
        """Take what was deleted out of the files of the database, as far as that is in our hands."""
        self._database.scrub()

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _call(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:
        # The transaction stands; a lost wake-up costs a tick, so it must not look as if the writing had failed.
        log.exception("a call after the commit failed")
