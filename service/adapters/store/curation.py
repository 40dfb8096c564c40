"""Reports that change their event, what operators bound, and the journal of it all."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlmodel import col

from service.adapters.store.reports import Reports
from service.adapters.store.rows import chunks, same_named, taken, upsert
from service.adapters.store.tables import EventRow, ReportRow
from service.adapters.store.tables.curation import ActRow, BondRow
from service.adapters.store.tables.events import ClaimRow
from service.core.errors import NotFound
from service.core.event import Act, Bond
from service.core.report import Kind

ACT_COLUMNS = same_named(Act, but=("act_id", "report_ids"))
BOND_COLUMNS = same_named(Bond)


class Curated(Reports):
    """Keeps ports.curation.Curation's promises."""

    def move(self, report_ids: Sequence[int], event_id: int) -> None:
        """See the port. Superseded claims go along: they are what the report once said."""
        for part in chunks(report_ids):
            these = col(ReportRow.id).in_(part)
            left = self._connection.execute(select(col(ReportRow.event_id)).where(these).distinct()).scalars()
            self._renew({event_id, *left})
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
            into = select(col(EventRow.id)).where(col(EventRow.merged_into).in_(layer))
            layer = [one for one in self._connection.execute(into).scalars() if one and one not in {*found, event_id}]
            found += layer
        return sorted(found)

    def bind(self, bonds: Sequence[Bond], act_id: int) -> None:
        """See the port."""
        for bond in bonds:
            low, high = sorted((bond.left, bond.right))
            values = taken(bond, BOND_COLUMNS) | {"left": low, "right": high, "act_id": act_id}
            if low != high:
                upsert(self._connection, BondRow, values, key=["left", "right", "kind"], give=[col(BondRow.id)])

    def bonds(self, *, entry_id: int | None = None, kind: Kind | None = None) -> list[Bond]:
        """See the port."""
        query = select(BondRow).order_by(col(BondRow.id))
        if entry_id is not None:
            query = query.where(or_(col(BondRow.left) == entry_id, col(BondRow.right) == entry_id))
        if kind is not None:
            query = query.where(col(BondRow.kind) == kind)
        return [Bond(**taken(row, BOND_COLUMNS)) for row in self._connection.execute(query)]

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
