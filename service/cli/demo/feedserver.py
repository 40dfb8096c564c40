"""The outlets' web sites: a feed each, and a page for each article, as of the virtual present.

They behave as feeds do: ETag and Last-Modified with 304, the newest 30 entries, and now and then a 503, an error page
in place of the feed, half a document, or hours without news.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape

from service.cli.demo.documents import TYPES, document, html
from service.cli.demo.server import Request, Response
from service.cli.demo.story import Fault, Outlet, Story, Told
from service.ports.world import Clock

NEWEST = 30
NAMES = {"rss": "feed.xml", "atom": "atom.xml", "json": "feed.json"}
HTML = "text/html; charset=utf-8"
ERROR_PAGE = b"<!doctype html><title>Error</title><h1>Error establishing a database connection</h1>\n"


class FeedSite:
    """Answers for every outlet of the story. `start` is the story's first midnight, `base` the server's address."""

    def __init__(self, story: Story, clock: Clock, *, start: datetime, base: str) -> None:
        self._story = story
        self._clock = clock
        self._start = start
        self._base = base

    def feed_urls(self) -> dict[str, str]:
        """Return each outlet's feed address, by outlet id."""
        return {name: f"{self._base}/{name}/{NAMES[o.format]}" for name, o in self._story.outlets.items()}

    def __call__(self, request: Request) -> Response | None:
        """Answer for `/outlet/feed.xml` and `/outlet/article`."""
        outlet_id, _, rest = request.path.lstrip("/").partition("/")
        outlet = self._story.outlets.get(outlet_id)
        if outlet is None or request.method == "POST":
            return None
        now = self._clock.now()
        if rest == NAMES[outlet.format]:
            return self._feed(outlet, now, request)
        entries = self._story.told(self._start, now, outlet_id)
        if rest:
            entries = [told for told in entries if told.slug == rest]
        return Response(body=article_page(outlet, entries), content_type=HTML) if entries else None

    def _feed(self, outlet: Outlet, now: datetime, request: Request) -> Response:
        fault = outlet.fault(now - self._start)
        if fault and fault.what == "unavailable":
            return Response(status=503, body=b"Service unavailable\n")
        if fault and fault.what == "page":
            return Response(body=ERROR_PAGE, content_type=HTML)
        as_of = self._start + fault.start if fault and fault.what == "frozen" else now
        entries = self._story.told(self._start, as_of, outlet.outlet_id)[:NEWEST]
        return conditional(request, self._document(outlet, entries, fault), last_change(entries, self._start), outlet)

    def _document(self, outlet: Outlet, entries: Sequence[Told], fault: Fault | None) -> bytes:
        base = f"{self._base}/{outlet.outlet_id}"
        body = document(outlet, entries, base, last_change(entries, self._start))
        return body[: len(body) * 2 // 5] if fault and fault.what == "cut" else body


def last_change(entries: Sequence[Told], start: datetime) -> datetime:
    """Return when any of these entries last changed."""
    return max((told.revised for told in entries), default=start)


def conditional(request: Request, body: bytes, changed: datetime, outlet: Outlet) -> Response:
    """Return the document, or 304 where the reader has it already (RFC 9110: an ETag outranks a date)."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Last-Modified": format_datetime(changed, usegmt=True)}
    if has_it(request, etag, changed):
        return Response(status=304, headers=headers)
    return Response(body=body, content_type=f"{TYPES[outlet.format]}; charset=utf-8", headers=headers)


def has_it(request: Request, etag: str, changed: datetime) -> bool:
    """Say whether the request's validators name the present document."""
    if "if-none-match" in request.headers:
        return etag in [tag.strip() for tag in request.headers["if-none-match"].split(",")]
    try:
        since = parsedate_to_datetime(request.headers["if-modified-since"])
    except (KeyError, ValueError):
        return False
    return since.tzinfo is not None and changed.replace(microsecond=0) <= since


def article_page(outlet: Outlet, entries: Sequence[Told]) -> bytes:
    """Return the outlet's page with these articles."""
    articles = "".join(
        f"<article><h1>{escape(t.title)}</h1><p class='muted small'>{t.published:%d %B %Y, %H:%M} UTC</p>"
        f"{html(t.summary)}{html(t.content)}</article>"
        for t in entries
    )
    return (
        f'<!doctype html><html lang="{outlet.lang}"><meta charset="utf-8"><title>{escape(outlet.title)}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/app.css">'
        f'<body class="narrow"><main><p><strong>{escape(outlet.title)}</strong> '
        f'<span class="muted">A fictional outlet of the Tocsin demo.</span></p>{articles}</main>'
    ).encode()
