"""Watch rules at run time: what they held for and sent, who wants them quiet, and every moment they were asked about.

Revision ID: 0004
Revises: 0003
"""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.adapters.store import words
from service.adapters.store.entries import outlet_of
from service.adapters.store.values import event_in, event_out
from service.core.rules import Draft, Subject, keys_of

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HELD = "code IN ('rule_paused', 'snoozed', 'not_refired', 'cooldown', 'max_per_hour')"


def upgrade() -> None:
    op.create_table(
        "rule_match",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_rule_match_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rule_id", "event_id", name=op.f("pk_rule_match")),
    )
    op.create_index("ix_rule_match_at", "rule_match", ["at"])
    op.create_table(
        "firing",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("subscription_id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("outbox_id", BIG, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("group", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        *_references("firing", ("subscription", "RESTRICT"), ("event", "RESTRICT"), ("outbox", "CASCADE")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firing")),
    )
    op.create_index("ix_firing_rule", "firing", ["rule_id", "at"])
    op.create_index("ix_firing_event", "firing", ["event_id", "subscription_id"])
    op.create_table(
        "held_back",
        sa.Column("subscription_id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        *_references("held_back", ("subscription", ""), ("event", "")),
        sa.PrimaryKeyConstraint("subscription_id", "event_id", name=op.f("pk_held_back")),
    )
    op.create_index("ix_held_back_due", "held_back", ["due_at"])
    op.create_table(
        "mention",
        sa.Column("outbox_id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("subscription_id", BIG, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_references("mention", ("outbox", "CASCADE"), ("event", ""), ("subscription", "RESTRICT")),
        sa.PrimaryKeyConstraint("outbox_id", "event_id", name=op.f("pk_mention")),
    )
    op.create_index("ix_mention_of", "mention", ["subscription_id", "event_id"])
    op.create_table(
        "rule_hold",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('snooze', 'pause')", name=op.f("ck_rule_hold_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_hold")),
    )
    _partial("ix_rule_hold_open", "rule_hold", ["rule_id"], "ended_at IS NULL")
    op.create_table(
        "moment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("material", sa.Boolean(), nullable=False),
        sa.Column("backlog", sa.Boolean(), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "change IN ('new', 'toll_changed', 'status_changed', 'place_refined', 'attributed', 'corrected', 'denied', "
            "'retracted', 'corroborated')",
            name=op.f("ck_moment_change"),
        ),
        *_references("moment", ("event", "CASCADE")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moment")),
    )
    op.create_index("ix_moment_at", "moment", ["at"])
    op.create_index("ix_moment_event", "moment", ["event_id"])
    _partial("ix_decision_held", "decision", ["rule", "at"], HELD)
    words.create(op.get_bind())
    _fill_in()


def _references(table: str, *others: tuple[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [f"{other}_id"],
            [f"{other}.id"],
            name=op.f(f"fk_{table}_{other}_id_{other}"),
            ondelete=ondelete or None,
        )
        for other, ondelete in others
    ]


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _fill_in() -> None:
    """Index every text there is, and take each event as it stands for the one moment we know of it."""
    db = op.get_bind()
    accounts: dict[int, list[tuple[list[Any], Draft]]] = defaultdict(list)
    for row in db.execute(sa.text(ENTRIES)).all():
        outlet, lang = outlet_of(row.feed_title, row.feed_url), row.lang or row.judged_lang or ""
        draft = Draft(title=row.title, summary=row.summary, content=row.content, outlet=outlet, lang=lang)
        words.put(db, "entry_words", row.id, keys_of(Subject(accounts=(draft,))))
        if row.event_id is not None:
            accounts[row.event_id].append(([row.id, row.revision, lang, outlet], draft))
    earliest = db.execute(sa.text("SELECT event_id, min(at) AS at FROM development GROUP BY event_id"))
    first = {row.event_id: row.at for row in earliest}
    for row in db.execute(sa.select(EVENT).where(EVENT.c.state != "merged").order_by(EVENT.c.id)).all():
        _keep(db, row, first.get(row.id, row.last_seen), accounts[row.id])


def _keep(db: sa.Connection, row: Any, at: int, accounts: list[tuple[list[Any], Draft]]) -> None:
    slots = {name: getattr(row, name) for name in (*PLAIN, *JSON) if getattr(row, name) is not None}
    seen = {name: datetime.fromtimestamp(slots[name] / 1000, UTC).isoformat() for name in ("first_seen", "last_seen")}
    event = event_in({**slots, **seen, "event_id": row.id})
    values = {"event_id": row.id, "at": at, "change": "new", "material": True, "backlog": False}
    values |= {"event": event_out(event), "accounts": [told for told, _ in accounts]}
    made = db.execute(sa.insert(MOMENT).values(**values).returning(MOMENT.c.id)).scalar_one()
    subject = Subject(event=event, accounts=tuple(draft for _, draft in accounts))
    words.put(db, "moment_words", made, keys_of(subject))


def downgrade() -> None:
    words.drop(op.get_bind())
    op.drop_index("ix_decision_held", "decision")
    for table in ("moment", "rule_hold", "mention", "held_back", "firing", "rule_match"):
        op.drop_table(table)


FACTS = ("kind", "headline", "first_seen", "last_seen", "revision", "state", "actor", "target", "status")
PLAIN = (*FACTS, "confidence", "sources", "reports", "possibly", "merged_into")
JSON = ("place", "occurred", "weapon", "killed", "injured", "children_killed", "parties", "mediators")
EVENT = sa.table(
    "event", sa.column("id"), *map(sa.column, PLAIN), *(sa.column(name, sa.JSON(none_as_null=True)) for name in JSON)
)
MOMENT = sa.table(
    "moment",
    *map(sa.column, ("id", "event_id", "at", "change", "material", "backlog")),
    *(sa.column(name, sa.JSON()) for name in ("event", "accounts")),
)
ENTRIES = """SELECT entry.id, entry.title, entry.summary, entry.content, entry.revision, entry.judged_lang,
    feed.title AS feed_title, feed.url AS feed_url, report.event_id, report.lang
    FROM entry JOIN feed ON feed.id = entry.feed_id LEFT JOIN report ON report.entry_id = entry.id ORDER BY entry.id"""
