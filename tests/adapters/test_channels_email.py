"""Email against real servers: aiosmtpd with a script, and Postfix's own smtp-sink."""

import logging
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service import resources
from service.adapters.channels import Channels
from service.adapters.channels.email import Patience
from service.adapters.channels.smtp_url import parse_smtp_url
from service.adapters.render import Renderer
from service.adapters.render.samples import sample_digest, sample_event
from service.core.errors import BadConfig
from service.core.subscription import Channel, Message
from service.ports.world import Attempt, Sender
from tests.adapters.test_channels_dkim import pem
from tests.adapters.test_render_mail import renderer
from tests.servers_mail import MailScript, free_port, mail_server, silent_server, smtp_sink, wait_for

NOW = datetime(2026, 11, 22, 18, 33, tzinfo=UTC)
BODY = b"Message-ID: <m@t.example>\r\nSubject: Strike\r\n\r\n.a dot first\r\nand text\r\n"


def channels(
    smtp_url: str,
    folder: Path = Path("unused"),
    tls: ssl.SSLContext | None = None,
    patience_s: float = 10,
    **post: Any,
) -> Channels:
    """Return channels that mail through this server."""
    return Channels(
        smtp_url=smtp_url,
        **{"mail_from": "Tocsin <alerts@tocsin.example>", **post},
        mail_dir=folder,
        user_agent="Tocsin/test",
        now=lambda: NOW,
        tls=tls,
        patience=Patience(connect_s=patience_s, command_s=patience_s),
    )


def mail(n: int = 1, to: str = "", body: bytes = BODY) -> Message:
    """Return a mail to reader `n`."""
    return Message(
        outbox_id=n,
        message_id=f"m-{n}",
        channel=Channel(channel_id=n, kind="email", address=to or f"reader{n}@example.org"),
        kind="event.new",
        body=body,
        attempts=0,
        created_at=NOW,
    )


def sent(script: MailScript, messages: Sequence[Message], patience_s: float = 10) -> list[Attempt]:
    """Send through a server with this script; the attempts in order of their messages."""
    with mail_server(script) as port:
        attempts = list(channels(f"smtp://127.0.0.1:{port}", patience_s=patience_s).send(messages))
    return sorted(attempts, key=lambda attempt: attempt.outbox_id)


def test_an_address_in_any_script_is_written_to_where_the_server_takes_it() -> None:
    script = MailScript()
    with mail_server(script) as port:
        (attempt,) = channels(f"smtp://127.0.0.1:{port}").send([mail(to="ада@пошта.example")])
    assert attempt.ok, attempt.error
    assert script.received[0].to == [f"ада@{'пошта'.encode('idna').decode()}.example"]
    with mail_server(MailScript(), enable_SMTPUTF8=False) as port:
        (attempt,) = channels(f"smtp://127.0.0.1:{port}").send([mail(to="ада@пошта.example")])
    assert (attempt.ok, attempt.retry) == (False, False)
    assert "takes no address in other letters" in attempt.error


@pytest.mark.parametrize(
    "address", ["ада>\r\nRCPT TO:<eve@example.org", "ада eve@example.org", "ада\u2028@example.org"]
)
def test_no_address_in_any_script_says_more_than_an_address(address: str) -> None:
    script = MailScript()
    (attempt,) = sent(script, [mail(to=address)])
    assert (attempt.ok, attempt.retry, script.received) == (False, False, [])


def test_it_keeps_the_ports_promises() -> None:
    """The sender is what the pipeline asks for."""
    port: Sender = channels("")
    assert list(port.send([])) == []


def test_the_very_bytes_arrive() -> None:
    """Envelope, dots and line ends as they should be; nothing in the message is rewritten."""
    script = MailScript()
    (attempt,) = sent(script, [mail()])
    assert (attempt.ok, attempt.status, attempt.error, attempt.at) == (True, 250, "", NOW)
    (got,) = script.received
    assert (got.sender, got.to, got.body) == ("alerts@tocsin.example", ["reader1@example.org"], BODY)
    assert script.hellos == ["tocsin.example"]


def test_a_rendered_digest_survives_the_wire_byte_for_byte() -> None:
    """What the renderer made is what the far side takes in, long literal headers included."""
    shipped = resources.folders("templates", None)
    base = "https://tocsin.example/" + "a" * 200
    send = Renderer(shipped, base_url=base, mail_from="alerts@tocsin.example", on_fallback=pytest.fail)
    bodies = [send.digest(sample_digest()).body, send.event(sample_event()).body]
    script = MailScript()
    assert all(attempt.ok for attempt in sent(script, [mail(n, body=body) for n, body in enumerate(bodies)]))
    assert sorted(got.body for got in script.received) == sorted(bodies)
    unsubscribe = f"List-Unsubscribe: <{base}/s/sample-key/unsubscribe>\r\n".encode()
    assert all(unsubscribe in got.body for got in script.received)


