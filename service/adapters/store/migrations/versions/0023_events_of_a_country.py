"""The events of a country are found at once, of whatever time; no endpoint is left alone longer than an hour from now.

Revision ID: 0023
Revises: 0022
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

HOUR_MS = 3_600_000


def upgrade() -> None:
    op.create_index("ix_event_country", "event", ["country", "last_seen"])
    soon = int(time.time() * 1000) + HOUR_MS  # the version before granted whoever asked a whole day
    channel = sa.table("channel", sa.column("paused_until", sa.BigInteger))
    op.execute(channel.update().where(channel.c.paused_until > soon).values(paused_until=soon))


def downgrade() -> None:
    op.drop_index("ix_event_country", "event")
