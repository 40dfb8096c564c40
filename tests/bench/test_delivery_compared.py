"""The same thousand webhooks by Apprise, Alertmanager and ourselves: rate, and lost and doubled after one kill -9.

Each sends to the same sink on loopback and is killed when a third has arrived, then started again. Apprise keeps
nothing, so its caller starts over from the list; Alertmanager remembers what it sent in a snapshot every 15 minutes.
Skips what is not installed (Debian's prometheus-alertmanager).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from service.bootstrap import App
from service.settings import load
from tests.killing import Forker, fill, forker
from tests.servers_mail import free_port
from tests.sink import sink

pytestmark = pytest.mark.bench
COUNT = 1000
APPRISE = """
import sys, warnings
warnings.simplefilter("ignore")
import apprise
for n in range(int(sys.argv[2])):
    made = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
    made.add(f"json://127.0.0.1:{sys.argv[1]}/n/{n}")
    made.notify(title="Strike", body="8 killed")
"""


def arrived(log: Path) -> Counter[str]:
    """Count what arrived by path."""
    return Counter(line.split(" ")[1] for line in log.read_text().splitlines())


def wait(true: Callable[[], bool], *, patience_s: float = 240) -> float:
    """Return how long it took until it was so, or until patience was at its end."""
    started = time.monotonic()
    while not true() and time.monotonic() - started < patience_s:
        time.sleep(0.02)
    return time.monotonic() - started


def say(who: str, rate: float, log: Path, expected: int) -> None:
    found = arrived(log)
    lost, doubled = expected - len(found), sum(found.values()) - len(found)
    print(f"\n{who}: {rate:,.0f}/s; after a kill -9 {lost} lost, {doubled} doubled")  # noqa: T201


def test_ourselves(tmp_path: Path) -> None:
    """The ids are the receivers' key: counted by them, nothing is doubled."""
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    environ = {"TOCSIN_DATA_DIR": str(tmp_path), "DATABASE_URL": url, "TOCSIN_ALLOW_NETS": "127.0.0.0/8"}
    log = tmp_path / "got"
    log.touch()
    with sink(log) as port, App(load(environ=environ)) as app, forker(environ) as starts:
        fill(app, port, 2 * COUNT)  # every second one is a mail, which goes to a folder
        took = _killed_once(starts, log)
    ids = Counter(line.split(" ")[2] for line in log.read_text().splitlines())
    doubled = sum(ids.values()) - len(ids)
    lost = COUNT - len(ids)
    print(f"\nTocsin: {COUNT / took:,.0f}/s beside as many mails; {lost} lost, {doubled} repeated by id")  # noqa: T201
    assert len(ids) == COUNT


def _killed_once(starts: Forker, log: Path) -> float:
    pid = starts.start()
    first = wait(lambda: log.read_bytes().count(b"\n") >= COUNT // 3)
    os.kill(pid, signal.SIGKILL)
    pid = starts.start()
    second = wait(lambda: len({line.split(" ")[2] for line in log.read_text().splitlines()}) >= COUNT)
    os.kill(pid, signal.SIGKILL)
    return first + second


def test_apprise(tmp_path: Path) -> None:
    pytest.importorskip("apprise")
    log = tmp_path / "got"
    log.touch()
    with sink(log) as port:
        command = [sys.executable, "-c", APPRISE, str(port), str(COUNT)]
        with subprocess.Popen(command) as process:
            wait(lambda: log.read_bytes().count(b"\n") >= 1)
            first = wait(lambda: log.read_bytes().count(b"\n") >= COUNT // 3)
            process.kill()
        at_kill = log.read_bytes().count(b"\n")
        subprocess.run(command, check=True)
    say("Apprise, its caller starting over", at_kill / max(first, 0.01), log, COUNT)


def test_alertmanager(tmp_path: Path) -> None:
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        pytest.skip("Alertmanager (Debian package prometheus-alertmanager) is not installed")
    log, web = tmp_path / "got", free_port()
    log.touch()
    with sink(log) as port:
        config = {
            "route": {"receiver": "hooks", "group_by": ["path"], "group_wait": "0s", "group_interval": "5m"},
            "receivers": [{"name": "hooks", "webhook_configs": []}],
        }
        routes = [{"matchers": [f'path="{n}"'], "receiver": f"r{n}"} for n in range(COUNT)]
        config["route"]["routes"] = routes  # type: ignore[index]
        url = f"http://127.0.0.1:{port}/n"
        config["receivers"] += [  # type: ignore[operator]
            {"name": f"r{n}", "webhook_configs": [{"url": f"{url}/{n}", "send_resolved": False}]} for n in range(COUNT)
        ]
        (tmp_path / "am.yml").write_text(json.dumps(config))
        command = [program, f"--config.file={tmp_path / 'am.yml'}", f"--storage.path={tmp_path / 'am'}"]
        command += [f"--web.listen-address=127.0.0.1:{web}", "--cluster.listen-address="]
        started = _alert(command, web)
        first = wait(lambda: log.read_bytes().count(b"\n") >= COUNT // 3)
        started.kill()
        started.wait()
        at_kill = log.read_bytes().count(b"\n")
        again = _alert(command, web)
        wait(lambda: len(arrived(log)) >= COUNT and sum(arrived(log).values()) >= COUNT + at_kill, patience_s=60)
        again.kill()
        again.wait()
    say("Alertmanager, alerted again", at_kill / max(first, 0.01), log, COUNT)


def _alert(command: list[str], port: int) -> "subprocess.Popen[bytes]":
    """Start it and hand it all alerts, as Prometheus does every minute."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    wait(lambda: _answers(f"{base}/-/ready"), patience_s=60)
    alerts = [{"labels": {"alertname": "strike", "path": str(n)}} for n in range(COUNT)]
    request = urllib.request.Request(  # noqa: S310  loopback
        f"{base}/api/v2/alerts", data=json.dumps(alerts).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  loopback
        assert answer.status == 200
    return process


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  loopback
            return bool(answer.status == 200)
    except OSError:
        return False
