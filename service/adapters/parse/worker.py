"""The process that meets hostile bytes: `python -m service.adapters.parse.worker`, spoken to through its pipes.

It holds no secret and opens nothing. Its memory is bounded by the system, its time by whoever started it.
"""

import resource
import sys
from datetime import datetime
from typing import Any

from service.adapters.parse.document import read_document
from service.adapters.parse.wire import pack, read_frame, write_frame
from service.core.feed import ParsedFeed, ParseError


def main() -> None:
    """Answer one message after another until the pipe closes, or until a document was too much."""
    _limit_memory(int(sys.argv[1]))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while message := read_frame(source):
        answer, healthy = _answer(*message)
        write_frame(sink, answer | {"last": not healthy})
        if not healthy:
            return


def _answer(head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bool]:
    """Parse, and say whether this process is still to be trusted."""
    try:
        fetched_at = datetime.fromisoformat(head["fetched_at"])
        parsed = read_document(body, url=head["url"], content_type=head["content_type"], fetched_at=fetched_at)
        return pack(parsed), True
    except MemoryError:
        return pack(_failed("too_large", "the document needs more memory than it may have")), False
    except Exception as exc:  # noqa: BLE001 - no document may stop the service; the error is reported with its name
        return pack(_failed("unreadable", f"the parser failed: {type(exc).__name__}: {exc}"[:300])), False


def _failed(code: str, message: str) -> ParsedFeed:
    return ParsedFeed(errors=(ParseError(code=code, message=message),))


def _limit_memory(megabytes: int) -> None:
    limit = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
