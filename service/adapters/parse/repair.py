"""Makes XML well-formed that nearly is. Each repair keeps the words; feedparser's loose parser loses some."""

import html.entities
import re
from dataclasses import dataclass
from itertools import islice
from xml.parsers import expat

from service.core.feed import ParseError

_PROLOG = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL | re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_KEPT = {"amp", "lt", "gt", "quot", "apos"}
_LONE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_LONE_LESS = re.compile(r"<(?![A-Za-z_/!?])")
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]*):|\s([A-Za-z_][\w.-]*):[\w.-]+\s*=")
_ROOT = re.compile(
    r"<(?P<prefix>[A-Za-z_][\w.-]*:)?(?P<name>rss|rdf|feed|channel|urlset|sitemapindex)(?=[\s/>])", re.IGNORECASE
)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_LATE = 100_000  # characters of comments and instructions, after which nobody looks any further
_FAR = 20_000  # characters; what announces itself later than this is something else
_ITEM_END = re.compile(r"</((?:[A-Za-z_][\w.-]*:)?(?:item|entry|url))\s*>")
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "georss": "http://www.georss.org/georss",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rss": "http://purl.org/rss/1.0/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
_ENDED_EARLY = {
    expat.errors.codes[name]
    for name in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
}
_JUNK = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]


@dataclass(frozen=True, slots=True)
class Root:
    """The element a document is made of: its local name, casefolded, and where it starts."""

    name: str
    start: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a document is not well-formed, and at which byte what does not belong to it begins, if that is all."""

    error: ParseError
    junk_at: int | None


def find_root(text: str) -> Root | None:
    """Find what kind of document this is: a root element we know, or `html`; None for anything else.

    Some servers print warnings before the document, so a known root may come late, as long as no page surrounds it.
    """
    start = 0
    while start < _LATE and (prolog := _PROLOG.match(text, start)) and not _HTML.match(prolog[0].lstrip()):
        start = prolog.end()
    page = _HTML.search(text, start, start + _FAR)
    root = _ROOT.search(text, start, start + _FAR)
    if root and (page is None or root.start() < page.start()):
        return Root(root["name"].casefold(), root.start())
    return Root("html", page.start()) if page else None


def clean(text: str, root: Root) -> str:
    """Remove what no XML may hold and no feed needs: all in front of the root, illegal characters, named entities.

    With the doctype go its entities; HTML's named ones are written out, so nothing is lost but the danger.
    """
    return _NAMED.sub(_character, _REFERENCE.sub(_legal, _ILLEGAL.sub("", text[root.start :])))


def fault(xml: str) -> Fault | None:
    """Return why this is not well-formed, or None."""
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(xml.encode(), True)
    except expat.ExpatError as exc:
        code = "truncated" if exc.code in _ENDED_EARLY else "malformed_xml"
        error = ParseError(code=code, message=expat.ErrorString(exc.code), line=exc.lineno)
        return Fault(error, parser.ErrorByteIndex if exc.code == _JUNK else None)
    return None


def repair(xml: str, found: Fault) -> str:
    """Return the text with its usual faults mended: bare ampersands, prefixes nobody declared, an end cut off, junk."""
    if found.junk_at is not None:
        return xml.encode()[: found.junk_at].decode()
    mended = _declare_prefixes(_outside_cdata(xml))
    still = fault(mended)
    if still and still.junk_at is not None:
        return mended.encode()[: still.junk_at].decode()
    return close_after(mended, None) if still and still.error.code == "truncated" else mended


def close_after(xml: str, items: int | None) -> str:
    """Cut the document after so many items (None: after the last whole one) and close what is open."""
    ends = [end.end() for end in islice(_ITEM_END.finditer(xml), items)]
    root = _ROOT.match(xml)
    if not ends or root is None:
        return xml
    channel = re.search(r"<((?:[\w.-]+:)?channel)\b", xml[:_FAR]) if root["name"].casefold() == "rss" else None
    return xml[: ends[-1]] + (f"</{channel[1]}>" if channel else "") + f"</{root[0][1:]}>"


def count_items(xml: str) -> int:
    """Return how many items the document holds."""
    return sum(1 for _ in _ITEM_END.finditer(xml))


def _character(reference: re.Match[str]) -> str:
    if reference[1] in _KEPT:
        return reference[0]
    character = html.entities.html5.get(reference[1] + ";")
    return reference[0] if character is None or character in {"&", "<", ">", '"', "'"} else character


def _legal(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    if code > 0x10FFFF or _ILLEGAL.match(chr(code)):  # noqa: PLR2004 - the end of Unicode
        return ""
    return reference[0]


def _outside_cdata(xml: str) -> str:
    """Escape ampersands and angle brackets that stand alone, leaving CDATA sections as they are."""
    done: list[str] = []
    at = 0
    while at < len(xml):
        start = xml.find("<![CDATA[", at)
        end = xml.find("]]>", start) if start >= 0 else -1
        if end < 0:
            start = end = len(xml)
        done += [_LONE_LESS.sub("&lt;", _LONE_AMPERSAND.sub("&amp;", xml[at:start])), xml[start : end + 3]]
        at = end + 3
    return "".join(done)


def _declare_prefixes(xml: str) -> str:
    used = {name for pair in _PREFIX.findall(xml) for name in pair if name} - {"xml", "xmlns"}
    missing = sorted(name for name in used if f"xmlns:{name}=" not in xml)
    root = _ROOT.match(xml)
    if not missing or root is None:
        return xml
    declared = "".join(f' xmlns:{name}="{_NAMESPACES.get(name, "urn:undeclared:" + name)}"' for name in missing)
    return xml[: root.end()] + declared + xml[root.end() :]
