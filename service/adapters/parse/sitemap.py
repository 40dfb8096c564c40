"""News sitemaps: for many outlets the only list of what is new (sitemaps.org, Google's news extension)."""

from contextlib import suppress
from datetime import datetime
from html import escape
from xml.parsers import expat

from service.adapters.parse import repair
from service.adapters.parse.entries import MAX_ENTRIES, Item, finish
from service.adapters.parse.speaks import country_of
from service.adapters.parse.text import collapse
from service.core.feed import ParsedFeed, ParseError

_FIELDS = {
    "loc", "lastmod", "news:name", "news:language", "news:publication_date", "news:title", "news:keywords",
}  # fmt: skip


def read_sitemap(text: str, root: repair.Root, *, url: str, fetched_at: datetime) -> ParsedFeed:
    """Read a urlset. Only URLs with a news entry count: the others are a site's furniture."""
    if root.name == "sitemapindex":
        return _refused("sitemap_index", "a list of sitemaps; add the news sitemap it names")
    xml = repair.clean(text, root)
    fault = repair.fault(xml)
    rows = _rows(xml if fault is None else repair.repair(xml))
    news = [row for row in rows if "news:title" in row or "news:publication_date" in row]
    if not news:
        return _refused("not_a_feed", "a sitemap without news")
    errors = [fault] if fault else []
    if len(news) > MAX_ENTRIES:
        errors.append(ParseError(code="too_many_entries", message=f"only the first {MAX_ENTRIES} were read"))
    language = collapse(news[0].get("news:language", ""))
    items = (_item(row, url) for row in news[:MAX_ENTRIES])
    return ParsedFeed(
        format="newssitemap",
        title=collapse(news[0].get("news:name", "")),
        language=language,
        entries=finish(items, fetched_at=fetched_at, country=country_of(language, url)),
        errors=tuple(errors),
    )


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
