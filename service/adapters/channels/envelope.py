"""Who a mail comes from as far as mail servers are concerned, and who vouches for it."""

import re
from dataclasses import dataclass
from email.utils import parseaddr

from service.adapters.channels.dkim import Signer, signers
from service.core.errors import BadConfig

# Narrower than RFC 5321, which allows quoted local parts; nothing here can end a command or an address early.
_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9.\-\[\]:]+")
_NOT_LOCAL = re.compile(r"[\s<>()\[\],;:\\\"@]")
_ID = re.compile(r"[A-Za-z0-9_.-]+")
LONGEST_LOCAL = 64
ID_LENGTH = 36
"""Of our message ids, `msg_` and 32 digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The bare address of the sender, where returned mail goes if that is told apart, and who signs.

    With `bounces` set to `bounces@example.org`, mail `msg_1` is sent from `bounces+msg_1@example.org`: what comes back
    names the message even where it quotes nothing of it, and since ids cannot be guessed, nobody can make it up.
    """

    mail_from: str
    bounces: str = ""
    signers: tuple[Signer, ...] = ()

    @property
    def domain(self) -> str:
        """That of the sender."""
        return self.mail_from.rsplit("@", 1)[-1]

    def sender(self, message_id: str) -> str:
        """Return the envelope's sender of one message."""
        if not self.bounces or not _ID.fullmatch(message_id):
            return self.mail_from
        local, _, domain = self.bounces.rpartition("@")
        return f"{local}+{message_id}@{domain}"


def envelope(mail_from: str, *, bounces: str, dkim_key: str, dkim_selector: str, dkim_domain: str) -> Envelope:
    """Read the settings. Raises BadConfig, which names the one that is wrong."""
    address = _address(parseaddr(mail_from)[1], "the sender of mail", "TOCSIN_MAIL_FROM", "alerts@example.org")
    back = ""
    if bounces:
        back = _address(bounces, "the address for returned mail", "TOCSIN_BOUNCES_TO", "bounces@example.org")
        if len(back.rpartition("@")[0]) + 1 + ID_LENGTH > LONGEST_LOCAL:
            hint = (
                f"at most {LONGEST_LOCAL - 1 - ID_LENGTH} characters before the @: the message's id is put behind them"
            )
            raise BadConfig("the address for returned mail is too long", hint=hint, file="TOCSIN_BOUNCES_TO")
    sender_domain = address.rsplit("@", 1)[-1]
    by = signers(dkim_key, selectors=dkim_selector, domain=dkim_domain or sender_domain)
    return Envelope(mail_from=address, bounces=back, signers=by)


def unaligned(given: Envelope) -> BadConfig | None:
    """Return what DMARC would say against the signature: the From is of another domain than who signed."""
    sender = given.domain.lower()
    for domain in {signer.domain.lower() for signer in given.signers}:
        if sender != domain and not sender.endswith(f".{domain}") and not domain.endswith(f".{sender}"):
            words = f"mail from {sender} is signed by {domain}: receivers will not count that as ours (DMARC)"
            return BadConfig(words, hint="sign with the sender's domain", file="TOCSIN_DKIM_DOMAIN")
    return None


def _address(given: str, what: str, variable: str, example: str) -> str:
    try:
        return ascii_address(given)
    except ValueError as error:
        raise BadConfig(f"{what}: {error}", hint=f"set it to something like {example}", file=variable) from None


def recipient(address: str) -> str:
    """Return a reader's address as the wire wants it: what stands before the @ may be of any script (RFC 6531).

    Raises ValueError if it is no address.
    """
    local, _, domain = address.rpartition("@")
    if local.isascii():
        return ascii_address(address)
    if not local.isprintable() or _NOT_LOCAL.search(local):
        raise ValueError(f"{address[:80]!a} is not an address that mail servers take")
    return f"{local}@{ascii_address(f'x@{domain}').removeprefix('x@')}"


def ascii_address(address: str) -> str:
    """Return the address with its domain in ASCII, as the wire wants it. Raises ValueError if it is no address."""
    local, at, domain = address.rpartition("@")
    wire = f"{local}{at}{domain.encode('idna').decode()}"
    if not _ADDRESS.fullmatch(wire):
        raise ValueError(f"{address[:80]!a} is not an address that mail servers take")
    return wire
