"""`tocsin db`, as an operator meets it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.adapters.store import open_store
from service.cli.db import db
from service.core.errors import BadInput, StoreUnavailable, TocsinError


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'tocsin.db'}")
    return f"sqlite:///{tmp_path / 'tocsin.db'}"


def run(*words: str | Path) -> Result:
    """Run it; what it raises is for the main program to print."""
    result = CliRunner().invoke(db, [str(word) for word in words])
    if isinstance(result.exception, TocsinError):
        raise result.exception
    return result


def test_from_nothing_to_a_backup_and_back(url: str, tmp_path: Path) -> None:
    assert json.loads(run("upgrade", "--json").output)["ready"]
    status = json.loads(run("status", "--json").output)
    assert (status["database"], status["ready"]) == (url, True)
    backup = json.loads(run("backup", tmp_path / "copy.db", "--json").output)
    assert backup["bytes"] == (tmp_path / "copy.db").stat().st_size
    with pytest.raises(BadInput, match=r"--force"):
        run("restore", tmp_path / "copy.db")
    assert json.loads(run("restore", tmp_path / "copy.db", "--force", "--json").output)["kept"]
    assert json.loads(run("prune", "--keep-days", "90", "--json").output)["texts"] == 0
    open_store(url).close()


def test_people_get_a_sentence(url: str, tmp_path: Path) -> None:
    assert run("upgrade").output.startswith("the database is at 0")
    assert f"{url} is at 0" in run("status").output
    assert "copy.db: " in run("backup", tmp_path / "copy.db").output
    assert "what was there is in" in run("restore", tmp_path / "copy.db", "--force").output
    assert "forgotten: 0 texts" in run("prune", "--keep-days", "90").output


@pytest.mark.usefixtures("url")
def test_status_of_what_is_not_there_is_an_error_and_of_what_is_old_a_finding(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"tocsin db upgrade"):
        run("status")
    (tmp_path / "tocsin.db").touch()
    result = run("status")
    assert (result.exit_code, "run: tocsin db upgrade" in result.output) == (1, True)


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch, postgres_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url.replace("postgres@", "postgres:s3cret@"))
    output = run("status").output
    assert "s3cret" not in output
    assert "postgres:***@" in output


@pytest.mark.parametrize("words", [["prune"], ["prune", "--keep-days", "0"], ["backup"], ["restore"]])
def test_wrong_usage_is_refused(words: list[str]) -> None:
    assert run(*words).exit_code == 2
