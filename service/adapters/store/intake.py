"""Which items of a document are new, which were edited, which we have: decided in memory, from one look at the table.

Identity is the uid, as long as the feed keeps to it. Feeds do not always:
- GUID rotation: an entry comes again under a new uid. It is the same where its address is that of one entry we have,
  which is not in this document under its own uid, and no other item of the document has that address. Where several
  have, the words and the date the item gives have to be the same too.
- GUID reuse: an uid comes again with another address and another title. That is another entry; the old one stays.
- a feed whose guids, or addresses, turn out to be no names at all: the parser names its entries by something else from
  then on. For that one document, the same words are the same entry.
Where nothing of this is certain, it is a new entry: linking finds out that both tell of one event, but nothing finds
out that a report was taken for another.

Items that were not read, because their marks say that they are as they were, are in the document all the same.
"""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from service.adapters.store.rows import short
from service.adapters.store.types import storable
from service.core.feed import ParsedEntry
from service.core.marks import fingerprint, unpack


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of a document with the keys it is known by, as the table can hold them."""

    entry: ParsedEntry
    uid: str
    address: str
    material_hash: str

    @property
    def title(self) -> str:
        """The item's title."""
        return self.entry.title

    @property
    def second_uid(self) -> str:
        """The uid it gets where another entry has its own."""
        return short(f"{self.uid} {self.address or self.material_hash}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the table says of an entry."""

    entry_id: int
    uid: str
    address: str
    title: str
    material_hash: str
    revision: int
    published: datetime | None = None
    published_raw: str = ""
    date_flag: str = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Items of a document of which there are only the marks. `uids` are fingerprints, each with those of addresses."""

    addresses: Counter[bytes] = field(default_factory=Counter)
    uids: Mapping[bytes, frozenset[bytes]] = field(default_factory=dict)

    def has(self, row: Known) -> bool:
        """Whether one of them is this entry, under its own uid or, where that is a second one, under the first."""
        first, _, second = row.uid.partition(" ")
        if fingerprint(row.uid) in self.uids:
            return True
        return bool(second) and fingerprint(row.address) in self.uids.get(fingerprint(first), ())


@dataclass(slots=True)
class Sorted:
    """What to do. `fresh` are pairs of uid and item, `renamed` are entries with the uid they have from now on."""

    fresh: list[tuple[str, Item]] = field(default_factory=list)
    seen: list[tuple[Known, Item]] = field(default_factory=list)
    renamed: list[tuple[Known, str]] = field(default_factory=list)


def items_of(entries: Sequence[ParsedEntry], *, now: datetime) -> list[Item]:
    """Return the items, earliest first, so that their ids have that order. Documents put the latest first."""
    latest_last = list(reversed(entries))
    return [
        Item(
            entry=entry,
            uid=short(storable(entry.uid)),
            address=short(storable(entry.canonical_url)),
            material_hash=material_hash(entry),
        )
        for entry in sorted(latest_last, key=lambda entry: entry.published or now)
    ]


def unread_of(marks: bytes, entries: Sequence[ParsedEntry]) -> Unread:
    """Return the items that have marks and are not among the entries."""
    read = {fingerprint(entry.uid) for entry in entries}
    unread = {(mark.uid, mark.address) for mark in unpack(marks) if mark.uid not in read}
    uids: dict[bytes, frozenset[bytes]] = {}
    for uid, address in unread:
        uids[uid] = uids.get(uid, frozenset()) | {address}
    return Unread(addresses=Counter(address for _, address in unread), uids=uids)


def material_hash(entry: ParsedEntry) -> str:
    """Return the fingerprint of what the words say: not of dates and addresses, nor of how words are spaced."""
    words = "\x1f".join(_plain(text) for text in (entry.title, entry.summary, entry.content))
    return hashlib.blake2b(words.encode(errors="surrogatepass"), digest_size=16).hexdigest()


class Sorting:
    """Sorts out a document in two steps, between which the table is asked for what may be the rest of it.

    `known` are entries by uid. `unread` are the document's other items.
    """

    def __init__(self, items: Sequence[Item], known: Mapping[str, Known], unread: Unread) -> None:
        self._known, self._unread = known, unread
        self._counts = Counter(item.address for item in items)
        self._out = Sorted()
        self._matched: set[int] = set()
        self.left = [item for item in items if not self._by_uid(item)]

    def finish(self, others: Iterable[Known], *, by_words: bool) -> Sorted:
        """Sort out what is left, given entries with the same addresses, or, to tell by words, the last document's."""
        free = [row for row in others if row.entry_id not in self._matched and not self._unread.has(row)]
        there, alike = _grouped(free, "address"), _grouped(free, "material_hash")
        named = self._named()
        found: dict[str, Known] = {}
        for uid, item in named.items():
            self._pair(uid, self._by_address(item, self._free(there[item.address])), found)
        for uid, item in named.items() if by_words else ():
            if uid not in found:
                self._pair(uid, _likest(item, self._free(alike[item.material_hash])), found)
        self._out.seen += [(row, named[uid]) for uid, row in found.items()]
        self._out.renamed += [(row, uid) for uid, row in found.items()]
        self._out.fresh += [(uid, item) for uid, item in named.items() if uid not in found]
        return self._out

    def _free(self, rows: Sequence[Known]) -> list[Known]:
        return [row for row in rows if row.entry_id not in self._matched]

    def _pair(self, uid: str, row: Known | None, found: dict[str, Known]) -> None:
        if row is not None:
            found[uid] = row
            self._matched.add(row.entry_id)

    def _named(self) -> dict[str, Item]:
        """Return what is left by the uid it is to have, one item for each."""
        named: dict[str, Item] = {}
        for item in self.left:
            namesake = named.get(item.uid)
            taken = item.uid in self._known or (namesake is not None and _elsewhere(namesake, item))
            named.setdefault(item.second_uid if taken else item.uid, item)
        return named

    def _by_uid(self, item: Item) -> bool:
        row = self._known.get(item.second_uid) or self._known.get(item.uid)
        if row is None or _elsewhere(row, item):
            return False
        if row.entry_id not in self._matched:
            self._matched.add(row.entry_id)
            self._out.seen.append((row, item))
        return True

    def _by_address(self, item: Item, rows: Sequence[Known]) -> Known | None:
        alone = self._counts[item.address] == 1 and not self._unread.addresses[fingerprint(item.address)]
        if len(rows) == 1 and alone and _names_one_thing(item.address):
            return rows[0]
        return next((row for row in rows if _same_words(row, item) and _same_date(row, item)), None)


def _grouped(rows: Iterable[Known], name: str) -> Mapping[str, list[Known]]:
    groups: dict[str, list[Known]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, name)].append(row)
    return groups


