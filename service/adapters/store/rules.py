"""Watch rules at run time, as core and pipeline see them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, text, update
from sqlmodel import col

from service.adapters.store.rows import insert_new, same_named, taken
from service.adapters.store.tables import (
    DecisionRow,
    FiringRow,
    HeldBackRow,
    MentionRow,
    OutboxRow,
    RuleHoldRow,
    RuleMatchRow,
)
from service.adapters.store.tables.records import HELD_BACK
from service.adapters.store.types import Instant
from service.core.rules import Fired
from service.ports.rules import HeldBack, RuleFigures, RuleHold

HOLD_COLUMNS = same_named(RuleHold)
HELD_COLUMNS = same_named(HeldBack)
FIRED_COLUMNS = same_named(Fired)
HEARD = ("pending", "sent")
# Made once: SQLAlchemy takes longer to make such a statement than the database to run it.
BEFORE = select(col(FiringRow.rule_id)).where(col(FiringRow.event_id) == bindparam("_event")).scalar_subquery()
THEIRS = or_(col(FiringRow.rule_id).in_(bindparam("_rules", expanding=True)), col(FiringRow.rule_id).in_(BEFORE))
LATELY = and_(THEIRS, col(FiringRow.at) > bindparam("_since", type_=Instant))
FIRED = select(FiringRow).join(OutboxRow, col(OutboxRow.id) == col(FiringRow.outbox_id))
FIRED = FIRED.where(or_(col(FiringRow.event_id) == bindparam("_event"), LATELY), col(OutboxRow.state).in_(HEARD))
FIRED = FIRED.order_by(col(FiringRow.id))
STILL = or_(col(RuleHoldRow.until).is_(None), col(RuleHoldRow.until) > bindparam("_now", type_=Instant))
HOLDS = select(RuleHoldRow).where(col(RuleHoldRow.ended_at).is_(None), STILL)
HOLDS = HOLDS.order_by(col(RuleHoldRow.kind), col(RuleHoldRow.id))


class RuleStates:
    """Keeps ports.rules.RuleStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def matched(self, event_id: int, rule_ids: Collection[str], now: datetime) -> None:
        """See the port. The first time counts."""
        rows = [{"rule_id": rule_id, "event_id": event_id, "at": now} for rule_id in sorted(rule_ids)]
        insert_new(self._connection, RuleMatchRow, rows, key=["rule_id", "event_id"], give=[col(RuleMatchRow.at)])

    def fired(
        self, event_id: int, rule_ids: Collection[str], *, since: datetime
    ) -> Mapping[tuple[str, int], Sequence[Fired]]:
        """See the port."""
        asked = {"_event": event_id, "_rules": list(rule_ids), "_since": since}
        found: dict[tuple[str, int], list[Fired]] = defaultdict(list)
        for row in self._connection.execute(FIRED, asked):
            found[row.rule_id, row.subscription_id].append(Fired(**taken(row, FIRED_COLUMNS)))
        return found

    def sent(self, rule_id: str, subscription_id: int, outbox_id: int, fired: Fired) -> None:
        """See the port."""
        about = {"rule_id": rule_id, "subscription_id": subscription_id, "outbox_id": outbox_id}
        self._connection.execute(insert(FiringRow).values(**about, **taken(fired, FIRED_COLUMNS)))
        self._told(subscription_id, fired.event_id)

    def sent_all(self, event_id: int, sent: Sequence[tuple[str, int, int, Fired]]) -> None:
        """See the port."""
        rows = [
            {"rule_id": rule_id, "subscription_id": reader, "outbox_id": outbox_id} | taken(fired, FIRED_COLUMNS)
            for rule_id, reader, outbox_id, fired in sent
        ]
        if not rows:
            return
        self._connection.execute(insert(FiringRow), rows)
        waiting = select(col(HeldBackRow.subscription_id)).where(col(HeldBackRow.event_id) == event_id)
        readers = {reader for _, reader, _, _ in sent}
        for reader in readers & set(self._connection.execute(waiting).scalars()):
            self._told(reader, event_id)

    def retold(self, subscription_id: int, event_id: int, facts: Mapping[str, int | str]) -> None:
        """See the port."""
        mine = (col(FiringRow.subscription_id) == subscription_id, col(FiringRow.event_id) == event_id)
        self._connection.execute(update(FiringRow).where(*mine).values(facts=dict(facts)))
        self._told(subscription_id, event_id)

    def _told(self, subscription_id: int, event_id: int) -> None:
        mine = (col(HeldBackRow.subscription_id) == subscription_id, col(HeldBackRow.event_id) == event_id)
        self._connection.execute(delete(HeldBackRow).where(*mine))

    def hold_back(self, held: HeldBack) -> None:
        """See the port. What waits already waits on, from when it began to."""
        key = ["subscription_id", "event_id"]
        insert_new(self._connection, HeldBackRow, [taken(held, HELD_COLUMNS)], key=key, give=[col(HeldBackRow.at)])

    def held_back_due(self, now: datetime) -> bool:
        """See the port."""
        due = select(col(HeldBackRow.event_id)).where(col(HeldBackRow.due_at) <= now).limit(1)
        return self._connection.execute(due).first() is not None

    def take_held_back(self, now: datetime, *, readers: int) -> Sequence[HeldBack]:
        """See the port."""
        reader = col(HeldBackRow.subscription_id)
        due = select(reader).where(col(HeldBackRow.due_at) <= now).distinct().order_by(reader).limit(readers)
        mine = delete(HeldBackRow).where(col(HeldBackRow.subscription_id).in_(due)).returning(HeldBackRow)
        rows = [HeldBack(**taken(row, HELD_COLUMNS)) for row in self._connection.execute(mine)]
        return sorted(rows, key=lambda held: (held.subscription_id, held.at, held.event_id))

    def mention(self, outbox_id: int, event_id: int, subscription_id: int, revision: int) -> None:
        """See the port."""
        row = {"outbox_id": outbox_id, "event_id": event_id}
        self._connection.execute(insert(MentionRow).values(**row, subscription_id=subscription_id, revision=revision))

    def hold(self, hold: RuleHold) -> None:
        """See the port."""
        before = (col(RuleHoldRow.rule_id) == hold.rule_id, col(RuleHoldRow.kind) == hold.kind)
        self._end(hold.author, hold.at, *before)
        self._connection.execute(insert(RuleHoldRow).values(**taken(hold, HOLD_COLUMNS)))

    def resume(self, rule_id: str, *, author: str, now: datetime) -> int:
        """See the port."""
        running = sum(len(holds) for known, holds in self.holds(now).items() if known == rule_id)
        self._end(author, now, col(RuleHoldRow.rule_id) == rule_id)
        return running

    def _end(self, author: str, now: datetime, *which: object) -> None:
        this = update(RuleHoldRow).where(*which, col(RuleHoldRow.ended_at).is_(None))  # type: ignore[arg-type]
        self._connection.execute(this.values(ended_at=now, ended_by=author))

    def holds(self, now: datetime) -> Mapping[str, Sequence[RuleHold]]:
        """See the port."""
        found: dict[str, list[RuleHold]] = defaultdict(list)
        for row in self._connection.execute(HOLDS, {"_now": now}):
            found[row.rule_id].append(RuleHold(**taken(row, HOLD_COLUMNS)))
        return found

    def figures(self, since: datetime) -> Mapping[str, RuleFigures]:
        """See the port. What one message told of several events is one message."""
        matched = self._counts(select(col(RuleMatchRow.rule_id), func.count()).where(col(RuleMatchRow.at) >= since))
        sent = self._counts(
            select(col(FiringRow.rule_id), func.count(func.distinct(col(FiringRow.outbox_id))))
            .join(OutboxRow, col(OutboxRow.id) == col(FiringRow.outbox_id))
            .where(col(FiringRow.at) >= since, col(OutboxRow.state).in_(HEARD))
        )
        held = self._counts(
            select(col(DecisionRow.rule), func.count()).where(text(HELD_BACK), col(DecisionRow.at) >= since)
        )
        return {
            rule_id: RuleFigures(
                matched=matched.get(rule_id, 0), sent=sent.get(rule_id, 0), held_back=held.get(rule_id, 0)
            )
            for rule_id in matched.keys() | sent.keys() | held.keys()
        }

    def _counts(self, query: object) -> dict[str, int]:
        grouped = query.group_by(next(iter(query.selected_columns)))  # type: ignore[attr-defined]
        return {str(rule_id): int(count) for rule_id, count in self._connection.execute(grouped)}
