"""Operators with tokens, who is signed in; which machine accepted a rule file, and what was accepted before.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "operator",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
    )
    op.create_index("uq_operator_key", "operator", ["key"], unique=True)
    op.create_table(
        "token",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["operator.id"], name=op.f("fk_token_user_id_operator"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
    )
    op.create_index("uq_token_digest", "token", ["digest"], unique=True)
    op.create_index("ix_token_of", "token", ["user_id"])
    op.create_table(
        "session",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("token_id", BIG, nullable=True),
        sa.Column("proof", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["token.id"], name=op.f("fk_session_token_id_token"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
    )
    op.create_index("ix_session_token", "session", ["token_id"])
    op.create_table(
        "rule_file_before",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "digest", name=op.f("pk_rule_file_before")),
    )
    op.execute("INSERT INTO rule_file_before (name, digest) SELECT name, digest FROM rule_file")
    with op.batch_alter_table("rule_file") as rule_file:
        rule_file.add_column(sa.Column("machine", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("rule_file") as rule_file:
        rule_file.alter_column("machine", existing_type=sa.Text(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("rule_file") as rule_file:
        rule_file.drop_column("machine")
    op.execute("DELETE FROM rule_file WHERE digest = ''")
    for table in ("rule_file_before", "session", "token", "operator"):
        op.drop_table(table)
