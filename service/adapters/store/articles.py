"""Articles wanted for short entries, and their texts' way into those entries."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlmodel import col

from service.adapters.store.revisions import WAITING, keep_revision
from service.adapters.store.rows import free, insert_new, new_token
from service.adapters.store.tables import ArticleRow, EntryRow
from service.core.article import MAX_TRIES
from service.core.feed import ArticleJob

LOST = "its holders were killed, or too slow"
_FREE: Mapping[str, Any] = {"lease_until": None, "lease_token": None}


class Articles:
    """Keeps ports.intake.ArticleStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def want(self, entry_id: int, url: str, *, due_at: datetime) -> bool:
        """See the port."""
        row = {"entry_id": entry_id, "url": url, "due_at": due_at}
        return bool(insert_new(self._connection, ArticleRow, [row], key=["entry_id"], give=[col(ArticleRow.entry_id)]))

    def claim(self, now: datetime, *, limit: int, lease: timedelta) -> list[ArticleJob]:
        """See the port."""
        is_due = (col(ArticleRow.state) == "waiting", col(ArticleRow.due_at) <= now)
        is_free = free(col(ArticleRow.lease_until), now)
        lost = update(ArticleRow).where(*is_due, is_free, col(ArticleRow.tries) >= MAX_TRIES)
        self._connection.execute(lost.values(state="failed", error=LOST, **_FREE))
        judged = select(col(EntryRow.id)).where(col(EntryRow.id) == col(ArticleRow.entry_id), _judged()).exists()
        chosen = (
            select(col(ArticleRow.entry_id))
            .where(*is_due, is_free, judged)
            .order_by(col(ArticleRow.due_at), col(ArticleRow.entry_id))
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("chosen")
        )
        take = update(ArticleRow).where(col(ArticleRow.entry_id).in_(select(chosen.c.entry_id)))
        values = {"lease_until": now + lease, "lease_token": new_token(), "tries": col(ArticleRow.tries) + 1}
        rows = self._connection.execute(take.values(**values).returning(ArticleRow)).all()
        return [_job(row) for row in sorted(rows, key=lambda row: (row.due_at, row.entry_id))]

    def postpone(self, job: ArticleJob, *, due_at: datetime) -> bool:
        """See the port."""
        return self._settle(job, due_at=due_at, tries=job.tries - 1)

    def put(self, job: ArticleJob, text: str, *, status: int | None, now: datetime) -> bool:
        """See the port."""
        entry = select(col(EntryRow.content)).where(col(EntryRow.id) == job.entry_id, _judged()).with_for_update()
        row = self._connection.execute(entry).first()
        if row is None:
            return False
        if not self._settle(job, state="done", status=status, error="", own_content=row.content):
            return False
        revision = keep_revision(self._connection, job.entry_id, now) + 1
        again = {**WAITING, "content": text, "revision": revision, "revised_at": now}
        self._connection.execute(update(EntryRow).where(col(EntryRow.id) == job.entry_id).values(**again))
        mine = update(ArticleRow).where(col(ArticleRow.entry_id) == job.entry_id)
        self._connection.execute(mine.values(revision=revision))
        return True

    def fail(self, job: ArticleJob, error: str, *, status: int | None, retry_at: datetime | None = None) -> bool:
        """See the port."""
        if retry_at is None:
            return self._settle(job, state="failed", error=error, status=status)
        return self._settle(job, due_at=retry_at, error=error, status=status)

    def _settle(self, job: ArticleJob, **values: Any) -> bool:
        mine = (col(ArticleRow.entry_id) == job.entry_id, col(ArticleRow.lease_token) == job.lease_token)
        return self._connection.execute(update(ArticleRow).where(*mine).values(**_FREE, **values)).rowcount == 1

    def counts(self) -> Mapping[str, int]:
        """See the port."""
        state = col(ArticleRow.state)
        count = select(state, func.count()).group_by(state).order_by(state)
        return {str(name): int(number) for name, number in self._connection.execute(count)}


def _judged() -> Any:
    return col(EntryRow.state) == "done"


def _job(row: Any) -> ArticleJob:
    return ArticleJob(entry_id=row.entry_id, url=row.url, tries=row.tries, lease_token=row.lease_token)
