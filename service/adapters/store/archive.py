"""What rules were asked about, kept so that a rule can be held against it later: see ports.archive."""

import json
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from math import ceil
from typing import Any, overload

from sqlalchemy import ColumnElement, Connection, Text, cast, func, insert, select
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from service.adapters.store import words
from service.adapters.store.among import among
from service.adapters.store.rows import chunks
from service.adapters.store.tables import EntryRevisionRow, EntryRow, MomentRow
from service.adapters.store.values import event_in
from service.core.errors import StoreUnavailable
from service.core.event import Account, Development, Event
from service.core.rules import Draft, Subject
from service.ports.archive import Group, Left, Moment, OutOfTime, Span

FIRST, GROWTH = 4_000, 5
"""How many moments the first look takes in, and how many times more each further one: news first, few looks."""
FEW, LEAST, TOGETHER = 25, 5, 200  # moments that are read at once, first, at least and at most
STRIDES = 6  # as many more times are to be read, or the time would be up within one of them
TICK_S = 0.001
STEPS = 5_000  # of SQLite's machine between two looks at the time; some tens of microseconds
Told = Sequence[Any]
"""[entry id, revision, language, outlet] of one account."""
TEXTS = ("title", "summary", "content")
REMEMBERED = 8_192  # events as they stood, of 2 KB each
REVISIONS = select(col(EntryRow.id), col(EntryRow.revision)).where(among(col(EntryRow.id), "_ids"))
KEEP = insert(MomentRow).returning(col(MomentRow.id))


class Archives:
    """Keeps ports.archive.Archive's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shelf = _Shelf(connection)
        self._known_ends: dict[datetime, tuple[int, int]] = {}

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

    def keep_texts(self, texts: Sequence[tuple[int, Collection[str]]]) -> None:
        """See the port."""
        words.put_all(self._connection, "entry_words", texts)

    def spans(self, since: datetime) -> list[Span]:
        """See the port."""
        first, last = self._ends(since)
        found: list[Span] = []
        size = FIRST
        while last >= max(first, 1):
            start = max(first, last - size + 1)
            inside = (col(MomentRow.id) >= start, col(MomentRow.id) <= last)
            earliest = select(col(MomentRow.at)).where(*inside).order_by(col(MomentRow.id)).limit(1)
            found.append(Span(first=start, last=last, since=self._connection.execute(earliest).scalar_one()))
            last, size = start - 1, size * GROWTH
        return found

    def _ends(self, since: datetime) -> tuple[int, int]:
        """Return the first and the last id of moments since; (0, 0) where there is none."""
        if since not in self._known_ends:
            ends = select(func.min(col(MomentRow.id)), func.max(col(MomentRow.id))).where(col(MomentRow.at) >= since)
            first, last = self._connection.execute(ends).one()
            self._known_ends[since] = first or 0, last or 0
        return self._known_ends[since]

    def candidates(self, groups: Sequence[Group], span: Span, *, left: Left) -> Iterator[Sequence[Moment]]:
        """See the port."""
        found = words.having(self._connection, groups, span=(span.first, span.last))
        with _at_most(self._connection, left):
            ids = list(self._connection.execute(found).scalars().all())
        ids.sort(reverse=True)
        size = FEW
        while ids:
            before = left()
            if before <= 0:
                raise OutOfTime
            part, ids = ids[:size], ids[size:]
            yield self._moments(col(MomentRow.id).in_(part))[::-1]
            size = _so_many(len(part), took=before - left(), left=left())

    def read_texts(self, moments: Sequence[Moment]) -> None:
        """See the port."""
        told = [accounts.wanted for moment in moments if isinstance(accounts := moment.subject.accounts, _Accounts)]
        self._shelf.read(set().union(*told))

    def story(self, event_ids: Collection[int], *, but: Collection[int] = ()) -> list[Moment]:
        """See the port."""
        mine: Any = select(col(MomentRow.id))
        wanted: set[int] = set()
        for part in chunks(sorted(event_ids)):
            wanted.update(self._connection.execute(mine.where(col(MomentRow.event_id).in_(part))).scalars().all())
        parts = chunks(sorted(wanted.difference(but)), TOGETHER)
        return [moment for part in parts for moment in self._moments(col(MomentRow.id).in_(part))]

    def could(self, group: Group, *, since: datetime, left: Left) -> int:
        """See the port."""
        ends = self._ends(since)
        with _at_most(self._connection, left):
            return words.number(self._connection, group, span=ends)

    def _moments(self, where: ColumnElement[bool]) -> list[Moment]:
        """Return moments, oldest first."""
        query = select(*_COLUMNS).where(where).order_by(col(MomentRow.id))
        return [_moment(row, self._shelf) for row in self._connection.execute(query).all()]

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
        self._texts: dict[tuple[int, int], Sequence[str] | None] = {}

    def draft(self, told: Told) -> Draft:
        """Return one account as it read then; empty where its text was pruned."""
        entry_id, revision, lang, outlet = told
        if (entry_id, revision) not in self._texts:
            self.read({(entry_id, revision)})
        title, summary, content = self._texts[entry_id, revision] or ("", "", "")
        return Draft(outlet=outlet, lang=lang, title=title, summary=summary, content=content)

    def read(self, wanted: AbstractSet[tuple[int, int]]) -> None:
        """Read these texts, as they are now or as they were."""
        missing = wanted - self._texts.keys()
        self._texts |= dict.fromkeys(missing)
        for part in chunks(sorted({entry_id for entry_id, _ in missing})):
            now = select(col(EntryRow.id), col(EntryRow.revision), *(getattr(EntryRow, name) for name in TEXTS))
            rows = self._connection.execute(now.where(col(EntryRow.id).in_(part))).all()
            self._texts |= {(entry_id, revision): texts for entry_id, revision, *texts in rows}
        for part in chunks(
            sorted({entry_id for entry_id, revision in missing if self._texts[entry_id, revision] is None})
        ):
            of = col(EntryRevisionRow.entry_id)
            columns = (getattr(EntryRevisionRow, name) for name in TEXTS)
            before = select(of, col(EntryRevisionRow.revision), *columns).where(of.in_(part))
            rows = self._connection.execute(before).all()
            self._texts |= {(entry_id, revision): texts for entry_id, revision, *texts in rows}


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


_COLUMNS = (
    *(getattr(MomentRow, name) for name in ("id", "at", "change", "material", "backlog")),
    cast(MomentRow.event, Text).label("event"),
    MomentRow.accounts,
)


def _moment(row: Any, shelf: _Shelf) -> Moment:
    moment_id, at, change, material, backlog, event, accounts = row
    stood = _event_of(event)
    return Moment(
        moment_id=moment_id,
        subject=Subject(event=stood, accounts=_Accounts(shelf, accounts)),
        development=Development(change=change, revision=stood.revision, at=at, material=material),
        backlog=backlog,
        at=at,
        entry_ids=[told[0] for told in accounts],
    )


@lru_cache(maxsize=REMEMBERED)
def _event_of(text: str) -> Event:
    """Read an event. Somebody who edits a rule asks for the same ones again and again."""
    return event_in(json.loads(text))


def _so_many(read: int, *, took: float, left: float) -> int:
    """Return how many moments to read next, seeing how long the last ones took: what is begun is not cut short."""
    most = max(left, 0) / STRIDES * read / max(took, TICK_S)
    return max(LEAST, min(int(most), TOGETHER))


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
