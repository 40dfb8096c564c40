"""kill -9 at every bad moment while messages leave: nothing is lost, and what comes twice comes under the same id.

The same at full size, on PostgreSQL with two workers too, is in tests/bench/test_delivery_kill.py.
"""

import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from service.bootstrap import App
from service.scheduler import THREADS
from service.settings import load
from tests.killing import Killed, Mode, fill, finish, forker, kill_all
from tests.servers_mail import MailScript, free_port, mail_server, postfix
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
    mode: Mode = "",
    at_once: int = 1,
    by_postfix: bool = False,
) -> Killed:
    """Queue, kill, finish, and say what arrived. With `by_postfix` mail is what a real Postfix passed on."""
    script, log = MailScript(), folder / "got"
    log.touch()
    with sink(log) as port, mail_server(script) as last, postfix(last) if by_postfix else nullcontext((last,)) as taker:
        smtp = taker[0]
        environ = {
            "TOCSIN_DATA_DIR": str(folder),
            "DATABASE_URL": url,
            "TOCSIN_LEASE_S": "60" if mode == "--whole" else "5",
        }
        environ |= {"TOCSIN_ALLOW_NETS": "127.0.0.0/8", "TOCSIN_SMTP_URL": f"smtp://127.0.0.1:{smtp}"}
        environ |= {"TOCSIN_BIND": f"127.0.0.1:{free_port()}"}
        with App(load(environ=environ)) as app, forker(environ, mode) as starts:
            expected = fill(app, port, count)

            def arrived() -> int:
                """Count what came, each once: repeats are no progress."""
                posted = {line.split(b" ")[2] for line in log.read_bytes().splitlines()}
                return len(posted) + len(set(mails(script)))

            dead = kill_all(starts, arrived, count, kills=kills, failpoints=moments, at_once=at_once)
            finish(starts, app)
            if by_postfix:
                passed_on(arrived, count)
        return Killed(
            kills=dead,
            in_flight=IN_FLIGHT * (THREADS["deliver"] if mode == "--whole" else 1),
            expected=expected,
            arrived=Counter([*mails(script), *(row.message_id for row in noted(log))]),
        )


def mails(script: MailScript) -> list[str]:
    """Return the ids of the mails that came, in their order."""
    found = (re.search(rb"^Message-ID: <(\w+)@", mail.body, re.MULTILINE) for mail in list(script.received))
    return [match[1].decode() for match in found if match]


def passed_on(arrived: Callable[[], int], count: int) -> None:
    """Give a server in between a while to pass on what it has taken."""
    until = time.monotonic() + 60
    while arrived() < count and time.monotonic() < until:
        time.sleep(0.1)


def test_killed_at_every_bad_moment_nothing_is_lost_and_repeats_have_their_id(sqlite_url: str, tmp_path: Path) -> None:
    found = killed(sqlite_url, tmp_path, count=160, kills=2, moments=MOMENTS)
    assert (found.lost, found.strange) == (0, 0), str(found)
    assert found.repeats <= found.kills * found.in_flight
    assert found.kills >= len(MOMENTS)


def test_the_harness_sees_it_where_messages_are_marked_before_they_are_sent(sqlite_url: str, tmp_path: Path) -> None:
    found = killed(sqlite_url, tmp_path, count=160, kills=0, moments=("after_connect",), mode="--mark-first")
    assert found.lost > 0, str(found)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'tocsin.db'}"
