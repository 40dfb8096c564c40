"""What rules were asked about, kept so that a rule can be held against it later: see ports.archive."""

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from math import ceil
from typing import Any, overload

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from service.adapters.store import words
from service.adapters.store.rows import chunks, taken
from service.adapters.store.tables import EntryRevisionRow, EntryRow, MomentRow
from service.core.entry import Entry
from service.core.errors import StoreUnavailable
from service.core.event import Account, Development, Event
from service.core.rules import Draft, Subject
from service.ports.archive import Group, Left, Moment, OutOfTime, Span

FIRST, GROWTH = 4_000, 5
"""How many moments the first look takes in, and how many times more each further one: news first, few looks."""
TOGETHER = 50  # moments that are read at once: in between, somebody looks at the time
STEPS = 5_000  # of SQLite's machine between two looks at the time; some tens of microseconds
Told = Sequence[Any]
"""[entry id, revision, language, outlet] of one account."""
TEXTS = ("title", "summary", "content")
REVISIONS = select(col(EntryRow.id), col(EntryRow.revision)).where(
    col(EntryRow.id).in_(bindparam("_ids", expanding=True))
)
KEEP = insert(MomentRow).returning(col(MomentRow.id))


class Archives:
    """Keeps ports.archive.Archive's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shelf = _Shelf(connection)

    def keep(
        self,
        event: Event,
        development: Development,
        accounts: Sequence[Account],
        *,
        keys: Collection[str],
        backlog: bool,
        now: datetime,
    ) -> None:
        """See the port."""
        ids = [account.entry_id for account in accounts]
        revisions = {row.id: row.revision for row in self._connection.execute(REVISIONS, {"_ids": ids})}
        told = [[one.entry_id, revisions.get(one.entry_id, 1), one.lang, one.outlet] for one in accounts]
        values = {"event_id": event.event_id, "at": now, "event": event, "accounts": told, "backlog": backlog}
        values |= {"change": development.change, "material": development.material}
        words.put(self._connection, "moment_words", int(self._connection.execute(KEEP, values).one().id), keys)

    def keep_text(self, entry: Entry, keys: Collection[str]) -> None:
        """See the port."""
        words.put(self._connection, "entry_words", entry.entry_id, keys)

    def spans(self, since: datetime) -> list[Span]:
        """See the port."""
        ends = select(func.min(col(MomentRow.id)), func.max(col(MomentRow.id))).where(col(MomentRow.at) >= since)
        first, last = (known or 0 for known in self._connection.execute(ends).one())
        found: list[Span] = []
        size = FIRST
        while last >= max(first, 1):
            start = max(first, last - size + 1)
            inside = (col(MomentRow.id) >= start, col(MomentRow.id) <= last)
            earliest = select(col(MomentRow.at)).where(*inside).order_by(col(MomentRow.id)).limit(1)
            found.append(Span(first=start, last=last, since=self._connection.execute(earliest).scalar_one()))
            last, size = start - 1, size * GROWTH
        return found

    def candidates(self, groups: Sequence[Group], span: Span, *, left: Left) -> Iterator[Sequence[Moment]]:
        """See the port."""
        found = words.having(self._connection, groups, span=(span.first, span.last))
        with _at_most(self._connection, left):
            ids = list(self._connection.execute(found).scalars())
        for part in chunks(sorted(ids, reverse=True), TOGETHER):
            yield self._moments(col(MomentRow.id).in_(part))[::-1]

    def read_texts(self, moments: Sequence[Moment]) -> None:
        """See the port."""
        told = [accounts.wanted for moment in moments if isinstance(accounts := moment.subject.accounts, _Accounts)]
        self._shelf.read(set().union(*told))

    def story(self, event_ids: Collection[int], *, but: Collection[int] = ()) -> list[Moment]:
        """See the port."""
        mine = select(col(MomentRow.id))
        wanted: set[int] = set()
        for part in chunks(sorted(event_ids)):
            rows = self._connection.execute(mine.where(col(MomentRow.event_id).in_(part)))
            wanted.update(row.id for row in rows)
        parts = chunks(sorted(wanted.difference(but)), TOGETHER)
        return [moment for part in parts for moment in self._moments(col(MomentRow.id).in_(part))]

    def could(self, group: Group, *, since: datetime, left: Left) -> int:
        """See the port."""
        spans = self.spans(since)
        ends = (spans[-1].first, spans[0].last) if spans else (1, 0)
        with _at_most(self._connection, left):
            return words.number(self._connection, group, span=ends)

    def _moments(self, where: ColumnElement[bool]) -> list[Moment]:
        """Return moments, oldest first."""
        query = select(MomentRow).where(where).order_by(col(MomentRow.id))
        return [_moment(row, self._shelf) for row in self._connection.execute(query)]

    def count(self, since: datetime) -> int:
        """See the port."""
        query = select(func.count()).select_from(MomentRow).where(col(MomentRow.at) >= since)
        return int(self._connection.execute(query).scalar_one())

    def texts(self) -> int:
        """See the port."""
        return words.count(self._connection, "entry_words")

    def heard(self, asked: Sequence[tuple[Group, bool]], *, left: Left) -> list[bool]:
        """See the port."""
        indexed: list[tuple[words.Index, Group]] = [
            ("moment_words" if is_fact else "entry_words", group) for group, is_fact in asked
        ]
        with _at_most(self._connection, left):
            return words.has_any(self._connection, indexed)


class _Shelf:
    """Texts by entry id and revision: many read in one go where it is known which, else each when it is wanted."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._texts: dict[tuple[int, int], Any] = {}

    def draft(self, told: Told) -> Draft:
        """Return one account as it read then; empty where its text was pruned."""
        entry_id, revision, lang, outlet = told
        if (entry_id, revision) not in self._texts:
            self.read({(entry_id, revision)})
        row = self._texts[entry_id, revision]
        texts = taken(row, TEXTS) if row is not None else {}
        return Draft(outlet=outlet, lang=lang, **texts)

    def read(self, wanted: AbstractSet[tuple[int, int]]) -> None:
        """Read these texts, as they are now or as they were."""
        missing = wanted - self._texts.keys()
        self._texts |= dict.fromkeys(missing)
        for part in chunks(sorted({entry_id for entry_id, _ in missing})):
            now = select(col(EntryRow.id), col(EntryRow.revision), *(getattr(EntryRow, name) for name in TEXTS))
            rows = self._connection.execute(now.where(col(EntryRow.id).in_(part)))
            self._texts |= {(row.id, row.revision): row for row in rows}
        for part in chunks(
            sorted({entry_id for entry_id, revision in missing if self._texts[entry_id, revision] is None})
        ):
            entry_id = col(EntryRevisionRow.entry_id)
            columns = (getattr(EntryRevisionRow, name) for name in TEXTS)
            before = select(entry_id.label("id"), col(EntryRevisionRow.revision), *columns).where(entry_id.in_(part))
            self._texts |= {(row.id, row.revision): row for row in self._connection.execute(before)}


