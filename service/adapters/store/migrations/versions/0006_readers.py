"""Readers: alerts and digests in one, weekdays, quiet hours, what they agreed to; what each digest told.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = "'event.new', 'event.updated', 'event.corrected', 'event.retracted', 'digest'"
KINDS = f"{BEFORE}, 'confirm', 'endpoint.test'"
OPEN = sa.text("confirmed_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("subscription") as subscription:
        subscription.add_column(sa.Column("days", sa.JSON(), nullable=False, server_default="[]"))
        subscription.add_column(sa.Column("empty_day", sa.String(), nullable=False, server_default="tell"))
        subscription.add_column(sa.Column("quiet", sa.JSON(), nullable=True))
        subscription.drop_constraint(op.f("ck_subscription_mode"), type_="check")
        subscription.create_check_constraint(op.f("ck_subscription_mode"), "mode IN ('alert', 'digest', 'both')")
        subscription.create_check_constraint(op.f("ck_subscription_empty_day"), "empty_day IN ('tell', 'skip')")
        subscription.drop_index("ix_subscription_digest_due")
        due = sa.text("mode <> 'alert' AND state = 'active'")
        subscription.create_index(
            "ix_subscription_digest_due", ["digest_due_at"], sqlite_where=due, postgresql_where=due
        )
    with op.batch_alter_table("digest") as digest:
        digest.add_column(sa.Column("upto", BIG, nullable=True))
        digest.add_column(sa.Column("told", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("subscription") as subscription:
        for name, kind in (("days", sa.JSON()), ("empty_day", sa.String())):
            subscription.alter_column(name, existing_type=kind, server_default=None)
    with op.batch_alter_table("digest") as digest:
        digest.alter_column("told", existing_type=sa.JSON(), server_default=None)
    _kinds(KINDS)
    op.create_table(
        "consent",
        sa.Column("id", BIG, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("subscription_id", BIG, nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_ip", sa.String(), nullable=False),
        sa.Column("asked_agent", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_ip", sa.String(), nullable=False),
        sa.Column("confirmed_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_consent_subscription_id_subscription"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_consent_token_hash")),
    )
    op.create_index("ix_consent_subscription", "consent", ["subscription_id"])
    op.create_index("ix_consent_address", "consent", ["address_key", "asked_at"])
    op.create_index("ix_consent_ip", "consent", ["asked_ip", "asked_at"])
    op.create_index("ix_consent_asked", "consent", ["asked_at"])
    op.create_index("ix_consent_open", "consent", ["expires_at"], sqlite_where=OPEN, postgresql_where=OPEN)


def _kinds(words: str) -> None:
    """Let messages, and decisions about them, be of these kinds."""
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_constraint(op.f("ck_outbox_kind"), type_="check")
        outbox.create_check_constraint(op.f("ck_outbox_kind"), f"kind IN ({words})")
    with op.batch_alter_table("decision") as decision:
        decision.drop_constraint(op.f("ck_decision_kind"), type_="check")
        decision.create_check_constraint(op.f("ck_decision_kind"), f"kind IS NULL OR kind IN ({words})")


def downgrade() -> None:
    op.drop_table("consent")
    db = op.get_bind()
    kind = "kind IN ('confirm', 'endpoint.test')"
    db.execute(sa.text(f"DELETE FROM attempt WHERE outbox_id IN (SELECT id FROM outbox WHERE {kind})"))  # noqa: S608
    db.execute(sa.text(f"DELETE FROM outbox WHERE {kind}"))  # noqa: S608
    db.execute(sa.text("UPDATE subscription SET mode = 'digest' WHERE mode = 'both'"))
    _kinds(BEFORE)
    with op.batch_alter_table("digest") as digest:
        digest.drop_column("told")
        digest.drop_column("upto")
    with op.batch_alter_table("subscription") as subscription:
        subscription.drop_index("ix_subscription_digest_due")
        due = sa.text("mode = 'digest' AND state = 'active'")
        subscription.create_index(
            "ix_subscription_digest_due", ["digest_due_at"], sqlite_where=due, postgresql_where=due
        )
        subscription.drop_constraint(op.f("ck_subscription_empty_day"), type_="check")
        subscription.drop_constraint(op.f("ck_subscription_mode"), type_="check")
        subscription.create_check_constraint(op.f("ck_subscription_mode"), "mode IN ('alert', 'digest')")
        subscription.drop_column("quiet")
        subscription.drop_column("empty_day")
        subscription.drop_column("days")