def test_returned_mail_names_the_message_it_returns() -> None:
    """Each mail has a sender of its own on the envelope, and the same on each try; From stays as it is."""
    script = MailScript()
    with mail_server(script) as port:
        send = channels(f"smtp://127.0.0.1:{port}", bounces_to="bounces@tocsin.example")
        for _ in range(2):
            assert next(iter(send.send([mail(7)]))).ok
    assert {got.sender for got in script.received} == {"bounces+m-7@tocsin.example"}
    assert {got.body for got in script.received} == {BODY}


def test_a_signed_mail_is_signed_on_the_wire_and_unchanged_below() -> None:
    """Another implementation verifies what arrived with the records that `tocsin check` prints."""
    key = pem(Ed25519PrivateKey.generate())
    script = MailScript()
    body = renderer().event(sample_event()).body
    with mail_server(script) as port:
        send = channels(f"smtp://127.0.0.1:{port}", dkim_key=key, dkim_selector="ed26")
        assert next(iter(send.send([mail(1, body=body)]))).ok
        assert send.check() == []
    (got,) = script.received
    assert got.body.endswith(body)
    ((name, text),) = send.records()
    assert name == "ed26._domainkey.tocsin.example"
    records = {f"{name}.".encode(): text.encode()}
    assert dkim.verify(got.body, dnsfunc=lambda asked, timeout=5: records[asked])  # noqa: ARG005


@pytest.mark.parametrize(
    ("post", "names"),
    [
        ({"bounces_to": "nobody"}, "TOCSIN_BOUNCES_TO"),
        ({"bounces_to": "b" * 40 + "@tocsin.example"}, "TOCSIN_BOUNCES_TO"),
        ({"mail_from": "Tocsin"}, "TOCSIN_MAIL_FROM"),
        ({"dkim_key": "no key"}, "TOCSIN_DKIM_KEY"),
    ],
)
def test_a_wrong_setting_of_the_post_is_named(post: dict[str, Any], names: str) -> None:
    with pytest.raises(BadConfig) as caught:
        channels("", **post)
    assert caught.value.located().startswith(names)


def test_a_signature_of_another_domain_is_found_before_receivers_find_it(tmp_path: Path) -> None:
    """DMARC wants the domain of From, or one above or below it."""
    key = pem(Ed25519PrivateKey.generate())
    (finding,) = channels("", tmp_path, dkim_key=key, dkim_domain="other.example").check()
    assert "DMARC" in str(finding)
    assert channels("", tmp_path, dkim_key=key, dkim_domain="example").check() == []


def test_a_batch_shares_at_most_four_connections_and_says_goodbye() -> None:
    script = MailScript()
    assert all(attempt.ok for attempt in sent(script, [mail(n) for n in range(40)]))
    assert len(script.received) == 40
    assert len({got.connection for got in script.received}) <= 4
    assert script.quits == len(script.sessions) <= 4


def test_a_connection_carries_at_most_ninety_mails() -> None:
    """Some servers refuse the hundredth."""
    script = MailScript(per_connection=90)
    assert all(attempt.ok for attempt in sent(script, [mail(n) for n in range(400)]))
    assert max(Counter(got.connection for got in script.received).values()) <= 90
    assert len({got.to[0] for got in script.received}) == 400


@pytest.mark.parametrize("script", [MailScript(per_connection=3), MailScript(drop_after=3)], ids=["452", "hangs up"])
def test_a_server_that_has_had_enough_of_a_connection_gets_a_new_one(script: MailScript) -> None:
    """452 or a closed connection in the middle of a batch costs nobody an attempt."""
    attempts = sent(script, [mail(n) for n in range(30)])
    assert [attempt.error for attempt in attempts if not attempt.ok] == []
    assert len({got.to[0] for got in script.received}) == 30


@pytest.mark.parametrize(
    ("answer", "retry", "gone"),
    [
        ("550 5.1.1 no such user", False, True),
        ("550 no such user", False, True),
        ("554 no thanks", False, False),
        ("552 5.2.2 mailbox full", True, False),
        ("554 5.7.1 relay access denied", True, False),
        ("450 4.2.0 greylisted, come back later", True, False),
        ("451 4.3.0 trouble here", True, False),
        ("452 4.2.2 over quota", True, False),
    ],
)
def test_a_refused_recipient_is_tried_again_only_if_that_can_help(answer: str, *, retry: bool, gone: bool) -> None:
    """One reader's trouble is nobody else's; an address that does not exist gets nothing more."""
    script = MailScript(rcpt={"reader1@example.org": answer})
    refused, fine = sent(script, [mail(1), mail(2)])
    assert (refused.ok, refused.retry, refused.status, refused.gone) == (False, retry, int(answer[:3]), gone)
    assert answer[4:] in refused.error
    assert "refused the recipient" in refused.error
    assert fine.ok


