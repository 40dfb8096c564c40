"""Mail that comes back, as stories: whose it is, what it means, and that nobody can make it up."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from service.adapters.returned import MailDir, read_returned
from service.bootstrap.returned import ReturnedMail
from service.core.subscription import Subscription, Wish
from service.pipeline.manage import subscribe
from service.ports.store import Store
from service.ports.world import Rendered
from tests.standins import NOON, HandClock

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.

--b
Content-Type: message/{part}

{fields}
--b
Content-Type: {quoted}

From: Tocsin <alerts@tocsin.example>
To: ada@example.org
Message-ID: <{message_id}@tocsin.example>
Subject: Strike

--b--
"""
POSTFIX = """\
Reporting-MTA: dns; mx.example
X-Postfix-Queue-ID: 4XyZ
Arrival-Date: Sun, 22 Nov 2026 18:33:00 +0000 (UTC)

Final-Recipient: rfc822; ada@example.org
Original-Recipient: rfc822;ada@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 {status} <ada@example.org>: Recipient address
    rejected
"""
ABUSE = "Feedback-Type: {kind}\nUser-Agent: SomeISP/1.0\nVersion: 1\n"


def report(
    status: str = "5.1.1",
    *,
    action: str = "failed",
    to: str = "alerts@tocsin.example",
    message_id: str = "msg_1111",
    quoted: str = "message/rfc822",
) -> bytes:
    fields = POSTFIX.format(action=action, status=status)
    values = {"to": to, "kind": "delivery-status", "part": "delivery-status", "fields": fields}
    return REPORT.format(**values, quoted=quoted, message_id=message_id).replace("\n", "\r\n").encode()


def complaint(kind: str = "abuse", message_id: str = "msg_1111") -> bytes:
    values = {"to": "alerts@tocsin.example", "kind": "feedback-report", "part": "feedback-report"}
    fields = ABUSE.format(kind=kind)
    return REPORT.format(**values, fields=fields, quoted="message/rfc822", message_id=message_id).encode()


@dataclass
class World:
    store: Store
    clock: HandClock

    def reader(self, address: str = "ada@example.org", mails: int = 1) -> Subscription:
        with self.store.write() as tx:
            wish = Wish(kind="email", address=address, mode="alert", confirmed=True)
            found = subscribe(tx, wish, known_rules=(), now=NOON)
            for n in range(1, mails + 1):
                tx.outbox.put(
                    dedup_key=f"{address} {n}",
                    message_id=f"msg_{n}111" if address.startswith("ada") else f"msg_other{n}",
                    kind="event.new",
                    subscription=found,
                    rendered=Rendered(subject="s", body=b"b"),
                    due_at=NOON + timedelta(days=900),
                    now=NOON,
                )
        return found

    def back(self, mail: bytes, to: str = "") -> str:
        return ReturnedMail(self.store, self.clock, None).take(mail, to=to).what

    def state(self, subscription: Subscription) -> tuple[str, str]:
        with self.store.read() as tx:
            found = tx.subscriptions.get(subscription.subscription_id)
        return found.state, found.channel.state

    def unsent(self) -> list[str]:
        with self.store.read() as tx:
            return [delivery.state for delivery in tx.outbox.list()]


@pytest.fixture
def world(store: Store) -> World:
    return World(store, HandClock())


def test_an_address_that_does_not_exist_gets_nothing_more(world: World) -> None:
    """What waits for it is given up; everybody else's goes on."""
    ada, bea = world.reader(), world.reader("bea@example.org")
    assert "5.1.1" in world.back(report())
    assert world.state(ada) == ("active", "disabled")
    assert world.state(bea) == ("active", "active")
    assert sorted(world.unsent()) == ["gave_up", "pending"]


def test_the_operator_sees_who_is_given_up_and_can_lift_it(world: World) -> None:
    ada = world.reader()
    world.back(report())
    with world.store.write() as tx:
        (listed,) = tx.returns.suppressed()
        assert (listed.address, listed.returned, listed.at) == ("ada@example.org", 1, NOON)
        assert "Recipient address rejected" in listed.reason
        assert not tx.returns.lift("bea@example.org")
        assert tx.returns.lift("ADA@example.org")
        assert tx.returns.suppressed() == []
    assert world.state(ada) == ("active", "active")


