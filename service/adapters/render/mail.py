"""Putting a mail together: RFC 5322 bytes that survive the wire exactly as written here.

Three traps of the standard library are stepped around. `List-Unsubscribe` longer than a line would be rewritten as an
RFC 2047 encoded word, which no mail program can follow, so what machines read is never folded. The new folding of a
subject doubles spaces and writes encoded words longer than the 75 characters allowed; the old one does neither. And the
boundary would be random, so the same message rendered twice would not be the same bytes.

    multipart/alternative
      text/plain
      multipart/related       only where there is a picture
        text/html
        image/png

The picture comes last, and the boundaries around it depend on nothing but the picture: how a mail ends is then the same
for everybody who gets it, and is kept once.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, parseaddr
from functools import lru_cache

from service.adapters.render.clean import clean
from service.core.errors import BadConfig

_NOT_AN_ID = re.compile(r"[^A-Za-z0-9._+-]+")
_NOT_A_WORD = re.compile(r"[^A-Za-z0-9]+")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
MAX_SUBJECT = 150
MAX_FOLLOWED = 4
PICTURE_ID = "map"
SENDER_ID = 15
"""So many letters of the sender's domain name him to mailbox providers that count complaints by Feedback-ID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What goes into a mail: its two texts already quoted-printable, a PNG or nothing for `picture`.

    `thread` names the conversation, `follows` the messages in it that the reader has got, oldest first; `list_name` is
    `alerts` or `digest`, and empty for what is said to one person once.
    """

    message_id: str
    to: str
    subject: str
    text: bytes
    html: bytes
    picture: bytes = b""
    at: datetime
    list_name: str = ""
    unsubscribe: str = ""
    manage: str = ""
    archive: str = ""
    thread: str = ""
    follows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Postmaster:
    """Writes letters from one sender. `mail_from` is `alerts@example.org` or `Name <alerts@example.org>`.

    Where `bounces_to` is set, a mail to it unsubscribes too: it names the message, whose id nobody can guess.
    """

    mail_from: str
    bounces_to: str = ""

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
        return _domain_of(self.mail_from)

    def write(self, letter: Letter) -> tuple[bytes, int]:
        """Return the message, and how many bytes at its end are the same for all that carry this picture.

        Never raises for what is in the letter.
        """
        outer, inner = _boundaries(letter.picture)
        html = b'Content-Type: text/html; charset="utf-8"\r\n' + _QUOTED + letter.html
        own = [
            *(_header(name, value) for name, value in self._headers(letter)),
            b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n' % outer,
            b'--%b\r\nContent-Type: text/plain; charset="utf-8"\r\n' % outer + _QUOTED + letter.text,
            b"\r\n--%b\r\n" % outer,
        ]
        if not letter.picture:
            return b"".join((*own, html, b"\r\n--%b--\r\n" % outer)), 0
        related = b'Content-Type: multipart/related; type="text/html"; boundary="%b"\r\n\r\n--%b\r\n' % (inner, inner)
        end = b"\r\n--%b\r\n%b\r\n--%b--\r\n\r\n--%b--\r\n" % (inner, _image(letter.picture, self.domain), inner, outer)
        return b"".join((*own, related, html, end)), len(end)

    def picture_url(self) -> str:
        """Return the address of the picture inside the mail (RFC 2392)."""
        return f"cid:{PICTURE_ID}@{self.domain}"

    def _headers(self, letter: Letter) -> Iterator[tuple[str, str]]:
        """Yield what stands above the body. Headers for machines are neither folded nor encoded."""
        yield "Message-ID", self._id(letter.message_id)
        yield "Date", _date(letter.at)
        yield "From", self._sender()
        yield "To", _recipient(letter.to)
        yield "Subject", _folded("Subject", clean(letter.subject, MAX_SUBJECT))
        if letter.thread:
            before = [self._id(letter.thread), *map(self._id, letter.follows[-MAX_FOLLOWED:])]
            yield "References", "\r\n ".join(before)
            yield "In-Reply-To", before[-1]
        if letter.list_name:
            yield from self._list_headers(letter)
        yield "Auto-Submitted", "auto-generated"
        yield "X-Auto-Response-Suppress", "All"
        yield "MIME-Version", "1.0"

    def _list_headers(self, letter: Letter) -> Iterator[tuple[str, str]]:
        """Yield what RFC 2369, 2919 and 8058 want of a list; links only where there is a page behind them."""
        yield "List-Id", f"Tocsin {letter.list_name} <{letter.list_name}.{self.domain}>"
        if letter.unsubscribe:
            yield "List-Unsubscribe", f"<{letter.unsubscribe}>{self._leave_by_mail(letter.message_id)}"
            yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
        if letter.manage:
            yield "List-Help", f"<{letter.manage}>"
        if letter.archive:
            yield "List-Archive", f"<{letter.archive}>"
        yield "Precedence", "bulk"
        yield "Feedback-ID", f"::{letter.list_name}:{_NOT_A_WORD.sub('', self.domain)[:SENDER_ID]}"

    def _leave_by_mail(self, message_id: str) -> str:
        local, _, domain = self.bounces_to.rpartition("@")
        if not local or _NOT_AN_ID.search(message_id):
            return ""
        return f", <mailto:{local}+{message_id}@{_ascii_domain(domain)}?subject=unsubscribe>"

    def _id(self, left: str) -> str:
        return f"<{_NOT_AN_ID.sub('-', left)}@{self.domain}>"

    def _sender(self) -> str:
        return _from_header(self.mail_from, self.domain)


@lru_cache(maxsize=4)
def _domain_of(mail_from: str) -> str:
    return _ascii_domain(parseaddr(mail_from)[1].rsplit("@", 1)[1])


@lru_cache(maxsize=4)
def _date(at: datetime) -> str:
    return format_datetime(at)


@lru_cache(maxsize=4)
def _from_header(mail_from: str, domain: str) -> str:
    name, address = parseaddr(mail_from)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=name or "Tocsin", username=address.rsplit("@", 1)[0], domain=domain)
    return mail.as_bytes().decode("ascii").removeprefix("From: ").strip()


_QUOTED = b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"


@lru_cache(maxsize=8)
def _image(content: bytes, domain: str) -> bytes:
    head = (
        "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{PICTURE_ID}@{domain}>\r\n"
        'Content-Disposition: inline; filename="map.png"\r\n\r\n'
    )
    return head.encode() + base64.encodebytes(content).strip().replace(b"\n", b"\r\n")


@lru_cache(maxsize=8)
def _boundaries(picture: bytes) -> tuple[bytes, bytes]:
    """Return the outer and the inner one. Quoted-printable never holds "=_" unescaped, so no body contains them."""
    mark = hashlib.sha256(picture).hexdigest()[:24].encode()
    return b"=_alt_" + mark, b"=_rel_" + mark


@lru_cache(maxsize=256)
def _folded(name: str, value: str) -> str:
    charset = "us-ascii" if value.isascii() and "=?" not in value else "utf-8"
    return Header(value, charset, maxlinelen=76, header_name=name).encode(linesep="\r\n")


def _header(name: str, value: str) -> bytes:
    """Return its line. Only the recipient's address may be of any script, which makes it a mail of RFC 6532."""
    return f"{name}: {value}\r\n".encode("utf-8" if name == "To" else "ascii", "replace")


def _recipient(address: str) -> str:
    """Return the address on one line, its domain in ASCII."""
    local, _, domain = clean(address, 320).replace(" ", "").rpartition("@")
    return f"{local}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
