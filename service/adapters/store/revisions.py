"""What becomes of an entry's earlier words when new ones come: the feed's own, or those of the article."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from service.adapters.store.rows import taken
from service.adapters.store.tables import ArticleRow, EntryRevisionRow, EntryRow
from service.core.article import is_short
from service.core.feed import ParsedEntry

KEPT = ("title", "summary", "content", "material_hash", "revision")
WAITING: Mapping[str, Any] = {
    "state": "waiting",
    "tries": 0,
    "lease_until": None,
    "lease_token": None,
    "set_aside": None,
    "error": "",
}
"""What makes an entry wait to be judged, whatever it was."""


def keep_revision(connection: Connection, entry_id: int, now: datetime) -> int:
    """Put what the entry says so far among its revisions, and lock it. Return the number of that revision."""
    columns = (col(EntryRow.revised_at), *(getattr(EntryRow, name) for name in KEPT))
    was = select(*columns).where(col(EntryRow.id) == entry_id).with_for_update()
    old = connection.execute(was).one()
    values = taken(old, KEPT) | {"entry_id": entry_id, "seen_at": old.revised_at, "replaced_at": now}
    connection.execute(insert(EntryRevisionRow).values(**values))
    return int(old.revision)


def article_kept(connection: Connection, entry_id: int, edited: ParsedEntry) -> Mapping[str, Any]:
    """Return the content to keep where an edited entry has its article's text, and note what the feed gives there.

    An edit that brings enough words of its own needs the article no more.
    """
    short = is_short(edited.title, edited.summary, edited.content)
    values = {"own_content": edited.content} if short else {"own_content": "", "revision": None}
    mine = (col(ArticleRow.entry_id) == entry_id, col(ArticleRow.revision).is_not(None))
    has_article = connection.execute(update(ArticleRow).where(*mine).values(**values)).rowcount
    if not (has_article and short):
        return {}
    return {"content": connection.execute(select(col(EntryRow.content)).where(col(EntryRow.id) == entry_id)).scalar()}
