"""Where the demo's messages arrive: a mailbox behind real SMTP and a webhook endpoint behind real HTTP.

Both say "accepted" only when the message is on disk. So what they hold after a kill -9 is what the service may take as
delivered, and the webhook inbox, which counts repeats by webhook-id, is the witness that nothing came under two ids.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from service.cli.demo.server import HOST, Request, Response, loopback_socket

Json = dict[str, Any]
TOLERANCE = timedelta(minutes=5)


class Journal:
    """A file of JSON lines that survives being killed in the middle of one. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.Lock()
        whole = path.read_bytes() if path.exists() else b""
        whole = whole[: whole.rfind(b"\n") + 1]  # a line without its end was never promised to anybody
        path.write_bytes(whole)
        self._rows: list[Json] = [json.loads(line) for line in whole.splitlines()]

    def append(self, row: Json, *, once: str, among: Callable[[Json], bool] = lambda _: True) -> None:
        """Write the row to disk; return when it is there. It is given its number, and whether it is a `repeat`.

        A repeat has the same value under the key `once` as an earlier row, of those `among` holds for.
        """
        with self._lock:
            repeat = among(row) and any(among(old) and old[once] == row[once] for old in self._rows)
            row = {"n": len(self._rows) + 1, "repeat": repeat} | row
            with self._path.open("ab") as file:
                file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                sync(file.fileno())
            self._rows.append(row)

    def rows(self) -> list[Json]:
        """Return all rows, oldest first."""
        with self._lock:
            return list(self._rows)


def sync(descriptor: int) -> None:
    """Wait until the disk has it."""
    os.fsync(descriptor)


def write_durably(path: Path, data: bytes) -> None:
    """Write a whole file or none, and wait until the disk has it."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        sync(file.fileno())
    part.replace(path)


class Mailbox:
    """Keeps each mail as a file, named by its content, beside an index. `now` gives the time to note."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._now = now
        self._index = Journal(folder / "index.jsonl")

    def accept(self, sender: str, recipients: list[str], body: bytes) -> None:
        """Store one mail; return when it is on disk."""
        name = f"{hashlib.sha256(body).hexdigest()[:24]}.eml"
        write_durably(self._folder / name, body)
        mail = parse(body)
        row = {
            "at": self._now().isoformat(),
            "from": sender,
            "to": recipients,
            "subject": str(mail["Subject"] or ""),
            "message_id": str(mail["Message-ID"] or ""),
            "file": name,
        }
        self._index.append(row, once="message_id")

    def rows(self) -> list[Json]:
        """Return what arrived, oldest first: n, at, from, to, subject, message_id, repeat, file."""
        return self._index.rows()

    def raw(self, number: int) -> bytes | None:
        """Return a mail's bytes by its number, from 1."""
        rows = self._index.rows()
        return (self._folder / rows[number - 1]["file"]).read_bytes() if 0 < number <= len(rows) else None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Take one mail from the SMTP server."""
        body = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            await asyncio.to_thread(self.accept, envelope.mail_from or "", list(envelope.rcpt_tos), body)
        except OSError as error:
            return f"451 cannot store the mail: {error.strerror}"
        return "250 stored"


def parse(body: bytes) -> EmailMessage:
    """Read a mail, however odd."""
    return message_from_bytes(body, policy=policy.default)


class MailServer:
    """Real SMTP on a free loopback port, on an event loop of its own, until closed."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._socket = loopback_socket()
        self.port = int(self._socket.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._serving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-smtp", daemon=True)

    @property
    def url(self) -> str:
        """What TOCSIN_SMTP_URL has to say."""
        return f"smtp://{HOST}:{self.port}"

    def start(self) -> None:
        """Serve in a thread; return when it does. The port accepts from the moment of construction."""
        self._thread.start()
        self._serving.wait()  # a loop that is stopped while it still sets up the server ends in an error

    def close(self) -> None:
        """Stop serving and free the port."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()
        self._socket.close()

    def _run(self) -> None:
        make = self._loop.create_server(self._session, sock=self._socket)
        server = self._loop.run_until_complete(make)
        self._serving.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _session(self) -> SMTP:
        return SMTP(self._mailbox, hostname="localhost", ident="Tocsin demo mailbox", loop=self._loop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a webhook is what it claims to be, and if not, why."""

    ok: bool
    reason: str


def verify(
    secret: str, headers: Mapping[str, str], body: bytes, now: datetime, *, tolerance: timedelta = TOLERANCE
) -> Verdict:
    """Check a webhook as the Standard Webhooks specification 1.0.0 says, with nothing but the standard library.

    The timestamp has to be within `tolerance` of `now`.
    """
    try:
        message_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        given = [part.partition(",") for part in headers["webhook-signature"].split()]
        sent = int(stamp)
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except KeyError as missing:
        return Verdict(ok=False, reason=f"header {missing.args[0]} is missing")
    except (ValueError, binascii.Error):
        return Verdict(ok=False, reason="the timestamp or the secret cannot be read")
    if abs(now.timestamp() - sent) > tolerance.total_seconds():
        return Verdict(ok=False, reason="the timestamp is more than five minutes off")
    signed = f"{message_id}.{stamp}.".encode() + body
    wanted = base64.b64encode(hmac.digest(key, signed, "sha256"))
    if any(version == "v1" and hmac.compare_digest(value.encode(), wanted) for version, _, value in given):
        return Verdict(ok=True, reason="signature verified")
    return Verdict(ok=False, reason="no signature matches")


class WebhookInbox:
    """A site with one endpoint, `POST /webhook`.

    `speed` is how many of the sender's seconds a real one makes: its timestamps may be five real minutes off.
    """

    path = "/webhook"

    def __init__(self, folder: Path, secret: str, now: Callable[[], datetime], *, speed: float = 1.0) -> None:
        self._journal = Journal(folder / "received.jsonl")
        self._secret = secret
        self._now = now
        self._tolerance = TOLERANCE * speed

    def rows(self) -> list[Json]:
        """Return what arrived, oldest first: n, at, id, ok, reason, repeat, sha256, body."""
        return self._journal.rows()

    def repeats(self) -> int:
        """Return how many good deliveries carried an id that had come before."""
        return sum(row["repeat"] for row in self.rows())

    def __call__(self, request: Request) -> Response | None:
        """Store what is posted here, good or bad, and only then answer."""
        if request.path != self.path:
            return None
        if request.method != "POST":
            return Response(status=405, body=b"POST a signed webhook here.\n", headers={"Allow": "POST"})
        now = self._now()
        verdict = verify(self._secret, request.headers, request.body, now, tolerance=self._tolerance)
        try:
            self._journal.append(row_of(request, verdict, now), once="id", among=lambda row: bool(row["ok"]))
        except OSError as error:
            return Response(status=503, body=f"cannot store: {error.strerror}\n".encode())
        return Response(status=200 if verdict.ok else 401, body=f"{verdict.reason}\n".encode())


def row_of(request: Request, verdict: Verdict, at: datetime) -> Json:
    """Return what is kept of a webhook."""
    return {
        "at": at.isoformat(),
        "id": request.headers.get("webhook-id", ""),
        "ok": verdict.ok,
        "reason": verdict.reason,
        "sha256": hashlib.sha256(request.body).hexdigest(),
        "body": request.body.decode(errors="replace"),
    }
