"""Polite and pushed feeds.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from service.core.urls import host_key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WITHOUT_DEFAULT = (
    ("host", sa.Text()),
    ("id_policy", sa.String()),
    ("error_code", sa.Text()),
    ("moved_seen", sa.Integer()),
    ("skip_hours", sa.JSON()),
    ("skip_days", sa.JSON()),
)
ADDED = (
    *(
        "host",
        "state_since",
        "marks",
        "id_policy",
        "soonest_at",
        "plain_at",
        "hot_until",
        "error_code",
        "gone_at",
        "moved_to",
    ),
    *("moved_since", "moved_seen", "ttl_s", "skip_hours", "skip_days", "hub", "topic", "pushed_until"),
)


def upgrade() -> None:
    op.create_table(
        "host",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_host")),
    )
    op.create_index("ix_host_due", "host", ["due_at"])
    op.create_table(
        "feed_address",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feed.id"], name=op.f("fk_feed_address_feed_id_feed"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_address")),
    )
    op.create_index("ix_feed_address_url", "feed_address", ["url"])

    op.create_table(
        "push",
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("active_since", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.LargeBinary(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'active', 'refused', 'distrusted', 'leaving')", name=op.f("ck_push_state")
        ),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_push_feed_id_feed"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("feed_id", name=op.f("pk_push")),
        sa.UniqueConstraint("key", name=op.f("uq_push_key")),
    )
    op.create_index("ix_push_due", "push", ["due_at"])

    op.create_table(
        "article",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("own_content", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_article_state")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_article_entry_id_entry"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_article")),
    )
    op.create_index(
        "ix_article_due",
        "article",
        ["due_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    op.create_index("ix_outbox_state", "outbox", ["state"])
    op.create_index(
        "ix_outbox_fell_back",
        "outbox",
        ["id"],
        sqlite_where=sa.text("fell_back <> ''"),
        postgresql_where=sa.text("fell_back <> ''"),
    )

    with op.batch_alter_table("feed") as feed:
        feed.add_column(sa.Column("host", sa.Text(), nullable=False, server_default=""))
        feed.add_column(sa.Column("state_since", sa.BigInteger(), nullable=True))
        feed.add_column(sa.Column("marks", sa.LargeBinary(), nullable=True))
        feed.add_column(sa.Column("id_policy", sa.String(), nullable=False, server_default="guid"))
        feed.add_column(sa.Column("soonest_at", sa.BigInteger(), nullable=True))
        feed.add_column(sa.Column("plain_at", sa.BigInteger(), nullable=True))
        feed.add_column(sa.Column("hot_until", sa.BigInteger(), nullable=True))
        feed.add_column(sa.Column("error_code", sa.Text(), nullable=False, server_default=""))
        feed.add_column(sa.Column("gone_at", sa.BigInteger(), nullable=True))
        feed.add_column(sa.Column("moved_to", sa.Text(), nullable=True))
        feed.add_column(sa.Column("moved_since", sa.BigInteger(), nullable=True))
        feed.add_column(sa.Column("moved_seen", sa.Integer(), nullable=False, server_default="0"))
        feed.add_column(sa.Column("ttl_s", sa.Float(), nullable=True))
        feed.add_column(sa.Column("skip_hours", sa.JSON(), nullable=False, server_default="[]"))
        feed.add_column(sa.Column("skip_days", sa.JSON(), nullable=False, server_default="[]"))
        feed.add_column(sa.Column("hub", sa.Text(), nullable=True))
        feed.add_column(sa.Column("topic", sa.Text(), nullable=True))
        feed.add_column(sa.Column("pushed_until", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("poll_record") as poll:
        poll.add_column(sa.Column("plain", sa.Boolean(), nullable=False, server_default=sa.false()))
        poll.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))
    _fill_in()
    with op.batch_alter_table("feed") as feed:
        for name, kind in WITHOUT_DEFAULT:
            feed.alter_column(name, existing_type=kind, server_default=None)
        feed.alter_column("marks", existing_type=sa.LargeBinary(), nullable=False)
        feed.drop_constraint(op.f("ck_feed_state"), type_="check")
        feed.create_check_constraint(op.f("ck_feed_state"), "state IN ('new', 'active', 'failing', 'gone', 'muted')")
        feed.create_check_constraint(op.f("ck_feed_id_policy"), "id_policy IN ('guid', 'address', 'words')")
        feed.drop_index("ix_feed_due")
        feed.create_index("ix_feed_host", ["host", "due_at"])
        feed.create_index(
            "ix_feed_hub",
            ["id"],
            sqlite_where=sa.text("hub IS NOT NULL"),
            postgresql_where=sa.text("hub IS NOT NULL"),
        )
    with op.batch_alter_table("poll_record") as poll:
        poll.alter_column("plain", existing_type=sa.Boolean(), server_default=None)
        poll.alter_column("note", existing_type=sa.Text(), server_default=None)


def _fill_in() -> None:
    """Give the feeds that are there what new ones are given when they are added."""
    db = op.get_bind()
    feed = sa.table("feed", *map(sa.column, ("id", "url", "host", "due_at")), sa.column("marks", sa.LargeBinary()))
    host = sa.table("host", *map(sa.column, ("key", "free_at", "due_at", "held", "reason")))
    first: dict[str, int] = {}
    for row in db.execute(sa.select(feed.c.id, feed.c.url, feed.c.due_at)).all():
        key = host_key(row.url)
        first[key] = min(row.due_at, first.get(key, row.due_at))
        db.execute(sa.update(feed).where(feed.c.id == row.id).values(host=key, marks=b""))
    for key, due_at in first.items():
        db.execute(sa.insert(host).values(key=key, free_at=0, due_at=due_at, held=0, reason=""))


def downgrade() -> None:
    op.execute("UPDATE feed SET state = 'failing' WHERE state = 'gone'")
    op.drop_index("ix_outbox_fell_back", "outbox")
    op.drop_index("ix_outbox_state", "outbox")
    with op.batch_alter_table("poll_record") as poll:
        poll.drop_column("note")
        poll.drop_column("plain")
    with op.batch_alter_table("feed") as feed:
        feed.drop_index("ix_feed_hub")
        feed.drop_index("ix_feed_host")
        feed.create_index(
            "ix_feed_due",
            ["due_at"],
            sqlite_where=sa.text("state <> 'muted'"),
            postgresql_where=sa.text("state <> 'muted'"),
        )
        feed.drop_constraint(op.f("ck_feed_id_policy"), type_="check")
        feed.drop_constraint(op.f("ck_feed_state"), type_="check")
        feed.create_check_constraint(op.f("ck_feed_state"), "state IN ('new', 'active', 'failing', 'muted')")
        for name in ADDED:
            feed.drop_column(name)
    op.drop_table("article")
    op.drop_table("push")
    op.drop_table("feed_address")
    op.drop_table("host")
