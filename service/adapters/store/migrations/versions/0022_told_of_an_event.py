"""What was told of an event, and by which rule, is found at once, however much was ever told.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    known = sa.text("event_id IS NOT NULL")
    op.create_index("ix_outbox_event", "outbox", ["event_id"], sqlite_where=known, postgresql_where=known)
    op.create_index("ix_mention_event", "mention", ["event_id"])
    op.create_index("ix_firing_outbox", "firing", ["outbox_id"])


def downgrade() -> None:
    op.drop_index("ix_firing_outbox", "firing")
    op.drop_index("ix_mention_event", "mention")
    op.drop_index("ix_outbox_event", "outbox")
