"""What goes through the pipes of a worker: a length (4 bytes, big-endian), then JSON, then perhaps the body."""

import json
import struct
from dataclasses import asdict, fields
from datetime import datetime
from typing import IO, Any

from service.core.feed import Enclosure, ParsedEntry, ParsedFeed, ParseError

_DOCUMENT = tuple(field.name for field in fields(ParsedFeed))
_LENGTH = struct.Struct(">I")


def write_frame(pipe: IO[bytes], head: dict[str, Any], body: bytes = b"") -> None:
    """Write one message. Raises OSError when nobody reads."""
    packed = json.dumps(head | {"body": len(body)}).encode("ascii")
    pipe.write(_LENGTH.pack(len(packed)) + packed)
    pipe.write(body)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read one message, or return None when the other side is gone."""
    length = pipe.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    packed = pipe.read(size := _LENGTH.unpack(length)[0])
    if len(packed) < size:
        return None
    head: dict[str, Any] = json.loads(packed)
    body = pipe.read(head["body"])
    return (head, body) if len(body) == head["body"] else None


def pack(parsed: ParsedFeed) -> dict[str, Any]:
    """Return the document as JSON types, times as ISO 8601."""
    packed = asdict(parsed)
    for times in (packed, *packed["entries"]):
        times.update({key: value.isoformat() for key, value in times.items() if isinstance(value, datetime)})
    return packed


def unpack(packed: dict[str, Any]) -> ParsedFeed:
    """Undo `pack`; what else stands in the message is left aside."""
    packed = {name: packed[name] for name in _DOCUMENT}
    entries = tuple(_entry(entry) for entry in packed["entries"])
    errors = tuple(ParseError(**error) for error in packed["errors"])
    hubs = tuple(packed["hubs"])
    return ParsedFeed(
        **(packed | {"entries": entries, "errors": errors, "hubs": hubs, "updated": _time(packed["updated"])})
    )


def _entry(packed: dict[str, Any]) -> ParsedEntry:
    lists = {
        "authors": tuple(packed["authors"]),
        "categories": tuple(packed["categories"]),
        "enclosures": tuple(Enclosure(**enclosure) for enclosure in packed["enclosures"]),
    }
    times = {"published": _time(packed["published"]), "updated": _time(packed["updated"])}
    return ParsedEntry(**(packed | lists | times))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
