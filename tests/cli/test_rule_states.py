"""`tocsin rules list, snooze, pause, resume, preview`: what they print and what they exit with."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.bootstrap import App
from service.cli.rules import rules
from service.core.errors import NotFound
from service.core.rules import Subject
from service.settings import load
from tests.core.rules.given import event, told
from tests.migrated import put_database
from tests.pipeline.archived import keep
from tests.pipeline.test_ingest import KHARKIV

RULES = """version: 1
rules:
  - id: harbour
    title: Harbour watch
    match: kind:strike AND harbour
    owner: desk
  - id: quiet
    title: Only counts
    match: kind:strike
    state: draft
"""
EDITED = RULES.replace("kind:strike AND harbour", "kind:strike AND market")


def run(*words: str) -> Result:
    return CliRunner().invoke(rules, words)


def listed() -> dict[str, dict[str, object]]:
    return {row["rule"]: row for row in json.loads(run("list", "--json").stdout)}


@pytest.fixture(autouse=True)
def _service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service of our own: two rules, two strikes of long ago."""
    folder = tmp_path / "config" / "rules"
    folder.mkdir(parents=True)
    (folder / "own.yaml").write_text(RULES)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TOCSIN_CONFIG_DIR", str(tmp_path / "config"))
    put_database(tmp_path / "data")
    with App(load(), durable=False) as app:
        titles = ("Drone hits harbour", "Drone hits market")
        keep(app.store, [Subject(event=event(headline=one, place=KHARKIV), accounts=(told(one),)) for one in titles])


def test_a_snooze_is_told_with_who_wants_it_and_why() -> None:
    said = run("snooze", "harbour", "--for", "2h", "--by", "maria", "--comment", "a drill")
    assert said.stdout.startswith("harbour is snoozed until ")
    row = listed()["harbour"]
    assert row["state"] == "snoozed"
    assert [(hold["kind"], hold["by"], hold["comment"]) for hold in row["holds"]] == [("snooze", "maria", "a drill")]  # type: ignore[attr-defined]
    assert "harbour: snooze by maria until" in run("list").stdout


def test_a_pause_lasts_until_it_is_resumed() -> None:
    assert run("pause", "harbour", "--by", "maria").exit_code == 0
    assert listed()["harbour"]["state"] == "paused"
    assert run("resume", "harbour", "--by", "maria").exit_code == 0
    assert listed()["harbour"]["state"] == "active"
    assert run("resume", "harbour", "--by", "maria").exit_code == 1


def test_a_draft_says_so_and_where_that_is_changed() -> None:
    assert listed()["quiet"]["state"] == "draft"
    assert "quiet is draft in " in run("resume", "quiet").stdout


@pytest.mark.parametrize(
    "words", [("snooze", "nobody", "--for", "1h"), ("pause", "nobody"), ("resume", "nobody"), ("preview", "nobody")]
)
def test_a_rule_nobody_has_is_not_found(words: tuple[str, ...]) -> None:
    assert isinstance(run(*words).exception, NotFound)


def test_a_stretch_of_time_that_is_none_is_wrong_usage() -> None:
    assert run("snooze", "harbour", "--for", "soon").exit_code == 2


def test_a_preview_says_what_the_edit_gains_and_loses(tmp_path: Path) -> None:
    (tmp_path / "edited.yaml").write_text(EDITED)
    said = run("preview", "harbour", "--file", str(tmp_path / "edited.yaml"), "--days", "36500")
    assert said.stdout.splitlines()[1:] == ["+ event 2: Drone hits market", "− event 1: Drone hits harbour"]
    assert said.stdout.startswith("OK: harbour would have sent 1 alert in ")
    assert "; the saved rule 1: +1 −1" in said.stdout
    found = json.loads(run("preview", "harbour", "--days", "36500", "--json").stdout)
    assert (found["verdict"], found["edited"]["events"], found["saved"]) == ("OK", [1], None)
