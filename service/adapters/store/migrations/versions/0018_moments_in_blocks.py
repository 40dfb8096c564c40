"""PostgreSQL's index of moments knows which block of ids each is in, so that looking at the newest alone is quick.

What is new waits in a list before it goes into an index of words, and whoever looks reads that list: it is kept short.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

from service.adapters.store.words import MOMENT_KEYS

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index(MOMENT_KEYS, "WITH (gin_pending_list_limit = 256)")


def downgrade() -> None:
    _index("keys", "")


def _index(moments: str, options: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, of in (("moment_words", moments), ("entry_words", "keys")):
        op.execute(f"DROP INDEX ix_{table}")
        op.execute(f"CREATE INDEX ix_{table} ON {table} USING gin ({of}) {options}")
