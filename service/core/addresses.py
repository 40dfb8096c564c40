"""Which network addresses Tocsin may connect to.

Everything we fetch or post to was named by somebody we do not trust, so a name must never lead to a machine that only
we can reach. `ipaddress.is_global` is not enough: Python 3.11 calls 64:ff9b::7f00:1 (loopback behind NAT64),
2002:7f00:1:: (the same in 6to4), 192.0.0.8 and 224.0.0.1 global. So the table is ours, after the IANA special-purpose
registries; in IPv6 only 2000::/3 is handed out for the open internet, and what lies outside is refused as a whole.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_FORBIDDEN_V4 = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by a carrier"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "multicast tunnelling"),
    ("192.88.99.0/24", "6to4 relays"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
)
_FORBIDDEN_V6 = (
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard"),
    ("2001::/32", "Teredo"),
    ("2001::/23", "protocol assignments"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
_TABLE: tuple[tuple[Network, str], ...] = tuple((ip_network(net), why) for net, why in _FORBIDDEN_V4 + _FORBIDDEN_V6)

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_CARRIERS_OF_V4 = (
    (IPv6Network("::ffff:0:0/96"), "IPv4-mapped"),
    (IPv6Network("::ffff:0:0:0/96"), "IPv4-translated"),
    (IPv6Network("::/96"), "IPv4-compatible"),
    (IPv6Network("64:ff9b::/96"), "NAT64"),
)
_ISATAP = (0x00005EFE, 0x02005EFE)


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read CIDRs such as `127.0.0.0/8`; a bare address stands for itself. Raises ValueError naming the bad one."""
    return tuple(ip_network(text.strip(), strict=False) for text in texts if text.strip())


def refusal(ip: str, allow: Sequence[Network] = ()) -> str | None:
    """Return why this address must not be connected to, or None when it may be.

    `allow` lists what an operator lets through on purpose. It is held against the address as written: letting through
    127.0.0.0/8 does not open ::ffff:127.0.0.1, which nobody spells by accident.
    """
    try:
        address = ip_address(ip)
    except ValueError:
        return f"{ip} is not an address"
    if any(address in net for net in allow):
        return None
    kind = _kind(address)
    return f"{ip} is not on the open internet ({kind})" if kind else None


def _kind(address: IPv4Address | IPv6Address) -> str | None:
    """Name the special purpose of an address, or None for an ordinary one."""
    for net, why in _TABLE:
        if address in net:
            return why
    return _kind_v6(address) if isinstance(address, IPv6Address) else None


def _kind_v6(address: IPv6Address) -> str | None:
    # A network that has only IPv6 reaches ordinary IPv4 sites as NAT64 addresses: these count as what they carry.
    for net, form in _CARRIERS_OF_V4:
        if address in net:
            carried = IPv4Address(int(address) & 0xFFFFFFFF)
            kind = _kind(carried)
            return f"{kind}, {form} form of {carried}" if kind else None
    if address not in _GLOBAL_UNICAST:
        return "reserved"
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return "ISATAP tunnel"
    return None
