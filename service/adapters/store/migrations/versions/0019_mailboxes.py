"""What mailbox a channel is, however it is written; and of two secrets before the present one, when each ends.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

COLUMNS = ("mailbox", "older_secret", "older_secret_until")


def upgrade() -> None:
    with op.batch_alter_table("channel") as channel:
        channel.add_column(sa.Column("mailbox", sa.Text(), nullable=False, server_default=""))
        channel.add_column(sa.Column("older_secret", sa.Text(), nullable=True))
        channel.add_column(sa.Column("older_secret_until", sa.BigInteger(), nullable=True))
    channels = sa.table(
        "channel",
        *(sa.column(name) for name in ("id", "kind", "address", "mailbox", "old_secret", "old_secret_until")),
        *(sa.column(name) for name in ("older_secret", "older_secret_until")),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(channels.c.id, channels.c.address).where(channels.c.kind == "email")).all():
        this = sa.update(channels).where(channels.c.id == row.id)
        connection.execute(this.values(mailbox=_mailbox(row.address)))
    two = sa.select(channels.c.id, channels.c.old_secret, channels.c.old_secret_until)
    for both in connection.execute(two.where(channels.c.old_secret.like("% %"))).all():
        old, _, older = both.old_secret.partition(" ")
        values = {"old_secret": old, "older_secret": older, "older_secret_until": both.old_secret_until}
        connection.execute(sa.update(channels).where(channels.c.id == both.id).values(**values))
    with op.batch_alter_table("channel") as channel:
        channel.alter_column("mailbox", existing_type=sa.Text(), server_default=None)
    op.create_index("ix_channel_mailbox", "channel", ["mailbox"])


def downgrade() -> None:
    op.drop_index("ix_channel_mailbox", table_name="channel")
    with op.batch_alter_table("channel") as channel:
        for name in COLUMNS:
            channel.drop_column(name)


def _mailbox(address: str) -> str:
    """Return what it was called when this was written: service.core.subscription.mailbox_of may move on."""
    local, _, domain = address.strip().casefold().rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}@{domain}"
