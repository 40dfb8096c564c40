"""RSS and Atom by way of feedparser. The only module that knows feedparser and its words.

Its sanitiser and its resolving of relative URIs take time that grows with the square of the input; both are off and
done elsewhere, within bounds.
"""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import feedparser

from service.adapters.parse import repair
from service.adapters.parse.dates import read_date
from service.adapters.parse.entries import MAX_ENTRIES, Item, absolute_url, finish
from service.adapters.parse.speaks import country_of
from service.adapters.parse.text import collapse, plain
from service.core.feed import Enclosure, Format, ParsedFeed, ParseError
from service.core.urls import is_web

_FORMATS: Mapping[str, Format] = {
    "rss20": "rss20",
    "rss": "rss20",
    "rss10": "rss10",
    "rss090": "rss09x",
    "rss091n": "rss09x",
    "rss091u": "rss09x",
    "rss092": "rss09x",
    "rss093": "rss09x",
    "rss094": "rss09x",
    "atom10": "atom10",
    "atom": "atom10",
    "atom01": "atom03",
    "atom02": "atom03",
    "atom03": "atom03",
}
_BY_ROOT: Mapping[str, Format] = {"rss": "rss20", "channel": "rss20", "rdf": "rss10", "feed": "atom10"}
# A guid counts as a link unless the feed denies it, and feedparser would make an address of "12345".
_GUID = re.compile(r"<guid\b[^<>]*>(?!\s*(?:<!\[CDATA\[\s*)?(?:https?:|/))", re.IGNORECASE)
_PERIODS = {
    "hourly": 3_600,
    "daily": 86_400,
    "dayly": 86_400,
    "weekly": 604_800,
    "monthly": 2_592_000,
    "yearly": 31_536_000,
}


def read_xml(text: str, root: repair.Root, *, url: str, fetched_at: datetime) -> ParsedFeed:
    """Read a document whose root is rss, rdf, channel or feed."""
    xml, errors = _mended(_GUID.sub('<guid isPermaLink="false">', repair.clean(text, root)))
    read = feedparser.parse(
        io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>' + xml.encode()),
        response_headers={"content-location": url, "content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    about = read.feed
    language = collapse(_text(about, "language"))
    country = country_of(language, url)
    updated, _ = read_date(_first(about, "updated", "published"), fetched_at=fetched_at, country=country)
    items = (_item(entry, url) for entry in read.entries[:MAX_ENTRIES])
    return ParsedFeed(
        format=_FORMATS.get(read.get("version") or "", _BY_ROOT[root.name]),
        title=_title(about),
        link=absolute_url(_text(about, "link"), url) or "",
        language=language,
        updated=updated,
        ttl_s=_ttl_s(about),
        self_url=next(_links(about, "self"), None),
        hubs=tuple(dict.fromkeys(_links(about, "hub"))),
        entries=finish(items, fetched_at=fetched_at, country=country),
        errors=tuple(errors),
    )


def _mended(xml: str) -> tuple[str, list[ParseError]]:
    errors = []
    if repair.count_items(xml) > MAX_ENTRIES:
        xml = repair.close_after(xml, MAX_ENTRIES)
        errors.append(ParseError(code="too_many_entries", message=f"only the first {MAX_ENTRIES} were read"))
    fault = repair.fault(xml)
    if fault is None:
        return xml, errors
    return repair.repair(xml), [*errors, fault]


def _item(entry: Any, base: str) -> Item:
    contents = [content for content in _list(entry, "content") if content.get("value")]
    content = max((_text(content, "value") for content in contents), key=len, default="")
    published, updated = _text(entry, "published"), _text(entry, "updated")
    stated = _text(_dict(entry, "title_detail"), "base") or _text(_dict(entry, "summary_detail"), "base")
    return Item(
        guid=_text(entry, "id"),
        url=_text(entry, "link"),
        original_url=_text(entry, "feedburner_origlink"),
        title=_text(entry, "title"),
        plain_title=_is_plain(entry, "title_detail"),
        summary=_text(entry, "summary"),
        content=content,
        authors=[name for author in _list(entry, "authors") if (name := _first(author, "name", "email"))],
        categories=[name for tag in _list(entry, "tags") if (name := _first(tag, "label", "term"))],
        enclosures=[_enclosure(link) for link in _list(entry, "links") if link.get("rel") == "enclosure"],
        published=published or updated or _text(entry, "created"),
        updated=updated,
        base=stated or base,
        content_base=stated if stated != base else "",
    )


def _is_plain(entry: Any, key: str) -> bool:
    """Tell whether Atom says outright that this is text. RSS says nothing, and means markup as often as not."""
    detail = _dict(entry, key)
    return _text(detail, "type") == "text/plain" and "&" not in _text(detail, "value")


def _enclosure(enclosure: Any) -> Enclosure:
    length = _text(enclosure, "length").strip()
    size = int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None
    return Enclosure(url=_text(enclosure, "href"), type=_text(enclosure, "type"), length=size)


def _title(about: Any) -> str:
    return plain(_text(about, "title"))


def _ttl_s(about: Any) -> int | None:
    """Return how long the feed says it stays the same: the longer of ttl (minutes) and the syndication period."""
    ttl = _text(about, "ttl").strip()
    wishes = [int(ttl) * 60] if re.fullmatch(r"[0-9]{1,6}", ttl) else []
    period = _PERIODS.get(_text(about, "sy_updateperiod").strip().lower())
    if period:
        frequency = _text(about, "sy_updatefrequency").strip()
        often = float(frequency) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", frequency) else 1.0
        wishes.append(round(period / often) if often > 0 else period)
    return max(wishes, default=None)


def _links(about: Any, rel: str) -> Iterator[str]:
    yield from (
        href for link in _list(about, "links") if link.get("rel") == rel and is_web(href := _text(link, "href"))
    )


def _text(values: Any, key: str) -> str:
    # dict.get and not the attribute: feedparser lends `updated` the value of `published`, with a warning.
    value = dict.get(values, key)
    return value if isinstance(value, str) else ""


def _list(values: Any, key: str) -> list[Any]:
    found = dict.get(values, key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _dict(values: Any, key: str) -> Any:
    found = dict.get(values, key)
    return found if isinstance(found, dict) else {}


def _first(values: Any, *keys: str) -> str:
    return next((text for key in keys if (text := _text(values, key))), "")
