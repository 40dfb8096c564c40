"""Rule files as they were last accepted; by which way each version of a rule came, and where it stood.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_file",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rule_file")),
    )
    with op.batch_alter_table("rule_version") as version:
        version.add_column(sa.Column("channel", sa.Text(), nullable=False, server_default="file"))
        version.add_column(sa.Column("file", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("rule_version") as version:
        for name in ("channel", "file"):
            version.alter_column(name, existing_type=sa.Text(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("rule_version") as version:
        version.drop_column("file")
        version.drop_column("channel")
    op.drop_table("rule_file")