@pytest.mark.parametrize(
    ("mail", "why"),
    [
        (report("4.2.2", action="delayed"), "says nothing against"),
        (report("2.0.0", action="delivered"), "says nothing against"),
        (report("5.2.2"), "noted"),
        (report("5.7.1"), "noted"),
        (report("4.4.7"), "noted"),
        (complaint("not-spam"), "says nothing against"),
        (b"Subject: Out of office\r\nIn-Reply-To: <msg_1111@tocsin.example>\r\n\r\nBack on Monday", "no mail of ours"),
        (report(message_id="msg_9999"), "no mail of ours"),
        (b"", "no mail of ours"),
        (b"\xff\x00" * 999, "no mail of ours"),
    ],
    ids=["delayed", "delivered", "full", "policy", "expired", "not spam", "holiday", "a stranger's", "empty", "noise"],
)
def test_what_is_no_reason_to_stop_stops_nothing(world: World, mail: bytes, why: str) -> None:
    ada = world.reader()
    assert why in world.back(mail)
    assert world.state(ada) == ("active", "active")


def test_five_soft_ones_over_a_week_are_one_hard_one(world: World) -> None:
    """Each message counts once, however often its report comes in."""
    ada = world.reader(mails=5)
    for n in range(1, 6):
        assert world.state(ada) == ("active", "active")
        world.back(report("5.2.2", message_id=f"msg_{n}111"))
        assert world.back(report("5.2.2", message_id=f"msg_{n}111")) == "known already"
        world.clock.forward(days=2)
    assert world.state(ada) == ("active", "disabled")


def test_who_complains_has_left(world: World) -> None:
    """All they get at this address ends, and nothing brings it back but they themselves or the operator."""
    ada = world.reader()
    assert "complained" in world.back(complaint())
    assert world.state(ada) == ("ended", "disabled")


def test_who_complains_after_mail_came_back_has_left_too(world: World) -> None:
    """Or the operator who lifts what came back would mail somebody who asked for no more."""
    ada = world.reader()
    world.back(report())
    world.back(complaint())
    assert world.state(ada) == ("ended", "disabled")


@pytest.mark.parametrize(
    ("mail", "to"),
    [
        (report(to="bounces+msg_1111@tocsin.example", message_id="lost"), ""),
        (report(message_id="lost"), "bounces+msg_1111@tocsin.example"),
        (report(quoted="text/rfc822-headers"), ""),
    ],
    ids=["by its recipient", "by the envelope", "by quoted headers"],
)
def test_the_message_is_known_by_the_envelope_or_by_what_is_quoted(world: World, mail: bytes, to: str) -> None:
    ada = world.reader()
    world.back(mail, to)
    assert world.state(ada) == ("active", "disabled")


def test_a_mail_that_asks_to_unsubscribe_ends_that_subscription_alone(world: World) -> None:
    """What `List-Unsubscribe` offers beside the link; asking twice is fine, and a stranger cannot know the address."""
    ada = world.reader()
    asking = b"From: ada@example.org\r\nTo: bounces+msg_1111@tocsin.example\r\nSubject: unsubscribe\r\n\r\n"
    assert world.back(asking.replace(b"msg_1111", b"msg_99999999")).startswith("it names no mail")
    assert world.state(ada) == ("active", "active")
    for _ in range(2):
        assert world.back(asking) == "asked to be unsubscribed"
    assert world.state(ada) == ("ended", "active")


def test_a_report_in_the_folder_is_taken_once_and_put_aside(world: World, tmp_path: Path) -> None:
    """A crash between taking and putting aside costs nothing: it is known already."""
    ada = world.reader()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.host").write_bytes(report())
    (tmp_path / "new" / "2.host").write_bytes(b"noise")
    inbox = ReturnedMail(world.store, world.clock, tmp_path)
    inbox.take(report())
    assert inbox.look() == 2
    assert inbox.look() == 0
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["1.host:2,S", "2.host:2,S"]
    assert world.state(ada) == ("active", "disabled")


def test_a_folder_that_is_not_there_is_said_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert list(MailDir(tmp_path / "none").waiting()) == []
    assert str(tmp_path / "none") in caplog.text


def test_reading_is_bounded() -> None:
    """A mail of parts within parts, or of a thousand ids, is read no further than is useful."""
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300))
    assert read_returned(deep).kind is None
    assert read_returned(b"To: <a+msg_12345678@b>\r\n" * 100_000).message_ids == ("msg_12345678",)
