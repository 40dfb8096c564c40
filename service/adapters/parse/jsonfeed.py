"""JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1)."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from service.adapters.parse.asked import Asked
from service.adapters.parse.entries import Item, absolute_url, entry_of
from service.adapters.parse.ladder import Climbed, Raw, climb
from service.adapters.parse.scan import MAX_ITEMS
from service.adapters.parse.text import collapse
from service.core.feed import Enclosure, ParsedEntry, ParsedFeed, ParseError
from service.core.marks import fingerprint
from service.core.urls import is_web

_written = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def read_json(text: str, asked: Asked) -> ParsedFeed:
    """Read a JSON document that ought to be a feed."""
    try:
        document = json.loads(text.strip("\ufeff \t\r\n\0"), strict=False)
    except json.JSONDecodeError as exc:
        return _refused("malformed_json", exc.msg, exc.lineno)
    except (RecursionError, ValueError) as exc:
        return _refused("malformed_json", str(exc) or "nested too deep")
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return _refused("not_a_feed", "JSON, but not a JSON Feed: it has no items")
    return _feed(document, asked)


def _refused(code: str, message: str, line: int | None = None) -> ParsedFeed:
    return ParsedFeed(errors=(ParseError(code=code, message=message, line=line),))


def _feed(document: dict[str, Any], asked: Asked) -> ParsedFeed:
    url, language = asked.url, collapse(_text(document, "language"))
    too_many = ParseError(code="too_many_entries", message=f"only the first {MAX_ITEMS} were read")
    hubs = [_text(hub, "url") for hub in _dicts(document, "hubs")]
    climbed = _climbed(document, asked, asked.speaks_from(language))
    return ParsedFeed(
        format="json1",
        title=collapse(_text(document, "title")),
        link=absolute_url(_text(document, "home_page_url"), url) or "",
        language=language,
        self_url=absolute_url(_text(document, "feed_url"), url),
        hubs=tuple(hub for given in hubs if (hub := absolute_url(given, url))),
        entries=climbed.entries,
        marks=climbed.marks,
        id_policy=climbed.id_policy,
        errors=(too_many,) if len(document["items"]) > MAX_ITEMS else (),
    )


def _climbed(document: dict[str, Any], asked: Asked, country: str | None) -> Climbed:
    found, base = _dicts(document, "items")[:MAX_ITEMS], _base(document, asked.url)
    raws = [Raw(fingerprint(_written(item)), _text(item, "id")) for item in found]

    def read(wanted: Sequence[int]) -> list[ParsedEntry]:
        items = (_item(found[n], base) for n in wanted)
        return [entry_of(item, feed_url=asked.url, fetched_at=asked.fetched_at, country=country) for item in items]

    return climb(raws, read, marks=asked.marks, id_policy=asked.id_policy)


def _base(document: dict[str, Any], url: str) -> str:
    """Return what relative URLs are relative to: the page the feed is of, or the feed."""
    home = _text(document, "home_page_url")
    return home if is_web(home) else url


def _item(item: dict[str, Any], base: str) -> Item:
    content = _text(item, "content_html") or escape(_text(item, "content_text"), quote=False)
    return Item(
        guid=_text(item, "id"),
        url=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        plain_title=True,
        summary=escape(_text(item, "summary"), quote=False),
        content=content,
        authors=list(_authors(item)),
        categories=[tag for tag in _list(item, "tags") if isinstance(tag, str)],
        enclosures=[_enclosure(attachment) for attachment in _dicts(item, "attachments")],
        published=_text(item, "date_published") or _text(item, "date_modified"),
        updated=_text(item, "date_modified"),
        base=base,
    )


def _authors(item: dict[str, Any]) -> Iterable[str]:
    for author in [*_dicts(item, "authors"), item.get("author")]:
        if isinstance(author, dict):
            yield _text(author, "name") or _text(author, "url")


def _enclosure(attachment: dict[str, Any]) -> Enclosure:
    size = attachment.get("size_in_bytes")
    length = int(size) if isinstance(size, int | float) and 0 <= size < 1e15 else None  # noqa: PLR2004 - no file is
    return Enclosure(url=_text(attachment, "url"), type=_text(attachment, "mime_type"), length=length)


def _text(values: dict[str, Any], key: str) -> str:
    """Return a text; numbers, which some write for ids, become text."""
    value = values.get(key)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _list(values: dict[str, Any], key: str) -> list[Any]:
    found = values.get(key)
    return found if isinstance(found, list) else []


def _dicts(values: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [one for one in _list(values, key) if isinstance(one, dict)]
