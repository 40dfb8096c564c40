"""Connects to checked addresses only.

A name may lead inside, and may lead elsewhere a second later. So names are resolved here, every address is held against
`core.addresses`, and the connection goes to a checked address itself; TLS still asks for the name.
"""

import asyncio
import socket
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address

from service.adapters.http.failure import HttpFailure, reason
from service.core.addresses import Network, refusal

Resolve = Callable[[str, int], Sequence[str]]
_ADDRESSES_TRIED = 3
_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Makes connections. `resolve` runs in `resolvers`; `allow` are the networks let through."""

    allow: tuple[Network, ...]
    resolve: Resolve
    resolvers: ThreadPoolExecutor

    async def connect(self, host: str, port: int, *, tls: ssl.SSLContext | None) -> tuple[StreamReader, StreamWriter]:
        """Resolve, check, and connect to the first checked address that answers. Raises HttpFailure, OSError."""
        addresses = self._checked(host, await self._resolved(host, port))[:_ADDRESSES_TRIED]
        try:
            connected = await _first(addresses, port)
        except TimeoutError:
            raise HttpFailure("timeout", "no connection within the time allowed") from None
        except OSError as exc:
            raise HttpFailure("connect", f"could not connect: {reason(exc)}") from None
        try:
            async with asyncio.timeout(_CONNECT_S):
                # A name that ends in a dot is the same name, but certificates do not say it so.
                name = host.rstrip(".") if tls else None
                return await asyncio.open_connection(sock=connected, ssl=tls, server_hostname=name)
        except BaseException:
            connected.close()
            raise

    async def _resolved(self, host: str, port: int) -> list[str]:
        if _is_address(host):
            return [host]
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self.resolvers, self.resolve, host, port)
        except (socket.gaierror, UnicodeError) as exc:
            why = exc.strerror if isinstance(exc, socket.gaierror) else "not a host name"
            raise HttpFailure("dns", f"{host}: {str(why).lower()}") from None
        return list(dict.fromkeys(found))

    def _checked(self, host: str, addresses: Sequence[str]) -> list[str]:
        """Keep the addresses that may be connected to. Raises HttpFailure when none may."""
        refused = {address: refusal(address, self.allow) for address in addresses}
        good = [address for address, why in refused.items() if why is None]
        if not good:
            why = next(iter(refused.values()), None) or "no address"
            raise HttpFailure("blocked", why if host in refused else f"{host} leads inside: {why}")
        return good


async def _first(addresses: Sequence[str], port: int) -> socket.socket:
    """Connect to the first that answers, each with its share of the time. Raises what the last one said."""
    for address in addresses[:-1]:
        try:
            return await _connected(address, port, _CONNECT_S / len(addresses))
        except OSError:  # a TimeoutError is one too
            continue
    return await _connected(addresses[-1], port, _CONNECT_S / len(addresses))


async def _connected(address: str, port: int, limit_s: float) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        async with asyncio.timeout(limit_s):
            await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def lookup(host: str, port: int) -> list[str]:
    """Ask the system's resolver. Raises OSError or UnicodeError."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
