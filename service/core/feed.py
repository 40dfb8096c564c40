"""What is polled, what a poll brought back, and what the parser made of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

DateFlag = Literal["ok", "missing", "tz_guessed", "clamped", "unparsed"]
Format = Literal["rss20", "rss10", "rss09x", "atom10", "atom03", "json1", "newssitemap", "unknown"]
FeedState = Literal["new", "active", "failing", "muted"]

UNDECLARED = "no longer in config/feeds.yaml"
"""The last error of a feed that was muted because it left the file, so that its return, and only that, unmutes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed and where its polling stands. Validators are the server's bytes, verbatim.

    `due_at` is when it may next be polled; `gap_s` the usual seconds between its entries; `failures` counts polls in a
    row that brought nothing usable. `baseline_done` is false until the first good parse: what that holds is backlog.
    """

    feed_id: int
    url: str
    title: str = ""
    country: str | None = None
    lang: str | None = None
    priority: bool = False
    state: FeedState = "new"
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    due_at: datetime
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_entry_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    gap_s: float | None = None
    baseline_done: bool = False
    source: Literal["cli", "file", "opml", "demo"] = "cli"
    lease_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One conditional GET."""

    feed_id: int
    url: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """What came back. `status` is None when no answer came; `error` then says why, in a reader's words.

    `body` is inflated and within the cap; `max_age_s` and `retry_after_s` are the server's wishes in seconds.
    `error_code` is one of dns, connect, timeout, tls, blocked, too_large, protocol, http, or empty.
    `moved` is true when `final_url` was reached by permanent redirects alone. The validators are those to send next
    time: without an answer, those that were sent.
    """

    feed_id: int
    url: str
    final_url: str = ""
    moved: bool = False
    status: int | None = None
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    max_age_s: float | None = None
    retry_after_s: float | None = None
    elapsed_ms: int = 0
    error: str = ""
    error_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file an entry points at."""

    url: str
    type: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """One item of a document. `uid` is stable over polls; `content_html` is sanitised; times are aware UTC."""

    uid: str
    guid: str | None = None
    url: str | None = None
    canonical_url: str = ""
    title: str = ""
    summary: str = ""
    content_html: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    published_raw: str = ""
    date_flag: DateFlag = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseError:
    """Something in a document that could not be read. `code` is stable."""

    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A whole document. Bad input gives `errors` and what entries could be saved, never an exception."""

    format: Format = "unknown"
    title: str = ""
    link: str = ""
    language: str = ""
    updated: datetime | None = None
    ttl_s: int | None = None
    self_url: str | None = None
    hubs: tuple[str, ...] = ()
    entries: tuple[ParsedEntry, ...] = ()
    errors: tuple[ParseError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """One line of a feed's history."""

    at: datetime
    outcome: Literal["new", "unchanged", "failed"]
    status: int | None = None
    bytes: int = 0
    elapsed_ms: int = 0
    new: int = 0
    changed: int = 0
    error: str = ""
