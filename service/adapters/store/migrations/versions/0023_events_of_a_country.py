"""The events of a country are found at once, of whatever time.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_event_country", "event", ["country", "last_seen"])


def downgrade() -> None:
    op.drop_index("ix_event_country", "event")
