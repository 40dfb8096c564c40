"""`tocsin worker`, as the real program: it sends what is due on PostgreSQL, stops when told to, and refuses SQLite."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.adapters.store import open_store
from service.bootstrap import App
from service.cli.run import steps
from service.core.subscription import Wish
from service.pipeline.manage import subscribe
from service.ports.store import Step
from service.ports.world import Rendered
from service.settings import load
from tests.commands import run_command, tocsin
from tests.forks import Program
from tests.sink import noted, sink


def test_it_sends_what_is_due_and_stops_when_told_to(postgres_url: str, tmp_path: Path) -> None:
    log, now = tmp_path / "got", datetime.now(UTC)
    log.touch()
    environ = os.environ | {"DATABASE_URL": postgres_url, "TOCSIN_DATA_DIR": str(tmp_path), "TOCSIN_TICK_S": "0.5"}
    with sink(log) as port, open_store(postgres_url) as store:
        with store.write() as tx:
            wish = Wish(kind="webhook", address=f"http://127.0.0.1:{port}/x", mode="alert", secret="whsec_c2VjcmV0")
            tx.outbox.put(
                dedup_key="1",
                message_id="msg_1",
                kind="event.new",
                subscription=subscribe(tx, wish, known_rules=(), now=now),
                rendered=Rendered(subject="s", body=b"{}"),
                due_at=now,
                now=now,
            )
        environ["TOCSIN_ALLOW_NETS"] = "127.0.0.0/8"
        with Program(run_command, "worker", "--steps", "deliver", environ=environ) as program:
            until = time.monotonic() + 90
            while time.monotonic() < until:
                with store.read() as tx:
                    if tx.outbox.list(state="sent"):
                        break
                time.sleep(0.1)
            program.terminate()
            assert program.wait(60) == 0
    assert [row.message_id for row in noted(log)] == ["msg_1"]


@pytest.mark.parametrize(
    ("step", "needs", "spares"),
    [
        ("deliver", {"deliver", "channels"}, {"gazetteer", "judge", "poll", "fetcher", "ingest"}),
        ("digest", set[str](), {"gazetteer", "judge", "poll", "fetcher", "channels"}),
        ("poll", {"poll", "fetcher"}, {"gazetteer", "judge", "channels", "renderer"}),
        ("ingest", {"ingest", "judge", "gazetteer"}, {"poll", "fetcher", "channels"}),
    ],
)
def test_a_step_alone_needs_what_it_works_with_and_nothing_else(
    tmp_path: Path, step: Step, needs: set[str], spares: set[str]
) -> None:
    """Such as the file of place names, where messages are only sent."""
    with App(load({"TOCSIN_DATA_DIR": str(tmp_path)}), durable=False) as app:
        assert len(steps(app)[step]()(app.clock.now())) == 0
        made = vars(app).keys()
    assert (needs - made, spares & made) == (set(), set())


def test_on_sqlite_there_is_nothing_to_share(tmp_path: Path) -> None:
    done = tocsin("worker", environ=os.environ | {"TOCSIN_DATA_DIR": str(tmp_path)})
    assert done.returncode == 2
    assert "DATABASE_URL: E200 workers share their work through PostgreSQL" in done.stderr
