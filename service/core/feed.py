"""What is polled, what a poll brought back, and what the parser made of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

DateFlag = Literal["ok", "missing", "tz_guessed", "clamped", "unparsed"]
Format = Literal["rss20", "rss10", "rss09x", "atom10", "atom03", "json1", "newssitemap", "unknown"]
FeedState = Literal["new", "active", "failing", "gone", "muted"]
IdPolicy = Literal["guid", "address", "words"]

UNDECLARED = "no longer in config/feeds.yaml"
"""The last error of a feed that was muted because it left the file, so that its return, and only that, unmutes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed and where its polling stands. Validators are the server's bytes, verbatim.

    `due_at` is when it may next be polled; `soonest_at`, set by each poll, is the earliest that something urgent (it
    turned hot, an operator gave it priority) may make of that, what the server wishes considered. `gap_s` is the usual
    seconds between its entries; `failures` counts polls in a row that brought nothing usable. `baseline_done` is false
    until the first good parse: what that holds is backlog.
    `country` and `subject` are what it covers: a country, a topic in the operator's own word.
    `state_since` is when the state became what it is; `error_code` is the fetcher's or the parser's word for the last
    error, empty after a good poll.
    What the last document wished: `ttl_s`; `skip_hours` (0 to 23, GMT) and `skip_days` (0 is Monday) not to poll in;
    `hub` and `topic` to be told of news by (WebSub). `marks` are those of its items, see core.marks.
    `id_policy` says what names an entry of this feed: its guid, its address where guids are not unique, its words
    where addresses are not either. It only ever gets stricter.
    `plain_at` is when it last gave its document whole, or was asked to by a request without validators. `hot_until`
    is how long to ask often, because it brought something relevant. `gone_at` is the first 410 of the present row of
    them; a feed that is `gone` is asked once a month. `moved_to` is where permanent redirects lead, seen `moved_seen`
    times in a row since `moved_since`; 0 where what stands there has nothing in common with what we know.
    `pushed_until` is how long a hub has promised to tell us: until then polls are only there for safety.
    """

    feed_id: int
    url: str
    title: str = ""
    country: str | None = None
    lang: str | None = None
    subject: str | None = None
    priority: bool = False
    state: FeedState = "new"
    state_since: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    marks: bytes = field(default=b"", repr=False)
    id_policy: IdPolicy = "guid"
    due_at: datetime
    soonest_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_entry_at: datetime | None = None
    plain_at: datetime | None = None
    hot_until: datetime | None = None
    failures: int = 0
    last_error: str = ""
    error_code: str = ""
    gone_at: datetime | None = None
    moved_to: str | None = None
    moved_since: datetime | None = None
    moved_seen: int = 0
    gap_s: float | None = None
    ttl_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    hub: str | None = None
    topic: str | None = None
    pushed_until: datetime | None = None
    baseline_done: bool = False
    source: Literal["cli", "file", "opml", "demo"] = "cli"
    lease_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One conditional GET.

    `feed_id` comes back with the result; for an article it is its entry's id. `accept` is what to ask for instead of
    feeds, `max_bytes` the most to take, if that is less than the fetcher's own cap.
    """

    feed_id: int
    url: str
    etag: str | None = None
    last_modified: str | None = None
    accept: str = ""
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """What came back. `status` is None when no answer came; `error` then says why, in a reader's words.

    `body` is inflated and within the cap; `max_age_s` and `retry_after_s` are the server's wishes in seconds.
    `error_code` is one of dns, connect, timeout, tls, blocked, too_large, protocol, http, or empty.
    `moved` is true when `final_url` was reached by permanent redirects alone. The validators are those to send next
    time: without an answer, those that were sent. `hub` and `topic` are what Link headers say of WebSub.
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
    hub: str | None = None
    topic: str | None = None
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
    """A whole document. Bad input gives `errors` and what entries could be saved, never an exception.

    `entries` are those not known by their marks when the document was read; `marks` are those of all its items.
    `ttl_s` is the longest of ttl and sy:*; `skip_hours` and `skip_days` as in Feed. `id_policy` is what this document
    needs. `links` are feeds a page offers, where the document is a page and no feed.
    """

    format: Format = "unknown"
    title: str = ""
    link: str = ""
    language: str = ""
    updated: datetime | None = None
    ttl_s: int | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    self_url: str | None = None
    hubs: tuple[str, ...] = ()
    entries: tuple[ParsedEntry, ...] = ()
    marks: bytes = field(default=b"", repr=False)
    id_policy: IdPolicy = "guid"
    links: tuple[str, ...] = ()
    errors: tuple[ParseError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """One line of a feed's history. `plain` is true for a request without validators.

    `note` says why the next poll is when it is, and what else was out of the ordinary; `error` why this one failed.
    """

    at: datetime
    outcome: Literal["new", "unchanged", "failed"]
    plain: bool = False
    status: int | None = None
    bytes: int = 0
    elapsed_ms: int = 0
    new: int = 0
    changed: int = 0
    error: str = ""
    note: str = ""


PushState = Literal["asked", "active", "refused", "distrusted", "leaving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What a hub and we agreed on, for one feed (WebSub). `callback` is where it tells us; `key` is the secret in it.

    `state`: asked (we wait for the hub to ask back) → active (it has) → asked (renewed in time); any → refused (the hub
    said no) or distrusted (a poll found what the hub had not told us) → asked (much later); any → leaving (we want no
    more of it), until it is forgotten.
    `due_at` is when to ask the hub again, and how long who is asking it has it for itself; `tries` counts such requests
    since the hub last agreed. The hub has promised to tell us from `active_since` to `expires_at`. It last did so at
    `told_at`; `seen` are 8-byte fingerprints of what it last sent, `dropped` counts what was not signed as agreed.
    """

    feed_id: int
    hub: str
    topic: str
    callback: str = field(repr=False)
    key: str = field(repr=False)
    secret: str = field(repr=False)
    state: PushState = "asked"
    due_at: datetime
    active_since: datetime | None = None
    expires_at: datetime | None = None
    told_at: datetime | None = None
    seen: bytes = field(default=b"", repr=False)
    dropped: int = 0
    tries: int = 0
    error: str = ""

    @property
    def promised_until(self) -> datetime | None:
        """How long we may count on the hub: not at all where it is not trusted."""
        return self.expires_at if self.state in {"asked", "active"} else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleJob:
    """An article to be fetched for an entry too short to judge well. Tried once, and once more."""

    entry_id: int
    url: str
    tries: int = 0
    lease_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What a page's article says, as plain text, or why it could not be read."""

    text: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What politeness knows of a registrable domain. Nothing there is asked before `free_at`."""

    key: str
    free_at: datetime
    reason: str = ""
