"""Keys under which linking finds events, however many are stored; operators may say that two events are two.

Events from before have none; they are found for as long as they are among those told of last.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

VERBS = ("merge", "split", "remove", "correct", "retract", "undo")
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
    _verbs((*VERBS, "part"))


def downgrade() -> None:
    op.execute("DELETE FROM bond WHERE act_id IN (SELECT id FROM act WHERE verb = 'part')")
    op.execute("DELETE FROM act WHERE verb = 'part'")
    _verbs(VERBS)
    op.drop_table("trace")


def _verbs(verbs: tuple[str, ...]) -> None:
    """Let the journal hold these."""
    with op.batch_alter_table("act") as act:
        act.drop_constraint(op.f("ck_act_verb"), type_="check")
        act.create_check_constraint(op.f("ck_act_verb"), f"verb IN ({', '.join(repr(verb) for verb in verbs)})")
