"""How webhook endpoints fare, who answers for them and what they take; what is loud enough for quiet hours.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OLD_KINDS = ("event.new", "event.updated", "event.corrected", "event.retracted", "digest", "confirm", "endpoint.test")
KINDS = (*OLD_KINDS, "endpoint.disabled")
FORMATS = ("standard", "slack", "discord", "mattermost", "teams", "ntfy", "telegram", "apprise")


def upgrade() -> None:
    _kinds(KINDS)
    with op.batch_alter_table("channel") as channel:
        channel.add_column(sa.Column("format", sa.String(), nullable=False, server_default="standard"))
        channel.add_column(sa.Column("owner", sa.Text(), nullable=False, server_default=""))
        channel.add_column(sa.Column("old_secret", sa.Text(), nullable=True))
        channel.add_column(sa.Column("old_secret_until", sa.BigInteger(), nullable=True))
        channel.add_column(sa.Column("failing_since", sa.BigInteger(), nullable=True))
        channel.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
        channel.add_column(sa.Column("trips", sa.Integer(), nullable=False, server_default="0"))
        channel.add_column(sa.Column("paused_until", sa.BigInteger(), nullable=True))
        channel.create_check_constraint(op.f("ck_channel_format"), _in("format", FORMATS))
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("loud", sa.Boolean(), nullable=False, server_default=sa.false()))
    held = sa.text("lease_until IS NOT NULL")
    op.create_index(
        "ix_outbox_leased", "outbox", ["channel_id", "lease_until"], sqlite_where=held, postgresql_where=held
    )
    with op.batch_alter_table("attempt") as attempt:
        attempt.add_column(sa.Column("channel_id", BIG, nullable=True))
        attempt.add_column(sa.Column("response", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE attempt SET channel_id = (SELECT channel_id FROM outbox WHERE outbox.id = attempt.outbox_id)")
    with op.batch_alter_table("attempt") as attempt:
        attempt.alter_column("channel_id", existing_type=BIG, nullable=False)
        attempt.create_foreign_key(
            op.f("fk_attempt_channel_id_channel"), "channel", ["channel_id"], ["id"], ondelete="RESTRICT"
        )
        attempt.alter_column("response", existing_type=sa.Text(), server_default=None)
    op.create_index("ix_attempt_channel", "attempt", ["channel_id", "at"])
    with op.batch_alter_table("channel") as channel:
        channel.alter_column("format", existing_type=sa.String(), server_default=None)
        channel.alter_column("owner", existing_type=sa.Text(), server_default=None)
        for name in ("failures", "trips"):
            channel.alter_column(name, existing_type=sa.Integer(), server_default=None)
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("loud", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE kind = 'endpoint.disabled'")
    _kinds(OLD_KINDS)
    op.drop_index("ix_attempt_channel", table_name="attempt")
    with op.batch_alter_table("attempt") as attempt:
        attempt.drop_constraint(op.f("fk_attempt_channel_id_channel"), type_="foreignkey")
        attempt.drop_column("response")
        attempt.drop_column("channel_id")
    op.drop_index("ix_outbox_leased", table_name="outbox")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("loud")
    with op.batch_alter_table("channel") as channel:
        channel.drop_constraint(op.f("ck_channel_format"), type_="check")
        for name in ("paused_until", "trips", "failures", "failing_since", "old_secret_until", "old_secret"):
            channel.drop_column(name)
        channel.drop_column("owner")
        channel.drop_column("format")


def _kinds(kinds: tuple[str, ...]) -> None:
    """Let messages be of these kinds."""
    for table, condition in (("outbox", _in("kind", kinds)), ("decision", f"kind IS NULL OR {_in('kind', kinds)}")):
        with op.batch_alter_table(table) as changed:
            changed.drop_constraint(op.f(f"ck_{table}_kind"), type_="check")
            changed.create_check_constraint(op.f(f"ck_{table}_kind"), condition)


def _in(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"
