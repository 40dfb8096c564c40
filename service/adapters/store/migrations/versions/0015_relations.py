"""How events stand to earlier ones: the next round of the same talks, or a breach of a truce.

Events from before stand alone.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "relation",
        sa.Column("report_id", BIG, nullable=False, autoincrement=False),
        sa.Column("earlier_id", BIG, nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("how IN ('violates', 'next_in_series')", name=op.f("ck_relation_how")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_relation_report_id_report"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["earlier_id"], ["report.id"], name=op.f("fk_relation_earlier_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_relation")),
    )
    op.create_index("ix_relation_earlier", "relation", ["earlier_id"])


def downgrade() -> None:
    op.drop_table("relation")
