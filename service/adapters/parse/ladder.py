"""Reads only those items of a document that were not there last time, and names entries so that they stay apart.

What an entry is called must not depend on which of its neighbours were read: all that naming needs to know of the
others is in the marks, or is said by their bytes. Where it is not (items that only their words tell apart), all are
read.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from service.core.feed import IdPolicy, ParsedEntry
from service.core.marks import NOTHING, Mark, fingerprint, pack

_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)
_STRICTNESS: Sequence[IdPolicy] = ("guid", "address", "words")
_TOLERATED = 0.05  # of a document's items may go without an identity of their own
_AT_LEAST = 2


@dataclass(frozen=True, slots=True)
class Raw:
    """An item before it is read: the fingerprint of its bytes, and the guid they give it."""

    mark: bytes
    guid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed:
    """What was read, named; the marks of all items, packed; what names the feed's entries from now on."""

    entries: tuple[ParsedEntry, ...]
    marks: bytes
    id_policy: IdPolicy


@dataclass(frozen=True, slots=True)
class _Key:
    """What is known of an item whether it is read or not: its guid and the fingerprint of its canonical address."""

    guid: str
    address: bytes


Read = Callable[[Sequence[int]], Sequence[ParsedEntry]]


def climb(raws: Sequence[Raw], read: Read, *, marks: Mapping[bytes, Mark], id_policy: IdPolicy) -> Climbed:
    """Return the entries of the items that are not among `marks`, each with its uid.

    `read` gets positions and returns an entry for each, without uids. Items whose bytes are the same are one. Where
    the document shows that its guids, or addresses, cannot be trusted, all entries are read and named anew.
    """
    distinct = {raw.mark: n for n, raw in reversed([*enumerate(raws)])}
    places = sorted(distinct.values())
    unseen = [n for n in places if raws[n].mark not in marks]
    entries = dict(zip(unseen, read(unseen) if unseen else (), strict=True))
    keys = {n: _key(raws[n], entries.get(n), marks) for n in places}
    policy = max(id_policy, _needed(list(keys.values())), key=_STRICTNESS.index)
    if policy != id_policy and marks:
        return climb(raws, read, marks={}, id_policy=policy)
    keys = {n: _Key("" if policy != "guid" else key.guid, key.address) for n, key in keys.items()}
    if policy != "words" and _mingled(keys, entries):
        entries = dict(zip(places, read(places), strict=True))
    named = dict(_named(entries, keys, policy))
    return _climbed(raws, places, named, marks, policy)


def _climbed(
    raws: Sequence[Raw],
    places: Sequence[int],
    named: Mapping[int, ParsedEntry],
    marks: Mapping[bytes, Mark],
    policy: IdPolicy,
) -> Climbed:
    """Drop what has another's name, and carry over the marks of what was known."""
    kept: dict[bytes, ParsedEntry | None] = {}
    now: dict[bytes, Mark] = {}
    for n in places:
        raw, entry = raws[n].mark, named.get(n)
        known = marks.get(raw)
        now[raw] = known or _mark(raw, entry)
        uid = fingerprint(entry.uid) if entry else now[raw].uid
        kept.setdefault(uid, None if known else entry)
    entries = tuple(entry for entry in kept.values() if entry)
    return Climbed(entries=entries, marks=pack(now[raw.mark] for raw in raws), id_policy=policy)


def _mark(raw: bytes, entry: ParsedEntry | None) -> Mark:
    if entry is None:
        return Mark(raw=raw)
    address = fingerprint(entry.canonical_url)
    return Mark(raw=raw, uid=fingerprint(entry.uid), address=address, published=entry.published)


def _key(raw: Raw, entry: ParsedEntry | None, marks: Mapping[bytes, Mark]) -> _Key:
    guid = (entry.guid or "") if entry else " ".join(raw.guid.split())
    address = fingerprint(entry.canonical_url) if entry else marks[raw.mark].address
    return _Key(_SCHEME.sub("", guid), address)


def _needed(keys: Sequence[_Key]) -> IdPolicy:
    """Say what can name these: guids, unless many are empty or shared; else addresses; else words."""
    bad_guids = len(keys) - len({key.guid for key in keys if key.guid})
    bad_addresses = len(keys) - len({key.address for key in keys if key.address != NOTHING})
    if not _too_many(bad_guids, len(keys)):
        return "guid"
    # The one that others repeat is not counted, an empty one is: so what is as bad may count one less.
    return "words" if _too_many(bad_addresses, len(keys)) and bad_addresses + 1 >= bad_guids else "address"


def _too_many(bad: int, count: int) -> bool:
    return bad >= _AT_LEAST and bad > count * _TOLERATED


def _mingled(keys: Mapping[int, _Key], entries: Mapping[int, ParsedEntry]) -> bool:
    """Tell whether an item that was read and one that was not can only be told apart by their words."""
    read = Counter(key for n, key in keys.items() if n in entries)
    return any(key in read for n, key in keys.items() if n not in entries and key != _Key("", NOTHING))


def _named(
    entries: Mapping[int, ParsedEntry], keys: Mapping[int, _Key], policy: IdPolicy
) -> Iterator[tuple[int, ParsedEntry]]:
    """Give each entry its uid.

    A guid is taken as it is, but for http or https and www in front, which sites change without meaning a new article.
    A guid that several items share identifies none of them: each then goes by guid and URL, wherever it stands.
    """
    guids = Counter(key.guid for key in keys.values())
    pairs = Counter(keys.values())
    for n, entry in entries.items():
        key, words = keys[n], (entry.title.casefold(), entry.summary, entry.content)
        if policy == "words" or key == _Key("", NOTHING):
            parts: tuple[str, ...] = ("text", *words)
        elif key.guid and guids[key.guid] == 1:
            parts = ("guid", key.guid)
        else:
            parts = ("guid", key.guid, entry.canonical_url) if key.guid else ("url", entry.canonical_url)
            parts += words if pairs[key] > 1 else ()
        yield n, replace(entry, uid=_digest(*parts))


def _digest(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()
