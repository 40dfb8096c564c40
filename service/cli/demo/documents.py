"""Feed documents made of the story: RSS 2.0, Atom 1.0, JSON Feed 1.1."""

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from service.cli.demo.story import Outlet, Told
from service.core.codec import instant

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}

register_namespace("atom", ATOM)
register_namespace("content", CONTENT)


def document(outlet: Outlet, entries: Sequence[Told], base: str, updated: datetime) -> bytes:
    """Return the outlet's feed with these entries, newest first. `base` is the outlet's address, without a slash."""
    make = {"rss": rss, "atom": atom, "json": json_feed}[outlet.format]
    return make(outlet, entries, base, updated)


def guid(told: Told) -> str:
    """Return an id that stays when the server's port does not."""
    return f"tag:{told.outlet.outlet_id}.example,2026:{told.slug}"


def link(told: Told, base: str) -> str:
    """Return where the article is."""
    return f"{base}/{told.slug}"


def rss(outlet: Outlet, entries: Sequence[Told], base: str, updated: datetime) -> bytes:
    """Return RSS 2.0."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    add(channel, "title", outlet.title)
    add(channel, "link", f"{base}/")
    add(channel, "description", f"News from {outlet.title}. Fictional, for the Tocsin demo.")
    add(channel, "language", outlet.lang)
    add(channel, "lastBuildDate", format_datetime(updated, usegmt=True))
    SubElement(channel, f"{{{ATOM}}}link", href=f"{base}/feed", rel="self", type=TYPES["rss"])
    for told in entries:
        item = SubElement(channel, "item")
        add(item, "title", told.title)
        add(item, "link", link(told, base))
        add(item, "description", told.summary)
        if told.content:
            add(item, f"{{{CONTENT}}}encoded", html(told.content))
        add(item, "guid", guid(told), isPermaLink="false")
        add(item, "pubDate", format_datetime(told.published, usegmt=True))
    return xml(root)


def atom(outlet: Outlet, entries: Sequence[Told], base: str, updated: datetime) -> bytes:
    """Return Atom 1.0. An entry's `updated` stays what it was when the text is edited, as careless systems leave it."""
    root = Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": outlet.lang})
    add(root, f"{{{ATOM}}}title", outlet.title)
    add(root, f"{{{ATOM}}}id", f"tag:{outlet.outlet_id}.example,2026:feed")
    add(root, f"{{{ATOM}}}updated", instant(updated) or "")
    SubElement(root, f"{{{ATOM}}}link", href=f"{base}/", rel="alternate")
    SubElement(root, f"{{{ATOM}}}link", href=f"{base}/feed", rel="self")
    for told in entries:
        entry = SubElement(root, f"{{{ATOM}}}entry")
        add(entry, f"{{{ATOM}}}title", told.title)
        add(entry, f"{{{ATOM}}}id", guid(told))
        SubElement(entry, f"{{{ATOM}}}link", href=link(told, base), rel="alternate")
        add(entry, f"{{{ATOM}}}published", instant(told.published) or "")
        add(entry, f"{{{ATOM}}}updated", instant(told.published) or "")
        add(entry, f"{{{ATOM}}}summary", told.summary)
        if told.content:
            add(entry, f"{{{ATOM}}}content", html(told.content), type="html")
    return xml(root)


def json_feed(outlet: Outlet, entries: Sequence[Told], base: str, _updated: datetime) -> bytes:
    """Return JSON Feed 1.1."""
    items = [
        {
            "id": guid(told),
            "url": link(told, base),
            "title": told.title,
            "summary": told.summary,
            "content_html": html(told.content or told.summary),
            "date_published": instant(told.published),
        }
        for told in entries
    ]
    head = {"version": "https://jsonfeed.org/version/1.1", "title": outlet.title, "language": outlet.lang}
    links = {"home_page_url": f"{base}/", "feed_url": f"{base}/feed"}
    return json.dumps(head | links | {"items": items}, ensure_ascii=False, indent=1).encode()


def html(text: str) -> str:
    """Return a plain text as paragraphs."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<p>{part.strip()}</p>" for part in escaped.split("\n\n") if part.strip())


def add(parent: Element, name: str, text: str, **attributes: str) -> None:
    """Append an element with a text."""
    SubElement(parent, name, attributes).text = text


def xml(root: Element) -> bytes:
    """Return a document with its declaration."""
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))
