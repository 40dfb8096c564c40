"""From the text of a document to bytes that feedparser reads fast: well-formed, or made so, or given up on."""

from collections.abc import Collection
from dataclasses import dataclass
from xml.parsers import expat

from service.adapters.parse import repair
from service.adapters.parse.scan import MAX_ITEMS, Scan, scan
from service.core.feed import ParseError

MAX_ELEMENTS = 150_000  # feedparser takes some 10 µs for each
_FRAME = 200_000  # bytes; what a feed says of itself is shorter


@dataclass(frozen=True, slots=True)
class Mended:
    """A document, the faults it had, and its items where it is well-formed by now."""

    data: bytes
    scan: Scan | None
    errors: tuple[ParseError, ...] = ()

    def frame(self) -> bytes:
        """Return what stands around the items, as far as that can be told."""
        return (self.scan.without(range(len(self.scan.spans))) if self.scan else self.data)[:_FRAME]


def mended(text: str, root: repair.Root, names: Collection[str]) -> Mended | ParseError:
    """Return the document from its root on, with what was wrong with it; or why it is not read at all.

    `names` are those of the elements that are items, as in `scan`.
    """
    tried = _whole(text, root, names)
    scanned = tried.scan
    if scanned is None:
        return tried
    if scanned.elements > MAX_ELEMENTS:
        return ParseError(code="too_complex", message=f"more than {MAX_ELEMENTS} elements outside of any item")
    return _within_bounds(tried, scanned)


def _whole(text: str, root: repair.Root, names: Collection[str]) -> Mended:
    data = text[root.start :].encode("utf-8", "surrogatepass")
    try:
        return Mended(data, scan(data, names))
    except expat.ExpatError:
        return _repaired(repair.clean(text, root), names)


def _repaired(xml: str, names: Collection[str]) -> Mended:
    """Mend in ever bolder ways. Characters and entities that XML does not know are no fault worth reporting."""
    errors: tuple[ParseError, ...] = ()
    if repair.count_items(xml) > MAX_ITEMS:
        xml = repair.close_after(xml, MAX_ITEMS)
        errors = (_too_many(),)
    fault = repair.fault(xml)
    if fault is not None:
        xml, errors = repair.repair(xml, fault), (*errors, fault.error)
    data = xml.encode()
    try:
        return Mended(data, scan(data, names), errors)
    except expat.ExpatError:
        return Mended(data, None, errors)


def _within_bounds(document: Mended, scanned: Scan) -> Mended:
    """Leave out the items that are too many, or too many elements."""
    room, kept = MAX_ELEMENTS - scanned.elements, 0
    for span in scanned.spans:
        room -= span.elements
        if room < 0:
            break
        kept += 1
    if kept == len(scanned.spans):
        too_many = (_too_many(),) if scanned.surplus else ()
        return Mended(document.data, scanned, (*document.errors, *too_many))
    error = ParseError(
        code="too_complex", message=f"only the first {kept} items, with {MAX_ELEMENTS} elements, were read"
    )
    data = scanned.without(range(kept, len(scanned.spans)))
    return Mended(data, Scan(data, scanned.spans[:kept], None, scanned.elements), (*document.errors, error))


def _too_many() -> ParseError:
    return ParseError(code="too_many_entries", message=f"only the first {MAX_ITEMS} were read")
