"""The page shows both inboxes side by side, lets nothing of a mail act on the page, and names what is wrong."""

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from service.cli.demo.inboxes import Mailbox, WebhookInbox
from service.cli.demo.page import DemoPage
from service.cli.demo.server import Request, Response

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:40001"


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox", lambda: NOW)


@pytest.fixture
def webhooks(tmp_path: Path) -> WebhookInbox:
    return WebhookInbox(tmp_path / "webhooks", "whsec_AAAA", lambda: NOW)


@pytest.fixture
def page(mailbox: Mailbox, webhooks: WebhookInbox) -> DemoPage:
    return DemoPage(
        mailbox=mailbox, webhooks=webhooks, events_url="http://127.0.0.1:40002/events", base=BASE, when=lambda: "Friday"
    )


def get(page: DemoPage, path: str) -> Response:
    answer = page(Request(method="GET", path=path))
    assert answer is not None
    return answer


def hostile_mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "tocsin@demo.example", "reader@demo.example"
    message["Subject"] = "<script>alert(1)</script> killed"
    message["Message-ID"] = "<m1@demo.example>"
    message.set_content("Plain <b>words</b>")
    html = '<html><head></head><body><img src="cid:map@tocsin"><script>alert(2)</script></body></html>'
    message.add_alternative(html, subtype="html")
    _, part = message.iter_parts()
    assert isinstance(part, EmailMessage)
    part.add_related(b"\x89PNG", "image", "png", cid="<map@tocsin>")
    return message.as_bytes()


def test_empty_inboxes_say_so(page: DemoPage) -> None:
    text = get(page, "/").body.decode()
    assert "No mail yet." in text
    assert "No webhooks yet." in text
    assert 'href="http://127.0.0.1:40002/events"' in text


def test_a_mail_is_listed_escaped_and_opens_in_a_sandbox(page: DemoPage, mailbox: Mailbox) -> None:
    mailbox.accept("tocsin@demo.example", ["reader@demo.example"], hostile_mail())
    lists = get(page, "/lists").body.decode()
    assert "&lt;script&gt;alert(1)" in lists
    assert "<script>alert(1)" not in lists
    view = get(page, "/mail/1").body.decode()
    assert "sandbox=" in view
    assert "allow-same-origin" not in view
    assert "allow-scripts" not in view
    assert "Plain &lt;b&gt;words" in view


def test_the_html_part_may_load_its_own_picture_and_nothing_else(page: DemoPage, mailbox: Mailbox) -> None:
    mailbox.accept("tocsin@demo.example", ["reader@demo.example"], hostile_mail())
    html = get(page, "/mail/1/html")
    policy = html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert b'src="/mail/1/cid/map@tocsin"' in html.body
    picture = get(page, "/mail/1/cid/map@tocsin")
    assert (picture.content_type, picture.body) == ("image/png", b"\x89PNG")
    assert page(Request(method="GET", path="/mail/1/cid/other")) is None


def test_a_bad_webhook_is_listed_with_what_is_wrong(page: DemoPage, webhooks: WebhookInbox) -> None:
    body = json.dumps({"type": "event.new", "data": {"headline": "Odesa <port>"}}).encode()
    webhooks(Request(method="POST", path="/webhook", body=body))
    lists = get(page, "/lists").body.decode()
    assert "Odesa &lt;port&gt;" in lists
    assert "header webhook-id is missing" in lists
    view = get(page, "/webhooks/1").body.decode()
    assert "event.new" in view
    assert '<time datetime="2026-11-20T08:00:00+00:00">2026-11-20 08:00 UTC</time>' in view


def test_what_is_no_json_is_shown_as_it_came(page: DemoPage, webhooks: WebhookInbox) -> None:
    webhooks(Request(method="POST", path="/webhook", body=b"<hello>"))
    assert "&lt;hello&gt;" in get(page, "/webhooks/1").body.decode()


@pytest.mark.parametrize("path", ["/mail/7", "/webhooks/7", "/mail/x", "/static/../page.py", "/static/none.css"])
def test_what_is_not_there_is_left_to_other_sites(page: DemoPage, path: str) -> None:
    assert page(Request(method="GET", path=path)) is None


def test_pages_allow_no_foreign_content(page: DemoPage) -> None:
    for path in ("/", "/lists", "/mail/0", "/webhooks/0"):
        assert "default-src 'none'" in get(page, path).headers["Content-Security-Policy"]
        assert "style=" not in get(page, path).body.decode()
    assert get(page, "/static/demo.js").content_type.startswith("text/javascript")
    assert b"--strike" in get(page, "/static/app.css").body