class _Accounts(Sequence[Draft]):
    """The accounts of one moment, each read when it is looked at."""

    def __init__(self, shelf: _Shelf, told: Sequence[Told]) -> None:
        self._shelf = shelf
        self._told = told

    @property
    def wanted(self) -> set[tuple[int, int]]:
        """The entry id and revision of each."""
        return {(entry_id, revision) for entry_id, revision, _, _ in self._told}

    def __len__(self) -> int:
        return len(self._told)

    @overload
    def __getitem__(self, at: int) -> Draft: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Draft]: ...
    def __getitem__(self, at: int | slice) -> Draft | Sequence[Draft]:
        """Return one, or some."""
        if isinstance(at, slice):
            return [self._shelf.draft(told) for told in self._told[at]]
        return self._shelf.draft(self._told[at])


def _moment(row: Any, shelf: _Shelf) -> Moment:
    event: Event = row.event
    development = Development(change=row.change, revision=event.revision, at=row.at, material=row.material)
    return Moment(
        moment_id=row.id,
        subject=Subject(event=event, accounts=_Accounts(shelf, row.accounts)),
        development=development,
        backlog=row.backlog,
        at=row.at,
        entry_ids=[told[0] for told in row.accounts],
    )


@contextmanager
def _at_most(connection: Connection, left: Left) -> Iterator[None]:
    """Stop the database's own work when the time is up. Raises OutOfTime."""
    remaining = left()
    if remaining <= 0:
        raise OutOfTime
    within = _within_sqlite if connection.dialect.name == "sqlite" else _within_postgres
    try:
        with within(connection, left, remaining):
            yield
    except (StoreUnavailable, OperationalError) as error:
        if left() > 0:
            raise
        raise OutOfTime from error


@contextmanager
def _within_sqlite(connection: Connection, left: Left, _: float) -> Iterator[None]:
    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(lambda: left() <= 0, STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def _within_postgres(connection: Connection, _: Left, remaining: float) -> Iterator[None]:
    """What is cut short must not end the whole transaction. Every trip to the server takes time: hence all in one."""
    connection.exec_driver_sql(
        # To read everything is never right here, and to compile a query takes longer than to run it.
        "SAVEPOINT looking; SET LOCAL enable_seqscan = off; SET LOCAL jit = off;"
        f"SET LOCAL statement_timeout = {ceil(remaining * 1000)}"
    )
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT looking")
        raise
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0; RELEASE SAVEPOINT looking")
