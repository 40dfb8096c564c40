"""From what a format says about an item to an entry: one road for all formats."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from service.adapters.parse.dates import read_date
from service.adapters.parse.text import collapse, plain, sanitised
from service.core.feed import Enclosure, ParsedEntry
from service.core.urls import canonical_url, is_web

MAX_ENTRIES = 1_000
_LISTED = 50
_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)


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


def finish(items: Iterable[Item], *, fetched_at: datetime, country: str | None) -> tuple[ParsedEntry, ...]:
    """Make entries of items. Exact repeats within the document are dropped; every uid is unique."""
    entries = [_entry(item, fetched_at, country) for item in items]
    guids = Counter(entry.guid for entry in entries if entry.guid)
    unique: dict[str, ParsedEntry] = {}
    for entry in entries:
        for uid in _uids(entry, shared=bool(entry.guid and guids[entry.guid] > 1)):
            known = unique.setdefault(uid, replace(entry, uid=uid))
            if replace(known, uid="") == entry:
                break
    return tuple(unique.values())


def _entry(item: Item, fetched_at: datetime, country: str | None) -> ParsedEntry:
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
        canonical_url=canonical_url(url),
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


def _uids(entry: ParsedEntry, *, shared: bool) -> Iterable[str]:
    """Yield identities, best first; the next is for when another entry of the document has the one before.

    A guid is taken as it is, but for http or https and www in front, which sites change without meaning a new article.
    A guid that several entries share identifies none of them: each then goes by guid and URL, wherever it stands.
    """
    title = entry.title.casefold()
    if entry.guid:
        guid = _SCHEME.sub("", entry.guid)
        if not shared:
            yield _digest("guid", guid)
        yield _digest("guid", guid, entry.canonical_url)
        yield _digest("guid", guid, entry.canonical_url, title, entry.summary, entry.content)
    elif entry.canonical_url:
        yield _digest("url", entry.canonical_url)
        yield _digest("url", entry.canonical_url, title, entry.summary, entry.content)
    else:
        yield _digest("text", title, entry.summary, entry.content)


def _digest(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def absolute_url(url: str, base: str) -> str | None:
    """Return the http or https URL that this means on a page at `base`, or None."""
    try:
        absolute = urljoin(base, collapse(url)) if url.strip() else ""
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
