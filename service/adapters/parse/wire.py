"""What goes through the pipes of a worker: lengths (4 bytes each, big-endian), then JSON, then perhaps a body.

A long answer comes in parts, so that nothing that is read here at one go holds up the service's other threads.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from operator import attrgetter
from typing import IO, Any

from service.core.feed import Enclosure, ParsedEntry, ParsedFeed, ParseError

PAGE = "page"
"""The `op` of a message whose body is the page of an article; a message without one carries a feed."""

Message = tuple[dict[str, Any], bytes]
Packed = tuple[dict[str, Any], bytes, list[list[Any]]]

_LENGTHS = struct.Struct(">II")
_PART = 100_000  # characters
_ENTRY = tuple(field.name for field in fields(ParsedEntry))
_values = attrgetter(*_ENTRY)
_written = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def write_frame(pipe: IO[bytes], head: Any, body: bytes = b"") -> None:
    """Write one message. Raises OSError when nobody reads."""
    packed = _written(head).encode("utf-8", "surrogatepass")
    pipe.write(_LENGTHS.pack(len(packed), len(body)) + packed)
    pipe.write(body)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[Any, bytes] | None:
    """Read one message, or return None when the other side is gone."""
    lengths = pipe.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, body = map(pipe.read, sizes := _LENGTHS.unpack(lengths))
    return (json.loads(head), body) if (len(head), len(body)) == sizes else None


def write_answer(pipe: IO[bytes], answer: dict[str, Any], marks: bytes, parts: Sequence[Any]) -> None:
    """Write an answer and its parts."""
    write_frame(pipe, answer | {"parts": len(parts)}, marks)
    for part in parts:
        write_frame(pipe, part)


def read_answer(pipe: IO[bytes]) -> Packed | None:
    """Read an answer with all its parts, or return None when the other side is gone."""
    first = read_frame(pipe)
    if first is None:
        return None
    parts = []
    for _ in range(first[0]["parts"]):
        part = read_frame(pipe)
        if part is None:
            return None
        parts.append(part[0])
    return *first, parts


def pack(parsed: ParsedFeed) -> Packed:
    """Return the document as JSON types, times as ISO 8601; its marks; and its entries by the part."""
    head: dict[str, Any] = {field.name: getattr(parsed, field.name) for field in fields(parsed)}
    errors = [asdict(error) for error in parsed.errors]
    head |= {"errors": errors, "updated": _iso(parsed.updated), "entries": (), "marks": ""}
    return head, parsed.marks, list(_parts(parsed.entries))


def unpack(packed: Packed) -> ParsedFeed:
    """Undo `pack`; what else stands in the message is left aside."""
    head, marks, parts = packed
    known = {field.name: head[field.name] for field in fields(ParsedFeed)}
    known |= {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    known |= {"marks": marks, "updated": _time(head["updated"])}
    known |= {"errors": tuple(ParseError(**error) for error in head["errors"])}
    return ParsedFeed(**known | {"entries": tuple(_entry(values) for part in parts for values in part)})


def _parts(entries: Sequence[ParsedEntry]) -> Iterator[list[Any]]:
    part: list[Any] = []
    size = 0
    for entry in entries:
        part.append(_packed(entry))
        size += len(entry.title) + len(entry.summary) + len(entry.content) + len(entry.content_html)
        if size > _PART:
            yield part
            part, size = [], 0
    if part:
        yield part


def _packed(entry: ParsedEntry) -> list[Any]:
    enclosures = [(one.url, one.type, one.length) for one in entry.enclosures]
    values = dict(zip(_ENTRY, _values(entry), strict=True))
    times = {"published": _iso(entry.published), "updated": _iso(entry.updated)}
    return list((values | times | {"enclosures": enclosures}).values())


def _entry(packed: list[Any]) -> ParsedEntry:
    values: dict[str, Any] = dict(zip(_ENTRY, packed, strict=True))
    values["authors"], values["categories"] = tuple(values["authors"]), tuple(values["categories"])
    values["enclosures"] = tuple(Enclosure(url=url, type=kind, length=size) for url, kind, size in values["enclosures"])
    values["published"], values["updated"] = _time(values["published"]), _time(values["updated"])
    return ParsedEntry(**values)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
