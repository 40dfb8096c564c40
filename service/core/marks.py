"""What is remembered of the items of a feed's last document, so that only unseen ones need be read again.

A mark is 28 bytes: the fingerprint of the item's raw bytes (8), those of its uid and of its canonical URL as the
parser gives them, before the store shortens what is too long for an index (8 each, zeros for none), and when it says it
was published (4, seconds since 1970, zero for unknown).
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_PACKED = struct.Struct(">8s8s8sI")
NOTHING = b"\0" * 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One item. `uid` and `address` are fingerprints, `NOTHING` where the item has none."""

    raw: bytes
    uid: bytes = NOTHING
    address: bytes = NOTHING
    published: datetime | None = None


def fingerprint(text: str | bytes) -> bytes:
    """Return 8 bytes that stand for the text, `NOTHING` for an empty one."""
    if not text:
        return NOTHING
    raw = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    return hashlib.blake2b(raw, digest_size=8).digest()


def pack(marks: Iterable[Mark]) -> bytes:
    """Return the marks as bytes, in order."""
    return b"".join(_PACKED.pack(mark.raw, mark.uid, mark.address, _seconds(mark.published)) for mark in marks)


def unpack(packed: bytes) -> Iterator[Mark]:
    """Yield the marks. What is left over at the end, being no whole mark, is ignored."""
    whole = len(packed) - len(packed) % _PACKED.size
    for raw, uid, address, seconds in _PACKED.iter_unpack(packed[:whole]):
        published = datetime.fromtimestamp(seconds, UTC) if seconds else None
        yield Mark(raw=raw, uid=uid, address=address, published=published)


def _seconds(at: datetime | None) -> int:
    return min(max(int(at.timestamp()), 0), 2**32 - 1) if at else 0