def _likest(item: Item, rows: Sequence[Known]) -> Known | None:
    """Return the one that also has its address, or its date."""
    return max(rows, key=lambda row: (row.address == item.address, _same_date(row, item)), default=None)


def _same_words(row: Known, item: Item) -> bool:
    return row.material_hash == item.material_hash


def _same_date(row: Known, item: Item) -> bool:
    return bool(row.published_raw) and row.published_raw == storable(item.entry.published_raw)


def _elsewhere(one: Known | Item, item: Item) -> bool:
    """Whether both address and title say that this is not the same thing."""
    moved = bool(one.address and item.address and one.address != item.address)
    return moved and _plain(one.title) != _plain(item.title)


def _names_one_thing(address: str) -> bool:
    """A front page or an empty address is shared by many entries."""
    parts = urlsplit(address)
    return bool(parts.path.strip("/") or parts.query)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def date_kept(row: Known, entry: ParsedEntry) -> Mapping[str, Any]:
    """Return the date an entry keeps when it is edited, empty where the edit's own is to be taken.

    A date is only given up for one that was read. One that lay in the future when we first saw it stays what we made of
    it: else it would move with each look until its time has come.
    """
    if row.date_flag == "clamped" or entry.date_flag in {"missing", "clamped", "unparsed"}:
        return {"published": row.published, "published_raw": row.published_raw, "date_flag": row.date_flag}
    return {}


def known_of(row: Any) -> Known:
    """Read one from a row."""
    return Known(
        entry_id=row.id,
        uid=row.uid,
        address=row.canonical_url,
        title=row.title,
        material_hash=row.material_hash,
        revision=row.revision,
        published=row.published,
        published_raw=row.published_raw,
        date_flag=row.date_flag,
    )
