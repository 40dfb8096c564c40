"""Corrections and retractions are found without reading all that ever developed.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CORRECTIONS = sa.text("change IN ('corrected', 'retracted')")


def upgrade() -> None:
    op.create_index(
        "ix_development_corrections",
        "development",
        ["id"],
        sqlite_where=CORRECTIONS,
        postgresql_where=CORRECTIONS,
    )


def downgrade() -> None:
    op.drop_index("ix_development_corrections", table_name="development")
