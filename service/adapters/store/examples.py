"""The labelled examples."""

from sqlalchemy import Connection, delete, select
from sqlmodel import col

from service.adapters.store.rows import same_named, taken, upsert
from service.adapters.store.tables.curation import ExampleRow
from service.core.example import Example

COLUMNS = same_named(Example)


class Examples:
    """Keeps ports.examples.ExampleStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, example: Example) -> None:
        """See the port."""
        upsert(self._connection, ExampleRow, taken(example, COLUMNS), key=["entry_id"], give=[col(ExampleRow.id)])

    def all(self) -> list[Example]:
        """See the port."""
        query = select(ExampleRow).order_by(col(ExampleRow.at), col(ExampleRow.id))
        return [Example(**taken(row, COLUMNS)) for row in self._connection.execute(query)]

    def forget(self, act_id: int) -> int:
        """See the port."""
        these = col(ExampleRow.act_id) == act_id
        return self._connection.execute(delete(ExampleRow).where(these)).rowcount if act_id else 0
