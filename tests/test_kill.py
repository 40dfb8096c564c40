"""kill -9 at any moment, start again: nothing is lost, and no event is alerted twice under two ids."""

import json
import os
import random
import select
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, BinaryIO

from service.adapters.store import open_store
from service.ports.outbox import Delivery
from tests.commands import run_command
from tests.forks import Program

KILLS = 5
STORY_S = 15
PATIENCE_S = 180.0


def demo(folder: Path) -> Program:
    environ = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    environ |= {"TOCSIN_DATA_DIR": str(folder), "HOME": str(folder)}
    return Program(run_command, "demo", "--seconds", str(STORY_S), environ=environ)


def read_until(stream: BinaryIO, words: bytes, *, patience_s: float = PATIENCE_S) -> bytes:
    """Return what the program says up to the line with these words; fail if it ends or stays silent for too long."""
    said, deadline = b"", time.monotonic() + patience_s
    while words not in said:
        ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(stream.fileno(), 65536) if ready else b""
        assert chunk, f"never said {words!r}:\n{said.decode()}"
        said += chunk
    return said


def kill_somewhere(folder: Path, dice: random.Random) -> None:
    """Start the demo, let it get going, and kill it after a moment nobody chose."""
    with demo(folder) as program:
        read_until(program.stdout, b"inboxes")
        program.wait(dice.uniform(0.5, 5.0))
        program.kill()


def finish(folder: Path) -> str:
    """Start it once more, let the story end, stop it as a person would, and return what it said."""
    with demo(folder) as program:
        said = read_until(program.stdout, b"The story is told")
        program.interrupt()
        said += program.stdout.read()
        assert program.wait(30) == 0, said.decode()
    return said.decode()


def journal(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_demo_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    folder, dice = tmp_path / "demo", random.Random(20261122)  # noqa: S311  any moments will do, the same each time
    for _ in range(KILLS):
        kill_somewhere(folder, dice)
    said = finish(folder)
    assert "Traceback" not in said
    assert "not all of it is done" not in said

    with open_store(f"sqlite:///{folder / 'tocsin.db'}", read_only=True) as store, store.read() as tx:
        deliveries = tx.outbox.list(limit=10_000)
        assert tx.entries.waiting() == 0
    assert nothing_lost(deliveries, folder)
    assert alerted_under_one_id(deliveries)
    assert sum(row.state == "sent" for row in deliveries) > 20


def nothing_lost(deliveries: list[Delivery], folder: Path) -> bool:
    """Every message that was to go out arrived, and nothing arrived that was not to go out."""
    hooks = {row["id"] for row in journal(folder / "webhooks" / "received.jsonl")}
    mails = {row["message_id"].strip("<>").split("@")[0] for row in journal(folder / "mailbox" / "index.jsonl")}
    due = {row.message.message_id for row in deliveries if row.state != "superseded"}
    late = {row.message.message_id for row in deliveries if row.state == "pending"}
    return due - late <= hooks | mails <= due


def alerted_under_one_id(deliveries: list[Delivery]) -> bool:
    """No subscription has two alerts about one event, whatever was killed when."""
    alerts: dict[tuple[int, int | None], set[str]] = defaultdict(set)
    for row in deliveries:
        if row.message.kind == "event.new" and row.state in {"sent", "pending"}:
            alerts[row.subscription_id, row.message.event_id].add(row.message.message_id)
    return bool(alerts) and all(len(ids) == 1 for ids in alerts.values())
