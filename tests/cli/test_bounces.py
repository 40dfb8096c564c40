"""`tocsin bounces`: what a mail server's pipe calls, and what the operator sees of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from typer.testing import CliRunner, Result

from service.adapters.store import open_store, upgrade
from service.cli.main import program
from tests.adapters.store.making import queue, subscribe
from tests.adapters.test_channels_dkim import pem
from tests.pipeline.test_returned import report

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command line on a database with one mail to Ada."""
    url = f"sqlite:///{tmp_path / 'tocsin.db'}"
    upgrade(url)
    with open_store(url) as store, store.write() as tx:
        queue(tx, subscribe(tx), "12345678")
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))

    def call(*words: str, given: bytes = b"") -> Result:
        return CliRunner().invoke(program(words), words, input=given)

    return call


def test_a_report_through_the_pipe_gives_the_address_up_and_the_operator_lifts_it(run: Run) -> None:
    taken = run("bounces", "take", "--to", "bounces+msg_12345678@t.example", given=report(message_id="lost"))
    assert (taken.exit_code, taken.stdout.partition(":")[0]) == (0, "ada@example.org")
    (listed,) = json.loads(run("bounces", "list", "--json").stdout)
    assert (listed["to"], listed["returned"]) == ("ada@example.org", 1)
    assert "5.1.1" in listed["reason"]
    assert "5.1.1" in run("bounces", "list").stdout
    assert run("bounces", "lift", "ada@example.org").exit_code == 0
    assert run("bounces", "lift", "ada@example.org").exit_code == 1
    assert "No address is given up." in run("bounces", "list").stdout


def test_what_cannot_be_understood_is_no_error_to_a_mail_server(run: Run, tmp_path: Path) -> None:
    """Or it would send the report of a report."""
    (tmp_path / "noise.eml").write_bytes(b"\xff\x00noise")
    taken = run("bounces", "take", str(tmp_path / "noise.eml"))
    assert (taken.exit_code, taken.stdout) == (0, "nobody: it names no mail of ours (no report)\n")


def test_check_prints_the_record_that_lets_others_believe_our_signature(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In strings short enough for a zone file; a key that is no good is a finding of its own."""
    monkeypatch.setenv("TOCSIN_DKIM_KEY", pem(generate_private_key(65537, 2048)))
    monkeypatch.setenv("TOCSIN_MAIL_FROM", "alerts@tocsin.example")
    said = run("check").stdout
    assert 'tocsin._domainkey.tocsin.example. TXT "v=DKIM1; k=rsa; p=' in said
    assert all(len(part) <= 255 for part in said.split("TXT ")[1].split('"')[1::2])
    monkeypatch.setenv("TOCSIN_DKIM_KEY", "no key")
    found = json.loads(run("check", "--json").stdout)
    assert "no private key" in found["channels"][0]["message"]
    assert found["map"] == []
