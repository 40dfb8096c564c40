"""The latest events as an Atom feed (RFC 4287): an entry for each event, its id the same for good.

An entry's `updated` moves with every development, so that a reader's program shows it again once the picture changes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from service.adapters.render.cap import WITHDRAWN, CapEvent
from service.adapters.render.clean import QUOTE, clean
from service.adapters.render.view import event_view

NAMESPACE = "http://www.w3.org/2005/Atom"
SINCE = "2026"
"""The year in every id: that of the first feed, and never another (RFC 4151)."""
EMPTY = datetime(2026, 1, 1, tzinfo=UTC)

register_namespace("atom", NAMESPACE)


def atom(events: Sequence[CapEvent], *, base_url: str, version: str) -> bytes:
    """Return the feed, the event that changed last first, as UTF-8 XML."""
    feed = Element(f"{{{NAMESPACE}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "en"})
    newest = sorted(events, key=updated, reverse=True)
    _text(feed, "id", f"tag:{_host(base_url)},{SINCE}:tocsin/events")
    _text(feed, "title", "Tocsin: reported strikes and ceasefire talks")
    _text(feed, "subtitle", "What sources report, with their number. Nobody has verified it.")
    _text(feed, "updated", _instant(updated(newest[0]) if newest else EMPTY))
    _link(feed, "self", f"{base_url}/feed.atom", "application/atom+xml")
    _link(feed, "alternate", f"{base_url}/digest", "text/html")
    _text(SubElement(feed, f"{{{NAMESPACE}}}author"), "name", "Tocsin")
    SubElement(feed, f"{{{NAMESPACE}}}generator", {"version": version}).text = "Tocsin"
    for told in newest:
        _entry(feed, told, base_url)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(tostring(feed, encoding="utf-8"))


def updated(told: CapEvent) -> datetime:
    """Return when the picture of an event changed last."""
    return max((item.at for item in told.developments), default=told.event.first_seen)


def _entry(feed: Element, told: CapEvent, base_url: str) -> None:
    event = told.event
    view = event_view(event, told.claims, base_url=base_url, max_quotes=1)
    withdrawn = event.state == "retracted"
    entry = SubElement(feed, f"{{{NAMESPACE}}}entry")
    _text(entry, "id", f"tag:{_host(base_url)},{SINCE}:tocsin/event/{event.event_id}")
    _text(entry, "title", f"Withdrawn: {view.headline}" if withdrawn else view.headline)
    _text(entry, "published", _instant(event.first_seen))
    _text(entry, "updated", _instant(updated(told)))
    _link(entry, "alternate", view.url, "text/html")
    _link(entry, "alternate", f"{base_url}/e/{event.event_id}.cap", "application/cap+xml")
    SubElement(entry, f"{{{NAMESPACE}}}category", {"term": event.kind, "label": view.kind_word})
    if event.place and event.place.country:
        SubElement(
            entry, f"{{{NAMESPACE}}}category", {"term": event.place.country, "scheme": "urn:iso:std:iso:3166:-1"}
        )
    said = [part for part in (view.heading, view.summary, view.when, view.sources) if part]
    quotes = [f"“{quote.quote}” ({quote.outlet})" for quote in view.quotes if quote.quote]
    summary = WITHDRAWN if withdrawn else ". ".join(said) + ". " + " ".join(quotes)
    _text(entry, "summary", clean(summary, 2 * QUOTE))


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or "tocsin.invalid"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(parent: Element, name: str, words: str) -> None:
    SubElement(parent, f"{{{NAMESPACE}}}{name}").text = words


def _link(parent: Element, rel: str, href: str, kind: str) -> None:
    SubElement(parent, f"{{{NAMESPACE}}}link", {"rel": rel, "href": href, "type": kind})
