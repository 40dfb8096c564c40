"""`tocsin deliveries`: what is said of a message, and which can be sent once more."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.adapters.store import open_store, upgrade
from service.ports.world import Rendered
from tests.adapters.store.making import queue, subscribe
from tests.commands import tocsin

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A service with one message that waits and was rendered by the shipped template."""
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    upgrade(url)
    store = open_store(url)
    with store.write() as tx:
        rendered = Rendered(subject="Eight killed", body=b"x", fell_back="event_new.txt: no such field 'plaice'")
        queue(tx, subscribe(tx), "k", rendered=rendered)
    store.close()
    return {"TOCSIN_DATA_DIR": str(tmp_path)}


def test_what_was_not_given_up_is_not_retried(environ: dict[str, str]) -> None:
    done = tocsin("deliveries", "retry", "1", environ=environ)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "delivery 1 is pending, not gave_up" in done.stderr


def test_a_message_shows_why_the_operators_template_was_not_used(environ: dict[str, str]) -> None:
    assert "plaice" in tocsin("deliveries", "show", "1", environ=environ).stdout
    shown = json.loads(tocsin("deliveries", "show", "1", "--json", environ=environ).stdout)
    assert shown["fell_back"] == "event_new.txt: no such field 'plaice'"
