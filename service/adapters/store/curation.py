"""Reports that change their event, what operators bound, and the journal of it all."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, null, or_, select, union, union_all, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from service.adapters.store.among import among
from service.adapters.store.entries import outlet_of
from service.adapters.store.relations import Related
from service.adapters.store.reports import CLAIM_COLUMNS, CURRENT
from service.adapters.store.rows import chunks, same_named, taken, upsert
from service.adapters.store.tables import EntryRow, EventRow, FeedRow, ReportRow
from service.adapters.store.tables.curation import ActRow, BondRow
from service.adapters.store.tables.events import ClaimRow
from service.adapters.store.traces import hand_on
from service.core.develop import OPERATOR
from service.core.errors import NotFound
from service.core.event import Act, Bond, Claim, EntryName, NamedBond, NamedFact, Ties
from service.core.link import KINDS
from service.core.report import Kind

ACT_COLUMNS = same_named(Act, but=("act_id", "report_ids", "told"))
BOND_COLUMNS = same_named(Bond)
ENDS = (col(BondRow.left) == bindparam("_entry"), col(BondRow.right) == bindparam("_entry"))
SAID = union(*(select(BondRow).where(col(BondRow.kind) == bindparam("_kind"), end) for end in ENDS)).order_by("id")
"""By two indexes, of which a database does not use both at once."""
OF_REPORT: Any = select(
    col(ReportRow.entry_id), col(ReportRow.kind), col(ReportRow.id).label("report_id"), col(ReportRow.event_id)
)
ONE_END, OTHER_END = col(BondRow.left), col(BondRow.right)
OF_BOND: Any = select(
    ONE_END.label("entry_id"), col(BondRow.kind), null().label("report_id"), OTHER_END.label("event_id")
)
EXPECTED = union_all(
    OF_REPORT.where(among(col(ReportRow.entry_id), "_ids")),
    *(OF_BOND.where(among(end, "_ids")) for end in (ONE_END, OTHER_END)),
)
"""What entries reported before; and where an operator said something of one, both ends of that, and no report."""
MERGED = select(col(EventRow.id)).where(among(col(EventRow.merged_into), "_into"))


class Curated(Related):
    """Keeps ports.curation.Curation's promises."""

    def move(self, report_ids: Sequence[int], event_id: int) -> None:
        """See the port. Superseded claims go along: they are what the report once said."""
        for part in chunks(report_ids):
            these = col(ReportRow.id).in_(part)
            left = self._connection.execute(select(col(ReportRow.event_id)).where(these).distinct()).scalars()
            sources = {known for known in left if known not in {None, event_id}}
            self._known.forget()
            self._renew({event_id, *sources})
            hand_on(self._connection, sources, event_id)
            self._connection.execute(update(ReportRow).where(these).values(event_id=event_id))
            claims = col(ClaimRow.report_id).in_(part)
            self._connection.execute(update(ClaimRow).where(claims).values(event_id=event_id))

    def living(self, event_id: int) -> int:
        """See the port."""
        step = select(col(EventRow.id), col(EventRow.merged_into))
        seen: set[int] = set()
        while event_id not in seen:
            row = self._connection.execute(step.where(col(EventRow.id) == event_id)).first()
            if row is None:
                raise NotFound(f"there is no event {event_id}", hint="`tocsin events list` shows them")
            if row.merged_into is None:
                break
            seen.add(event_id)
            event_id = row.merged_into
        return event_id

    def merged_into(self, event_id: int) -> list[int]:
        """See the port."""
        found: list[int] = []
        layer = [event_id]
        while layer:
            into = self._connection.execute(MERGED, {"_into": layer}).scalars()
            layer = [one for one in into if one and one not in {*found, event_id}]
            found += layer
        return sorted(found)

    def bind(self, bonds: Sequence[Bond], act_id: int | None) -> None:
        """See the port."""
        self._known.unbound.clear()
        for bond in bonds:
            low, high = sorted((bond.left, bond.right))
            values = taken(bond, BOND_COLUMNS) | {"left": low, "right": high, "act_id": act_id}
            upsert(self._connection, BondRow, values, key=["left", "right", "kind"], give=[col(BondRow.id)])

    def bonds(self, kind: Kind) -> list[Bond]:
        """See the port."""
        query = select(BondRow).where(col(BondRow.kind) == kind).order_by(col(BondRow.id))
        return [Bond(**taken(row, BOND_COLUMNS)) for row in self._connection.execute(query)]

    def named_bonds(self) -> list[NamedBond]:
        """See the port."""
        said = select(BondRow).order_by(col(BondRow.id))
        rows = list(self._connection.execute(said))
        names = self._names({end for row in rows for end in (row.left, row.right)})
        return [
            NamedBond(kind=row.kind, together=row.together, left=names[row.left], right=names[row.right])
            for row in rows
        ]

    def named_facts(self) -> list[NamedFact]:
        """See the port."""
        columns = (ClaimRow.field, ClaimRow.value, ClaimRow.quote, ClaimRow.entry_id, EventRow.kind)
        said = select(*map(col, columns)).join(EventRow, col(EventRow.id) == col(ClaimRow.event_id))
        still = said.where(col(ClaimRow.outlet) == OPERATOR, col(ClaimRow.superseded).is_(False))
        rows: Any = self._connection.execute(still.order_by(col(ClaimRow.id))).all()
        names = self._names({row.entry_id for row in rows})
        return [
            NamedFact(kind=row.kind, field=row.field, value=row.value, entry=names[row.entry_id], reason=row.quote)
            for row in rows
        ]

    def _names(self, entry_ids: Collection[int]) -> dict[int, EntryName]:
        query: Any = (
            select(
                col(EntryRow.id),
                col(EntryRow.uid),
                col(EntryRow.url),
                col(FeedRow.title).label("title"),
                col(FeedRow.url).label("feed_url"),
            )
        ).join(FeedRow, col(FeedRow.id) == col(EntryRow.feed_id))
        parts = (query.where(col(EntryRow.id).in_(part)) for part in chunks(sorted(entry_ids)))
        found = (row for part in parts for row in self._connection.execute(part))
        return {row.id: EntryName(row.uid, outlet_of(row.title, row.feed_url), row.url) for row in found}

    def expect(self, entry_ids: Collection[int]) -> None:
        """See the port."""
        for part in chunks(sorted(entry_ids)):
            rows = self._connection.execute(EXPECTED, {"_ids": part}).all()
            bound = {end for row in rows if row.report_id is None for end in (row.entry_id, row.event_id)}
            self._known.unbound.update(set(part) - bound)
            self._known.joined |= {(entry_id, kind): None for entry_id in part for kind in KINDS}
            joined = (row for row in rows if row.report_id is not None and row.event_id is not None)
            self._known.joined |= {(row.entry_id, row.kind): (row.report_id, row.event_id) for row in joined}

    def ties(self, entry_id: int, kind: Kind) -> Ties:
        """See the port. Nearly always nothing."""
        if entry_id in self._known.unbound:
            return Ties()
        said = self._connection.execute(SAID, {"_entry": entry_id, "_kind": kind}).all()
        if not said:
            return Ties()
        known = {row.id: self._joined(row.left if row.right == entry_id else row.right, kind) for row in said}
        return Ties(
            together=frozenset(event for row in said if row.together and (event := known[row.id]) is not None),
            apart=frozenset(event for row in said if not row.together and (event := known[row.id]) is not None),
            removed=any(row.left == row.right for row in said),
        )

    def tied(self, kind: Kind, *, together: bool) -> frozenset[frozenset[int]]:
        """See the port."""
        left, right = aliased(ReportRow), aliased(ReportRow)
        query: Any = (
            select(col(left.event_id).label("left_event"), col(right.event_id).label("right_event"))
            .select_from(BondRow)
            .join(left, and_(col(left.entry_id) == col(BondRow.left), col(left.kind) == kind))
            .join(right, and_(col(right.entry_id) == col(BondRow.right), col(right.kind) == kind))
            .where(col(BondRow.kind) == kind, col(BondRow.together).is_(together))
        )
        pairs = ((row.left_event, row.right_event) for row in self._connection.execute(query))
        return frozenset(frozenset(pair) for pair in pairs if None not in pair and len(set(pair)) > 1)

    def drop(self, report_id: int) -> None:
        """See the port."""
        self._out(report_id, None, superseded=True)

    def restore(self, report_id: int, event_id: int) -> None:
        """See the port."""
        self._out(report_id, event_id, superseded=False)

    def _out(self, report_id: int, event_id: int | None, *, superseded: bool) -> None:
        this = col(ReportRow.id) == report_id
        before = self._connection.execute(select(col(ReportRow.event_id)).where(this)).scalar()
        self._known.forget()
        self._renew({before, event_id})
        self._connection.execute(update(ReportRow).where(this).values(event_id=event_id))
        latest = select(func.max(col(ClaimRow.at))).where(col(ClaimRow.report_id) == report_id).scalar_subquery()
        claims = (col(ClaimRow.report_id) == report_id, col(ClaimRow.at) == latest, col(ClaimRow.outlet) != OPERATOR)
        self._connection.execute(update(ClaimRow).where(*claims).values(superseded=superseded))

    def claim(self, event_id: int, claim: Claim, *, now: datetime) -> None:
        """See the port."""
        self.unclaim(event_id, claim.field)
        self._known.changed(claims=[event_id])
        values = taken(claim, CLAIM_COLUMNS) | {"event_id": event_id, "at": now}
        self._connection.execute(insert(ClaimRow).values(**values))

    def unclaim(self, event_id: int, field: str) -> None:
        """See the port."""
        these = (col(ClaimRow.event_id) == event_id, col(ClaimRow.field) == field, col(ClaimRow.outlet) == OPERATOR)
        self._known.forget()
        self._renew({event_id})
        self._connection.execute(update(ClaimRow).where(*these, CURRENT).values(superseded=True))

    def note(self, act: Act) -> int:
        """See the port."""
        values = taken(act, ACT_COLUMNS) | {"report_ids": list(act.report_ids)}
        made = insert(ActRow).values(**values).returning(ActRow)
        return int(self._connection.execute(made).one().id)

    def act(self, act_id: int) -> Act:
        """See the port."""
        row = self._connection.execute(select(ActRow).where(col(ActRow.id) == act_id)).first()
        if row is None:
            raise NotFound(f"nothing was done under the number {act_id}", hint="`tocsin events log` shows what was")
        return _act(row)

    def acts(self, event_id: int | None = None, *, limit: int = 100) -> list[Act]:
        """See the port."""
        query = select(ActRow).order_by(col(ActRow.id).desc()).limit(limit)
        if event_id is not None:
            query = query.where(or_(col(ActRow.event_id) == event_id, col(ActRow.other_id) == event_id))
        return [_act(row) for row in self._connection.execute(query)]

    def undone(self, act_id: int) -> None:
        """See the port."""
        self._connection.execute(update(ActRow).where(col(ActRow.id) == act_id).values(undone=True))
        self._connection.execute(delete(BondRow).where(col(BondRow.act_id) == act_id))


def _act(row: Any) -> Act:
    return Act(act_id=row.id, report_ids=tuple(row.report_ids or ()), **taken(row, ACT_COLUMNS))
