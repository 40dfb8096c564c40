"""Our mail through a whole Postfix: taken, passed on unchanged, and what comes back taken in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from service.adapters.channels import Channels
from service.adapters.render.samples import sample_digests, sample_event, sample_events
from service.bootstrap import SystemClock
from service.bootstrap.returned import ReturnedMail
from service.core.subscription import Channel, Message, Wish
from service.pipeline.manage import subscribe
from service.ports.store import Store
from service.ports.world import Rendered
from tests.adapters.test_channels_dkim import pem
from tests.adapters.test_render_mail import renderer
from tests.servers_mail import MailScript, mail_server, postfix, wait_for

NOW = datetime(2026, 11, 22, 18, 33, tzinfo=UTC)


def through(port: int, **post: str) -> Channels:
    return Channels(
        smtp_url=f"smtp://127.0.0.1:{port}",
        mail_from="Tocsin <alerts@tocsin.example>",
        mail_dir=Path("unused"),
        bounces_to="bounces@tocsin.example",
        user_agent="Tocsin/test",
        now=SystemClock().now,
        **post,  # type: ignore[arg-type]
    )


def message(n: int, rendered: Rendered, *, message_id: str = "", to: str = "") -> Message:
    return Message(
        outbox_id=n,
        message_id=message_id or f"msg_{n:032d}",
        channel=Channel(channel_id=n, kind="email", address=to or f"reader{n}@example.org"),
        kind="digest",
        body=rendered.body,
        attempts=0,
        created_at=NOW,
    )


def test_postfix_takes_every_kind_of_mail_and_passes_it_on_as_we_signed_it() -> None:
    """Headers literal, parts whole, both signatures good at the next server, one sender on each envelope."""
    key = pem(generate_private_key(65537, 2048)) + pem(Ed25519PrivateKey.generate())
    send = renderer(f"https://tocsin.example/{'long' * 60}")
    key_and_event = replace(sample_event(), event=replace(sample_event().event, headline="Удар по Харкову " * 9))
    mails = [*map(send.event, (*sample_events(), key_and_event)), *map(send.digest, sample_digests())]
    script = MailScript()
    with mail_server(script) as sink, postfix(sink) as (port, _):
        channels = through(port, dkim_key=key, dkim_selector="rsa26,ed26")
        attempts = list(channels.send([message(n, mail) for n, mail in enumerate(mails)]))
        assert [attempt.error for attempt in attempts if not attempt.ok] == []
        wait_for(lambda: len(script.received) == len(mails))
    records = {f"{name}.".encode(): text.encode() for name, text in channels.records()}
    for got in script.received:
        n = int(got.to[0].removeprefix("reader").partition("@")[0])
        assert got.sender == f"bounces+msg_{n:032d}@tocsin.example"
        for nth in range(2):
            assert dkim.DKIM(got.body).verify(idx=nth, dnsfunc=lambda name, timeout=5: records[name])  # noqa: ARG005
        assert got.body.replace(b"\r\n", b"\n").endswith(mails[n].body.replace(b"\r\n", b"\n"))
        read = message_from_bytes(got.body, policy=default)
        assert isinstance(read, EmailMessage)
        assert not read.defects
        assert read["list-unsubscribe"].startswith("<https://tocsin.example/longlong")
        assert read.get_body(("plain",))
        assert read.get_body(("html",))


def test_what_postfix_sends_back_stops_our_writing_there(sqlite_store: Store) -> None:
    """The next server knows no such reader: Postfix reports it to the sender of that one mail, and we take it in."""
    store = sqlite_store
    with store.write() as tx:
        wish = Wish(kind="email", address="nobody@example.org", mode="alert")
        reader = subscribe(tx, wish, known_rules=(), now=NOW)
        rendered = renderer().event(sample_event())
        tx.outbox.put(
            dedup_key="1",
            message_id="msg_0123456789abcdef0123456789abcdef",
            kind="event.new",
            subscription=reader,
            rendered=rendered,
            due_at=NOW,
            now=NOW,
        )
        (queued,) = tx.outbox.claim(NOW, limit=1, lease=timedelta(minutes=2))
    assert queued.body == rendered.body
    script = MailScript(rcpt={"nobody@example.org": "550 5.1.1 no such user here"})
    with mail_server(script) as sink, postfix(sink) as (port, _):
        assert next(iter(through(port).send([queued]))).ok
        wait_for(lambda: bool(script.received))
    (report,) = script.received
    assert report.to == ["bounces+msg_0123456789abcdef0123456789abcdef@tocsin.example"]
    taken = ReturnedMail(store, SystemClock(), None).take(report.body)
    assert (taken.address, taken.suppressed) == ("nobody@example.org", True)
    assert "no such user here" in taken.what
    with store.read() as tx:
        assert tx.subscriptions.get(reader.subscription_id).channel.state == "disabled"
