"""The process that meets hostile bytes: `python -m service.adapters.parse.worker`, spoken to through its pipes.

It holds no secret and opens nothing. Its memory is bounded by the system, its time by whoever started it.
"""

import resource
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

from service.adapters.parse.document import read_document
from service.adapters.parse.wire import PAGE, Packed, pack, read_frame, write_answer
from service.core.feed import PageText, ParsedFeed, ParseError


def main() -> None:
    """Answer one message after another until the pipe closes, or until a document was too much."""
    _limit_memory(int(sys.argv[1]))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while message := read_frame(source):
        (answer, marks, parts), healthy = _answer(*message)
        write_answer(sink, answer | {"last": not healthy}, marks, parts)
        if not healthy:
            return


def _answer(head: dict[str, Any], body: bytes) -> tuple[Packed, bool]:
    """Parse, and say whether this process is still to be trusted."""
    if head.get("op") == PAGE:
        answer, healthy = _answer_page(head, body)
        return (answer, b"", []), healthy
    try:
        return pack(_read(head, body)), True
    except MemoryError:
        return pack(_failed("too_large", "the document needs more memory than it may have")), False
    except Exception as exc:  # noqa: BLE001 - no document may stop the service; the error is reported with its name
        return pack(_failed("unreadable", f"the parser failed: {type(exc).__name__}: {exc}"[:300])), False


def _read(head: dict[str, Any], body: bytes) -> ParsedFeed:
    """Parse the body, in front of which stand the marks of the last document."""
    return read_document(
        body[head["marks"] :],
        url=head["url"],
        content_type=head["content_type"],
        fetched_at=datetime.fromisoformat(head["fetched_at"]),
        country=head["country"],
        marks=body[: head["marks"]],
        id_policy=head["id_policy"],
    )


def _answer_page(head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bool]:
    """Read the article on a page. The extractor is met only here, by workers that are asked for articles."""
    from service.adapters.parse.page import read_page  # noqa: PLC0415 - an extra, and 40 MB that feeds do not need

    try:
        return asdict(read_page(body, content_type=head["content_type"])), True
    except MemoryError:
        return asdict(PageText(error="the page needs more memory than it may have")), False
    except Exception as exc:  # noqa: BLE001 - as with feeds
        return asdict(PageText(error=f"the extractor failed: {type(exc).__name__}: {exc}"[:300])), False


def _failed(code: str, message: str) -> ParsedFeed:
    return ParsedFeed(errors=(ParseError(code=code, message=message),))


def _limit_memory(megabytes: int) -> None:
    limit = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
