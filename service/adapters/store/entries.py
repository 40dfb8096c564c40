"""Entries, their revisions, and how far each has come."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, bindparam, func, literal_column, select, update
from sqlmodel import col

from service.adapters.store.among import among
from service.adapters.store.intake import Item, Known, Sorted, Sorting, Unread, date_kept, items_of, known_of, unread_of
from service.adapters.store.revisions import WAITING, article_kept, keep_revision
from service.adapters.store.rows import chunks, free, insert_new, new_token, same_named, taken
from service.adapters.store.tables import ArticleRow, EntryRow, FeedRow
from service.adapters.store.types import Instant
from service.core.entry import Entry
from service.core.errors import NotFound
from service.core.feed import Feed, IdPolicy, ParsedEntry
from service.core.report import Judgement
from service.ports.intake import Stored

MAX_REVISIONS = 24  # some feeds change their words at every poll
MAX_TRIES = 5  # few would fail entries that were only unlucky, when the service is killed and started in a row
CRASHED = f"crashed or timed out {MAX_TRIES} times"
WORDS = same_named(ParsedEntry, but=("uid", "canonical_url"))
ARTICLE = ("own_content", "article_revision")
COLUMNS = same_named(Entry, but=("entry_id", "outlet", "lang", "country", "lease_token", *ARTICLE))
IDENTITY = (EntryRow.id, EntryRow.uid, EntryRow.canonical_url, EntryRow.title, EntryRow.material_hash)
REST = (EntryRow.revision, EntryRow.published, EntryRow.published_raw, EntryRow.date_flag)
KNOWN = select(*map(col, (*IDENTITY, *REST))).where(col(EntryRow.feed_id) == bindparam("_feed_id"))
BY_UID = KNOWN.where(col(EntryRow.uid).in_(bindparam("_keys", expanding=True)))
BY_ADDRESS = KNOWN.where(col(EntryRow.canonical_url).in_(bindparam("_keys", expanding=True)))
LAST = KNOWN.order_by(col(EntryRow.id).desc()).limit(bindparam("_limit"))
IDS = among(col(EntryRow.id), "_ids")
IDLE = free(col(EntryRow.lease_until), bindparam("_now", type_=Instant))
WAITS = col(EntryRow.state) == literal_column("'waiting'")  # spelled out, or SQLite looks twice for its index
FAILED = {"state": "failed", "set_aside": "failed", "error": CRASHED, "lease_until": None, "lease_token": None}
GIVE_UP = update(EntryRow).where(WAITS, col(EntryRow.tries) >= MAX_TRIES, IDLE).values(**FAILED)
FREE = select(col(EntryRow.id), col(EntryRow.tries)).where(WAITS, IDLE).order_by(col(EntryRow.id))
FREE = FREE.limit(bindparam("_limit")).with_for_update(skip_locked=True)
LEASE = update(EntryRow).where(IDS).values(tries=col(EntryRow.tries) + 1)
TOKENS = select(col(EntryRow.id), col(EntryRow.lease_token)).where(IDS).order_by(col(EntryRow.id)).with_for_update()
SETTLE = update(EntryRow).where(
    col(EntryRow.id) == bindparam("_id"), col(EntryRow.lease_token) == bindparam("_lease_token")
)
REMEMBERED = 5000  # of a feed's last entries, when a document can only be compared by its words


class Entries:
    """Keeps ports.store.EntryStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(
        self,
        feed: Feed,
        entries: Sequence[ParsedEntry],
        *,
        now: datetime,
        backlog: bool,
        marks: bytes = b"",
        id_policy: IdPolicy | None = None,
    ) -> Stored:
        """See the port. An entry is revised at most 24 times; what a feed says after that is not looked at."""
        if not entries:
            return Stored()
        was = None if id_policy in {None, feed.id_policy} else unread_of(feed.marks, ())
        found = self._sort_out(feed.feed_id, items_of(entries, now=now), unread_of(marks, entries), was)
        edited = [(row, item) for row, item in found.seen if row.material_hash != item.material_hash]
        edited = [(row, item) for row, item in edited if row.revision < MAX_REVISIONS]
        for row, uid in found.renamed:
            self._connection.execute(update(EntryRow).where(col(EntryRow.id) == row.entry_id).values(uid=uid))
        for row, item in edited:
            self._revise(row, item, now)
        fresh = [_fresh(feed.feed_id, uid, item, now, backlog=backlog) for uid, item in found.fresh]
        new = insert_new(self._connection, EntryRow, fresh, key=["feed_id", "uid"], give=[col(EntryRow.id)])
        return Stored(new=tuple(sorted(row.id for row in new)), changed=tuple(row.entry_id for row, _ in edited))

    def _sort_out(self, feed_id: int, items: Sequence[Item], unread: Unread, was: Unread | None) -> Sorted:
        """Ask the table for what may be these. `was` is the last document, where entries are named anew since."""
        uids = sorted({uid for item in items for uid in (item.uid, item.second_uid)})
        known = {row.uid: row for row in self._known(BY_UID, feed_id, uids)}
        sorting = Sorting(items, known, unread)
        addresses = sorted({item.address for item in sorting.left if item.address})
        others = {row.entry_id: row for row in self._known(BY_ADDRESS, feed_id, addresses)}
        if was is not None and sorting.left:
            last = map(known_of, self._connection.execute(LAST, {"_feed_id": feed_id, "_limit": REMEMBERED}))
            others |= {row.entry_id: row for row in last if not was.uids or was.has(row)}
        return sorting.finish(others.values(), by_words=was is not None)

    def _known(self, query: Any, feed_id: int, keys: Sequence[str]) -> list[Known]:
        parts = (self._connection.execute(query, {"_feed_id": feed_id, "_keys": part}) for part in chunks(keys))
        return [known_of(row) for part in parts for row in part]

    def _revise(self, row: Known, item: Item, now: datetime) -> None:
        """Put what it said so far among its revisions, and let it wait again with what it says now."""
        revision = keep_revision(self._connection, row.entry_id, now)
        words = taken(item.entry, WORDS) | {"canonical_url": item.address, "material_hash": item.material_hash}
        words |= date_kept(row, item.entry)
        words |= article_kept(self._connection, row.entry_id, item.entry)
        again = {**WAITING, "revision": revision + 1, "revised_at": now}
        self._connection.execute(update(EntryRow).where(col(EntryRow.id) == row.entry_id).values(**words, **again))

    def claim(self, now: datetime, *, limit: int, lease: timedelta) -> list[Entry]:
        """See the port. Further tries are made alone: what crashes us takes its neighbours down once, not for good."""
        asked = {"_now": now, "_limit": limit}
        rows = self._connection.execute(FREE, asked).all()
        if any(row.tries >= MAX_TRIES for row in rows):  # they took every worker down, or held it beyond its lease
            self._connection.execute(GIVE_UP, {"_now": now})
            rows = self._connection.execute(FREE, asked).all()
        ids: list[int] = []
        for row in rows:
            if row.tries and ids:
                break
            ids.append(row.id)
            if row.tries:
                break
        return self._lease(ids, now + lease)

    def _lease(self, ids: Sequence[int], until: datetime) -> list[Entry]:
        if not ids:
            return []
        self._connection.execute(LEASE, {"_ids": ids, "lease_until": until, "lease_token": new_token()})
        return [_entry(row) for row in self._connection.execute(_THESE, {"_ids": ids})]

    def finish(self, judged: Sequence[tuple[Entry, Judgement]]) -> Collection[int]:
        """See the port. PostgreSQL keeps the rows for us from the first look on."""
        done = {entry.entry_id: (entry, _done(said)) for entry, said in judged}
        if len(done) > 1:
            rows = self._connection.execute(TOKENS, {"_ids": list(done)}).all()
            held = {row.id for row in rows if row.lease_token == done[row.id][0].lease_token}
            done = {entry_id: one for entry_id, one in done.items() if entry_id in held}
        if done and not self._settle(done.values()):
            return ()
        return done.keys()

    def fail(self, entry: Entry, error: str) -> bool:
        """See the port. It counts as set aside for `failed`."""
        return self._settle([(entry, {"state": "failed", "set_aside": "failed", "error": error})])

    def _settle(self, entries: Collection[tuple[Entry, Mapping[str, Any]]]) -> bool:
        """Write them back without their leases. Say whether there was any still leased so."""
        free: dict[str, Any] = {"lease_until": None, "lease_token": None}
        rows = [{"_id": one.entry_id, "_lease_token": one.lease_token, **free, **values} for one, values in entries]
        return self._connection.execute(SETTLE, rows).rowcount > 0

    def get(self, entry_id: int) -> Entry:
        """Return the entry at its latest revision, or raise NotFound."""
        row = self._connection.execute(_ENTRY.where(col(EntryRow.id) == entry_id)).first()
        if row is None:
            raise NotFound(f"there is no entry {entry_id}")
        return _entry(row)

    def waiting(self) -> int:
        """Return how many entries wait to be judged, leased ones included."""
        count = select(func.count()).select_from(EntryRow).where(col(EntryRow.state) == "waiting")
        return int(self._connection.execute(count).scalar_one())

    def set_aside_counts(self) -> Mapping[str, int]:
        """Return how many entries were set aside for each reason, most first."""
        why = col(EntryRow.set_aside)
        count = select(why, func.count()).where(why.is_not(None)).group_by(why).order_by(func.count().desc(), why)
        return {str(reason): int(number) for reason, number in self._connection.execute(count)}


