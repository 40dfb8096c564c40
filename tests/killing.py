"""Delivering processes that are killed at random moments, and what their receivers have in the end.

`python -m tests.killing` forks a delivering process for each line it reads, so that a fresh one is there in no time.
What it sends through is the real step, store and channels. With `--whole` each is the whole service, pages, clock and
all steps. With `--mark-first` it marks before it sends, as a control: whoever does that loses messages, and the harness
must see it.
"""

import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

from service.bootstrap import App
from service.cli.run import running
from service.core.subscription import Wish
from service.pipeline.manage import subscribe
from service.ports.outbox import Ended, Outgoing
from service.ports.world import Attempt, Rendered
from service.settings import load

SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"
ENDPOINTS = 20
READERS = 20
PATIENCE_S = 300.0
SHARE = 3
"""Of what there is to send, this part is the goal for all kills: more arrives before one is dead than it was let."""
Mode = Literal["", "--whole", "--mark-first"]


@dataclass(kw_only=True)
class Killed:
    """What became of the messages. `in_flight` is how many one process may have under way."""

    kills: int
    in_flight: int
    expected: set[str]
    arrived: Counter[str]

    @property
    def lost(self) -> int:
        return len(self.expected - self.arrived.keys())

    @property
    def strange(self) -> int:
        return len(self.arrived.keys() - self.expected)

    @property
    def repeats(self) -> int:
        return sum(self.arrived.values()) - len(self.arrived)

    def __str__(self) -> str:
        return (
            f"{len(self.expected)} messages, {self.kills} kills: {self.lost} lost, {self.repeats} repeats "
            f"(at most {self.kills * self.in_flight}), {self.strange} of unknown id"
        )


def fill(app: App, port: int, count: int) -> set[str]:
    """Queue messages about so many events, every second one a mail. Return their ids."""
    now = datetime.now(UTC)
    with app.store.write() as tx:
        there = f"http://127.0.0.1:{port}/hook"
        hooks = [Wish(kind="webhook", address=f"{there}/{n}", mode="alert") for n in range(ENDPOINTS)]
        mails = [Wish(kind="email", address=f"reader{n}@example.org", mode="alert") for n in range(READERS)]
        known = [subscribe(tx, _secret(wish), known_rules=(), now=now) for wish in (*hooks, *mails)]
        messages = []
        for n in range(count):
            reader = known[n % len(known)]
            body = b'{"n":%d}' % n
            if reader.channel.kind == "email":
                body = b"From: a@example.org\r\nMessage-ID: <msg_%d@example.org>\r\n\r\n%d\r\n" % (n, n)
            messages.append(
                Outgoing(
                    dedup_key=str(n),
                    message_id=f"msg_{n}",
                    kind="event.new",
                    subscription=reader,
                    rendered=Rendered(subject="s", body=body),
                    due_at=now,
                )
            )
        tx.outbox.put_all(messages, now)
    return {message.message_id for message in messages}


def _secret(wish: Wish) -> Wish:
    return replace(wish, secret=SECRET) if wish.kind == "webhook" else wish


class Forker:
    """Starts delivering processes. `environ` is theirs."""

    def __init__(self, environ: dict[str, str], mode: Mode = "") -> None:
        command = [sys.executable, "-m", "tests.killing", *([mode] if mode else [])]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | environ, text=True
        )

    def start(self, failpoint: str = "") -> int:
        """Fork one and return its process id."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{failpoint}\n")
        stdin.flush()
        return int(_line(stdout))

    def close(self) -> None:
        self._process.kill()
        with self._process:
            pass


def _line(stream: IO[str]) -> str:
    ready, _, _ = select.select([stream], [], [], PATIENCE_S)
    assert ready, "the forker is silent"
    return stream.readline()


@contextmanager
def forker(environ: dict[str, str], mode: Mode = "") -> Iterator[Forker]:
    made = Forker(environ, mode)
    try:
        yield made
    finally:
        made.close()


def kill_all(
    starts: Forker,
    arrived: Callable[[], int],
    expected: int,
    *,
    kills: int,
    at_once: int = 1,
    failpoints: Sequence[str] = (),
    seed: int = 20261128,
) -> int:
    """Kill delivering processes until so many are dead, spread over the work; then let one finish. Return the kills."""
    dice, done = random.Random(seed), 0  # noqa: S311  any moments will do
    step = max(expected // (SHARE * (kills + len(failpoints) + 1)), 1)
    for failpoint in failpoints:
        pid = starts.start(failpoint)
        assert _until(lambda pid=pid: not alive(pid), patience_s=60), failpoint  # type: ignore[misc]
        done += 1
    while done < kills + len(failpoints) and arrived() < expected:
        pids = [starts.start() for _ in range(at_once)]
        goal = arrived() + dice.randint(1, max(2 * step - 1, 1))
        _until(lambda goal=goal: arrived() >= min(goal, expected), patience_s=30)  # type: ignore[misc]
        time.sleep(dice.uniform(0, 0.02))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            done += 1
        _until(lambda pids=pids: not any(map(_there, pids)), patience_s=30)  # type: ignore[misc]
    return done


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def _there(pid: int) -> bool:
    """Whether anything of the process is left: its first thread may be gone while others still hold its locks."""
    return Path(f"/proc/{pid}").exists()


def _until(true: Callable[[], bool], *, patience_s: float, step_s: float = 0.01) -> bool:
    until = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(step_s)
    return True


def finish(starts: Forker, app: App, *, patience_s: float = PATIENCE_S) -> None:
    """Let one process send the rest."""
    pid = starts.start()

    def settled() -> bool:
        with app.store.read() as tx:
            return not tx.outbox.list(state="pending", limit=1)

    fine = _until(settled, patience_s=patience_s, step_s=0.2)
    os.kill(pid, signal.SIGKILL)
    assert fine, "messages still wait"


def deliver_for_ever(*, mark_first: bool) -> None:
    """What a delivering process does."""
    with App(load()) as app:
        if app.settings.database_url.startswith("sqlite"):
            app.store.release_leases()
        while True:
            if mark_first:
                _marked_first(app)
            else:
                app.deliver.run(datetime.now(UTC))
            time.sleep(0.01)


def serve_for_ever() -> None:
    """What a whole service does."""
    with App(load()) as app, running(app):
        threading.Event().wait()


def _marked_first(app: App) -> None:
    """Claim, write down that all were sent, then send: the way that loses."""
    now = datetime.now(UTC)
    with app.store.write() as tx:
        messages = tx.outbox.claim(now, limit=50, lease=app.lease)
        sent = [Attempt(outbox_id=message.outbox_id, at=now, ok=True) for message in messages]
        tx.outbox.record_all([Ended(message=m, attempt=a) for m, a in zip(messages, sent, strict=True)])
    for _ in app.channels.send(messages):
        pass


def _warm_up() -> None:
    """Import all that a delivering process needs, so that each one forked has it at once."""
    with tempfile.TemporaryDirectory() as folder, App(load(environ={"TOCSIN_DATA_DIR": folder})) as app:
        app.deliver.run(datetime.now(UTC))


def main() -> None:
    _warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.environ["TOCSIN_FAILPOINT"] = line.strip()
            if "--whole" in sys.argv:
                serve_for_ever()
            deliver_for_ever(mark_first="--mark-first" in sys.argv)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
