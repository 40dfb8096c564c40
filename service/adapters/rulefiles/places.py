"""Where a character of a value stands in its file, for every way YAML can write a text.

A value and its source hold the same characters in the same order. Only quotes, escapes and white space differ, since
folding and indentation change it. So the two are walked side by side over what is not white space.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from service.adapters.yamlfile import Scalar

_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r\n|.)", re.DOTALL)
_NAMED = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}
_BLANK_ESCAPES = frozenset("ntvfr \t\n")
Unit = tuple[str, int]


class Lines:
    """Where each line of a text begins, so that a place is found without counting from the top each time."""

    __slots__ = ("starts",)

    def __init__(self, text: str) -> None:
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def line_and_column(self, index: int) -> tuple[int, int]:
        """Return line and column, both from 1, of a place counted in characters from 0."""
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1


def index_of(text: str, node: Scalar, offset: int) -> int:
    """Return where in the file the value's character at `offset` stands; past its end, right behind the last one.

    Where the walk and the value disagree, which they never should, the answer is the value's beginning.
    """
    last = node.start
    units = _units(text, node)
    for at, character in enumerate(node.value):
        if character.isspace():
            if at == offset:
                return last + 1
            continue
        unit = next(units, None)
        if unit is None or unit[0] != character:
            return node.start
        last = unit[1]
        if at == offset:
            return last
    return last + 1


def _units(text: str, node: Scalar) -> Iterator[Unit]:
    start, end = node.start, node.end
    if node.style == '"':
        return _double_quoted(text, start + 1, end - 1)
    if node.style == "'":
        return _single_quoted(text, start + 1, end - 1)
    if node.style in {"|", ">"}:
        start = text.index("\n", start) + 1
    return ((text[at], at) for at in range(start, end) if not text[at].isspace())


def _single_quoted(text: str, at: int, end: int) -> Iterator[Unit]:
    while at < end:
        if not text[at].isspace():
            yield text[at], at
        at += 2 if text[at] == "'" else 1


def _double_quoted(text: str, at: int, end: int) -> Iterator[Unit]:
    while at < end:
        escape = _ESCAPE.match(text, at)
        if escape:
            character = _unescaped(escape[1])
            if not character.isspace():
                yield character, at
            at = escape.end()
        else:
            if not text[at].isspace():
                yield text[at], at
            at += 1


def _unescaped(escape: str) -> str:
    if len(escape) > 1 and escape != "\r\n":
        return chr(int(escape[1:], 16))
    return " " if escape in _BLANK_ESCAPES or escape == "\r\n" else _NAMED.get(escape, escape)
