"""Events say who is missing, where and when talks are to be held, and how long a truce is to last.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NAMES = ("missing", "venue", "planned")


def upgrade() -> None:
    with op.batch_alter_table("event") as event:
        for name in NAMES:
            event.add_column(sa.Column(name, sa.JSON(), nullable=True))
        event.add_column(sa.Column("duration_h", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("event") as event:
        for name in (*NAMES, "duration_h"):
            event.drop_column(name)
