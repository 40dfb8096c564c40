"""From what a format says about an item to an entry: one road for all formats."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from service.adapters.parse.dates import read_date
from service.adapters.parse.text import collapse, plain, sanitised
from service.core.feed import Enclosure, ParsedEntry
from service.core.urls import canonical_url, is_web

_LISTED = 50
_LONGEST = 8_000  # characters of an address; servers refuse longer ones
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item in a format's own words. `title`, `summary` and `content` are markup; dates are as given.

    `base` is what its own relative URLs are relative to; those in its markup are relative to `content_base` where the
    document says so, else to the page itself. `plain_title` says that the title is text and not markup.
    """

    guid: str = ""
    url: str = ""
    original_url: str = ""
    title: str = ""
    plain_title: bool = False
    summary: str = ""
    content: str = ""
    authors: Sequence[str] = ()
    categories: Sequence[str] = ()
    enclosures: Sequence[Enclosure] = ()
    published: str = ""
    updated: str = ""
    base: str = ""
    content_base: str = ""


def entry_of(item: Item, *, feed_url: str, fetched_at: datetime, country: str | None) -> ParsedEntry:
    """Make an entry of an item, all but its uid: that depends on its neighbours."""
    url = absolute_url(item.original_url, item.base) or absolute_url(item.url, item.base)
    guid = collapse(item.guid)
    if url is None and is_web(guid):
        url = guid
    summary, content = plain(item.summary), plain(item.content)
    published_raw = collapse(item.published)[:200]
    published, flag = read_date(published_raw, fetched_at=fetched_at, country=country)
    updated, _ = read_date(item.updated, fetched_at=fetched_at, country=country)
    return ParsedEntry(
        uid="",
        guid=guid or None,
        url=url,
        canonical_url=canonical_url(url, feed_url=feed_url),
        title=collapse(item.title) if item.plain_title else plain(item.title),
        summary=summary or content,
        content="" if content == summary or not summary else content,
        content_html=sanitised(item.content or item.summary, item.content_base or url or item.base),
        authors=_listed(item.authors),
        categories=_listed(item.categories),
        enclosures=tuple(_enclosures(item)),
        published=published,
        updated=updated,
        published_raw=published_raw,
        date_flag=flag,
    )


def absolute_url(url: str, base: str) -> str | None:
    """Return the http or https URL that this means on a page at `base`, or None, as for one of absurd length."""
    given = collapse(url[: 2 * _LONGEST])
    if len(given) > _LONGEST:
        return None
    if _ABSOLUTE.match(given):
        return given if is_web(given) else None
    try:
        absolute = urljoin(base, given) if given else ""
    except ValueError:
        return None
    return absolute if is_web(absolute) else None


def _listed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(plain, names))))[:_LISTED]


def _enclosures(item: Item) -> Iterable[Enclosure]:
    for enclosure in item.enclosures[:_LISTED]:
        url = absolute_url(enclosure.url, item.base)
        if url:
            yield replace(enclosure, url=url, type=collapse(enclosure.type))