def test_a_refused_message_is_final_and_a_refused_sender_is_not() -> None:
    """The operator can mend the sender's address; nobody can mend these bytes."""
    (message,) = sent(MailScript(data={"reader1@example.org": "554 5.6.0 content rejected"}), [mail()])
    assert (message.retry, message.status) == (False, 554)
    (sender,) = sent(MailScript(sender="550 5.1.8 unknown sender domain"), [mail()])
    assert sender.retry
    assert "TOCSIN_MAIL_FROM" in sender.error


def test_an_address_that_is_none_is_final() -> None:
    script = MailScript()
    (attempt,) = sent(script, [mail(to="two@example.org>\r\nRCPT TO:<spy@example.org")])
    assert (attempt.ok, attempt.retry) == (False, False)
    assert script.received == []


def test_nobody_listening_is_said_once_in_clear_words_and_the_rest_waits() -> None:
    """A hundred mails against a dead server take one connection error, not a hundred."""
    port = free_port()
    attempts = list(channels(f"smtp://127.0.0.1:{port}").send([mail(n) for n in range(100)]))
    assert len(attempts) == 100
    assert all(attempt.retry and not attempt.ok for attempt in attempts)
    words = f"mail server 127.0.0.1:{port} cannot be reached: connection refused (check TOCSIN_SMTP_URL)"
    assert {attempt.error.lower().removeprefix("not tried: ") for attempt in attempts} == {words.lower()}
    assert 1 <= sum(attempt.tried for attempt in attempts) <= 4


def test_an_unknown_host_is_named() -> None:
    (attempt,) = channels("smtp://nowhere.invalid:25").send([mail()])
    assert attempt.retry
    assert "nowhere.invalid:25 cannot be reached" in attempt.error


def test_a_server_that_never_speaks_is_given_up_on_in_time() -> None:
    """Ten seconds in earnest; less here."""
    with silent_server() as port:
        started = time.monotonic()
        attempts = list(channels(f"smtp://127.0.0.1:{port}", patience_s=0.3).send([mail(n) for n in range(20)]))
    assert time.monotonic() - started < 5
    assert {attempt.retry for attempt in attempts} == {True}
    assert "no answer in time" in attempts[0].error


def test_a_server_that_hangs_at_data_holds_up_no_more_than_one_wait() -> None:
    attempts = sent(MailScript(hang=True), [mail(n) for n in range(12)], patience_s=0.5)
    assert {attempt.retry for attempt in attempts} == {True}
    assert any("stopped answering" in attempt.error for attempt in attempts)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
def test_a_login_is_used_and_a_wrong_one_is_named_without_the_password() -> None:
    script = MailScript()
    with mail_server(script, login=("news", "p@ss/word")) as port:
        (fine,) = channels(f"smtp://news:p%40ss%2Fword@127.0.0.1:{port}").send([mail()])
        (wrong,) = channels(f"smtp://news:sesame@127.0.0.1:{port}").send([mail()])
    assert fine.ok
    assert wrong.retry
    assert "refused our login" in wrong.error
    assert "sesame" not in wrong.error


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that nobody signed but itself."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    done = subprocess.run([*command.split(), "-keyout", key, "-out", cert], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("openssl is not installed")
    return key, cert


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_mail_travels_encrypted_and_only_to_a_server_that_proves_who_it_is(
    certificate: tuple[Path, Path], scheme: str
) -> None:
    """With the authority known the mail arrives; without, not a word is said."""
    key, cert = certificate
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    trusting = ssl.create_default_context(cafile=str(cert))
    script = MailScript()
    with mail_server(script, tls=server, implicit=scheme == "smtps") as port:
        (fine,) = channels(f"{scheme}://localhost:{port}", tls=trusting).send([mail()])
        (refused,) = channels(f"{scheme}://localhost:{port}").send([mail()])
    assert fine.ok, fine.error
    assert refused.retry
    assert "self-signed" in refused.error.replace("self signed", "self-signed")
    assert len(script.received) == 1


def test_starttls_is_demanded_not_hoped_for() -> None:
    with mail_server(MailScript()) as port:
        (attempt,) = channels(f"smtp+starttls://127.0.0.1:{port}").send([mail()])
    assert not attempt.ok
    assert "STARTTLS" in attempt.error


