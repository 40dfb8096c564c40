"""What one request costs us in CPU, beside httpx's client and its pool. Why `adapters.http` has a transport of its own.

Everything asks for the same unchanged document (304) of a server in a process of its own.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable

import httpx
import pytest

from service.adapters.http import HttpClient
from tests.authority import Authority
from tests.bench.rig import LOOPBACK, Outlets, outlets, say

pytestmark = pytest.mark.bench

REQUESTS = 600
KNOWN = {"if-none-match": '"1"'}
Ask = Callable[[int], Awaitable[int]]


async def measured(what: str, at_once: int, ask: Ask, demand: str = "") -> None:
    """Ask, so many at once, and print the CPU time of one request, the server's not counted."""
    numbers = iter(range(REQUESTS))

    async def work() -> None:
        for number in numbers:
            assert await ask(number) == 304

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*[work() for _ in range(at_once)])
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    say(what, f"{1000 * cpu / REQUESTS:.2f} ms of CPU a request, {REQUESTS / wall:,.0f}/s", demand)


async def ours(server: Outlets, tls: ssl.SSLContext | None, at_once: int, demand: str) -> None:
    async with HttpClient(
        allow_nets=[LOOPBACK], user_agent="Tocsin/bench", ssl_context=tls, resolve=lambda _host, _port: ["127.0.0.1"]
    ) as client:

        async def ask(number: int) -> int:
            return (await client.request("GET", server.url(number % server.count), headers=KNOWN)).status

        await measured(f"ours, {at_once} at once, a connection each", at_once, ask, demand)


async def theirs(server: Outlets, tls: ssl.SSLContext | None, at_once: int, *, keep: bool) -> None:
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100 if keep else 0)
    async with httpx.AsyncClient(verify=tls or True, trust_env=False, limits=limits, headers=KNOWN) as client:
        url = f"{'https' if tls else 'http'}://127.0.0.1:{server.port}/feed"

        async def ask(number: int) -> int:
            name = f"o{number % server.count}.co.xx"
            return (await client.get(url, headers={"host": name}, extensions={"sni_hostname": name})).status_code

        kept = "connections kept" if keep else "a connection each"
        await measured(f"httpx, {at_once} at once, {kept}", at_once, ask)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
def test_cpu_per_request(authority: Authority, secure: bool) -> None:  # noqa: FBT001  a parameter of the test
    tls = authority.trusting() if secure else None
    with outlets(20, authority if secure else None) as server:
        for at_once in (1, 32):
            asyncio.run(ours(server, tls, at_once, "<= 3 ms" if secure and at_once > 1 else ""))
        for keep in (False, True):
            for at_once in (1, 100):
                asyncio.run(theirs(server, tls, at_once, keep=keep))
