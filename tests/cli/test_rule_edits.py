"""`tocsin rules add|edit|set|remove|history|restore|diff`: what they print, what they write, how they exit."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.bootstrap.rule_edits import Edit
from service.cli.rules import rules
from service.core.errors import NotFound
from tests.migrated import put_database

FILE = """# ours
version: 1
rules:
  - id: harbour # since the spring
    title: Harbour
    match: kind:strike AND drone
"""
NEW = "id: talks\ntitle: Talks\nmatch: kind:talks\n"
WHY = ("--reason", "the desk asked", "--by", "ada")


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule file in a config folder of ours."""
    folder = tmp_path / "config" / "rules"
    folder.mkdir(parents=True)
    put_database(tmp_path / "data")
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TOCSIN_CONFIG_DIR", str(folder.parent))
    path = folder / "ports.yaml"
    path.write_text(FILE)
    return path


def _run(*arguments: object, given: str | None = None) -> Result:
    return CliRunner().invoke(rules, [*map(str, arguments)], input=given)


def test_a_rule_is_added_set_removed_and_restored(path: Path) -> None:
    assert _run("add", "-", "--into", "ports.yaml", *WHY, given=NEW).exit_code == 0
    assert _run("set", "talks", "state=draft", "cooldown=30m", *WHY).exit_code == 0
    assert (
        path.read_text()
        == FILE + "  - id: talks\n    title: Talks\n    match: kind:talks\n    state: draft\n    cooldown: 30m\n"
    )
    assert _run("set", "talks", "cooldown=", *WHY).exit_code == 0
    assert "cooldown" not in path.read_text()
    assert _run("remove", "talks", *WHY).exit_code == 0
    assert path.read_text() == FILE
    assert _run("restore", "talks", "--version", 2, *WHY).exit_code == 0
    found = json.loads(_run("history", "talks", "--json").stdout)
    assert [(version["version"], version["author"], version["channel"]) for version in found] == [
        (number, "ada", "cli") for number in (5, 4, 3, 2, 1)
    ]
    assert (found[1]["text"], "cooldown" in found[0]["text"]) == ("", True)


def test_an_edit_prints_what_it_changed(path: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.yaml"
    text.write_text("id: harbour # since the spring\ntitle: Harbour\nmatch: kind:strike AND missile\n")
    result = _run("edit", "harbour", text, *WHY)
    assert result.exit_code == 0
    assert "-    match: kind:strike AND drone\n+    match: kind:strike AND missile\n" in result.stdout
    assert path.read_text() == FILE.replace("drone", "missile")
    assert json.loads(_run("edit", "harbour", text, *WHY, "--json").stdout)["changed"] is False
    shown = _run("diff", "harbour")
    assert (shown.exit_code, "+match: kind:strike AND missile" in shown.stdout) == (1, True)
    assert _run("diff", "harbour", "--from", 1, "--to", 1).exit_code == 0


def test_what_is_wrong_is_said_and_nothing_written(path: Path) -> None:
    result = _run("set", "harbour", "severity=loud", *WHY)
    assert result.exit_code == 1
    assert "ports.yaml:7:15: E154 severity: 'loud' is not known here" in result.stderr
    assert _run("add", "-", *WHY, given="id: x\n").exit_code == 1
    assert _run("set", "harbour", "severity", *WHY).exit_code == 2
    assert isinstance(_run("remove", "nowhere", *WHY).exception, NotFound)
    assert path.read_text() == FILE


def test_a_read_only_file_gives_a_patch(path: Path) -> None:
    path.chmod(0o444)
    result = _run("set", "harbour", "state=paused", *WHY)
    assert result.exit_code == 2
    assert "E163" in result.stderr
    assert result.stdout.startswith("--- a/rules/ports.yaml\n+++ b/rules/ports.yaml\n")


def test_without_a_file_the_editor_is_asked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/drone/missile/")
    monkeypatch.delenv("VISUAL", raising=False)
    assert _run("edit", "harbour", *WHY).exit_code == 0
    assert path.read_text() == FILE.replace("drone", "missile")


def test_who_reads_the_history_sees_why() -> None:
    _run("set", "harbour", "state=paused", *WHY)
    result = _run("history", "harbour")
    assert [word in result.stdout for word in ("the desk asked", "ada", "cli", "read from ports.yaml")] == [True] * 4
    assert Edit(rule_id="a", author="b", channel="cli", reason="c").with_text("d").text == "d"
