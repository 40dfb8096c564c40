"""Finds the items of a well-formed document by their bytes, so that those we know need not be read.

expat tells where each element starts and ends; nothing is guessed from the look of the text.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from xml.parsers import expat

MAX_ITEMS = 1_000
_ABOUT = "http://www.w3.org/1999/02/22-rdf-syntax-ns# about"
_IDS = {"guid", "id"}
_NAME = re.compile(rb"[^\s/>]+")


@dataclass(frozen=True, slots=True)
class Span:
    """One item: its bytes from `start` to `end`, the id it gives itself, and how many elements it holds."""

    start: int
    end: int
    guid: str
    elements: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A well-formed document: its items, of which only the first `MAX_ITEMS` count, and the rest, the frame."""

    data: bytes
    spans: Sequence[Span]
    surplus: tuple[int, int] | None
    elements: int

    def without(self, left_out: Collection[int]) -> bytes:
        """Return the document without these of its items, nor any beyond the first `MAX_ITEMS`."""
        cuts = [(self.spans[n].start, self.spans[n].end) for n in sorted(left_out)]
        kept, at = [], 0
        for start, end in [*cuts, *([self.surplus] if self.surplus else [])]:
            kept.append(self.data[at:start])
            at = end
        return b"".join([*kept, self.data[at:]])

    def raw(self, n: int) -> bytes:
        """Return the bytes of an item."""
        return self.data[self.spans[n].start : self.spans[n].end]


def scan(data: bytes, names: Collection[str]) -> Scan:
    """Find the outermost elements of these names: UTF-8 in, local names casefolded under their namespace and a blank.

    Raises:
        xml.parsers.expat.ExpatError: The document is not well-formed.
    """
    return _Scanner(data, names).scanned()


class _Scanner:
    """Follows expat through a document. `_depth` counts from the item we are in, and is zero outside of any."""

    def __init__(self, data: bytes, names: Collection[str]) -> None:
        self._data = data
        self._names = names
        self._spans: list[Span] = []
        self._surplus: tuple[int, int] | None = None
        self._elements = 0
        self._depth = 0
        self._start = 0
        self._before = 0
        self._guid: list[str] = []
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._started
        self._parser.EndElementHandler = self._ended

    def scanned(self) -> Scan:
        self._parser.Parse(self._data, True)
        inside = sum(span.elements for span in self._spans)
        return Scan(self._data, tuple(self._spans), self._surplus, self._elements - inside)

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._depth:
            self._depth += 1
            if self._depth == 2 and name.rpartition(" ")[2].lower() in _IDS:  # noqa: PLR2004 - a child of the item
                self._guid.clear()  # where there are two, the last counts
                self._parser.CharacterDataHandler = self._guid.append
        elif name.lower() in self._names:
            self._depth, self._before = 1, self._elements - 1
            self._start = self._parser.CurrentByteIndex
            self._guid = [attributes.get(_ABOUT, "")]

    def _ended(self, _name: str) -> None:
        if not self._depth:
            return
        self._depth -= 1
        self._parser.CharacterDataHandler = None
        if not self._depth:
            self._found(self._end())

    def _found(self, end: int) -> None:
        if len(self._spans) < MAX_ITEMS:
            self._spans.append(Span(self._start, end, "".join(self._guid), self._elements - self._before))
        else:
            self._surplus = (self._surplus[0] if self._surplus else self._start, end)
            self._elements = self._before  # what is not read costs nothing

    def _end(self) -> int:
        """Return where the item ends: behind its end tag, or where expat is, which is behind a tag that is both."""
        at = self._parser.CurrentByteIndex
        start, end = _NAME.match(self._data, self._start + 1), _NAME.match(self._data, at + 2)
        is_end_tag = self._data.startswith(b"</", at) and start and end and start[0] == end[0]
        return self._data.index(b">", at) + 1 if is_end_tag else at
