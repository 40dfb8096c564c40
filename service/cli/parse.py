"""`tocsin parse`: bytes in, feed and entries out as JSON, just as the poll step would see them."""

import base64
import binascii
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from service.adapters.parse import ParseWorker
from service.cli import output
from service.core.codec import instant, parse_instant
from service.core.errors import BadInput
from service.core.feed import ParsedEntry, ParsedFeed, ParseError

_PROMISED_S = 4.3  # of 5 s; the rest is for printing and ending
_LEAST_S = 1.0
_READ = 10_000_001  # one byte more than a document may have is enough to refuse it
_LINE = 20_000_000

Json = dict[str, Any]


def parse(
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="The document, or - for standard input.")] = "-",
    *,
    url: Annotated[str, typer.Option(help="Where it came from; relative URLs in it are relative to this.")] = "",
    content_type: Annotated[str, typer.Option(help="The Content-Type it came with.")] = "",
    fetched_at: Annotated[str, typer.Option(help="When it came, ISO 8601; now where left out.")] = "",
    batch: Annotated[
        bool, typer.Option("--batch", help="Read JSON lines with id, url, content_type, fetched_at and body_b64.")
    ] = False,
) -> None:
    """Read a feed document and print what is in it as JSON. Example: tocsin parse feed.xml --url https://x.example/feed"""  # noqa: D415
    try:
        at = _instant(fetched_at)
    except BadInput as exc:
        raise typer.BadParameter(str(exc), param_hint="--fetched-at") from None
    # What starting has cost is part of the 5 s.
    budget_s = max(_LEAST_S, _PROMISED_S - time.process_time())
    with _opened(file) as source, ParseWorker(budget_s=budget_s) as parser:
        if batch:
            for line in _lines(source):
                output.line(_answer(line, parser))
            return
        parsed = parser.parse(source.read(_READ), url=url, content_type=content_type, fetched_at=at)
        output.document(feed_json(parsed))


def feed_json(parsed: ParsedFeed) -> Json:
    """Return a document in the shape that programs outside are promised."""
    return {
        "format": parsed.format,
        "feed": {
            "title": parsed.title,
            "link": parsed.link,
            "language": parsed.language,
            "updated": instant(parsed.updated),
            "ttl_s": parsed.ttl_s,
            "self": parsed.self_url,
            "hubs": list(parsed.hubs),
        },
        "entries": [_entry_json(entry) for entry in parsed.entries],
        "errors": [{"code": error.code, "message": error.message, "line": error.line} for error in parsed.errors],
    }


def _entry_json(entry: ParsedEntry) -> Json:
    return {
        "uid": entry.uid,
        "guid": entry.guid,
        "url": entry.url,
        "canonical_url": entry.canonical_url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.content_html,
        "authors": list(entry.authors),
        "categories": list(entry.categories),
        "enclosures": [{"url": one.url, "type": one.type, "length": one.length} for one in entry.enclosures],
        "published": instant(entry.published),
        "updated": instant(entry.updated),
        "published_raw": entry.published_raw,
        "date_flag": entry.date_flag,
    }


def _answer(line: bytes, parser: ParseWorker) -> Json:
    """Parse one line of a batch. A line that is no request gets an answer that says so."""
    try:
        request = json.loads(line)
        body = base64.b64decode(request["body_b64"])
        at = _instant(str(request.get("fetched_at") or ""))
        url, content_type = str(request.get("url") or ""), str(request.get("content_type") or "")
    except (ValueError, TypeError, KeyError, RecursionError, BadInput, binascii.Error) as exc:
        found = _id(line)
        error = ParseError(code="bad_request", message=f"not a line with id, url and body_b64: {exc}"[:300])
        return {"id": found} | feed_json(ParsedFeed(errors=(error,)))
    return {"id": request.get("id")} | feed_json(parser.parse(body, url=url, content_type=content_type, fetched_at=at))


def _id(line: bytes) -> Any:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found.get("id") if isinstance(found, dict) else None


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text) if text else datetime.now(UTC)
    except ValueError:
        raise BadInput(f"{text!r} is not a time", hint="write it as 2026-01-05T08:00:00Z") from None


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115 - closed below; errors of the reader are not errors of opening
    except OSError as exc:
        raise BadInput(
            f"cannot be read: {exc.strerror}", file=file, hint="name a file, or - for standard input"
        ) from None
    with source:
        yield source


def _lines(source: IO[bytes]) -> Iterator[bytes]:
    """Yield lines, cut at a length no sane one has."""
    while line := source.readline(_LINE):
        rest = line
        while len(rest) == _LINE and not rest.endswith(b"\n"):
            rest = source.readline(_LINE)
        if line.strip():
            yield line
