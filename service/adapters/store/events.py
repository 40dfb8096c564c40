"""Events and how their picture developed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, text, update
from sqlmodel import col

from service.adapters.store import traces
from service.adapters.store.among import among
from service.adapters.store.curation import Curated
from service.adapters.store.known import ACCOUNTS_PER_CANDIDATE, COLUMNS, event_of
from service.adapters.store.memory import Memory
from service.adapters.store.relations import OF_LATER
from service.adapters.store.rows import chunks, new_token, same_named, taken
from service.adapters.store.tables import DevelopmentRow, EventRow
from service.adapters.store.tables.events import CORRECTIONS
from service.adapters.store.types import Instant
from service.core.errors import NotFound
from service.core.event import Before, Candidate, Development, Event
from service.core.link import KINDS, WORLD, Neighbourhood
from service.core.report import Kind
from service.ports.curation import Story
from service.ports.linking import LATEST
from service.ports.store import Mark

MERGED = col(EventRow.merged_into)
LINKING_LOCK, TELLING_LOCK = 0x6C696E6B, 0x74656C6C
DEVELOPMENT_COLUMNS = same_named(Development)
# Made once: SQLAlchemy takes longer to make such a statement than the database to run it.
CREATE = insert(EventRow).returning(col(EventRow.id))
COUNT = update(EventRow).where(
    col(EventRow.id) == bindparam("_id"),
    col(EventRow.stamp) == bindparam("_stamp"),
    col(EventRow.state) == "live",
    col(EventRow.first_seen) <= bindparam("_told_at", type_=Instant),
)
WRITE = update(EventRow).where(col(EventRow.id) == bindparam("_id"))
THESE = select(EventRow).where(among(col(EventRow.id), "_ids"))
THESE = THESE.order_by(col(EventRow.last_seen).desc(), col(EventRow.id).desc())
ADD = insert(DevelopmentRow)
STEPS = select(DevelopmentRow).where(among(col(DevelopmentRow.event_id), "_ids"))
STEPS = STEPS.order_by(col(DevelopmentRow.id))


class Events(Curated):
    """Keeps ports.store.EventStore's promises."""

    def __init__(self, connection: Connection, memory: Memory) -> None:
        super().__init__(connection, memory)
        self._memory = memory

    def lock_linking(self, near: Collection[Neighbourhood] = WORLD) -> None:
        """See the port. SQLite has one writer at a time anyway. Whoever has a country has a share in its kind."""
        for one in sorted(near):
            whole = _lock_number(Neighbourhood(one.kind))
            self._lock(LINKING_LOCK, whole, shared=bool(one.country))
            if one.country:
                self._lock(LINKING_LOCK, _lock_number(one))

    def lock_telling(self) -> None:
        """See the port."""
        self._lock(TELLING_LOCK, 0)

    def _lock(self, lock: int, number: int, *, shared: bool = False) -> None:
        if self._connection.dialect.name == "postgresql":
            call = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
            self._connection.execute(text(f"SELECT {call}(:lock, :number)"), {"lock": lock, "number": number})

    def candidates(
        self, kind: Kind, *, since: datetime, near: Sequence[int] = (), most: int = LATEST
    ) -> list[Candidate]:
        """See the port."""
        self._known.settle()
        live = {"kind": kind, "since": since}
        latest = self._connection.execute(traces.LATEST, {**live, "most": most})
        stamps: dict[int, str] = dict(latest.all())
        if len(stamps) == most:
            others = traces.found(self._connection, near, live)
            stamps |= dict(islice(((known, stamp) for known, stamp in others.items() if known not in stamps), most))
        held = {event_id: self._memory.get((event_id, stamp)) for event_id, stamp in stamps.items()}
        fresh = self._candidates([event_id for event_id, candidate in held.items() if candidate is None])
        for event_id, candidate in fresh.items():
            self._memory.put((event_id, stamps[event_id]), candidate)
        found = {event_id: known for event_id in stamps if (known := held[event_id] or fresh.get(event_id))}
        self._known.seen = {event_id: (stamps[event_id], known) for event_id, known in found.items()}
        return list(found.values())

    def count_copy(self, event_id: int, told_at: datetime) -> bool:
        """See the port."""
        stamp, candidate = self._known.seen.get(event_id, ("", None))
        if candidate is None:
            return False
        before, drawn = candidate.event, new_token()
        event = replace(before, last_seen=max(before.last_seen, told_at), reports=before.reports + 1)
        values = {"last_seen": event.last_seen, "reports": event.reports, "stamp": drawn}
        asked = {"_id": event_id, "_stamp": stamp, "_told_at": told_at}
        if not self._connection.execute(COUNT, values | asked).rowcount:
            return False
        self._known.wrote(event, drawn)
        self._known.latest[event_id] = candidate.accounts
        return True

    def _candidates(self, ids: Sequence[int]) -> Mapping[int, Candidate]:
        found: dict[int, Candidate] = {}
        for part in chunks(ids):
            accounts = self._latest_accounts(part, ACCOUNTS_PER_CANDIDATE)
            for event in self._these(part):
                found[event.event_id] = Candidate(event=event, accounts=accounts.get(event.event_id, ()))
        return found

    def create(self, event: Event) -> int:
        """Insert the event (its `event_id` is ignored). Return its id."""
        stamp = new_token()
        event_id = int(self._connection.execute(CREATE, _columns(event, stamp)).one().id)
        self._known.wrote(replace(event, event_id=event_id), stamp)
        return event_id

    def update(self, event: Event) -> None:
        """Write the event over what is known under its id. Raises NotFound."""
        stamp = new_token()
        if not self._connection.execute(WRITE, _columns(event, stamp) | {"_id": event.event_id}).rowcount:
            raise _unknown(event.event_id)
        self._known.wrote(event, stamp)

    def get(self, event_id: int) -> Event:
        """Return the event in whatever state, or raise NotFound."""
        if (held := self._known.read.get(event_id)) is not None:
            return held
        known = self._these([event_id])
        if not known:
            raise _unknown(event_id)
        return known[0]

    def recent(
        self,
        *,
        limit: int,
        kind: Kind | None = None,
        country: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: Mark | None = None,
    ) -> list[Event]:
        """See the port."""
        wanted = [col(EventRow.state) != "merged"]
        wanted += [col(EventRow.kind) == kind] if kind else []
        wanted += [col(EventRow.country) == country] if country else []
        wanted += [col(EventRow.last_seen) >= since] if since else []
        wanted += [col(EventRow.last_seen) < until] if until else []
        if before:  # the first of the two is for the index
            at, event_id = before
            later = (col(EventRow.last_seen) < at) | (col(EventRow.id) < event_id)
            wanted += [col(EventRow.last_seen) <= at, later]
        return self._events(wanted, limit=limit)

    def upto(self) -> int:
        """See the port."""
        return int(self._connection.execute(select(func.max(col(DevelopmentRow.id)))).scalar_one() or 0)

    def happened(self, *, after: int, since: datetime, until: datetime | None = None) -> list[Event]:
        """See the port. Merged ones are left out: the one that lives on tells their story."""
        ids = select(col(DevelopmentRow.event_id)).where(col(DevelopmentRow.at) >= since)
        if after:  # where it says nothing, it must not keep the database from going by time
            ids = ids.where(col(DevelopmentRow.id) > after)
        if until is not None:
            ids = ids.where(col(DevelopmentRow.at) < until)
        return self._events([col(EventRow.state) != "merged", col(EventRow.id).in_(ids)], limit=None)

    def some(self, event_ids: Sequence[int]) -> Mapping[int, Event]:
        """See the port."""
        parts = (self._these(part) for part in chunks(event_ids))
        return {event.event_id: event for part in parts for event in part}

    def corrections(self, *, before: int | None, limit: int) -> Sequence[tuple[int, Event, Development]]:
        """See the port."""
        query = select(DevelopmentRow).where(text(CORRECTIONS)).order_by(col(DevelopmentRow.id).desc()).limit(limit)
        if before is not None:
            query = query.where(col(DevelopmentRow.id) < before)
        rows = self._connection.execute(query).all()
        events = self.some([row.event_id for row in rows])
        return [(row.id, events[row.event_id], Development(**taken(row, DEVELOPMENT_COLUMNS))) for row in rows]

    def stories(self, event_ids: Sequence[int]) -> Mapping[int, Story]:
        """See the port. Five statements for each 500 events, however much there is of them; one more for `before`."""
        found: dict[int, Story] = {}
        for part in chunks(event_ids):
            accounts, claims = self._accounts_of(part), self._claims_of(part)
            developments, merged = self._developments_of(part), self._merged_into(part)
            before = self._before(part)
            for event_id in part:
                found[event_id] = Story(
                    accounts=accounts.get(event_id, ()),
                    claims=claims.get(event_id, ()),
                    developments=developments.get(event_id, ()),
                    merged=merged.get(event_id, ()),
                    before=before.get(event_id, ()),
                )
        return found

    def _developments_of(self, event_ids: Sequence[int]) -> Mapping[int, Sequence[tuple[int, Development]]]:
        out: dict[int, list[tuple[int, Development]]] = {}
        for row in self._connection.execute(STEPS, {"_ids": event_ids}):
            out.setdefault(row.event_id, []).append((row.id, Development(**taken(row, DEVELOPMENT_COLUMNS))))
        return out

    def _before(self, event_ids: Sequence[int]) -> Mapping[int, Sequence[Before]]:
        related = self._related(OF_LATER, event_ids)
        known = self.some(sorted({one.other_id for one in related}))
        out: dict[int, list[Before]] = {}
        for one in related:
            before = Before(how=one.how, event=known[one.other_id], reason=one.reason)
            out.setdefault(one.event_id, []).append(before)
        return out

    def _merged_into(self, event_ids: Sequence[int]) -> Mapping[int, Sequence[int]]:
        if not self._connection.execute(select(MERGED).where(MERGED.in_(event_ids)).limit(1)).first():
            return {}
        return {event_id: self.merged_into(event_id) for event_id in event_ids}

    def _these(self, event_ids: Sequence[int]) -> list[Event]:
        return [event_of(row) for row in self._connection.execute(THESE, {"_ids": event_ids})]

    def _events(self, where: Sequence[ColumnElement[bool]], *, limit: int | None) -> list[Event]:
        rows = self._connection.execute(select(EventRow).where(*where).order_by(*_LATEST).limit(limit))
        return [event_of(row) for row in rows]

    def add_development(self, event_id: int, development: Development, report_id: int | None) -> None:
        """Append the development, and the report that brought it where one did."""
        values = taken(development, DEVELOPMENT_COLUMNS) | {"event_id": event_id, "report_id": report_id}
        self._connection.execute(ADD, values)

    def developments(self, event_id: int) -> list[Development]:
        """Return the event's developments, oldest first."""
        return [step for _, step in self._developments_of([event_id]).get(event_id, ())]

    def histories(self, event_ids: Sequence[int]) -> Mapping[int, Sequence[Development]]:
        """See the port."""
        parts = (self._developments_of(part) for part in chunks(event_ids))
        return {event_id: [step for _, step in steps] for part in parts for event_id, steps in part.items()}

    def count(self) -> int:
        """Return how many events there are, merged ones left out."""
        query = select(func.count()).select_from(EventRow).where(col(EventRow.state) != "merged")
        return int(self._connection.execute(query).scalar_one())


_LATEST = (col(EventRow.last_seen).desc(), col(EventRow.id).desc())


def _lock_number(near: Neighbourhood) -> int:
    return int.from_bytes(near.country.encode()[:2].rjust(2, b"\0")) * len(WORLD) + KINDS.index(near.kind)


def _columns(event: Event, stamp: str) -> dict[str, Any]:
    country = event.place.country if event.place else None
    return taken(event, COLUMNS) | {"country": country, "stamp": stamp}


def _unknown(event_id: int) -> NotFound:
    return NotFound(f"there is no event {event_id}", hint="`tocsin events list` shows them")
