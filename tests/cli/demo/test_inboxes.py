"""Both inboxes say yes only to what they have on disk, the webhook inbox only to what its secret signed."""

import base64
import json
import smtplib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from service.cli.demo.inboxes import Journal, Mailbox, MailServer, WebhookInbox, verify
from service.cli.demo.server import LoopbackServer, Request

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"type":"event.new","timestamp":"2026-11-20T08:00:00Z","data":{"headline":"Kharkiv: 6 killed"}}'


def now() -> datetime:
    return NOW


def mail(subject: str = "Kharkiv: apartment block hit", message_id: str = "<m1@demo.example>") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "tocsin@demo.example", "reader@demo.example"
    message["Subject"], message["Message-ID"] = subject, message_id
    message.set_content("Six people were killed – officials.")
    message.add_alternative("<html><head></head><body><p>Six people were killed.</p></body></html>", subtype="html")
    return message


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mailbox", now)


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[MailServer]:
    server = MailServer(mailbox)
    server.start()
    yield server
    server.close()


def test_mail_sent_over_smtp_is_kept_and_found_again(mailbox: Mailbox, server: MailServer, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", server.port) as smtp:
        smtp.send_message(mail())
    (row,) = mailbox.rows()
    assert (row["subject"], row["to"], row["repeat"]) == (
        "Kharkiv: apartment block hit",
        ["reader@demo.example"],
        False,
    )
    assert b"Six people were killed" in (mailbox.raw(1) or b"")
    assert Mailbox(tmp_path / "mailbox", now).rows() == [row]
    assert mailbox.raw(2) is None


def test_a_mail_that_comes_twice_is_marked(mailbox: Mailbox, server: MailServer) -> None:
    with smtplib.SMTP("127.0.0.1", server.port) as smtp:
        smtp.send_message(mail())
        smtp.send_message(mail())
        smtp.send_message(mail(message_id="<m2@demo.example>"))
    assert [row["repeat"] for row in mailbox.rows()] == [False, True, False]


def test_a_mail_that_cannot_be_stored_is_not_accepted(mailbox: Mailbox, server: MailServer, tmp_path: Path) -> None:
    for file in (tmp_path / "mailbox").iterdir():
        file.unlink()
    (tmp_path / "mailbox").rmdir()
    with smtplib.SMTP("127.0.0.1", server.port) as smtp, pytest.raises(smtplib.SMTPDataError) as caught:
        smtp.send_message(mail())
    assert caught.value.smtp_code == 451
    assert mailbox.rows() == []


def test_many_mails_at_once_are_all_numbered(mailbox: Mailbox, server: MailServer) -> None:
    def send(number: int) -> None:
        with smtplib.SMTP("127.0.0.1", server.port) as smtp:
            smtp.send_message(mail(message_id=f"<m{number}@demo.example>"))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["n"] for row in mailbox.rows()] == list(range(1, 13))
    assert len({row["message_id"] for row in mailbox.rows()}) == 12


def test_a_journal_drops_the_line_it_was_killed_in(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "rows.jsonl")
    journal.append({"a": 1}, once="a")
    with (tmp_path / "rows.jsonl").open("ab") as file:
        file.write(b'{"n": 2, "repeat": fal')
    again = Journal(tmp_path / "rows.jsonl")
    again.append({"a": 2}, once="a")
    assert Journal(tmp_path / "rows.jsonl").rows() == [
        {"n": 1, "repeat": False, "a": 1},
        {"n": 2, "repeat": False, "a": 2},
    ]


def signed(
    message_id: str = "msg_1", *, at: datetime = NOW, body: bytes = BODY, secret: str = SECRET
) -> dict[str, str]:
    """Headers as the specification's own library makes them."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body.decode()),
    }


OTHER = "whsec_" + base64.b64encode(b"another secret of 24 byt").decode()


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (signed(), "signature verified"),
        ({**signed(), "webhook-signature": f"v1,AAAA {signed()['webhook-signature']}"}, "signature verified"),
        (signed(secret=OTHER), "no signature matches"),
        (signed(body=b"{}"), "no signature matches"),
        ({**signed(), "webhook-id": "msg_2"}, "no signature matches"),
        ({**signed(), "webhook-signature": "v2,AAAA"}, "no signature matches"),
        ({**signed(), "webhook-signature": "v1,ü"}, "no signature matches"),
        (signed(at=NOW - timedelta(minutes=6)), "the timestamp is more than five minutes off"),
        ({**signed(), "webhook-timestamp": "soon"}, "the timestamp or the secret cannot be read"),
        ({k: v for k, v in signed().items() if k != "webhook-id"}, "header webhook-id is missing"),
    ],
)
def test_only_a_good_signature_counts(headers: dict[str, str], reason: str) -> None:
    verdict = verify(SECRET, headers, BODY, NOW)
    assert (verdict.ok, verdict.reason) == (reason == "signature verified", reason)


def test_a_fast_senders_timestamps_may_be_five_real_minutes_off(tmp_path: Path) -> None:
    late = Request(method="POST", path="/webhook", headers=signed(at=NOW - timedelta(days=1)), body=BODY)
    strict, fast = WebhookInbox(tmp_path / "1", SECRET, now), WebhookInbox(tmp_path / "2", SECRET, now, speed=2880)
    strict(late)
    fast(late)
    assert [row["ok"] for row in strict.rows() + fast.rows()] == [False, True]


def test_the_specifications_own_example_verifies() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = datetime.fromtimestamp(1614265330, UTC)
    assert verify(SECRET, headers, b'{"test": 2432232314}', at).ok


def test_webhooks_over_http_are_stored_checked_and_counted(tmp_path: Path) -> None:
    inbox = WebhookInbox(tmp_path, SECRET, now)
    server = LoopbackServer()
    server.start([inbox])
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        answers = [
            client.post("/webhook", content=BODY, headers=signed("msg_1")),
            client.post("/webhook", content=BODY, headers=signed("msg_1")),
            client.post("/webhook", content=BODY, headers=signed("msg_2")),
            client.post("/webhook", content=BODY, headers=signed("msg_3", secret=OTHER)),
        ]
        assert client.get("/webhook").status_code == 405
    server.close()
    assert [answer.status_code for answer in answers] == [200, 200, 200, 401]
    assert [row["repeat"] for row in inbox.rows()] == [False, True, False, False]
    assert inbox.repeats() == 1
    again = WebhookInbox(tmp_path, SECRET, now)
    assert again.rows() == inbox.rows()
    assert json.loads(again.rows()[0]["body"])["type"] == "event.new"


def test_a_webhook_that_cannot_be_stored_is_not_accepted(tmp_path: Path) -> None:
    inbox = WebhookInbox(tmp_path / "webhooks", SECRET, now)
    (tmp_path / "webhooks" / "received.jsonl").unlink()
    (tmp_path / "webhooks").rmdir()
    answer = inbox(Request(method="POST", path="/webhook", headers=signed(), body=BODY))
    assert answer is not None
    assert answer.status == 503
    assert inbox.rows() == []
