"""Entries as JSON lines, the way `judge` and `replay` take them: one object a line, in errors by file and line."""

import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from service.core.codec import parse_instant
from service.core.entry import Entry
from service.core.errors import BadInput
from service.core.feed import ParsedEntry
from service.core.urls import canonical_url

TEXTS = ("title", "summary", "content", "link", "feed", "lang", "id", "published")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line that could be read. `published` is None where the line does not say."""

    row_id: str
    feed: str
    title: str
    summary: str
    content: str
    link: str | None
    lang: str | None
    published: datetime | None

    def parsed(self) -> ParsedEntry:
        """Return it as a parser would have given it."""
        return ParsedEntry(
            uid=self.row_id,
            guid=self.row_id,
            url=self.link,
            canonical_url=canonical_url(self.link),
            title=self.title,
            summary=self.summary,
            content=self.content,
            published=self.published,
            date_flag="ok" if self.published else "missing",
        )

    def entry(self, *, now: datetime) -> Entry:
        """Return it as the pipeline would see it, had it come in at its own time (or now)."""
        return Entry(
            entry_id=0,
            feed_id=0,
            outlet=self.feed,
            uid=self.row_id,
            url=self.link,
            title=self.title,
            summary=self.summary,
            content=self.content,
            lang=self.lang,
            published=self.published,
            first_seen=self.published or now,
        )


def read_rows(path: Path) -> Iterator[Row | BadInput]:
    """Yield each line as a Row, or as the error that says what is wrong with it. `-` is standard input.

    Raises BadInput where the file itself cannot be read.
    """
    for _, item in read_labelled(path):
        yield item if isinstance(item, BadInput) else item[0]


def read_labelled(path: Path) -> Iterator[tuple[int, tuple[Row, dict[str, Any]] | BadInput]]:
    """Yield the number of each line, and the line as a Row with all that stands in it, or as an error.

    Raises BadInput where the file itself cannot be read.
    """
    try:
        with _open(path) as lines:
            for number, text in enumerate(lines, start=1):
                if text.strip():
                    yield number, _line(text, file=str(path), number=number)
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        problem = getattr(error, "strerror", None) or error
        raise BadInput(f"cannot read: {problem}", file=str(path), hint="give a file of JSON lines, or -") from error


def _open(path: Path) -> IO[str]:
    if str(path) == "-":
        return open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False)
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace")
    return path.open(encoding="utf-8", errors="replace")


def _line(text: str, *, file: str, number: int) -> tuple[Row, dict[str, Any]] | BadInput:
    data = _object(text, file=file, number=number)
    if isinstance(data, BadInput):
        return data
    row = _checked(data, file=file, number=number)
    return row if isinstance(row, BadInput) else (row, data)


def _object(text: str, *, file: str, number: int) -> dict[str, Any] | BadInput:
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        column = getattr(error, "colno", 1)
        return BadInput(f"not JSON: {error}", file=file, line=number, column=column, hint="one JSON object a line")
    if not isinstance(data, dict):
        return BadInput("not a JSON object", file=file, line=number, column=1, hint="one JSON object a line")
    return data


def _checked(data: dict[str, Any], *, file: str, number: int) -> Row | BadInput:
    wrong = [name for name in TEXTS if not isinstance(data.get(name), str | None)]
    if wrong and not (wrong == ["id"] and isinstance(data["id"], int)):
        return BadInput(f"`{wrong[0]}` is not text", file=file, line=number, column=1, hint="put it in quotes")
    try:
        published = parse_instant(data["published"]) if data.get("published") else None
    except (ValueError, TypeError, OverflowError):
        hint = "write it as 2026-01-05T08:00:00Z"
        problem = f"`published` is no time: {str(data['published'])[:40]!r}"
        return BadInput(problem, file=file, line=number, column=1, hint=hint)
    return Row(
        row_id=str(data.get("id") or f"line-{number}"),
        feed=str(data.get("feed") or "replay"),
        title=str(data.get("title") or ""),
        summary=str(data.get("summary") or ""),
        content=str(data.get("content") or ""),
        link=str(data["link"]) if data.get("link") else None,
        lang=data.get("lang") or None,
        published=published,
    )
