"""One rendering for all who are told the same: what is a reader's own is left open, and filled in for each.

The first of a thousand alerts costs three milliseconds, the rest almost nothing. A template that does more with an open
place than print it (cut it, write it in capitals) is rendered for each reader by itself.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields, replace
from threading import Lock

from markupsafe import escape

from service.adapters.render.alert_view import AlertView
from service.adapters.render.digest_view import DigestView
from service.adapters.render.quoted import Sheet, sheet
from service.adapters.render.templates import Parts

REMEMBERED = 64
PUBLIC = ("event", "home", "web", "contact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A mail but for what is a reader's own. `html_size` is in bytes as a mail program sees them, before encoding."""

    subject: str
    text: Sheet
    html: Sheet
    html_size: int
    fell_back: str

    def for_reader(self, own: Mapping[str, str]) -> tuple[bytes, bytes]:
        """Return text and HTML, encoded, with the reader's own words in their places."""
        marked_up = {slot: str(escape(words)) for slot, words in own.items()}
        return self.text.filled(own), self.html.filled(marked_up)


class Drafts:
    """Remembers the latest renderings. `render` turns a view into its parts and what was wrong on the way."""

    def __init__(self, render: Callable[[str, AlertView | DigestView], tuple[Parts, str]]) -> None:
        self._render = render
        self._nonce = secrets.token_hex(6)
        self._known: OrderedDict[Hashable, Draft | None] = OrderedDict()
        self._lock = Lock()

    def draft(self, name: str, view: AlertView | DigestView, *, stamp: Hashable) -> tuple[Draft, Mapping[str, str]]:
        """Return the draft of a view, and what is this reader's own. `stamp` changes when the templates do."""
        own = _own(view)
        marks = {slot: f"x{self._nonce}-{slot}-{self._nonce}x" for slot in own}
        opened = _opened(view, marks)
        draft = self._remembered((name, stamp, opened), lambda: self._draft(name, opened, marks))
        if draft is not None:
            return draft, own
        whole = self._remembered((name, stamp, view), lambda: self._draft(name, view, {}))
        if whole is None:
            raise AssertionError("what leaves nothing open is always whole")
        return whole, own

    def _remembered(self, key: Hashable, make: Callable[[], Draft | None]) -> Draft | None:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = make()
        with self._lock:
            self._known[key] = made
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return made

    def _draft(self, name: str, view: AlertView | DigestView, marks: Mapping[str, str]) -> Draft | None:
        """Render; None where a template did not leave the open places as they are."""
        parts, fell_back = self._render(name, view)
        if marks and not self._intact(parts, marks):
            return None
        return Draft(
            subject=parts.subject,
            text=sheet(parts.text, marks),
            html=sheet(parts.html, marks),
            html_size=len(parts.html.encode("utf-8", "replace")),
            fell_back=fell_back,
        )

    def _intact(self, parts: Parts, marks: Mapping[str, str]) -> bool:
        for text, allowed in ((parts.subject, ()), (parts.text, marks.values()), (parts.html, marks.values())):
            whole = sum(text.count(mark) for mark in allowed)
            if text.casefold().count(self._nonce) != 2 * whole:
                return False
        return True


def _own(view: AlertView | DigestView) -> Mapping[str, str]:
    """Return what only this reader gets: every link but those to public pages, and since when they read us."""
    links = {item.name: str(getattr(view.urls, item.name)) for item in fields(view.urls)}
    own = {name: link for name, link in links.items() if link and name not in PUBLIC}
    if isinstance(view, DigestView):
        own["since"] = view.since
    return own


def _opened(view: AlertView | DigestView, marks: Mapping[str, str]) -> AlertView | DigestView:
    urls = replace(view.urls, **{name: mark for name, mark in marks.items() if name != "since"})
    if isinstance(view, DigestView):
        return replace(view, urls=urls, since=marks["since"])
    return replace(view, urls=urls)
