"""Bonds may come from another store, where the act that made them is.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("bond") as bond:
        bond.alter_column("act_id", existing_type=BIG, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM bond WHERE act_id IS NULL")
    with op.batch_alter_table("bond") as bond:
        bond.alter_column("act_id", existing_type=BIG, nullable=False)
