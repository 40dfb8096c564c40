"""RSS and Atom by way of feedparser. The only module that knows feedparser and its words.

Its sanitiser and its resolving of relative URIs take time that grows with the square of the input; both are off and
done elsewhere, within bounds.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import feedparser
from feedparser.api import StrictFeedParser
from feedparser.util import FeedParserDict

from service.adapters.parse import repair, straight
from service.adapters.parse.asked import Asked
from service.adapters.parse.dates import read_date
from service.adapters.parse.elements import UnusualError, Words
from service.adapters.parse.entries import Item, absolute_url, entry_of
from service.adapters.parse.ladder import Climbed, Raw, climb
from service.adapters.parse.mend import Mended, mended
from service.adapters.parse.scan import MAX_ITEMS
from service.adapters.parse.text import collapse, plain
from service.adapters.parse.wishes import skip_days, skip_hours, ttl_s
from service.core.feed import Enclosure, Format, ParsedEntry, ParsedFeed, ParseError
from service.core.marks import fingerprint
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
_GUID = re.compile(rb"<guid\b[^<>]*>(?!\s*(?:<!\[CDATA\[\s*)?(?:https?:|/))", re.IGNORECASE)
_ADDRESSES = ("http:", "https:", "/")
_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'
# Where items live, as feedparser has it: it knows these spaces by no prefix.
_SPACES = [space.casefold() for space, prefix in StrictFeedParser.namespaces.items() if not prefix]
_ITEMS = frozenset(f"{space} {name}".strip() for space in _SPACES for name in ("item", "entry"))
_HANDLERS = re.compile("_(?:start|end)_(.+)")
_WORDS = Words(
    prefixes={space.lower(): prefix for space, prefix in StrictFeedParser.namespaces.items()},
    handled={*FeedParserDict.keymap, *(found[1] for found in map(_HANDLERS.fullmatch, dir(StrictFeedParser)) if found)},
)
_FEW = 2  # items, for which feedparser is not the slower one
_NO_DATE = (1970, 1, 1, 0, 0, 0, 3, 1, 0)
feedparser.registerDateHandler(lambda _text: _NO_DATE)  # it tries nine ways to read a date; we have our own


def read_xml(text: str, root: repair.Root, asked: Asked) -> ParsedFeed:
    """Read a document whose root is rss, rdf, channel or feed."""
    document = mended(text, root, _ITEMS)
    if isinstance(document, ParseError):
        return ParsedFeed(errors=(document,))
    reader = _Reader(document, asked)
    climbed = reader.climbed()
    about, frame = reader.about, document.frame()
    country = asked.speaks_from(reader.language)
    updated, _ = read_date(_first(about, "updated", "published"), fetched_at=asked.fetched_at, country=country)
    return ParsedFeed(
        format=_FORMATS.get(reader.version, _BY_ROOT[root.name]),
        title=_title(about),
        link=absolute_url(_text(about, "link"), asked.url) or "",
        language=reader.language,
        updated=updated,
        ttl_s=ttl_s(_text(about, "ttl"), _text(about, "sy_updateperiod"), _text(about, "sy_updatefrequency")),
        skip_hours=skip_hours(frame),
        skip_days=skip_days(frame),
        self_url=next(_links(about, "self"), None),
        hubs=tuple(dict.fromkeys(_links(about, "hub"))),
        entries=climbed.entries,
        marks=climbed.marks,
        id_policy=climbed.id_policy,
        errors=document.errors,
    )


class _Reader:
    """Has feedparser read the items that are wanted, and what stands around them."""

    def __init__(self, document: Mended, asked: Asked) -> None:
        self._document = document
        self._asked = asked
        self.about: Any = {}
        self.language = ""
        self.version = ""

    def climbed(self) -> Climbed:
        scan = self._document.scan
        if scan is None:
            return self._all()
        raws = [Raw(fingerprint(scan.raw(n)), span.guid) for n, span in enumerate(scan.spans)]
        try:
            climbed = climb(raws, self._read, marks=self._asked.marks, id_policy=self._asked.id_policy)
        except _Miscounted:
            return self._all()
        if not self.version:  # nothing was unseen, but what the feed says of itself is asked for all the same
            self._read(())
        return climbed

    def _read(self, wanted: Sequence[int]) -> list[ParsedEntry]:
        items = (self._straight(wanted) if len(wanted) > _FEW else None) or self._parsed(self._only(wanted))
        if len(items) != len(wanted):
            raise _Miscounted
        return self._entries(items)

    def _straight(self, wanted: Sequence[int]) -> list[Item] | None:
        """Read items without feedparser, if they are plain, and if it agrees on the first of them."""
        first = self._parsed(self._only(wanted[:1]))
        xml = self._only(wanted)
        if b"base=" in xml:
            return None
        try:
            items = straight.read(xml, _WORDS, items=_ITEMS, base=self._asked.url, atom=self.version.startswith("atom"))
        except UnusualError:
            return None
        return items if len(items) == len(wanted) and items[:1] == first else None

    def _only(self, wanted: Sequence[int]) -> bytes:
        scan = self._document.scan
        return scan.without(set(range(len(scan.spans))) - set(wanted)) if scan else b""

    def _all(self) -> Climbed:
        """Read everything, as feedparser sees it: what it takes for an item is not what we took for one."""
        entries = self._entries(self._parsed(self._document.data))
        raws = [Raw(fingerprint(repr(entry)), entry.guid or "") for entry in entries]
        climbed = climb(raws, lambda wanted: [entries[n] for n in wanted], marks={}, id_policy=self._asked.id_policy)
        return replace(climbed, marks=b"")

    def _parsed(self, xml: bytes) -> list[Item]:
        # Without an xml:base we resolve addresses ourselves: feedparser does it once for each element.
        based = b"base=" in xml
        headers = {"content-location": self._asked.url} if based else {}
        read = feedparser.parse(
            io.BytesIO(_DECLARATION + (_GUID.sub(b'<guid isPermaLink="false">', xml) if based else xml)),
            response_headers=headers | {"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
        self.about, self.version = read.feed, read.get("version") or "unknown"
        self.language = collapse(_text(read.feed, "language"))
        return [_item(entry, self._asked.url) for entry in read.entries[:MAX_ITEMS]]

    def _entries(self, items: Sequence[Item]) -> list[ParsedEntry]:
        country = self._asked.speaks_from(self.language)
        return [
            entry_of(item, feed_url=self._asked.url, fetched_at=self._asked.fetched_at, country=country)
            for item in items
        ]


class _Miscounted(Exception):  # noqa: N818 - a finding, caught here
    """feedparser sees other items than we do."""


def _item(entry: Any, base: str) -> Item:
    contents = [content for content in _list(entry, "content") if content.get("value")]
    content = max((_text(content, "value") for content in contents), key=len, default="")
    published, updated = _text(entry, "published"), _text(entry, "updated")
    stated = _text(_dict(entry, "title_detail"), "base") or _text(_dict(entry, "summary_detail"), "base")
    return Item(
        guid=_text(entry, "id"),
        url="" if _only_a_guid(entry) else _text(entry, "link"),
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


def _only_a_guid(entry: Any) -> bool:
    """Tell whether feedparser made a link of a guid that is none: a guid counts as one unless the feed denies it."""
    guid = _text(entry, "id")
    return bool(dict.get(entry, "guidislink")) and guid == _text(entry, "link") and not guid.startswith(_ADDRESSES)


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
