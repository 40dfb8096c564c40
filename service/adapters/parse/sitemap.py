"""News sitemaps: for many outlets the only list of what is new (sitemaps.org, Google's news extension)."""

from collections.abc import Sequence
from contextlib import suppress
from html import escape
from xml.parsers import expat

from service.adapters.parse import repair
from service.adapters.parse.asked import Asked
from service.adapters.parse.entries import Item, entry_of
from service.adapters.parse.ladder import Climbed, Raw, climb
from service.adapters.parse.scan import MAX_ITEMS
from service.adapters.parse.text import collapse
from service.core.feed import ParsedEntry, ParsedFeed, ParseError
from service.core.marks import fingerprint

_FIELDS = {
    "loc", "lastmod", "news:name", "news:language", "news:publication_date", "news:title", "news:keywords",
}  # fmt: skip


def read_sitemap(text: str, root: repair.Root, asked: Asked) -> ParsedFeed:
    """Read a urlset. Only URLs with a news entry count: the others are a site's furniture."""
    if root.name == "sitemapindex":
        return _refused("sitemap_index", "a list of sitemaps; add the news sitemap it names")
    xml = repair.clean(text, root)
    fault = repair.fault(xml)
    rows = _rows(xml if fault is None else repair.repair(xml, fault))
    news = [row for row in rows if "news:title" in row or "news:publication_date" in row]
    if not news:
        return _refused("not_a_feed", "a sitemap without news")
    errors = [fault.error] if fault else []
    if len(news) > MAX_ITEMS:
        errors.append(ParseError(code="too_many_entries", message=f"only the first {MAX_ITEMS} were read"))
    climbed = _climbed(news[:MAX_ITEMS], asked)
    return ParsedFeed(
        format="newssitemap",
        title=collapse(news[0].get("news:name", "")),
        language=collapse(news[0].get("news:language", "")),
        entries=climbed.entries,
        marks=climbed.marks,
        id_policy=climbed.id_policy,
        errors=tuple(errors),
    )


def _climbed(news: Sequence[dict[str, str]], asked: Asked) -> Climbed:
    raws = [Raw(fingerprint(repr(sorted(row.items()))), "") for row in news]
    return climb(
        raws, lambda wanted: [_entry(news[n], asked) for n in wanted], marks=asked.marks, id_policy=asked.id_policy
    )


def _entry(row: dict[str, str], asked: Asked) -> ParsedEntry:
    country = asked.speaks_from(collapse(row.get("news:language", "")))
    return entry_of(_item(row, asked.url), feed_url=asked.url, fetched_at=asked.fetched_at, country=country)


def _refused(code: str, message: str) -> ParsedFeed:
    return ParsedFeed(errors=(ParseError(code=code, message=message),))


def _item(row: dict[str, str], base: str) -> Item:
    return Item(
        url=row.get("loc", ""),
        title=escape(row.get("news:title", ""), quote=False),
        categories=row.get("news:keywords", "").split(","),
        published=row.get("news:publication_date", "") or row.get("lastmod", ""),
        updated=row.get("lastmod", ""),
        base=base,
    )


def _rows(xml: str) -> list[dict[str, str]]:
    """Return the fields of each url element. Reads as far as the document is well-formed."""
    reader = _Rows()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    with suppress(expat.ExpatError):  # reported by the caller, with its line
        parser.Parse(xml.encode(), True)
    return reader.rows


class _Rows:
    """Collects the text of known elements, row by row."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self._field = ""

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if local == "url" and "news" not in space:
            self.rows.append({})
        field = f"news:{local}" if "news" in space else local
        self._field = field if field in _FIELDS and "image" not in space and "video" not in space else ""

    def end(self, _name: str) -> None:
        self._field = ""

    def data(self, text: str) -> None:
        if self._field and self.rows:
            row = self.rows[-1]
            row[self._field] = row.get(self._field, "") + text
