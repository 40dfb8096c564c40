"""DKIM signatures (RFC 6376, RFC 8463), relaxed/relaxed, so that receivers can tell our mail from a forger's.

Signed when a mail is sent, not when it is written: a mail that waits for hours must not go out under a key that has
been replaced meanwhile. The signature holds no time, so each try signs the same bytes the same way.

From is signed once more than it is there, so that nobody can add a second one on the way. Both List headers are
covered, or one-click unsubscribing would not count (RFC 8058, section 4).
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from service.core.errors import BadConfig

SIGNED = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-help",
    "list-archive",
    "feedback-id",
    "auto-submitted",
    "mime-version",
    "content-type",
)
SHORTEST_RSA = 1024
VARIABLE = "TOCSIN_DKIM_KEY"
HINT = "openssl genrsa 2048 makes one; give it as TOCSIN_DKIM_KEY or in a file named by TOCSIN_DKIM_KEY_FILE"

_PEM = re.compile(r"-----BEGIN [^-]*PRIVATE KEY-----.*?-----END [^-]*PRIVATE KEY-----", re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
_BLANK = re.compile(rb"[ \t]+")

Key = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with one key under one selector of a domain."""

    key: Key
    selector: str
    domain: str

    @property
    def algorithm(self) -> str:
        """As the header names it."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    def header(self, fields: Sequence[tuple[str, bytes]], body_hash: bytes) -> bytes:
        """Return the DKIM-Signature line for these header fields and this hash of the body."""
        chosen, names = _chosen(fields)
        unsigned = (
            f"v=1; a={self.algorithm}; c=relaxed/relaxed; d={self.domain}; s={self.selector};\r\n"
            f" h={':'.join(names)};\r\n bh={base64.b64encode(body_hash).decode()};\r\n b="
        ).encode()
        data = b"".join(chosen) + relaxed("dkim-signature", unsigned).rstrip(b"\r\n")
        signature = base64.b64encode(self._sign(data))
        lines = [signature[at : at + 72] for at in range(0, len(signature), 72)]
        return b"DKIM-Signature: " + unsigned + b"\r\n ".join(lines) + b"\r\n"

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, PKCS1v15(), hashes.SHA256())
        return self.key.sign(hashlib.sha256(data).digest())

    def record(self) -> tuple[str, str]:
        """Return the name and the text of the TXT record that lets receivers check: to be published in the DNS."""
        public = self.key.public_key()
        if isinstance(self.key, RSAPrivateKey):
            kind, raw = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            kind, raw = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        text = f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"
        return f"{self.selector}._domainkey.{self.domain}", text


def signers(pem: str, *, selectors: str, domain: str) -> tuple[Signer, ...]:
    """Read the keys; several PEM blocks go with as many selectors, parted by commas. None for no key.

    Raises BadConfig, which never repeats the key.
    """
    if not pem.strip():
        return ()
    names = [name.strip() for name in selectors.split(",") if name.strip()]
    blocks = _PEM.findall(pem)
    if not blocks:
        raise BadConfig("the key to sign mail with is no private key in PEM form", hint=HINT, file=VARIABLE)
    if len(blocks) != len(names):
        words = f"there are {len(blocks)} keys to sign mail with and {len(names)} selectors"
        raise BadConfig(words, hint="name one selector for each key, parted by commas", file="TOCSIN_DKIM_SELECTOR")
    for name, what in ((domain, "TOCSIN_DKIM_DOMAIN"), *((name, "TOCSIN_DKIM_SELECTOR") for name in names)):
        if not _LABEL.fullmatch(name):
            hint = "letters, digits, hyphens and dots, as in tocsin2026"
            raise BadConfig(f"{name[:60]!a} cannot be part of a name in the DNS", hint=hint, file=what)
    return tuple(Signer(_key(block), name, domain) for block, name in zip(blocks, names, strict=True))


def _key(block: str) -> Key:
    try:
        key = load_pem_private_key(block.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        why = "it has a passphrase" if isinstance(error, TypeError) else "it cannot be read"
        raise BadConfig(f"the key to sign mail with is unusable: {why}", hint=HINT, file=VARIABLE) from None
    if isinstance(key, RSAPrivateKey) and key.key_size < SHORTEST_RSA:
        words = f"the key to sign mail with has {key.key_size} bits: receivers refuse less than {SHORTEST_RSA}"
        raise BadConfig(words, hint=HINT, file=VARIABLE)
    if not isinstance(key, (RSAPrivateKey, Ed25519PrivateKey)):
        words = "the key to sign mail with is neither RSA nor Ed25519"
        raise BadConfig(words, hint=HINT, file=VARIABLE)
    return key


def signed(message: bytes, by: Sequence[Signer]) -> bytes:
    """Return the message with a signature by each on top. Line ends are CRLF."""
    if not by:
        return message
    head, _, body = message.partition(b"\r\n\r\n")
    fields = list(_fields(head))
    body_hash = hashlib.sha256(relaxed_body(body)).digest()
    return b"".join(signer.header(fields, body_hash) for signer in by) + message


def _fields(head: bytes) -> Iterator[tuple[str, bytes]]:
    for line in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = line.partition(b":")
        yield name.decode("ascii", "replace").strip().lower(), value


def _chosen(fields: Sequence[tuple[str, bytes]]) -> tuple[list[bytes], list[str]]:
    """Return what is signed of the header, and its names in order: repeated ones from the last to the first."""
    lines: list[bytes] = []
    names: list[str] = []
    for wanted in SIGNED:
        for name, value in reversed(fields):
            if name == wanted:
                lines.append(relaxed(name, value))
                names.append(name)
    return lines, [*names, "from"]


def relaxed(name: str, value: bytes) -> bytes:
    """Return a header line in relaxed form (RFC 6376, section 3.4.2)."""
    unfolded = _BLANK.sub(b" ", value.replace(b"\r\n", b""))
    return name.lower().encode() + b":" + unfolded.strip(b" ") + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """Return a body in relaxed form (RFC 6376, section 3.4.4). Quick where there is nothing to do, as in base64."""
    if b"\t" in body:
        body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n")
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    if body == b"\r\n" or not body:
        return b""
    return body if body.endswith(b"\r\n") else body + b"\r\n"