_ENTRY = select(
    EntryRow,
    col(FeedRow.title).label("feed_title"),
    col(FeedRow.url).label("feed_url"),
    col(FeedRow.country),
    FeedRow.lang,
    ArticleRow.own_content,
    col(ArticleRow.revision).label("article_revision"),
)  # type: ignore[call-overload]
_ENTRY = _ENTRY.join(FeedRow, col(FeedRow.id) == col(EntryRow.feed_id)).outerjoin(
    ArticleRow, (col(ArticleRow.entry_id) == col(EntryRow.id)) & col(ArticleRow.revision).is_not(None)
)
_THESE = _ENTRY.where(IDS).order_by(col(EntryRow.id))


def _fresh(feed_id: int, uid: str, item: Item, now: datetime, *, backlog: bool) -> dict[str, Any]:
    keys = {"feed_id": feed_id, "uid": uid, "canonical_url": item.address, "material_hash": item.material_hash}
    return keys | taken(item.entry, WORDS) | {"first_seen": now, "revised_at": now, "backlog": backlog}


def _done(said: Judgement) -> Mapping[str, Any]:
    return {"state": "done", "judged_lang": said.lang, "set_aside": said.set_aside, "error": ""}


def _entry(row: Any) -> Entry:
    outlet = outlet_of(row.feed_title, row.feed_url)
    told = taken(row, COLUMNS) | {"own_content": row.own_content or "", "article_revision": row.article_revision or 0}
    return Entry(
        entry_id=row.id, outlet=outlet, lang=row.lang, country=row.country, lease_token=row.lease_token or "", **told
    )


def outlet_of(title: str, url: str) -> str:
    """Return who speaks: the feed's title, or its host where it has none."""
    return title or (urlsplit(url).hostname or url).removeprefix("www.")
