"""Connects to checked addresses only.

A name may lead inside, and may lead elsewhere a second later. So names are resolved here, every address is held against
`core.addresses`, and the connection goes to a checked address itself; TLS still asks for the name.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpcore

from service.adapters.http.failure import HttpFailure
from service.core.addresses import Network, refusal

Resolve = Callable[[str, int], Sequence[str]]
_ADDRESSES_TRIED = 3


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects one exchange to a checked address, and remembers the stream so that it is closed whatever happens."""

    def __init__(self, allow: tuple[Network, ...], resolve: Resolve, resolvers: ThreadPoolExecutor) -> None:
        self._allow = allow
        self._lookup = resolve
        self._resolvers = resolvers
        self._inner = httpcore.AnyIOBackend()
        self._opened: list[httpcore.AsyncNetworkStream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, and connect to the first checked address that answers. Raises HttpFailure."""
        addresses = self._checked(host, await self._resolve(host, port))[:_ADDRESSES_TRIED]
        share = None if timeout is None else timeout / len(addresses)
        for last, address in [(n == len(addresses) - 1, address) for n, address in enumerate(addresses)]:
            try:
                stream = await self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last:
                    raise
            else:
                self._opened.append(stream)
                return stream
        raise AssertionError(host)  # pragma: no cover - the loop returns or raises

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Refuse."""
        raise HttpFailure("blocked", f"{path} is a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's retries, which we do not use."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Close whatever was opened."""
        # A deadline that strikes inside the TLS handshake leaves the TCP stream to nobody but us.
        for stream in self._opened:
            await stream.aclose()

    async def _resolve(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._resolvers, self._lookup, host, port)
        except (socket.gaierror, UnicodeError) as exc:
            why = exc.strerror if isinstance(exc, socket.gaierror) else "not a host name"
            raise HttpFailure("dns", f"{host}: {str(why).lower()}") from None
        return list(dict.fromkeys(found))

    def _checked(self, host: str, addresses: Sequence[str]) -> list[str]:
        """Keep the addresses that may be connected to. Raises HttpFailure when none may."""
        refused = {address: refusal(address, self._allow) for address in addresses}
        good = [address for address, why in refused.items() if why is None]
        if not good:
            why = next(iter(refused.values()), None) or "no address"
            raise HttpFailure("blocked", why if host in refused else f"{host} leads inside: {why}")
        return good


def lookup(host: str, port: int) -> list[str]:
    """Ask the system's resolver. Raises OSError or UnicodeError."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
