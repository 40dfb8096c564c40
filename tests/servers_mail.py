"""Mail servers and webhook receivers on loopback, for tests: real sockets, scripted answers."""

import asyncio
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection, socket
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PATIENCE_S = 15.0


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One mail as a server took it."""

    sender: str
    to: list[str]
    body: bytes
    connection: int


@dataclass
class MailScript:
    """How the server answers. `rcpt` and `data` map a recipient to an answer other than 250.

    `per_connection` is how many mails a connection may carry before 452; `drop_after` how many before it hangs up.
    `hang` keeps the client waiting at DATA.
    """

    rcpt: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    sender: str = ""
    per_connection: int | None = None
    drop_after: int | None = None
    hang: bool = False
    received: list[Received] = field(default_factory=list)
    hellos: list[str] = field(default_factory=list)
    quits: int = 0
    sessions: list[Session] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.hellos.append(hostname)
        self.sessions.append(session)
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender:
            return self.sender
        sent = self._sent(session)
        if self.drop_after is not None and sent >= self.drop_after:
            assert server.transport
            server.transport.close()
            return "421 4.3.2 shutting down"
        if self.per_connection is not None and sent >= self.per_connection:
            return "452 4.5.3 too many messages sent"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hang:
            await asyncio.sleep(PATIENCE_S * 4)
        to = [str(address) for address in envelope.rcpt_tos]
        if to[0] in self.data:
            return self.data[to[0]]
        content = envelope.content
        assert isinstance(content, bytes)
        connection = next(n for n, known in enumerate(self.sessions) if known is session)
        self.received.append(Received(sender=str(envelope.mail_from), to=to, body=content, connection=connection))
        return "250 2.0.0 queued"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.quits += 1
        return "221 bye"

    def _sent(self, session: Session) -> int:
        number = next(n for n, known in enumerate(self.sessions) if known is session)
        return sum(mail.connection == number for mail in self.received)


@contextmanager
def mail_server(
    script: MailScript,
    *,
    tls: ssl.SSLContext | None = None,
    login: tuple[str, str] | None = None,
    implicit: bool = False,
    **options: Any,
) -> Iterator[int]:
    """Run an SMTP server and yield its port."""

    def allowed(_server: Any, _session: Any, _envelope: Any, _how: str, data: LoginPassword) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == login, handled=given == login)

    if login:
        options |= {"authenticator": allowed, "auth_required": True, "auth_require_tls": False}
    if tls and not implicit:
        options |= {"tls_context": tls, "require_starttls": True}
    controller = Controller(
        script,
        hostname="127.0.0.1",
        port=free_port(),
        ssl_context=tls if implicit else None,
        ready_timeout=30,
        **options,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def silent_server() -> Iterator[int]:
    """Yield the port of a server that takes connections and never says a word."""
    with socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(64)
        yield int(sock.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One request as a receiver got it, header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A webhook receiver. `answer` maps a path to status, headers and body; `hang` is a path that never answers."""

    answer: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    hang: str = ""
    slow_s: float = 0.0
    posted: list[Posted] = field(default_factory=list)
    busiest: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    _busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str = "/hook") -> str:
        """Return the address of a path here."""
        return f"http://127.0.0.1:{self.port}{path}"

    def take(self, posted: Posted) -> tuple[int, dict[str, str], bytes]:
        """Note a request and return the answer to it."""
        with self._lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
            self.posted.append(posted)
        if posted.path == self.hang:
            self.released.wait(PATIENCE_S * 4)
        elif self.slow_s:
            self.released.wait(self.slow_s)
        with self._lock:
            self._busy -= 1
        return self.answer.get(posted.path, (204, {}, b""))


@contextmanager
def receiver(**options: Any) -> Iterator[Receiver]:
    """Run a webhook receiver."""
    state = Receiver(**options)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, fields, answer = state.take(Posted(path=self.path, headers=headers, body=body))
            with suppress(OSError):  # the client may have given up
                self.send_response(status)
                for name, value in {"content-length": str(len(answer)), **fields}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: clients that give up are part of the story."""

    server = Server(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until it is so; fail the test after a while."""
    until = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > until:
            pytest.fail("waited in vain")
        threading.Event().wait(0.02)


def answers(port: int) -> bool:
    """Say whether somebody listens there."""
    try:
        with create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def smtp_sink(*options: str) -> Iterator[tuple[int, Path]]:
    """Run Postfix's `smtp-sink`; yield its port and the folder it writes mail to. Skips where it is not installed."""
    program = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    if program is None:
        pytest.skip("smtp-sink (Debian package postfix) is not installed")
    port = free_port()
    user = ("-u", "nobody") if os.getuid() == 0 else ()
    with TemporaryDirectory() as name:  # not below pytest's folder, which only its owner may enter
        folder = Path(name)
        folder.chmod(0o777)
        command = [program, *user, *options, "-d", f"{folder}/%M.", f"127.0.0.1:{port}", "128"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait_for(lambda: process.poll() is not None or answers(port))
            yield port, folder
        finally:
            process.terminate()
            said = process.communicate()[1].decode()
            assert "fatal" not in said, said


MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.tocsin.test
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
relay_domains =
recipient_delimiter = +
smtpd_recipient_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
smtp_tls_security_level =
default_transport = {transport}
relayhost = {relayhost}
default_process_limit = 20
bounce_queue_lifetime = 1h
in_flow_delay = 0
"""
MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(relay_to: int | None = None) -> Iterator[tuple[int, Path]]:
    """Run a whole Postfix in a folder of its own; yield its port and that folder. Skips where it cannot be run.

    What it takes it hands to the SMTP server at `relay_to`, or drops.
    """
    if os.getuid() != 0 or not Path("/usr/lib/postfix/sbin/master").exists():
        pytest.skip("Postfix (Debian package postfix) is not installed, or we are not allowed to start it")
    port = free_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        config = folder / "config"
        for made in (config, folder / "queue", folder / "data"):
            made.mkdir()
        shutil.chown(folder / "data", "postfix")
        relayhost = f"[127.0.0.1]:{relay_to}" if relay_to else ""
        transport = "smtp" if relay_to else "discard"
        (config / "main.cf").write_text(MAIN_CF.format(folder=folder, transport=transport, relayhost=relayhost))
        (config / "master.cf").write_text(MASTER_CF.format(port=port))
        command = ["/usr/sbin/postfix", "-c", str(config)]
        started = subprocess.run([*command, "start"], capture_output=True, text=True, check=False, timeout=60)
        if started.returncode:
            pytest.skip(f"Postfix does not start here: {started.stderr.strip()[:300]}")
        try:
            wait_for(lambda: answers(port))
            yield port, folder
        finally:
            subprocess.run([*command, "stop"], capture_output=True, check=False, timeout=60)
