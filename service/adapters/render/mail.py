"""Putting a mail together: RFC 5322 bytes that survive the wire exactly as written here.

Four traps of the standard library are stepped around. `List-Unsubscribe` longer than a line would be rewritten as an
RFC 2047 encoded word, which no mail program can follow, so only the headers people read are folded at 76 columns.
The new folding of a subject doubles spaces and writes encoded words longer than the 75 characters allowed; the old one
does neither.
A body that is mostly not ASCII would become base64, which doubles what filters distrust, so both parts are
quoted-printable. And the boundary would be random, so the same message rendered twice would not be the same bytes.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, getaddresses, parseaddr

from service.adapters.render.clean import clean
from service.core.errors import BadConfig

_LITERAL = SMTP.clone(max_line_length=998)
_NOT_AN_ID = re.compile(r"[^A-Za-z0-9._+-]+")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
MAX_SUBJECT = 150


class _Wire(EmailPolicy):
    """SMTP rules; headers for machines are neither folded nor encoded."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() == "subject":
            charset = "us-ascii" if value.isascii() and "=?" not in value else "utf-8"
            folded = Header(value, charset, maxlinelen=76, header_name=name).encode(linesep="\r\n")
            return f"{name}: {folded}\r\n".encode("ascii")
        return (SMTP if name.lower() == "from" else _LITERAL).fold_binary(name, value)


_WIRE = _Wire(linesep="\r\n", max_line_length=998)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What goes into a mail. `thread` names the conversation; `list_name` is `alerts` or `digest`."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    at: datetime
    unsubscribe: str
    archive: str
    list_name: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """Writes letters from one sender. `mail_from` is `alerts@example.org` or `Name <alerts@example.org>`."""

    mail_from: str

    def __post_init__(self) -> None:
        """Raise BadConfig if `mail_from` is no address."""
        found = [address for _, address in getaddresses([self.mail_from])]
        if not self.mail_from.isprintable() or len(found) != 1 or not _ADDRESS.fullmatch(found[0]):
            raise BadConfig(
                f"{clean(self.mail_from, 100)!r} is no mail address",
                hint="set TOCSIN_MAIL_FROM to something like alerts@example.org",
                file="TOCSIN_MAIL_FROM",
            )

    @property
    def domain(self) -> str:
        """The right part of the sender's address, in ASCII."""
        return _ascii_domain(parseaddr(self.mail_from)[1].rsplit("@", 1)[1])

    def write(self, letter: Letter) -> bytes:
        """Return the complete message. Never raises for what is in the letter."""
        mail = EmailMessage(policy=SMTP)
        for name, value in self._headers(letter).items():
            mail[name] = value
        mail["From"] = self._sender()
        mail.set_content(letter.text, charset="utf-8", cte="quoted-printable")
        mail.add_alternative(letter.html, subtype="html", charset="utf-8", cte="quoted-printable")
        # Quoted-printable never holds "=_" unescaped, so no body can contain the boundary.
        mail.set_boundary("=_" + hashlib.sha256(letter.message_id.encode(errors="replace")).hexdigest()[:32])
        return mail.as_bytes(policy=_WIRE)

    def _headers(self, letter: Letter) -> dict[str, str]:
        thread = {"References": f"<{letter.thread}@{self.domain}>", "In-Reply-To": f"<{letter.thread}@{self.domain}>"}
        return {
            "Message-ID": f"<{_NOT_AN_ID.sub('-', letter.message_id)}@{self.domain}>",
            "Date": format_datetime(letter.at),
            "To": _recipient(letter.to),
            "Subject": clean(letter.subject, MAX_SUBJECT),
            **(thread if letter.thread else {}),
            "List-Id": f"Tocsin {letter.list_name} <{letter.list_name}.{self.domain}>",
            "List-Unsubscribe": f"<{letter.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Archive": f"<{letter.archive}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        }

    def _sender(self) -> Address:
        name, address = parseaddr(self.mail_from)
        local = address.rsplit("@", 1)[0]
        return Address(display_name=name or "Tocsin", username=local, domain=self.domain)


def _recipient(address: str) -> str:
    """Return the address on one line, its domain in ASCII."""
    local, _, domain = clean(address, 320).replace(" ", "").rpartition("@")
    return f"{local}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
