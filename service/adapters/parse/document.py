"""Bytes to feed and entries: what is it, and who reads it."""

import re
import zlib
from dataclasses import replace
from datetime import datetime
from html import unescape
from urllib.parse import urljoin

from service.adapters.parse.decoding import decode
from service.adapters.parse.jsonfeed import read_json
from service.adapters.parse.repair import find_root
from service.adapters.parse.sitemap import read_sitemap
from service.adapters.parse.xmlfeed import read_xml
from service.core.feed import ParsedFeed, ParseError

MAX_BYTES = 10_000_000
_BLANK = "\ufeff \t\r\n\0"
_LINK = re.compile(r"<link\s[^<>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_OFFERED = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"}


def read_document(body: bytes, *, url: str, content_type: str, fetched_at: datetime) -> ParsedFeed:
    """Read a document of any kind. What cannot be read is in `errors`; raises nothing for what the bytes are."""
    if body.startswith(b"\x1f\x8b"):
        body = _inflate(body)
    if len(body) > MAX_BYTES:
        return _refused("too_large", f"the document is larger than {MAX_BYTES / 1e6:g} MB")
    text, errors = decode(body, content_type)
    if not text.strip(_BLANK):
        return _refused("empty", "the document is empty")
    parsed = _read(text, url, fetched_at)
    return replace(parsed, errors=(*errors, *parsed.errors))


def _read(text: str, url: str, fetched_at: datetime) -> ParsedFeed:
    if text.lstrip(_BLANK)[0] in "{[":
        return read_json(text, url=url, fetched_at=fetched_at)
    root = find_root(text)
    if root is None:
        return _refused("not_a_feed", "neither RSS, Atom, JSON Feed nor a sitemap")
    if root.name == "html":
        return _refused("html_not_feed", _about_page(text, url))
    if root.name in {"urlset", "sitemapindex"}:
        return read_sitemap(text, root, url=url, fetched_at=fetched_at)
    return read_xml(text, root, url=url, fetched_at=fetched_at)


def _refused(code: str, message: str) -> ParsedFeed:
    return ParsedFeed(errors=(ParseError(code=code, message=message),))


def _inflate(body: bytes) -> bytes:
    """Unpack a document stored as a .gz file; one byte over the cap is enough to know."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MAX_BYTES + 1)
    except zlib.error:
        return body


def _about_page(text: str, url: str) -> str:
    """Say that this is a page, and which feeds it offers: suggested, never swapped in."""
    offered = [urljoin(url, href) for link in _LINK.findall(text[:200_000]) if (href := _alternate(link))]
    names = " or ".join(dict.fromkeys(offered[:5]))
    return "a web page, not a feed" + (f"; it offers {names}" if names else "")


def _alternate(link: str) -> str:
    found = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(link)}
    is_feed = "alternate" in found.get("rel", "").lower() and found.get("type", "").lower() in _OFFERED
    return found.get("href", "") if is_feed else ""
