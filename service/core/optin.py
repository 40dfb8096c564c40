"""Who may ask for mail, and what a link proves.

What we hold to be true:
- whoever types an address may be anybody. Only who can read its mail may have it subscribed, changed or told about;
- the answer to a request must not tell whether an address is known, nor may it cost its owner more than a few mails;
- programs follow links: a link shows, only a button changes;
- leaving must never depend on a secret that an operator can lose. So the key in a link is enough to leave; to see and
  change what a reader chose takes the signature as well, which a stolen copy of the database does not hold.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Literal

from service.core.subscription import mailbox_of

LINK_LASTS = timedelta(hours=48)
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
PER_ADDRESS = 3
PER_NETWORK = 3
PER_HOUR = 300
"""So many confirming mails an hour over all: whoever has many machines must not make a mail bomb of ours."""
SIGNATURE_BYTES = 16

Verdict = Literal["mail", "enough", "network", "busy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who makes a request, as far as can be known: network address and browser."""

    ip: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """How often confirming mail was asked for: by this address and this network in a day, by anybody in an hour."""

    by_address: int = 0
    by_network: int = 0
    altogether: int = 0


def may_ask(lately: Lately) -> Verdict:
    """Say whether one more confirming mail goes out.

    `enough` (this address has had its share) must look to whoever asks as `mail` does; `network` and `busy` say
    nothing about the address and may be told.
    """
    if lately.by_network >= PER_NETWORK:
        return "network"
    if lately.altogether >= PER_HOUR:
        return "busy"
    return "enough" if lately.by_address >= PER_ADDRESS else "mail"


def address_key(address: str) -> str:
    """Return what requests for a mailbox are counted by: `a+1@x` and `A+2@X` are one. Not to be read back."""
    local, _, domain = address.casefold().rpartition("@")
    return hashlib.sha256(f"{local.partition('+')[0] or local}@{domain}".encode(errors="replace")).hexdigest()


def network_of(ip: str) -> str:
    """Return what requests from one place are counted by: the address, of IPv6 the /64 that one household has."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


def hashed(token: str) -> str:
    """Return what is kept of a confirming link's token, which has 128 bits of chance and so needs no salt."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def signed(key: str, secret: str) -> str:
    """Return what links to a subscription carry: its key, and the signature that opens all of it."""
    return f"{key}.{_signature(key, secret)}"


def opened(token: str, secret: str) -> tuple[str, bool]:
    """Return the key in a link, and whether its signature is ours."""
    key, _, signature = token.partition(".")
    right = hmac.compare_digest(signature.encode(errors="replace"), _signature(key, secret).encode())
    return key, right


def erased_mark(address: str, secret: str) -> str:
    """Return what is kept of a mailbox that was erased, to know it again where a file names it. Not to be read back."""
    made = hmac.new(secret.encode(), f"erased\0{mailbox_of(address)}".encode(errors="replace"), hashlib.sha256)
    return f"erased:{made.hexdigest()}"


def _signature(key: str, secret: str) -> str:
    made = hmac.new(secret.encode(), f"subscription\0{key}".encode(errors="replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:SIGNATURE_BYTES]).decode().rstrip("=")