def test_without_a_server_mail_goes_into_a_folder_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A repeat overwrites its file, so nothing is there twice."""
    folder = tmp_path / "data" / "mail"
    send = channels("", folder)
    with caplog.at_level(logging.WARNING):
        assert all(attempt.ok for attempt in send.send([mail(1), mail(2)]))
        assert all(attempt.ok for attempt in send.send([mail(1, body=BODY + b"again")]))
    assert sorted(path.name for path in folder.iterdir()) == ["m-1.eml", "m-2.eml"]
    assert (folder / "m-1.eml").read_bytes() == BODY + b"again"
    assert [record.getMessage() for record in caplog.records] == [
        f"no mail server is set (TOCSIN_SMTP_URL): mail is written to {folder}"
    ]


def test_a_folder_that_cannot_be_written_keeps_the_mail_waiting(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    send = channels("", tmp_path / "mail")
    (attempt,) = send.send([mail()])
    assert (attempt.ok, attempt.retry) == (False, True)
    assert str(tmp_path / "mail") in attempt.error
    (finding,) = send.check()
    assert isinstance(finding, BadConfig)


def test_no_id_leaves_the_folder(tmp_path: Path) -> None:
    message = mail()
    evil = Message(
        outbox_id=1,
        message_id="../../etc/passwd",
        channel=message.channel,
        kind="digest",
        body=BODY,
        attempts=0,
        created_at=NOW,
    )
    assert next(channels("", tmp_path / "mail").send([evil])).ok
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["-..-etc-passwd.eml"]


def test_check_greets_the_server_and_says_what_is_wrong() -> None:
    script = MailScript()
    with mail_server(script) as port:
        assert channels(f"smtp://127.0.0.1:{port}").check() == []
        wait_for(lambda: script.quits == 1)
    (finding,) = channels(f"smtp://127.0.0.1:{port}").check()
    assert "cannot be reached" in str(finding)
    assert "tried again" in str(finding)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mail.example.org", "no way to reach"),
        ("http://mail.example.org", "http is no way"),
        ("smtp://", "names no host"),
        ("smtp://mail.example.org:99999", "no URL"),
        ("smtp://mail.example.org:x", "no URL"),
        ("smtp://user@mail.example.org", "no password"),
        ("smtp://user:p/ss@mail.example.org", "no URL"),
        ("smtp://mail.example.org/inbox", "goes on after the host"),
    ],
)
def test_a_wrong_address_of_the_mail_server_is_explained(url: str, words: str) -> None:
    """The error names the variable and shows a right one, never the password."""
    with pytest.raises(BadConfig) as caught:
        parse_smtp_url(url)
    assert words in str(caught.value)
    assert caught.value.located().startswith("TOCSIN_SMTP_URL: E200 ")
    assert "smtp://host:25" in str(caught.value)
    assert "p/ss" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtp://mail.example.org", "smtp", 25),
        ("smtps://u:p@mail.example.org", "smtps", 465),
        ("smtp+starttls://u:p@mail.example.org", "smtp+starttls", 587),
        ("smtp://[::1]:2525/", "smtp", 2525),
    ],
)
def test_a_right_address_has_the_usual_port(url: str, security: str, port: int) -> None:
    server = parse_smtp_url(url)
    assert (server.security, server.port) == (security, port)
    assert "password" not in repr(server)


def test_to_stop_listening_is_to_stop_sending() -> None:
    """A worker that is told to stop in the middle of a batch is not held up by the rest."""
    with mail_server(MailScript(hang=True)) as port, mail_server(MailScript()) as fine:
        attempts = channels(f"smtp://127.0.0.1:{fine}").send([mail(n) for n in range(500)])
        assert next(attempts).ok
        started = time.monotonic()
        attempts.close()  # type: ignore[attr-defined]
        assert time.monotonic() - started < 5
        assert port


def test_postfix_takes_it() -> None:
    """Another program's idea of SMTP: a batch arrives whole at Postfix's smtp-sink."""
    with smtp_sink() as (port, folder):
        attempts = list(channels(f"smtp://127.0.0.1:{port}").send([mail(n) for n in range(100)]))
        assert [attempt.error for attempt in attempts if not attempt.ok] == []
        got = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.iterdir()]
    assert len({message["X-Rcpt-Args"] for message in got}) == 100


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (("-r", "RCPT"), "refused the recipient: 450"),
        (("-f", "RCPT"), "refused the recipient: 500"),
        (("-r", "MAIL"), "450"),
        (("-r", "DATA"), "450"),
        (("-q", "DATA"), "closed the connection"),
        (("-q", "CONNECT"), "cannot be reached"),
        (("-q", "RCPT"), "closed the connection"),
        (("-r", "."), "450"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_way_postfix_can_fail_is_named_and_loses_nothing(fault: tuple[str, str], words: str) -> None:
    """smtp-sink refuses or hangs up at each command in turn."""
    with smtp_sink(*fault) as (port, _):
        attempts = list(channels(f"smtp://127.0.0.1:{port}").send([mail(n) for n in range(5)]))
    assert len(attempts) == 5
    assert not any(attempt.ok for attempt in attempts)
    assert all(words in attempt.error or "not tried" in attempt.error for attempt in attempts), attempts[0].error
    assert {attempt.retry for attempt in attempts} == {"500" not in words}
