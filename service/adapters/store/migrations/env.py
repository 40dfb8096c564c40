# noqa: INP001 - Alembic finds it by its path
"""Alembic's entry: runs migrations on the connection migrate.bring_up hands over, inside its transaction."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from service.adapters.store.tables import Base


def plain(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write the database's own types into migrations: ours may change, a migration may not."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{type(item.impl_instance).__name__}()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=plain,
)
with context.begin_transaction():
    context.run_migrations()
