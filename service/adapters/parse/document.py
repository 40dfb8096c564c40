"""Bytes to feed and entries: what is it, and who reads it."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from html import unescape

from service.adapters.parse.asked import Asked
from service.adapters.parse.decoding import decode
from service.adapters.parse.entries import absolute_url
from service.adapters.parse.jsonfeed import read_json
from service.adapters.parse.repair import find_root
from service.adapters.parse.sitemap import read_sitemap
from service.adapters.parse.xmlfeed import read_xml
from service.core.feed import IdPolicy, ParsedFeed, ParseError
from service.core.marks import unpack

MAX_BYTES = 10_000_000
_SUGGESTED = 20
_BLANK = "\ufeff \t\r\n\0"
_LINK = re.compile(r"<link\s[^<>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_OFFERED = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"}


def read_document(
    body: bytes,
    *,
    url: str,
    content_type: str,
    fetched_at: datetime,
    country: str | None = None,
    marks: bytes = b"",
    id_policy: IdPolicy = "guid",
) -> ParsedFeed:
    """Read a document of any kind. What cannot be read is in `errors`; raises nothing for what the bytes are."""
    known = {mark.raw: mark for mark in unpack(marks)}
    asked = Asked(url=url, fetched_at=fetched_at, country=country, marks=known, id_policy=id_policy)
    if body.startswith(b"\x1f\x8b"):
        body = _inflate(body)
    if len(body) > MAX_BYTES:
        return _refused("too_large", f"the document is larger than {MAX_BYTES / 1e6:g} MB")
    text, errors = decode(body, content_type)
    if not text.strip(_BLANK):
        return _refused("empty", "the document is empty")
    parsed = _read(text, asked)
    return replace(parsed, errors=(*errors, *parsed.errors))


def _read(text: str, asked: Asked) -> ParsedFeed:
    if text.lstrip(_BLANK)[0] in "{[":
        return read_json(text, asked)
    root = find_root(text)
    if root is None:
        return _refused("not_a_feed", "neither RSS, Atom, JSON Feed nor a sitemap")
    if root.name == "html":
        return _page(text, asked.url)
    if root.name in {"urlset", "sitemapindex"}:
        return read_sitemap(text, root, asked)
    return read_xml(text, root, asked)


def _refused(code: str, message: str) -> ParsedFeed:
    return ParsedFeed(errors=(ParseError(code=code, message=message),))


def _inflate(body: bytes) -> bytes:
    """Unpack a document stored as a .gz file; one byte over the cap is enough to know."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MAX_BYTES + 1)
    except zlib.error:
        return body


def _page(text: str, url: str) -> ParsedFeed:
    """Say that this is a page, and which feeds it offers: suggested, never swapped in."""
    links = tuple(dict.fromkeys(_offered(text[:200_000], url)))[:_SUGGESTED]
    message = "a web page, not a feed" + (f"; it offers {' or '.join(links[:5])}" if links else "")
    return replace(_refused("html_not_feed", message), links=links)


def _offered(text: str, url: str) -> Iterator[str]:
    for link in _LINK.findall(text):
        if address := absolute_url(_alternate(link), url):
            yield address


def _alternate(link: str) -> str:
    found = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(link)}
    is_feed = "alternate" in found.get("rel", "").lower() and found.get("type", "").lower() in _OFFERED
    return found.get("href", "") if is_feed else ""
