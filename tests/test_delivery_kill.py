"""kill -9 at every bad moment while messages leave: nothing is lost, and what comes twice comes under the same id.

The same at full size, on PostgreSQL with two workers too, is in tests/bench/test_delivery_kill.py.
"""

from collections import Counter
from pathlib import Path

import pytest

from service.bootstrap import App
from service.settings import load
from tests.killing import Killed, fill, finish, forker, kill_all
from tests.servers_mail import MailScript, mail_server
from tests.sink import noted, sink

MOMENTS = ("after_claim", "after_connect", "after_send:3", "after_answer:5", "before_commit", "after_commit")
IN_FLIGHT = 75


def killed(
    url: str,
    folder: Path,
    *,
    count: int,
    kills: int,
    moments: tuple[str, ...] = (),
    mark_first: bool = False,
    at_once: int = 1,
) -> Killed:
    """Queue, kill, finish, and say what arrived."""
    script, log = MailScript(), folder / "got"
    log.touch()
    with sink(log) as port, mail_server(script) as smtp:
        environ = {"TOCSIN_DATA_DIR": str(folder), "DATABASE_URL": url, "TOCSIN_LEASE_S": "5"}
        environ |= {"TOCSIN_ALLOW_NETS": "127.0.0.0/8", "TOCSIN_SMTP_URL": f"smtp://127.0.0.1:{smtp}"}
        with App(load(environ=environ)) as app, forker(environ, mark_first=mark_first) as starts:
            expected = fill(app, port, count)

            def arrived() -> int:
                """Count what came, each once: repeats are no progress."""
                posted = {line.split(b" ")[2] for line in log.read_bytes().splitlines()}
                return len(posted) + len({mail.body[:80] for mail in script.received})

            dead = kill_all(starts, arrived, count, kills=kills, failpoints=moments, at_once=at_once)
            finish(starts, app)
        mails = [mail.body.split(b"<", 1)[1].split(b"@", 1)[0].decode() for mail in script.received]
        return Killed(
            kills=dead,
            in_flight=IN_FLIGHT,
            expected=expected,
            arrived=Counter([*mails, *(row.message_id for row in noted(log))]),
        )


def test_killed_at_every_bad_moment_nothing_is_lost_and_repeats_have_their_id(sqlite_url: str, tmp_path: Path) -> None:
    found = killed(sqlite_url, tmp_path, count=160, kills=2, moments=MOMENTS)
    assert (found.lost, found.strange) == (0, 0), str(found)
    assert found.repeats <= found.kills * found.in_flight
    assert found.kills >= len(MOMENTS)


def test_the_harness_sees_it_where_messages_are_marked_before_they_are_sent(sqlite_url: str, tmp_path: Path) -> None:
    found = killed(sqlite_url, tmp_path, count=160, kills=0, moments=("after_connect",), mark_first=True)
    assert found.lost > 0, str(found)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tocsin.db'}"
