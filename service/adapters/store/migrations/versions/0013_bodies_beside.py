"""The bytes of a message stand beside what is claimed and noted of it.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "outbox_body",
        sa.Column("outbox_id", BIG, nullable=False, autoincrement=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_body_outbox_id_outbox"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox_body")),
    )
    op.execute("INSERT INTO outbox_body (outbox_id, content) SELECT id, body FROM outbox WHERE length(body) > 0")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("body")


def downgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("body", sa.LargeBinary(), nullable=True))
    op.execute("UPDATE outbox SET body = (SELECT content FROM outbox_body WHERE outbox_id = outbox.id)")
    op.execute("UPDATE outbox SET body = '' WHERE body IS NULL")
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("body", existing_type=sa.LargeBinary(), nullable=False)
    op.drop_table("outbox_body")
