"""What hostile and enormous answers cost. Each bench prints its figure and what was demanded of it."""

import asyncio
import gzip
import random
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator

import pytest

from service.adapters.fetch import HttpFetcher
from service.adapters.http import HttpClient
from service.core.feed import FetchRequest
from tests.bench.feedserver import document
from tests.bench.rig import LOOPBACK, ROOT, say
from tests.servers import LoopbackServer, Reply

pytestmark = pytest.mark.bench

DEADLINE_S = 3.0
FETCH_ONCE = r"""
import re, sys, time
from pathlib import Path
from service.adapters.fetch import HttpFetcher
from service.core.feed import FetchRequest
peak = lambda: int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
with HttpFetcher(user_agent="Tocsin/bench", allow_nets=["127.0.0.0/8"], host_gap_s=0) as fetcher:
    list(fetcher.fetch([FetchRequest(feed_id=1, url=sys.argv[1])]))
    before, started = peak(), time.perf_counter()
    [result] = fetcher.fetch([FetchRequest(feed_id=2, url=sys.argv[2])])
    print(result.error_code, time.perf_counter() - started, peak() - before)
"""


SERVE_LARGE = """
import sys
from tests.bench.test_fetch_safety import large
from tests.servers import LoopbackServer
with LoopbackServer(large()) as server:
    print(server.url(), flush=True)
    sys.stdin.read()
"""


def bomb(mb: int) -> bytes:
    """Return gzip that inflates to so many megabytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1_000_000)
    return b"".join([packer.compress(zeros) for _ in range(mb)]) + packer.flush()


def test_a_bomb() -> None:
    """In a process that has fetched before, so that only the bomb counts."""
    packed = bomb(600)
    routes = {
        "/plain": Reply(body=document(0, 0)),
        "/bomb": Reply(headers={"Content-Encoding": "gzip"}, body=packed),
    }
    with LoopbackServer(routes) as server:
        words = [sys.executable, "-c", FETCH_ONCE, server.url("/plain"), server.url("/bomb")]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    code, seconds, mb = done.stdout.split()
    say(
        f"{len(packed) / 1000:.0f} KB of gzip that inflate to 600 MB",
        f"{code} after {float(seconds):.2f} s, {float(mb):.1f} MB more memory",
        "refused within 2 s, under 32 MB",
    )
    assert code == "too_large"
    assert float(seconds) < 2
    assert float(mb) < 32


def test_a_slow_drip() -> None:
    """A byte now and then for ever, on a deadline a tenth of the service's 30 s."""

    def drip() -> Iterator[bytes]:
        while not server.stopping.wait(0.05):
            yield b"."

    with LoopbackServer() as server, HttpFetcher(
        user_agent="Tocsin/bench", allow_nets=[LOOPBACK], host_gap_s=0, deadline_s=DEADLINE_S
    ) as fetcher:  # fmt: skip
        server.routes["/"] = lambda _asked: Reply(body=drip())
        started = time.perf_counter()
        [result] = fetcher.fetch([FetchRequest(feed_id=1, url=server.url())])
        took = time.perf_counter() - started
    say("a slow drip", f"{result.error_code} after {took:.2f} s", f"cut at the deadline, here {DEADLINE_S:g} s")
    assert result.error_code == "timeout"
    assert took < DEADLINE_S + 1


def large() -> dict[str, Reply]:
    """Return documents just under the cap: of news, of noise, of zeros."""
    news = b"".join(document(n, 0) for n in range(400))[:9_900_000]
    noise = random.Random(1).randbytes(9_900_000)  # noqa: S311  noise needs no secrecy
    bodies = {"news": news, "noise": noise, "zeros": bytes(9_900_000)}
    packed = {"Content-Encoding": "gzip"}
    return {f"/{name}": Reply(headers=packed, body=gzip.compress(body, 6)) for name, body in bodies.items()}


@pytest.mark.parametrize("kind", ["news", "noise", "zeros"])
def test_the_loop_is_never_held_up(kind: str) -> None:
    """Eight answers of 10 MB at once, while it is looked each millisecond how late the loop is.

    On a busy machine others hold it up, too. So what it did itself between two looks is counted apart, in CPU time.
    """

    async def sampled(requests: int) -> tuple[float, float]:
        clock = asyncio.get_running_loop().time
        async with HttpClient(allow_nets=[LOOPBACK], user_agent="Tocsin/bench") as client:
            jobs = [asyncio.create_task(client.request("GET", url, deadline_s=60)) for _ in range(requests)]
            late, busy, until = 0.0, 0.0, clock() + 2
            while not all(job.done() for job in jobs) or (not jobs and clock() < until):
                expected, used = clock() + 0.001, time.thread_time()
                await asyncio.sleep(0.001)
                late, busy = max(late, clock() - expected), max(busy, time.thread_time() - used)
            for job in jobs:
                job.result()
        return late * 1000, busy * 1000

    words = [sys.executable, "-c", SERVE_LARGE]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout
        url = server.stdout.readline().strip() + kind
        (rest, _), (late, busy) = asyncio.run(sampled(0)), asyncio.run(sampled(8))
        server.communicate()
    figures = f"{busy:.0f} ms of its own work at worst, {late:.0f} ms late; at rest {rest:.0f} ms late"
    say(f"the loop with 8 × 10 MB of {kind} on it", figures, "<= 50 ms")
