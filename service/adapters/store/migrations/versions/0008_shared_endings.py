"""What many messages end with is kept once.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ENDED = sa.text("ending_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "ending",
        sa.Column("id", BIG, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ending")),
        sa.UniqueConstraint("digest", name=op.f("uq_ending_digest")),
    )
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("ending_id", BIG, nullable=True))
        outbox.create_foreign_key(
            op.f("fk_outbox_ending_id_ending"), "ending", ["ending_id"], ["id"], ondelete="RESTRICT"
        )
    op.create_index("ix_outbox_ending", "outbox", ["ending_id"], sqlite_where=ENDED, postgresql_where=ENDED)


def downgrade() -> None:
    whole = "body || (SELECT content FROM ending WHERE ending.id = ending_id)"
    if op.get_bind().dialect.name == "sqlite":  # where || makes text of what are bytes
        whole = f"CAST({whole} AS BLOB)"
    op.execute(f"UPDATE outbox SET body = {whole} WHERE ending_id IS NOT NULL")  # noqa: S608  only our own words
    op.drop_index("ix_outbox_ending", table_name="outbox")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_constraint(op.f("fk_outbox_ending_id_ending"), type_="foreignkey")
        outbox.drop_column("ending_id")
    op.drop_table("ending")
