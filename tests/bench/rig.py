"""What benches of polling share: a server in a process of its own, our service set up to poll it, how to print."""

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from service.adapters.fetch import HttpFetcher
from service.bootstrap import App
from service.pipeline.manage import add_feed
from service.pipeline.poll import PolledFeed
from service.ports.world import Clock
from service.scheduler import THREADS
from service.settings import load
from tests.authority import Authority

ROOT = Path(__file__).parents[2]
COMPARED = ROOT / ".venv" / "bench-site"
"""Where `make bench` installs what we compare ourselves with."""

LOOPBACK = "127.0.0.0/8"


def say(what: str, figure: str, demand: str = "") -> None:
    """Print one result, and what was demanded."""
    print(f"\n{what}: {figure}" + (f"  [demanded: {demand}]" if demand else ""))  # noqa: T201  the result


def peak_mb() -> float:
    """Return the most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """A running server of feeds. With TLS their names are o0.co.xx and so on; without, addresses of loopback."""

    port: int
    count: int
    tls: bool
    process: subprocess.Popen[str]

    def url(self, outlet: int) -> str:
        """Return an outlet's feed. Each is on a registrable domain of its own."""
        if self.tls:
            return f"https://o{outlet}.co.xx:{self.port}/feed"
        return f"http://127.0.{outlet // 250}.{outlet % 250 + 1}:{self.port}/feed"

    @property
    def urls(self) -> list[str]:
        """All feeds."""
        return [self.url(outlet) for outlet in range(self.count)]

    def edition(self, fresh: int) -> None:
        """Have all bring out an edition with so many new items."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{fresh}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@contextmanager
def outlets(count: int, authority: Authority | None = None, *, items: int = 50) -> Iterator[Outlets]:
    """Run the server. It shares the processors with what is measured."""
    certificate = [str(path) for path in authority.files("*.co.xx")] if authority else []
    words = [sys.executable, "-m", "tests.bench.feedserver", str(count), str(items), *certificate]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            port = int(process.stdout.readline())
            yield Outlets(port=port, count=count, tls=bool(certificate), process=process)
        finally:
            process.kill()


@dataclass(slots=True, kw_only=True)
class Service:
    """Our service, polling. `run` polls what is due as the scheduler does, in as many threads, until nothing is."""

    app: App
    fetcher: HttpFetcher
    done: list[PolledFeed] = field(default_factory=list)

    def add(self, urls: Sequence[str]) -> list[int]:
        """Add feeds, due at once."""
        now = self.app.clock.now()
        with self.app.store.write() as tx:
            return [add_feed(tx, url, now=now).feed_id for url in urls]

    def run(self, now: datetime) -> list[PolledFeed]:
        """Poll what is due."""
        step = replace(self.app.poll, fetcher=self.fetcher)
        self.done = []

        def work() -> None:
            while done := step.run(now):
                self.done.extend(done)

        threads = [threading.Thread(target=work) for _ in range(THREADS["poll"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.done


@contextmanager
def service(folder: Path, clock: Clock, authority: Authority | None = None) -> Iterator[Service]:
    """Set up a durable store of our own in the folder, and a fetcher that finds every name on loopback."""
    settings = load(environ={}, flags={"data_dir": folder, "allow_nets": LOOPBACK, "host_gap_s": 0})
    with (
        App(settings, clock=clock) as app,
        HttpFetcher(
            user_agent=app.user_agent,
            allow_nets=[LOOPBACK],
            host_gap_s=0,
            ssl_context=authority.trusting() if authority else None,
            resolve=lambda _host, _port: ["127.0.0.1"],
        ) as fetcher,
    ):
        yield Service(app=app, fetcher=fetcher)


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Measure a block: seconds by the wall, of CPU here, and in the parsers, filled in at its end.

    On a machine with other things to do, only the CPU says what something costs.
    """
    figures: dict[str, float] = {}
    wall, cpu, parsers = time.perf_counter(), time.process_time(), _parsers_s()
    yield figures
    figures["wall"] = time.perf_counter() - wall
    figures["here"], figures["parsers"] = time.process_time() - cpu, _parsers_s() - parsers
    figures["cpu"] = figures["here"] + figures["parsers"]


def _parsers_s() -> float:
    """Return the CPU seconds that our running parse workers have used, see proc(5)."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            name, fields = (folder / "stat").read_text().rpartition(")")[::2]
        except OSError:
            continue  # it has ended meanwhile
        if b"service.adapters.parse.worker" in words and name and int(fields.split()[1]) == os.getpid():
            ticks += sum(map(int, fields.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")
