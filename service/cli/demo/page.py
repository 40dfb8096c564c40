"""The demo's page: mailbox and webhook inbox side by side. All works without script; script refreshes the lists."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from service.cli.demo.inboxes import Json, Mailbox, WebhookInbox
from service.cli.demo.letter import Letter
from service.cli.demo.server import Request, Response

HTML = "text/html; charset=utf-8"
SECURE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
ASSETS = {
    "app.css": ("service.web", "text/css; charset=utf-8"),
    "icon.svg": ("service.web", "image/svg+xml"),
    "demo.css": ("service.cli.demo", "text/css; charset=utf-8"),
    "demo.js": ("service.cli.demo", "text/javascript; charset=utf-8"),
}
MARK = (
    '<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="8.6" fill="none" '
    'stroke="currentColor" stroke-width="1.8"/><circle cx="10" cy="10" r="3.1" fill="currentColor"/>'
    '<path d="M10 1.4v3.2M10 15.4v3.2" stroke="currentColor" stroke-width="1.8"/></svg>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPage:
    """A site: `/`, `/lists`, `/mail/3`, `/webhooks/3`, `/static/…`. `when` says the story's time in words."""

    mailbox: Mailbox
    webhooks: WebhookInbox
    events_url: str
    base: str
    when: Callable[[], str]

    def __call__(self, request: Request) -> Response | None:
        """Answer for the page and its parts."""
        if request.method == "POST":
            return None
        if request.path == "/":
            return self._html(self._shell())
        if request.path == "/lists":
            return self._html(self._lists())
        return self._one_of(request.path.strip("/").split("/"))

    def _one_of(self, parts: list[str]) -> Response | None:
        match parts:
            case ["static", name]:
                return asset(name)
            case ["mail", number, *rest] if number.isdecimal():
                return self._mail(int(number), rest)
            case ["webhooks", number] if number.isdecimal():
                return self._webhook(int(number))
        return None

    def _html(self, text: str) -> Response:
        return Response(body=text.encode(), content_type=HTML, headers=SECURE)

    def _shell(self) -> str:
        return document(
            "Demo inboxes",
            f'<header class="top"><div><a class="brand" href="/">{MARK}Tocsin</a>'
            f'<nav class="nav" aria-label="Main"><a href="/" aria-current="page">Inboxes</a>'
            f'<a href="{escape(self.events_url)}" target="_blank" rel="noopener">Events</a></nav>'
            f'<div class="who"><span>Demo: fictional news</span></div></div></header>'
            f'<main id="main"><h1 class="vh">Demo inboxes</h1><div id="lists">{self._lists()}</div>'
            '<div class="split even viewers"><iframe name="mail" title="The chosen mail" src="/mail/0"></iframe>'
            '<iframe name="webhook" title="The chosen webhook" src="/webhooks/0"></iframe></div></main>'
            '<footer class="foot"><span>All outlets, people and happenings here are invented.</span>'
            "<span>Nothing of this has left your machine.</span></footer>",
            script=True,
        )

    def _lists(self) -> str:
        mails, hooks = self.mailbox.rows()[::-1], self.webhooks.rows()[::-1]
        note = f"{len(hooks)} received, {self.webhooks.repeats()} repeated"
        return (
            f'<p class="small muted when" role="status">{escape(self.when())}</p><div class="split even">'
            + panel("Mailbox", f"{len(mails)} received", "".join(map(mail_row, mails)), "No mail yet.")
            + panel("Webhook inbox", note, "".join(map(webhook_row, hooks)), "No webhooks yet.")
            + "</div>"
        )

    def _mail(self, number: int, rest: list[str]) -> Response | None:
        if number == 0:
            return self._html(document("Mail", '<p class="empty muted">Choose a mail to read it.</p>'))
        raw = self.mailbox.raw(number)
        if raw is None:
            return None
        letter = Letter(raw, f"/mail/{number}", self.base)
        return letter.part(rest) if rest else self._html(document("Mail", letter.page()))

    def _webhook(self, number: int) -> Response | None:
        rows = self.webhooks.rows()
        if number == 0:
            return self._html(document("Webhook", '<p class="empty muted">Choose a webhook to read it.</p>'))
        return self._html(document("Webhook", webhook_view(rows[number - 1]))) if number <= len(rows) else None


def document(title: str, body: str, *, script: bool = False) -> str:
    """Return a whole HTML document."""
    refresh = '<script src="/static/demo.js" defer></script>' if script else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · Tocsin</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        'content="light dark"><link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/static/app.css"><link rel="stylesheet" href="/static/demo.css">'
        f"{refresh}</head><body>{body}</body></html>"
    )


def panel(title: str, note: str, rows: str, empty: str) -> str:
    """Return one inbox."""
    inside = (
        f'<ol class="inbox" tabindex="0" aria-label="{title}">{rows}</ol>'
        if rows
        else f'<p class="empty muted">{empty}</p>'
    )
    head = f'<header><h2>{title}</h2><span class="small muted">{note}</span></header>'
    return f'<section class="panel">{head}{inside}</section>'


def mail_row(row: Json) -> str:
    """Return one mail of the list."""
    repeat = ' <span class="tag hold">repeat</span>' if row["repeat"] else ""
    return (
        f'<li><a href="/mail/{row["n"]}" target="mail"><b>{escape(row["subject"])}</b></a>{repeat}'
        f'<span class="small muted">{clock_time(row["at"])} to {escape(", ".join(row["to"]))}</span></li>'
    )


def webhook_row(row: Json) -> str:
    """Return one webhook of the list."""
    body = body_of(row)
    event = body.get("data", {}) if isinstance(body.get("data"), dict) else {}
    inner = event.get("event") if isinstance(event.get("event"), dict) else event
    headline = str((inner or {}).get("headline") or row["id"])
    verdict = "signature ok" if row["ok"] else row["reason"]
    tag = '<span class="tag hold">repeat</span>' if row["repeat"] else ""
    return (
        f'<li><a href="/webhooks/{row["n"]}" target="webhook"><b>{escape(headline)}</b></a> {tag}'
        f'<span class="small muted">{clock_time(row["at"])} <code>{escape(str(body.get("type", "?")))}</code> '
        f'<span class="{"talks" if row["ok"] else "strike"}">{escape(verdict)}</span></span></li>'
    )


def webhook_view(row: Json) -> str:
    """Return one webhook in full."""
    facts = {"webhook-id": escape(row["id"]), "Verdict": escape(row["reason"]), "Received": clock_time(row["at"])}
    listed = "".join(f"<dt>{name}</dt><dd>{shown}</dd>" for name, shown in facts.items())
    body = body_of(row)
    pretty = json.dumps(body, ensure_ascii=False, indent=2) if body else row["body"]
    return f'<dl class="facts">{listed}</dl><pre><code>{escape(pretty)}</code></pre>'


def body_of(row: Json) -> Json:
    """Return a webhook's JSON, or nothing where it is no JSON object."""
    try:
        body = json.loads(row["body"])
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def clock_time(at: str) -> str:
    """Return a stored time as people read it."""
    return f'<time datetime="{escape(at)}">{escape(at[:16].replace("T", " "))} UTC</time>' if "T" in at else escape(at)


def asset(name: str) -> Response | None:
    """Return a stylesheet, script or icon that ships with Tocsin."""
    if name not in ASSETS:
        return None
    package, content_type = ASSETS[name]
    file = files(package) / "static" / name
    return Response(body=file.read_bytes(), content_type=content_type) if file.is_file() else None
