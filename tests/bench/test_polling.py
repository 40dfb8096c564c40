"""How much polling two processors bear, and what it holds in memory. The server, a process of its own, shares them.

Each bench prints its figure and what was demanded of it.
"""

from pathlib import Path

import pytest

from service.pipeline.poll import PolledFeed
from tests.authority import Authority
from tests.bench.rig import Service, outlets, say, service, timed
from tests.standins import NOON, HandClock

pytestmark = pytest.mark.bench

FEEDS = 300


def poll(running: Service, clock: HandClock, what: str, demand: str) -> list[PolledFeed]:
    """Poll all feeds, seven hours after the last time, and print how fast that went."""
    now = clock.forward(hours=7)
    with timed() as took:
        done = running.run(now)
    assert {item.record.error for item in done} == {""}
    here, parsers = (1000 * took[part] / len(done) for part in ("here", "parsers"))
    rate = len(done) / took["wall"]
    say(f"poll over TLS: {what}", f"{rate:,.0f} feeds/s; CPU each {here:.1f} ms, {parsers:.1f} ms parsing", demand)
    return done


def test_throughput_over_tls(tmp_path: Path, authority: Authority) -> None:
    """From the claim to the commit, as many feeds at once as the service asks, each on a host of its own."""
    clock = HandClock(NOON)
    with outlets(FEEDS, authority) as server, service(tmp_path, clock, authority) as running:
        running.add(server.urls)
        done = poll(running, clock, "never seen, 50 entries each", "")
        assert sum(item.record.new for item in done) == 50 * FEEDS
        done = poll(running, clock, "unchanged", ">= 100 feeds/s")
        assert {item.record.status for item in done} == {304}
        for fresh, demand in ((5, ">= 40 feeds/s"), (50, "")):
            server.edition(fresh)
            done = poll(running, clock, f"changed, {fresh} of 50 entries new", demand)
            assert sum(item.record.new for item in done) == fresh * FEEDS
        assert len(done) == FEEDS
