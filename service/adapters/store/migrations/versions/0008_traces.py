"""Keys under which linking finds events, however many are stored.

Events from before have none; they are found for as long as they are among those told of last.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "trace",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_trace_event_id_event"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", "event_id", name=op.f("pk_trace")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trace_event", "trace", ["event_id"])


def downgrade() -> None:
    op.drop_table("trace")
