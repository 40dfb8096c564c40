"""`tocsin users`: what it prints and what it exits with."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.bootstrap import App
from service.cli.users import users
from service.core.errors import NotFound
from service.settings import load


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))


def run(*words: str) -> Result:
    return CliRunner().invoke(users, words)


def test_a_token_is_shown_once_and_works_until_it_is_revoked() -> None:
    made = json.loads(run("add", "ada", "--json").stdout)
    more = run("token", "Ada", "--label", "ci", "--for", "90d").stdout.split("\n")
    with App(load()) as app:
        assert app.operators.by_token(made["token"])
        assert app.operators.by_token(more[0])
    listed = run("list").stdout
    assert "ada" in listed
    assert made["token"] not in listed + run("list", "--json").stdout
    [user] = json.loads(run("list", "--json").stdout)
    assert [(token["label"], token["works"], bool(token["until"])) for token in user["tokens"]] == [
        ("", True, False),
        ("ci", True, True),
    ]
    assert run("token", "--revoke", str(made["token_id"])).exit_code == 0
    with App(load()) as app:
        assert app.operators.by_token(made["token"]) is None
        assert app.operators.by_token(more[0])
    assert run("remove", "ada").exit_code == 0
    with App(load()) as app:
        assert app.operators.by_token(more[0]) is None


@pytest.mark.parametrize(
    "words", [("add", ""), ("add", "a\u202eb"), ("add", "x" * 61), ("token",), ("add", "ada", "--for", "soon")]
)
def test_wrong_usage(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code != 0


def test_nobody_has_no_token() -> None:
    for words in (("token", "bea"), ("token", "--revoke", "7"), ("remove", "bea")):
        assert isinstance(run(*words).exception, NotFound)
    assert "There are no operators" in run("list").stdout
