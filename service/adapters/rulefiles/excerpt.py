"""The offending line with a caret under the place, for people."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from service.core.errors import BadInput

WIDEST = 160


def excerpt(error: BadInput) -> str:
    """Return two lines: the line as it stands in the file, and a caret; empty where there is nothing to show."""
    if not error.file or not error.line:
        return ""
    try:
        lines = Path(error.file).read_text(encoding="utf-8-sig", errors="replace").split("\n")
    except OSError:
        return ""
    return pointed(lines, error)


def pointed(lines: Sequence[str], error: BadInput) -> str:
    """Return the same of a text that is not in a file."""
    if not error.line or error.line > len(lines):
        return ""
    line, column = _visible(lines[error.line - 1].rstrip("\r")), error.column or 1
    cut = max(0, column - WIDEST // 2) if len(line) > WIDEST else 0
    return f"{line[cut : cut + WIDEST]}\n{_pad(line[cut : column - 1])}^"


def _visible(line: str) -> str:
    """Return the line without what would move a terminal's cursor, colour it or turn its text around."""
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in line)


def _pad(text: str) -> str:
    """Return blanks as wide as the text is on a terminal."""
    return "".join(_blank(character) for character in text)


def _blank(character: str) -> str:
    if character == "\t":
        return "\t"
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "
