"""Which items of a document are new, which were edited, which we have: decided in memory, from one look at the table.

Identity is the uid, as long as the feed keeps to it. Feeds do not always:
- GUID rotation: an entry comes again under a new uid. It is the same where its address is that of one entry we have,
  which is not in this document under its own uid, and no other item of the document has that address.
- GUID reuse: an uid comes again with another address and another title. That is another entry; the old one stays.
Where neither is certain, it is a new entry: linking finds out that both tell of one event, but nothing finds out that a
report was taken for another.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from service.adapters.store.rows import short
from service.adapters.store.types import storable
from service.core.feed import ParsedEntry


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


@dataclass(slots=True)
class Sorted:
    """What to do. `fresh` are pairs of uid and item."""

    fresh: list[tuple[str, Item]] = field(default_factory=list)
    seen: list[tuple[Known, Item]] = field(default_factory=list)


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


def material_hash(entry: ParsedEntry) -> str:
    """Return the fingerprint of what the words say: not of dates and addresses, nor of how words are spaced."""
    words = "\x1f".join(_plain(text) for text in (entry.title, entry.summary, entry.content))
    return hashlib.blake2b(words.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def sort_out(items: Sequence[Item], known: Mapping[str, Known], by_address: Mapping[str, Sequence[Known]]) -> Sorted:
    """Say which items are new and which are entries we have. `known` is by uid."""
    out = Sorted()
    left = list(_unmatched(items, known, out))
    matched = {row.entry_id for row, _ in out.seen}
    counts = Counter(item.address for item in items)
    fresh: dict[str, Item] = {}
    for item in left:
        rows = [row for row in by_address.get(item.address, ()) if row.entry_id not in matched]
        if len(rows) == 1 and counts[item.address] == 1 and _names_one_thing(item.address):
            out.seen.append((rows[0], item))
        elif item.uid in known or (item.uid in fresh and _elsewhere(fresh[item.uid], item)):
            fresh.setdefault(item.second_uid, item)
        else:
            fresh.setdefault(item.uid, item)
    out.fresh.extend(fresh.items())
    return out


def _unmatched(items: Sequence[Item], known: Mapping[str, Known], out: Sorted) -> Iterator[Item]:
    matched: set[int] = set()
    for item in items:
        row = known.get(item.second_uid) or known.get(item.uid)
        if row is None or _elsewhere(row, item):
            yield item
        elif row.entry_id not in matched:
            matched.add(row.entry_id)
            out.seen.append((row, item))


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


def known_of(row: Any) -> Known:
    """Read one from a row."""
    return Known(
        entry_id=row.id,
        uid=row.uid,
        address=row.canonical_url,
        title=row.title,
        material_hash=row.material_hash,
        revision=row.revision,
    )
