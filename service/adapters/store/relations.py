"""How events stand to earlier ones, kept between reports and read by where those are."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from service.adapters.store.among import among
from service.adapters.store.reports import Reports
from service.adapters.store.rows import upsert
from service.adapters.store.tables import EventRow, RelationRow, ReportRow
from service.core.event import Relates, Relation


class Related(Reports):
    """Keeps what ports.linking.Linking promises of relations."""

    def relate(self, report_id: int, how: Relates, earlier_id: int, reason: str) -> None:
        """See the port."""
        values = {"report_id": report_id, "earlier_id": earlier_id, "how": how, "reason": reason}
        upsert(self._connection, RelationRow, values, key=["report_id"], give=[col(RelationRow.report_id)])

    def unrelate(self, report_id: int) -> None:
        """See the port."""
        self._connection.execute(delete(RelationRow).where(col(RelationRow.report_id) == report_id))

    def relations(self, event_id: int) -> list[Relation]:
        """See the port. Two queries by index, for a database does not use two indexes at once."""
        return self._related(OF_LATER, [event_id]) + self._related(OF_EARLIER, [event_id])

    def _related(self, query: Any, event_ids: Sequence[int]) -> list[Relation]:
        found: dict[tuple[int, str, int], Relation] = {}
        for row in self._connection.execute(query, {"_events": event_ids}):
            known = Relation(event_id=row.event_id, how=row.how, other_id=row.other_id, reason=row.reason)
            found.setdefault((row.event_id, row.how, row.other_id), known)
        return list(found.values())


def _of(end: Literal["later", "earlier"]) -> Any:
    """Return the query for the relations of events that are this end of them."""
    later, earlier = aliased(ReportRow), aliased(ReportRow)
    one, other = aliased(EventRow), aliased(EventRow)
    ours: Any = (later if end == "later" else earlier).event_id
    return (
        select(
            col(later.event_id).label("event_id"),
            col(RelationRow.how),
            col(earlier.event_id).label("other_id"),
            col(RelationRow.reason),
        )
        .select_from(RelationRow)
        .join(later, col(later.id) == col(RelationRow.report_id))
        .join(earlier, col(earlier.id) == col(RelationRow.earlier_id))
        .join(one, col(one.id) == col(later.event_id))
        .join(other, col(other.id) == col(earlier.event_id))
        .where(col(later.event_id) != col(earlier.event_id), col(one.state) == "live", col(other.state) == "live")
        .where(among(ours, "_events"))
        .order_by(col(RelationRow.report_id))
    )


OF_LATER, OF_EARLIER = _of("later"), _of("earlier")
