"""Curated events: what operators and the repair pass did, and what is bound together or apart.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


MERGED = sa.text("merged_into IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_event_merged", "event", ["merged_into"], sqlite_where=MERGED, postgresql_where=MERGED)
    op.create_table(
        "act",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("other_id", BIG, nullable=True),
        sa.Column("report_ids", sa.JSON(), nullable=True),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "verb IN ('merge', 'split', 'remove', 'correct', 'retract', 'undo')", name=op.f("ck_act_verb")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_act_event_id_event"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["other_id"], ["event.id"], name=op.f("fk_act_other_id_event"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
    )
    op.create_index("ix_act_event", "act", ["event_id"])
    op.create_index("ix_act_other", "act", ["other_id"])
    op.create_table(
        "bond",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("left", BIG, nullable=False),
        sa.Column("right", BIG, nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("act_id", BIG, nullable=False),
        sa.CheckConstraint("kind IN ('strike', 'talks')", name=op.f("ck_bond_kind")),
        sa.ForeignKeyConstraint(["left"], ["entry.id"], name=op.f("fk_bond_left_entry"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["right"], ["entry.id"], name=op.f("fk_bond_right_entry"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_bond_act_id_act"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bond")),
        sa.UniqueConstraint("left", "right", "kind", name=op.f("uq_bond_left_right_kind")),
    )
    op.create_index("ix_bond_right", "bond", ["right"])
    op.create_index("ix_bond_act", "bond", ["act_id"])


def downgrade() -> None:
    op.drop_table("bond")
    op.drop_table("act")
    op.drop_index("ix_event_merged", "event")
